// Lengths, operations, measured speed and time of a planned study.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countParameters } from '../../src/model/config.ts';
import { makeFacts } from '../../src/tasks/facts.ts';
import { forwardFlops, trainingFlops } from '../../src/tasks/flops.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import {
  epochTotals,
  lengthsOf,
  longestTrained,
  runTotals,
  sampleExamples,
  scaleTotals,
  sequenceTotals,
  totalsOf,
} from '../../src/tasks/sequence-lengths.ts';
import type { Kind, Kinds } from '../../src/work/kind.ts';
import type { Graph } from '../../src/work/task.ts';
import { alikeTasks } from '../../src/study/alike-tasks.ts';
import { studyGraph } from '../../src/study/graph.ts';
import { planText } from '../../src/cli/plan-text.ts';
import { factsOf, planStudy, flopsOfTrainings } from '../../src/study/plan.ts';
import type { StudyPlan } from '../../src/study/plan.ts';
import type { Progress } from '../../src/study/progress.ts';
import { createFakes, tinyStudy } from './fakes.ts';
import { measureFake } from './run-study.ts';

const NOTHING: Progress = { finished: new Map(), begun: new Map() };

async function plan(progress = NOTHING, ...overrides: string[]): Promise<StudyPlan> {
  return (await planned({ threads: 2, jobs: 2, bytes: 2 ** 40 }, progress, ...overrides)).plan;
}

async function planned(slots: StudyPlan['slots'], progress: Progress, ...overrides: string[]) {
  const loaded = tinyStudy(...overrides);
  const { graph } = studyGraph(loaded.config);
  const { facts, memory } = factsOf(loaded, createFakes().clock);
  return planStudy({ ...loaded, graph, kinds: KINDS, slots, progress, facts, measure: measureFake }, memory);
}

it('tasks of equal cost are found by their settings and by what they need, in roles that not all of them have', () => {
  const task = (id: string, seed: number, needs: Record<string, string> = {}) => ({
    id,
    kind: id.split('-', 1)[0],
    config: { seed, condition: 'correct' },
    needs,
  });
  const kinds: Kinds = new Map(
    ['train', 'test', 'forced'].map((name) => [name, { ...(KINDS.get('test') as Kind), name }]),
  );
  const graph: Graph = {
    format: 1,
    given: {},
    tasks: [
      task('train-a', 1),
      task('train-b', 2),
      task('train-c', 1),
      task('test-a', 1, { model: 'train-a' }),
      task('test-b', 1, { model: 'train-b' }),
      task('test-c', 1, { model: 'train-c' }),
      task('forced-a', 1, { model: 'train-a', other: 'test-a' }),
      task('forced-b', 1, { model: 'train-a' }),
      task('forced-c', 1, { model: 'train-c', other: 'test-c' }),
    ],
  };
  const { groups, of } = alikeTasks(graph, kinds);
  expect([...of]).toEqual([0, 1, 0, 2, 3, 2, 4, 5, 4]);
  const needed = (group: number, role: string) => groups[group].node.need(role)?.task.id;
  expect([4, 5].map((group) => [needed(group, 'model'), needed(group, 'other'), needed(group, 'absent')])).toEqual([
    ['train-a', 'test-a', undefined],
    ['train-a', undefined, undefined],
  ]);
  expect(groups.map(({ condition }) => condition)).toEqual(Array.from({ length: 6 }, () => 'correct'));
});

