// Prompts of a step, groups without spread and what is drawn in their place, and the batch that the loss counts.
import { describe, expect, it } from 'vitest';
import { MICRO_BATCH_WORDS } from '../../src/data/batches.ts';
import type { Example } from '../../src/domain/types.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { packPolicyBatch, type PolicyBatch } from '../../src/rl/batch.ts';
import { keptSteps, needsReference, RL_DEFAULTS, type RlConfig, rlLearningRate } from '../../src/rl/config.ts';
import { problemOf, PromptDraw, readPrompts } from '../../src/rl/prompts.ts';
import { createRollouts, rolloutBytes, storeCompletion, storeVerdict } from '../../src/rl/rollouts.ts';
import { StepBook } from '../../src/rl/step.ts';
import { countRollouts } from '../../src/rl/step-row.ts';
import { WarningWatch } from '../../src/rl/warnings.ts';

const vocabulary = createVocabulary(4);
const EXAMPLES = Array.from({ length: 12 }, (_, i): Example => ({
  id: `e${i}`,
  generator: 'free',
  size: 4,
  prompt: `query start ${i % 4} 0 goal 3 3${i % 3 === 0 ? ' wall 1 1' : ''} reasoning`,
  completion: 'solution plan 0 0 end',
}));
const PROMPTS = readPrompts(EXAMPLES, vocabulary, 'maze', 'train.jsonl');
const CONFIG: RlConfig = { ...RL_DEFAULTS, prompts: 3, group: 2, resample: 0 };

/** A book whose completions have the given values: valid plan or not, in order. */
function bookOf(changes: Partial<RlConfig>, seed = 1) {
  const config = { ...CONFIG, ...changes };
  const rollouts = createRollouts(config.prompts + config.resample, config.group, 20);
  const book = new StepBook(config, new PromptDraw(seed, 0, PROMPTS.count), rollouts);
  let next = 0;
  const complete = (valid: readonly boolean[]): number => {
    for (const plan of valid) {
      const tokens = 3 + next;
      storeCompletion(
        rollouts,
        {
          index: next,
          ids: Array.from({ length: tokens }, (_, t) => (next + t) % 20),
          logProbabilities: Array.from({ length: tokens }, (_, t) => -0.1 * (t + 1) - next),
          entropy: tokens * 0.5,
          truncated: false,
        },
        vocabulary.eos,
      );
      storeVerdict(rollouts, next, {
        format: true,
        records: 0,
        paper: { valid: false },
        strict: { valid: plan },
        exact: false,
        plan: { valid: plan, optimal: false },
      });
      next += 1;
    }
    return book.judge();
  };
  return { book, rollouts, complete, config };
}

describe('PromptDraw', () => {
  it('draws each prompt at most once, as a function of seed and step', () => {
    const all = new PromptDraw(7, 3, 12).draw(12);
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    const parts = new PromptDraw(7, 3, 12);
    expect([...parts.draw(5), ...parts.draw(4), ...parts.draw(9)]).toEqual(all);
    expect(new PromptDraw(7, 4, 12).draw(12)).not.toEqual(all);
    expect(new PromptDraw(8, 3, 12).draw(12)).not.toEqual(all);
  });
});

describe('StepBook', () => {
  it('leaves groups without spread out of the gradient, and keeps them in the denominators', () => {
    const { book, complete, rollouts } = bookOf({});
    book.begin();
    expect(complete([true, true, true, false, false, false])).toBe(0);
    const learnt = book.learnt(1);
    expect(learnt.map(({ index }) => index)).toEqual([2, 3]);
    const tokens = [3, 4, 5, 6, 7, 8].reduce((a, b) => a + b);
    expect(learnt.map(({ weight }) => weight)).toEqual([1 / tokens, 1 / tokens]);
    expect(learnt[0].advantage).toBeCloseTo(-learnt[1].advantage, 12);
    expect(learnt[0].prompt).toBe(rollouts.prompts[1]);
    expect(book.summary()).toEqual({ reward: 0.5, groups: 3, zero_spread: 2, kept: 6, kept_tokens: tokens });
    expect(countRollouts(rollouts, book.completions)).toMatchObject({
      completions: 6,
      plan_valid: 3,
      trace_valid: { paper: 0, strict: 3, exact: 0 },
      both_valid: { paper: 0, strict: 3, exact: 0 },
      truncated: 0,
      tokens,
      longest: 8,
      entropy: 0.5,
    });
  });

  it('counts all kept completions where the KL is wanted', () => {
    const { book, complete } = bookOf({ kl: 0.04 });
    book.begin();
    complete([true, true, true, false, false, false]);
    expect(book.learnt(1).map(({ index, advantage }) => [index, Math.sign(advantage)])).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
      [3, -1],
      [4, 0],
      [5, 0],
    ]);
    expect([
      needsReference(RL_DEFAULTS, 0),
      needsReference(RL_DEFAULTS, 1),
      needsReference({ ...RL_DEFAULTS, kl: 1 }, 1),
      needsReference({ ...RL_DEFAULTS, kl_every: 0 }, 0),
    ]).toEqual([true, false, true, false]);
  });

  it('draws prompts in place of groups without spread, within its bound, and logs all groups', () => {
    const { book, complete } = bookOf({ resample: 3 });
    book.begin();
    expect(complete([true, true, true, false, false, false])).toBe(2);
    expect(book.groups).toBe(5);
    // The first replacement has spread, the second has not: one more is drawn, then the bound is reached.
    expect(complete([true, false, true, true])).toBe(1);
    expect(complete([false, false])).toBe(0);
    expect(book.groups).toBe(6);
    expect(book.learnt(1).map(({ index }) => index)).toEqual([6, 7, 2, 3]);
    expect(book.summary()).toMatchObject({ groups: 6, zero_spread: 4, kept: 6 });
  });

  it('stops drawing when the training file has no more prompts', () => {
    const { book, complete } = bookOf({ prompts: 10, resample: 10 });
    book.begin();
    expect(complete(Array.from({ length: 20 }, () => true))).toBe(2);
    expect(complete([true, true, true, true])).toBe(0);
    expect(book.groups).toBe(12);
  });
});

