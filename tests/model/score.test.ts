// Scoring on real threads: the losses of the f64 twin, the same bits on any number of threads, and examples that are
// refused.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import { Model } from '../../src/model/model.ts';
import { meanLoss } from '../../src/model/score.ts';
import { crossEntropy } from '../reference/cross-entropy.ts';
import { rowsOf } from '../reference/matrix.ts';
import { referenceLogits } from '../reference/model.ts';
import { expectWithin } from '../core/room.ts';
import { SIZE, writeSmallCheckpoint } from './small-checkpoint.ts';

/** Gold examples, every fourth without a trace. */
const EXAMPLES = Array.from({ length: 70 }, (_, i) => {
  const problem = generateProblem('wilson', SIZE, new RandomSequence(1, STREAMS.test, i));
  const { trace, plan } = solve(problem);
  return { prompt: promptText(problem), completion: completionText(i % 4 === 3 ? null : trace, plan ?? []) };
});

describe('score', () => {
  let folder = '';
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-score-'));
    checkpoint = await writeSmallCheckpoint(folder);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (threads: number, examples = EXAMPLES) => {
    await using model = Model.of(checkpoint, threads);
    return await model.score(examples);
  };

  it('gives the same bits on 1, 2 and 3 threads, and to an example alone', async () => {
    const one = await run(1);
    expect(one).toHaveLength(EXAMPLES.length);
    expect(await run(2)).toEqual(one);
    expect(await run(3)).toEqual(one);
    expect(await run(1, [EXAMPLES[5]])).toEqual([one?.[5]]);
  });

  it("is the loss of the f64 twin, trace and plan apart, with training's targets", async () => {
    const { model, weights, vocabulary } = checkpoint;
    const matrices = new Map(
      [...weights.tensors].map(([name, { shape, values }]) => [
        name,
        shape.length === 2 ? rowsOf(values, shape[0], shape[1]) : [[...values]],
      ]),
    );
    const twin = {
      layers: model.n_layer,
      heads: model.n_head,
      kvHeads: model.n_kv_head,
      headSize: model.d_model / model.n_head,
      ropeBase: model.rope_base,
      eps: model.rms_norm_eps,
      weights: matrices,
    };
    const losses = await run(2, EXAMPLES.slice(0, 8));
    for (const [i, { prompt, completion }] of EXAMPLES.slice(0, 8).entries()) {
      const ids = [vocabulary.bos, ...vocabulary.encode(`${prompt} ${completion}`), vocabulary.eos];
      const logits = referenceLogits(twin, ids);
      const solution = ids.indexOf(vocabulary.idOf('solution'));
      const sums = [0, 0],
        counts = [0, 0];
      const words = { count: 0, sum: 0 };
      for (let at = ids.indexOf(vocabulary.idOf('reasoning')); at < ids.length - 1; at++) {
        const kind = at + 1 >= solution ? 1 : 0;
        sums[kind] += crossEntropy(logits[at], ids[at + 1]);
        counts[kind] += 1;
        if (at < solution || at + 1 === ids.length - 1) continue;
        words.count += 1;
        words.sum += crossEntropy(logits[at], ids[at + 1]);
      }
      const got = losses?.[i];
      expect([got?.trace_tokens, got?.plan_tokens]).toEqual(counts);
      // f32 passes through two layers against f64: about 1e-5 a token was seen; pass if within 1e-4 a token.
      expectWithin([got?.trace_loss ?? NaN, got?.plan_loss ?? NaN], sums, 1e-4 * (counts[0] + counts[1]), 'loss');
      expect(got?.plan_words).toBe(words.count);
      expect(words.count).toBe(completion.slice(completion.indexOf('solution ')).split(' ').length - 1);
      expectWithin([got?.plan_words_loss ?? NaN], [words.sum], 1e-4 * words.count, 'words of the plan');
      if (got) expect(meanLoss(got)).toBeCloseTo((sums[0] + sums[1]) / (counts[0] + counts[1]), 4);
    }
    expect(losses?.[3]).toMatchObject({ trace_tokens: 0, trace_loss: 0 });
  });

  it('reports progress up to all examples; is null when it was stopped, and nothing for nothing', async () => {
    const seen: number[] = [];
    await using model = Model.of(checkpoint, 2);
    await model.score(EXAMPLES, (done) => seen.push(done));
    expect(seen.at(-1)).toBe(EXAMPLES.length);
    expect(await model.score(EXAMPLES, () => undefined, AbortSignal.abort())).toBeNull();
    expect(await run(1, [])).toEqual([]);
  });

  it('refuses foreign words, completions without a solution, and examples beyond the context', async () => {
    const [{ prompt, completion }] = EXAMPLES;
    await expect(run(1, [{ prompt, completion: `close ${SIZE} 0 c0 c0 solution plan 0 0 end` }])).rejects.toMatchObject(
      { code: 'EXAMPLE_WORD', where: 'example 1' },
    );
    await expect(run(1, [{ prompt, completion: 'close 0 0 c0 c0 end' }])).rejects.toMatchObject({
      code: 'EXAMPLE_FORM',
    });
    await expect(
      run(1, [{ prompt, completion: `${'close 0 0 c0 c0 '.repeat(40)}${completion}` }]),
    ).rejects.toMatchObject({ code: 'CONTEXT_TOO_SHORT' });
  });
});