describe('lengths', () => {
  const { data } = tinyStudy().config;
  const examples = sampleExamples(data, 'wilson', 200);

  it('count <bos> and <eos>, and every word of prompt, trace and solution', () => {
    expect(sequenceTotals({ prompt: [10, 20, 30], trace: [100, 0, 300], solution: [5, 6, 7] })).toEqual({
      sequences: 3,
      tokens: 117 + 28 + 339,
      squares: 117 ** 2 + 28 ** 2 + 339 ** 2,
      longest: 339,
    });
  });

  it('are those of the examples that a condition trains on', () => {
    const correct = epochTotals(examples, 'correct', 1);
    expect(correct).toEqual(sequenceTotals(lengthsOf(examples)));
    const { prompt, solution } = lengthsOf(examples);
    expect(epochTotals(examples, 'solution-only', 1)).toEqual(
      sequenceTotals({ prompt, trace: prompt.map(() => 0), solution }),
    );
    expect(epochTotals(examples, 'shuffled', 1)).toEqual(correct);
    expect(epochTotals(examples, 'thinned@0.9', 1).tokens).toBeLessThan(0.65 * correct.tokens);
    expect(epochTotals(examples, 'no-search', 1).tokens).toBeLessThan(correct.tokens);
  });

  it('of swapped traces keep the sum and change who has them, in every epoch where they are swapped anew', () => {
    const correct = epochTotals(examples, 'correct', 1);
    const swapped = epochTotals(examples, 'swapped', 1);
    expect(swapped.tokens).toBe(correct.tokens);
    expect(swapped.squares).not.toBe(correct.squares);
    const reswapped = [0, 1, 2].map((epoch) => epochTotals(examples, 'reswapped', 1, epoch));
    for (const { tokens } of reswapped) expect(tokens).toBe(correct.tokens);
    expect(new Set(reswapped.map(({ squares }) => squares)).size).toBe(3);
    const longest = reswapped.map((totals) => totals.longest);
    expect(longestTrained(examples, 'swapped', 1, { epochs: 3 })).toBe(swapped.longest);
    expect(longestTrained(examples, 'reswapped', 1, { epochs: 1 })).toBe(longest[0]);
    for (const run of [{ epochs: 3 }, { tokens: 2 * correct.tokens + 1 }])
      expect(longestTrained(examples, 'reswapped', 1, run)).toBe(Math.max(...longest));
  });

  it('of fillers are those of the lengths that they take', () => {
    const correct = epochTotals(examples, 'correct', 1);
    expect(epochTotals(examples, 'filler', 1)).toEqual(correct);
    expect(epochTotals(examples, 'filler-swapped', 1)).toEqual(epochTotals(examples, 'swapped', 1));
    const constant = epochTotals(examples, 'filler-constant', 1);
    // Half a word an example, from rounding.
    expect(Math.abs(constant.tokens - correct.tokens)).toBeLessThanOrEqual(correct.sequences / 2);
    expect(constant.longest).toBeLessThan(correct.longest);
  });

  it('of a whole run are those of its epochs, or of its tokens, over like examples', () => {
    const epoch = { sequences: 10, tokens: 1_000, squares: 110_000, longest: 150 };
    expect(runTotals(epoch, 400, { epochs: 3 })).toEqual({
      sequences: 1_200,
      tokens: 120_000,
      squares: 13_200_000,
      longest: 150,
    });
    expect(runTotals(epoch, 400, { tokens: 5_500 })).toEqual({
      sequences: 55,
      tokens: 5_500,
      squares: 605_000,
      longest: 150,
    });
  });

  it('of sampled problems are about those of docs/specification.md: 6x6 Wilson 94 words, free 134', () => {
    for (const [generator, words] of [
      ['wilson', 94],
      ['free', 134],
    ] as const) {
      const { trace, solution } = lengthsOf(sampleExamples(data, generator, 200));
      const mean = [...trace, ...solution].reduce((sum, length) => sum + length, 0) / 200;
      expect(mean).toBeGreaterThan(0.85 * words);
      expect(mean).toBeLessThan(1.15 * words);
    }
  });

  it('scale to another number of sequences', () => {
    expect(scaleTotals(totalsOf([10, 30]), 6)).toEqual({ sequences: 6, tokens: 120, squares: 3000, longest: 30 });
  });
});

describe('operations', () => {
  // Counted by hand: one layer, width 4; 3 tokens see 1 + 2 + 3 keys (half of 3 * 3, on average), 2 products of 2 * 4
  // operations each, 3 passes.
  it('are 6 a parameter and token, and attention', () => {
    const model = { ...tinyStudy().config.model, d_model: 4, n_layer: 1 };
    const totals = totalsOf([3]);
    expect(trainingFlops(model, 100, totals)).toBe(6 * 100 * 3 + (3 * (2 * 2 * 4) * (3 * 3)) / 2);
    expect(forwardFlops(model, 100, totals)).toBe(trainingFlops(model, 100, totals) / 3);
  });
});