describe('packPolicyBatch', () => {
  it('feeds prompt and completion, counts completion tokens, each with its terms', () => {
    const { book, complete, rollouts } = bookOf({});
    book.begin();
    complete([true, false, false, true, true, false]);
    const learnt = book.learnt(1);
    const words = (n: number): Int32Array => new Int32Array(n).fill(-1);
    const out: PolicyBatch = {
      tokens: words(300),
      positions: words(300),
      offsets: words(30),
      rows: words(200),
      targets: words(200),
      microBatches: words(60),
      firstMicroBatch: words(3),
      terms: new Float64Array(800),
    };
    const counted = packPolicyBatch(learnt, PROMPTS, rollouts, 2, 40, out);
    expect(counted).toBe(33);
    expect(out.firstMicroBatch[0]).toBe(0);
    const seen: number[] = [];
    for (let m = 0; m < out.firstMicroBatch[2]; m++) {
      const [token, tokens, offset, sequences, row, rows] = out.microBatches.subarray(
        m * MICRO_BATCH_WORDS,
        (m + 1) * MICRO_BATCH_WORDS,
      );
      expect(tokens).toBeLessThanOrEqual(40);
      expect(out.offsets[offset + sequences]).toBe(tokens);
      let r = row;
      for (let s = 0; s < sequences; s++) {
        const fed = [...out.tokens.subarray(token + out.offsets[offset + s], token + out.offsets[offset + s + 1])];
        const first = fed.lastIndexOf(vocabulary.idOf('reasoning'));
        const member = learnt.find(({ index }) => out.terms[4 * r + 2] === rollouts.logProbabilities[20 * index]);
        if (member === undefined) throw new Error('terms of no completion');
        seen.push(member.index);
        const drawn = rollouts.tokens[member.index],
          ids = [...rollouts.ids.subarray(20 * member.index, 20 * member.index + drawn)];
        expect(vocabulary.decode(fed.slice(0, first + 1))).toBe(`<bos> ${EXAMPLES[member.prompt].prompt}`);
        expect(fed.slice(first + 1)).toEqual(ids.slice(0, -1));
        for (let t = 0; t < drawn; t++, r++) {
          expect(out.rows[r]).toBe(out.offsets[offset + s] + first + t);
          expect(out.targets[r]).toBe(ids[t]);
          expect([...out.terms.subarray(4 * r, 4 * r + 3)]).toEqual([
            member.advantage,
            member.weight,
            rollouts.logProbabilities[20 * member.index + t],
          ]);
        }
      }
      expect(r).toBe(row + rows);
    }
    expect(seen.sort((a, b) => a - b)).toEqual(learnt.map(({ index }) => index).sort((a, b) => a - b));
  });

  it('tells how many tokens the clip can touch: the same whether or not the step lays out all completions for the KL', () => {
    const out: PolicyBatch = {
      ...Object.fromEntries(
        ['tokens', 'positions', 'offsets', 'rows', 'targets', 'microBatches', 'firstMicroBatch'].map((name) => [
          name,
          new Int32Array(300),
        ]),
      ),
      terms: new Float64Array(800),
    } as PolicyBatch;
    const touched = [0, 1].map((step) => {
      const { book, complete, rollouts } = bookOf({});
      book.begin();
      complete([true, true, true, false, false, false]);
      const learnt = book.learnt(step);
      return [learnt.length, packPolicyBatch(learnt, PROMPTS, rollouts, 2, 40, out)];
    });
    expect(touched).toEqual([
      [6, 11],
      [2, 11],
    ]);
  });
});

describe('settings of a step', () => {
  it('prompts become mazes for the validator', () => {
    const { size, judged } = PROMPTS;
    if (judged.by !== 'core') throw new Error('mazes are judged by the core');
    const { walls, start, goal } = problemOf(size, judged, 3);
    expect([...walls].flatMap((wall, cell) => (wall === 1 ? [cell] : []))).toEqual([5]);
    expect([start, goal]).toEqual([
      { x: 3, y: 0 },
      { x: 3, y: 3 },
    ]);
  });

  it('refuses examples of another domain than the model', () => {
    expect(() => readPrompts(EXAMPLES, vocabulary, 'sokoban', 'train.jsonl')).toThrow('error[DOMAIN_MIXED]');
    expect(() => readPrompts([{ ...EXAMPLES[0], domain: 'sokoban' }], vocabulary, 'maze', 'train.jsonl')).toThrow(
      'error[DOMAIN_MIXED]',
    );
  });

  it('keeps every n-th step and the last one; the rate is constant after its warm-up', () => {
    expect(keptSteps({ ...CONFIG, steps: 10, checkpoint_every: 4 })).toEqual([4, 8, 10]);
    expect(keptSteps({ ...CONFIG, steps: 8, checkpoint_every: 4 })).toEqual([4, 8]);
    expect([0, 4, 9, 10, 100].map((step) => rlLearningRate({ ...CONFIG, lr: 1, warmup_steps: 10 }, step))).toEqual([
      0.1, 0.5, 1, 1, 1,
    ]);
  });

  it('warns once when most groups have no spread, and when most completions are truncated', () => {
    const said: string[] = [];
    const watch = new WarningWatch(100, (text) => {
      said.push(text);
    });
    for (let step = 1; step < 5; step++)
      watch.look({ step, groups: 10, zero_spread: 9, completions: 80, truncated: 10, furthest_ratio_first: 0 });
    expect(said).toEqual([]);
    for (let step = 5; step < 12; step++)
      watch.look({
        step,
        groups: 10,
        zero_spread: 6,
        completions: 80,
        truncated: step > 8 ? 80 : 30,
        furthest_ratio_first: 0,
      });
    expect(said).toEqual([
      expect.stringContaining('(42 of 50 in the steps to 5)'),
      expect.stringContaining('most completions are truncated'),
    ]);
    expect(watch.said).toEqual(said);
  });

  it('warns at once, and once, when generation and forward pass disagree, whatever else it has said', () => {
    const said: string[] = [];
    const watch = new WarningWatch(100, (text) => {
      said.push(text);
    });
    const row = (step: number, furthest_ratio_first: number) => ({
      step,
      groups: 10,
      zero_spread: 10,
      completions: 80,
      truncated: 0,
      furthest_ratio_first,
    });
    watch.look(row(1, 0));
    expect(said).toEqual([]);
    for (let step = 2; step < 9; step++) watch.look(row(step, 1.5e-7));
    expect(said).toEqual([
      expect.stringContaining('before the first update of step 2 a ratio is 1.5e-7 away from 1'),
      expect.stringContaining('most groups have no spread'),
    ]);
    const resumed = new WarningWatch(100, (text) => {
      said.push(text);
    });
    resumed.recall(row(1, 1e-7));
    resumed.look(row(2, 1e-7));
    expect(said).toHaveLength(2);
    expect(resumed.said).toEqual([expect.stringContaining('step 1')]);
  });

  it('counts the bytes of its arrays before it makes them', () => {
    const { ids, logProbabilities, tokens, entropies, flags, prompts } = createRollouts(5, 3, 7);
    expect(rolloutBytes(5, 3, 7)).toBe(
      [ids, logProbabilities, tokens, entropies, flags, prompts].reduce((sum, { byteLength }) => sum + byteLength, 0),
    );
  });

  it('warns of a run that is shorter than the window, and remembers what was said before it was stopped', () => {
    const flat = (step: number) => ({
      step,
      groups: 10,
      zero_spread: 9,
      completions: 80,
      truncated: 0,
      furthest_ratio_first: 0,
    });
    const said: string[] = [];
    const short = new WarningWatch(2, (text) => {
      said.push(text);
    });
    short.look(flat(1));
    expect(said).toEqual([]);
    short.look(flat(2));
    expect(said).toEqual([expect.stringContaining('(18 of 20 in the steps to 2)')]);
    const resumed = new WarningWatch(20, (text) => {
      said.push(text);
    });
    for (let step = 1; step <= 6; step++) resumed.recall(flat(step));
    resumed.look(flat(7));
    expect(said).toHaveLength(1);
    expect(resumed.said).toEqual([expect.stringContaining('(45 of 50 in the steps to 5)')]);
  });
});