describe('the plan', () => {
  it('has a row for every task, and sums of tokens and operations', async () => {
    const { tasks, training_tokens, flops, parameters } = await plan();
    expect(tasks.map(({ id }) => id)).toEqual([
      'data',
      ...['solution-only', 'correct', 'swapped'].flatMap((condition) =>
        ['train', 'curve', 'test'].map((kind) => `${kind}-${condition}-seed1`),
      ),
      'lengths-correct-seed1',
      'lengths-swapped-seed1',
    ]);
    expect(parameters).toBe(countParameters(tinyStudy().config.model, 56));
    expect(training_tokens).toBe(
      tasks.filter(({ kind }) => kind === 'train').reduce((sum, { tokens }) => sum + tokens, 0),
    );
    expect(flops).toBe(tasks.reduce((sum, task) => sum + task.flops, 0));
  });

  it('knows the operations of trainings from the samples alone, for parts of a study', async () => {
    const loaded = tinyStudy();
    const { samples } = makeFacts(createFakes().clock);
    const { graph } = studyGraph(loaded.config);
    const flops = flopsOfTrainings(graph, { samples });
    const trainings = (await plan()).tasks.filter(({ kind }) => kind === 'train');
    expect(trainings).toHaveLength(3);
    for (const { id, flops: planned } of trainings) {
      const task = graph.tasks.find((each) => each.id === id);
      expect(task && flops(task), id).toBe(planned);
    }
  });

  it('takes the time from the measured speeds: a billion operations of training a second, 500 decoded tokens', async () => {
    const { tasks } = await plan();
    for (const { id, kind, seconds, flops, tokens } of tasks) {
      if (kind === 'train') expect(seconds, id).toBeCloseTo(flops / 1e9 + 0.7, 6);
      if (kind === 'curve' || kind === 'test') expect(seconds, id).toBeCloseTo(tokens / 500 + 0.7, 6);
    }
  });

  it('is a range around the time of its schedule: at least the longest path, at most all tasks in turn', async () => {
    const { tasks, seconds } = await plan();
    const all = tasks.reduce((sum, task) => sum + task.seconds, 0);
    expect(seconds.high).toBeLessThan(1.3 * all);
    expect(seconds.low).toBeGreaterThan(0.85 * 0.5 * all * 0.99);
    expect(seconds.low).toBeLessThan(seconds.high);
  });

  it('gives more threads where there are more, and says what limits them', async () => {
    const wide = await planned({ threads: 64, jobs: 64, bytes: 2 ** 40 }, NOTHING);
    const train = wide.plan.tasks.find(({ id }) => id === 'train-correct-seed1');
    // Half of the cores for each of two trainings; the last one would make a step less than 3 % shorter.
    expect(train).toMatchObject({ threads: 31, limited_by: 'cores' });
    const narrow = await planned({ threads: 1, jobs: 1, bytes: 2 ** 40 }, NOTHING);
    for (const { threads } of narrow.plan.tasks) expect(threads).toBe(1);
  });

  it('gives way to memory: fewer threads where all of them do not fit', async () => {
    const roomy = await planned({ threads: 8, jobs: 1, bytes: 2 ** 40 }, NOTHING);
    const of = ({ plan: { tasks } }: typeof roomy) => tasks.find(({ id }) => id === 'train-correct-seed1');
    const bytes = roomy.estimates.get('train-correct-seed1')?.bytes(2) ?? 0;
    const tight = await planned(
      { threads: 8, jobs: 1, bytes: Math.max(bytes, ...[...roomy.estimates.values()].map((each) => each.bytes(1))) },
      NOTHING,
    );
    expect(of(roomy)?.threads).toBe(8);
    expect(of(tight)?.threads).toBeLessThan(8);
    expect(of(tight)?.limited_by).toBe('memory');
  });

  it('has the longer tables of trainings that shift positions, and no other number that changes', async () => {
    const slots = { threads: 2, jobs: 2, bytes: 2 ** 40 };
    const [plain, shifted] = await Promise.all([
      planned(slots, NOTHING),
      planned(slots, NOTHING, 'train.position_offset=8192'),
    ]);
    const { d_model, n_head, context } = tinyStudy().config.model;
    const more = 2 * 4 * (d_model / n_head / 2) * 8192;
    expect(shifted.plan.memory.bytes - plain.plan.memory.bytes).toBe(more);
    expect(shifted.plan.memory.parts[0].name).toBe(`RoPE tables of ${context + 8192} positions`);
    for (const [id, estimate] of plain.estimates) {
      const other = shifted.estimates.get(id);
      expect((other?.bytes(2) ?? 0) - estimate.bytes(2), id).toBe(id.startsWith('train-') ? more : 0);
      expect(other).toMatchObject({ tokens: estimate.tokens, flops: estimate.flops });
    }
  });

  it('counts reinforcement learning and interventions by what they read and write', async () => {
    const rl = (...more: string[]): Promise<StudyPlan> =>
      plan(
        NOTHING,
        'rl={from: [swapped], steps: 10, prompts: 4, group: 2, checkpoint_every: 5, curve_mazes: 5, curve_prompts: 0}',
        ...more,
      );
    const of = ({ tasks }: StudyPlan, id: string): number => tasks.find((task) => task.id === id)?.tokens ?? Number.NaN;
    const ids = (await rl()).tasks.map(({ id }) => id);
    expect(ids.slice(-3)).toEqual(['rl-swapped-seed1', 'rl-curve-swapped-seed1', 'rl-test-swapped-seed1']);
    expect(of(await rl(), 'rl-test-swapped-seed1')).toBe(of(await rl(), 'test-swapped-seed1'));
    expect(of(await rl('rl.steps=20'), 'rl-swapped-seed1') / of(await rl(), 'rl-swapped-seed1')).toBeCloseTo(2, 1);
    // The start and two kept steps, five mazes of each distribution, next to ten.
    expect(of(await rl(), 'rl-curve-swapped-seed1') / of(await rl(), 'rl-test-swapped-seed1')).toBeCloseTo(1.5, 1);
    // Three of ten mazes twice, and five once.
    expect(
      of(await rl('rl.curve_prompts=3'), 'rl-curve-swapped-seed1') / of(await rl(), 'rl-curve-swapped-seed1'),
    ).toBeCloseTo(1 + 6 / 5, 1);
    expect(
      of(await rl('rl.curve_prompts=64'), 'rl-curve-swapped-seed1') / of(await rl(), 'rl-curve-swapped-seed1'),
    ).toBeCloseTo(1 + 20 / 5, 1);
    // An early start costs as much as a last one, and a test of its checkpoint.
    const early = await rl('rl.from=[correct]', 'rl.starts=[last, early]');
    for (const [id, same] of [
      ['rl-correct-seed1-early', 'rl-correct-seed1'],
      ['rl-curve-correct-seed1-early', 'rl-curve-correct-seed1'],
      ['rl-test-correct-seed1-early', 'rl-test-correct-seed1'],
      ['test-correct-seed1-early', 'test-correct-seed1'],
    ])
      expect(of(early, id), id).toBe(of(early, same));
    expect(early.tasks).toHaveLength((await rl('rl.from=[correct]')).tasks.length + 4);
    const both = await rl('interventions={conditions: [correct], kinds: [gold, empty], mazes: 5}');
    expect(both.tasks.at(-1)).toMatchObject({ id: 'interventions-correct-seed1', finished: false });
    expect(both.tasks.at(-1)?.seconds).toBeGreaterThan(2);
  });

  it('counts the information of traces by the sequences that it reads', async () => {
    const of = async (settings: string) => {
      const { tasks } = await plan(NOTHING, `information={conditions: [correct], ${settings}}`);
      const found = tasks.at(-1);
      expect(found).toMatchObject({ id: 'information-correct-seed1', finished: false });
      return found ?? { flops: NaN, tokens: NaN, seconds: NaN };
    };
    const few = await of('mazes: 5, events: 0');
    const more = await of('mazes: 10, events: 0');
    expect(more.tokens / few.tokens).toBeCloseTo(2, 1);
    expect(more.flops / few.flops).toBeCloseTo(2, 1);
    // 7 shares, and two points for each of 3 events: 7 and 13 sequences of a source, and one that is written.
    const events = (await of('mazes: 5, events: 3')).flops / few.flops;
    expect(events).toBeGreaterThan(1.6);
    expect(events).toBeLessThan(13 / 7);
    expect((await of('mazes: 5, events: 6, distributions: [wilson, drunkard]')).seconds).toBeGreaterThan(few.seconds);
  });

  it('grows with epochs, seeds and mazes as the work does', async () => {
    const one = await plan();
    const of = ({ tasks }: StudyPlan, id: string): number => tasks.find((task) => task.id === id)?.tokens ?? Number.NaN;
    expect(
      of(await plan(NOTHING, 'train.epochs=3'), 'train-correct-seed1') / of(one, 'train-correct-seed1'),
    ).toBeCloseTo(3, 3);
    expect(of(await plan(NOTHING, 'data.test=20'), 'test-correct-seed1') / of(one, 'test-correct-seed1')).toBeCloseTo(
      2,
      1,
    );
    expect(
      of(await plan(NOTHING, 'data.test_in_distribution=20'), 'test-correct-seed1') / of(one, 'test-correct-seed1'),
    ).toBeCloseTo(1.5, 1);
    expect((await plan(NOTHING, 'seeds=[1,2]')).tasks).toHaveLength(23);
  });

  it('counts every condition by the words that it trains on', async () => {
    const { tasks } = await plan(NOTHING, 'conditions=[correct, wrong-costs, thinned@0.9, reswapped]');
    const tokens = (condition: string): number =>
      tasks.find(({ id }) => id === `train-${condition}-seed1`)?.tokens ?? Number.NaN;
    expect(tokens('wrong-costs')).toBe(tokens('correct'));
    expect(tokens('reswapped')).toBe(tokens('correct'));
    expect(tokens('thinned@0.9')).toBeLessThan(0.65 * tokens('correct'));
  });

  it('counts the points of a phase diagram: equal tokens of every condition, each size by its own problems', async () => {
    const PHASE = 'phase={sizes: [6, 10], tokens: [20000, 40000]}';
    const { tasks, training_tokens } = await plan(NOTHING, PHASE);
    const of = (id: string) => tasks.find((task) => task.id === id);
    for (const condition of ['solution-only', 'correct']) {
      for (const size of ['6x6', '10x10'])
        expect(
          ['20000', '40000'].map((tokens) => of(`phase-${size}-${tokens}-train-${condition}-seed1`)?.tokens),
        ).toEqual([20_000, 40_000]);
    }
    const curve = (size: string): number => of(`phase-${size}-20000-curve-correct-seed1`)?.tokens ?? Number.NaN;
    expect(curve('10x10')).toBeGreaterThan(2 * curve('6x6'));
    expect(training_tokens).toBe((await plan()).training_tokens + 4 * (20_000 + 40_000));
    // As many tokens in longer sequences are more operations, and take as much longer.
    const [small, large] = ['6x6', '10x10'].map((size) => of(`phase-${size}-40000-train-correct-seed1`));
    expect(large?.flops).toBeGreaterThan(small?.flops ?? Infinity);
    expect(large?.seconds).toBeGreaterThan(small?.seconds ?? Infinity);
    // What the study itself does is no task of the diagram.
    const own = await plan(NOTHING, PHASE, 'train.tokens=40000', 'conditions=[correct]');
    const points = own.tasks.filter(({ id }) => id.startsWith('phase-6x6-40000-')).map(({ id }) => id);
    expect(points).toEqual(['train', 'curve', 'test'].map((kind) => `phase-6x6-40000-${kind}-solution-only-seed1`));
  });

  it('counts the layers of a phase diagram: deeper models take more operations and memory, and decode more slowly', async () => {
    const { tasks } = await plan(NOTHING, 'phase={sizes: [6], tokens: [20000], layers: [1, 2, 4]}');
    const of = (kind: string, label: string) =>
      tasks.find(({ id }) => id === `phase-6x6-20000-${label}${kind}-correct-seed1`);
    const [one, two, four] = ['', '2layers-', '4layers-'].map((label) => of('train', label));
    expect([one, two, four].map((task) => task?.tokens)).toEqual([20_000, 20_000, 20_000]);
    // Each layer adds the same number of operations and of bytes.
    const added = (from?: number, to?: number): number => (to ?? Number.NaN) - (from ?? Number.NaN);
    expect(added(two?.flops, four?.flops) / added(one?.flops, two?.flops)).toBeCloseTo(2, 6);
    expect(added(one?.flops, two?.flops)).toBeGreaterThan(0);
    expect(four?.seconds).toBeGreaterThan(two?.seconds ?? Infinity);
    expect(four?.bytes).toBeGreaterThan(two?.bytes ?? Infinity);
    const [shallow, deep] = ['', '4layers-'].map((label) => of('curve', label));
    expect(deep?.tokens).toBe(shallow?.tokens);
    // TASK_SECONDS of 0.7, then four times as long.
    expect(((deep?.seconds ?? Number.NaN) - 0.7) / ((shallow?.seconds ?? Number.NaN) - 0.7)).toBeCloseTo(4, 6);
  });

  it('names the models of a phase diagram that has several numbers of layers', async () => {
    const text = async (layers: string): Promise<string> =>
      planText(
        await planned(
          { threads: 2, jobs: 2, bytes: 2 ** 40 },
          NOTHING,
          `phase={sizes: [6], tokens: [20000], layers: ${layers}}`,
        ),
      );
    // 8 wide, 2 heads, 16 in the feed-forward: 4 x 64 + 3 x 8 + 3 x 128 + 16 = 680 parameters a block, and 8 for
    // each of 56 words and for the last norm.
    expect(await text('[1, 4]')).toContain(
      'Models of the phase diagram: 1 layer 1,136 parameters and 4 layers 3,176\nparameters.',
    );
    expect(await text('[4]')).not.toContain('Models of the phase diagram');
  });

  it('plans a condition that touches a single example of its sample, as if it touched none', async () => {
    const rare = await plan(NOTHING, 'conditions=[correct,swapped@0.005]', 'data.train=20000');
    const [correct, swapped] = rare.tasks.filter(({ kind }) => kind === 'train');
    expect(swapped.tokens).toBe(correct.tokens);
  });

  it('counts the prompts that reinforcement learning draws in place of others', async () => {
    const rollouts = async (...overrides: string[]): Promise<number> =>
      (await plan(NOTHING, 'rl={from: [correct], prompts: 16}', ...overrides)).tasks.find(({ kind }) => kind === 'rl')
        ?.tokens ?? 0;
    expect(await rollouts('rl.resample=16')).toBeGreaterThan(1.4 * (await rollouts('rl.resample=0')));
  });

  it('asks only the time that a stopped training has left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracelab-plan-'));
    const row = { step: 1, tokens: 2000, loss: 1, trace_loss: 1, plan_loss: 1, lr: 1, grad_norm: 1, seconds: 1 };
    writeFileSync(join(folder, 'metrics.jsonl'), `${JSON.stringify(row)}\n`);
    const of = ({ tasks }: StudyPlan) => tasks.find(({ id }) => id === 'train-correct-seed1');
    const begun = new Map([['train-correct-seed1', folder]]);
    const [whole, rest] = [of(await plan()), of(await plan({ ...NOTHING, begun }))];
    rmSync(folder, { recursive: true });
    const share = 2000 / (whole?.tokens ?? Number.NaN);
    expect(rest?.seconds).toBeCloseTo((1 - share) * (whole?.seconds ?? Number.NaN), 6);
  });

  it('refuses a machine with less memory than a task needs, as a matter of the environment', async () => {
    await expect(planned({ threads: 2, jobs: 2, bytes: 2 ** 20 }, NOTHING)).rejects.toThrow(
      /^error\[MEMORY_MACHINE\] tiny\.yaml:\d+:\d+: this machine has too little memory for data on one thread; expected at least [\d.]+ GiB, got 0\.00 GiB/,
    );
  });

  it('asks no time for finished tasks', async () => {
    const done = { hash: '', result: '', seconds: 1, outputs: {}, summary: null, directory: '' };
    const progress = { ...NOTHING, finished: new Map([['train-correct-seed1', done]]) };
    const { plan: rest, estimates } = await planned({ threads: 2, jobs: 2, bytes: 2 ** 40 }, progress);
    const { tasks, seconds } = rest;
    // The time that is left is counted in estimates.
    expect(estimates.get('train-correct-seed1')?.seconds).toBe(0);
    expect(tasks.find(({ id }) => id === 'train-correct-seed1')).toMatchObject({ finished: true, seconds: 0 });
    expect(seconds.high).toBeLessThan((await plan()).seconds.high);
  });
});

it('samples problems once for each data section', () => {
  const { data } = tinyStudy().config;
  const facts = makeFacts(createFakes().clock);
  expect(facts.samples(data)).toBe(facts.samples({ ...data }));
  expect(facts.samples({ ...data, size: 8 })).not.toBe(facts.samples(data));
});
