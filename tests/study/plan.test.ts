// Lengths, operations, measured speed and time of a planned study.
import { describe, expect, it } from 'vitest';
import { countParameters } from '../../src/model/config.ts';
import { armLabel } from '../../src/study/cells.ts';
import type { FinishedCells } from '../../src/study/cells.ts';
import { forwardFlops, trainingFlops } from '../../src/study/flops.ts';
import {
  epochTotals,
  lengthsOf,
  longestTrained,
  runTotals,
  sampleExamples,
  scaleTotals,
  sequenceTotals,
  totalsOf,
} from '../../src/study/lengths.ts';
import { checkMachine, planStudy } from '../../src/study/plan.ts';
import type { StudyPlan } from '../../src/study/plan.ts';
import { measureSpeeds } from '../../src/study/speed.ts';
import { createFakes, tinyStudy } from './fakes.ts';

const NOTHING: FinishedCells = { arms: new Map(), points: [] };

async function plan(finished = NOTHING, ...overrides: string[]): Promise<StudyPlan> {
  const { config, where } = tinyStudy(...overrides);
  return planStudy(config, 2, where, finished, createFakes());
}

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

  it('of sampled problems are about those of study.md: 6x6 Wilson 94 words, free 134', () => {
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
  // Counted by hand: one layer, width 4; 3 tokens see 1 + 2 + 3 keys (half of 3 * 3, on average), 2 products of 2 * 4 operations each, 3 passes.
  it('are 6 a parameter and token, and attention', () => {
    const model = { ...tinyStudy().config.model, d_model: 4, n_layer: 1 };
    const totals = totalsOf([3]);
    expect(trainingFlops(model, 100, totals)).toBe(6 * 100 * 3 + (3 * (2 * 2 * 4) * (3 * 3)) / 2);
    expect(forwardFlops(model, 100, totals)).toBe(trainingFlops(model, 100, totals) / 3);
  });
});

describe('the plan', () => {
  it('has a row for every cell, and sums of tokens, operations and seconds', async () => {
    const { cells, training_tokens, flops, seconds, parameters } = await plan();
    expect(cells.map(({ label }) => label)).toEqual([
      'data',
      ...['solution-only', 'correct', 'swapped'].flatMap((condition) =>
        ['train', 'curve', 'test'].map((kind) => `${kind}-${condition}-seed1`),
      ),
      'lengths-correct-seed1',
      'lengths-swapped-seed1',
    ]);
    expect(parameters).toBe(countParameters(tinyStudy().config.model, 56));
    expect(training_tokens).toBe(
      cells.filter(({ kind }) => kind === 'train').reduce((sum, { tokens }) => sum + tokens, 0),
    );
    expect(flops).toBe(cells.reduce((sum, cell) => sum + cell.flops, 0));
    expect(seconds).toBeCloseTo(
      cells.reduce((sum, cell) => sum + cell.seconds, 0),
      6,
    );
  });

  it('takes the time from the measured speeds: training at 1,000 tokens/s, decoding at 500', async () => {
    const { cells } = await plan();
    for (const cell of cells) {
      // Training counts operations: swapped sequences, less unequal in length, have 1 % fewer than the correct ones that were measured.
      if (cell.kind === 'train')
        expect((cell.seconds - 0.7) / (cell.tokens / 1000), cell.label).toBeCloseTo(
          1,
          cell.label.includes('swapped') ? 1 : 3,
        );
      if (cell.kind === 'curve' || cell.kind === 'test') expect(cell.seconds).toBeCloseTo(cell.tokens / 500 + 0.7, 6);
    }
  });

  it('tells reinforcement learning and interventions by what they read and write', async () => {
    const rl = (...more: string[]): Promise<StudyPlan> =>
      plan(
        NOTHING,
        'rl={from: [swapped], steps: 10, prompts: 4, group: 2, checkpoint_every: 5, curve_mazes: 5, curve_prompts: 0}',
        ...more,
      );
    const of = ({ cells }: StudyPlan, label: string): number =>
      cells.find((cell) => cell.label === label)?.tokens ?? Number.NaN;
    const labels = (await rl()).cells.map(({ label }) => label);
    expect(labels.slice(-3)).toEqual(['rl-swapped-seed1', 'rl-curve-swapped-seed1', 'rl-test-swapped-seed1']);
    expect(of(await rl(), 'rl-test-swapped-seed1')).toBe(of(await rl(), 'test-swapped-seed1'));
    expect(of(await rl('rl.steps=20'), 'rl-swapped-seed1') / of(await rl(), 'rl-swapped-seed1')).toBeCloseTo(2, 1);
    // The start and two kept steps, five mazes of each distribution, beside ten.
    expect(of(await rl(), 'rl-curve-swapped-seed1') / of(await rl(), 'rl-test-swapped-seed1')).toBeCloseTo(1.5, 1);
    // Three of ten mazes twice, beside five once.
    expect(
      of(await rl('rl.curve_prompts=3'), 'rl-curve-swapped-seed1') / of(await rl(), 'rl-curve-swapped-seed1'),
    ).toBeCloseTo(1 + 6 / 5, 1);
    expect(
      of(await rl('rl.curve_prompts=64'), 'rl-curve-swapped-seed1') / of(await rl(), 'rl-curve-swapped-seed1'),
    ).toBeCloseTo(1 + 20 / 5, 1);
    expect((await rl('rl.curve_prompts=3')).seconds).toBeGreaterThan((await rl()).seconds + 3 * 2 * 0.7);
    const both = await rl('interventions={conditions: [correct], kinds: [gold, empty], mazes: 5}');
    expect(both.cells.at(-1)).toMatchObject({ label: 'interventions-correct-seed1', finished: false });
    expect(both.cells.at(-1)?.seconds).toBeGreaterThan(2);
  });

  it('grows with epochs, seeds and mazes as the work does', async () => {
    const one = await plan();
    const of = ({ cells }: StudyPlan, label: string): number =>
      cells.find((cell) => cell.label === label)?.tokens ?? Number.NaN;
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
    expect((await plan(NOTHING, 'seeds=[1,2]')).cells).toHaveLength(23);
  });

  it('counts every condition by the words that it trains on', async () => {
    const { cells } = await plan(NOTHING, 'conditions=[correct, wrong-costs, thinned@0.9, reswapped]');
    const tokens = (condition: string): number =>
      cells.find(({ label }) => label === `train-${condition}-seed1`)?.tokens ?? Number.NaN;
    expect(tokens('wrong-costs')).toBe(tokens('correct'));
    expect(tokens('reswapped')).toBe(tokens('correct'));
    expect(tokens('thinned@0.9')).toBeLessThan(0.65 * tokens('correct'));
  });

  it('counts the points of a phase diagram: equal tokens of every condition, each size by its own problems', async () => {
    const { cells, training_tokens } = await plan(
      { ...NOTHING, points: Array.from({ length: 4 }, () => ({ arms: new Map() })) },
      'phase={sizes: [6, 10], tokens: [20000, 40000]}',
    );
    const of = (label: string): number => cells.find((cell) => cell.label === label)?.tokens ?? Number.NaN;
    for (const condition of ['solution-only', 'correct']) {
      for (const size of ['6x6', '10x10'])
        expect(['20000', '40000'].map((tokens) => of(`phase-${size}-${tokens}-train-${condition}-seed1`))).toEqual([
          20_000, 40_000,
        ]);
    }
    expect(of('phase-10x10-20000-curve-correct-seed1')).toBeGreaterThan(2 * of('phase-6x6-20000-curve-correct-seed1'));
    expect(training_tokens).toBe((await plan()).training_tokens + 4 * (20_000 + 40_000));
    // As many tokens in longer sequences are more operations, and take as much longer.
    const perOperation = ['6x6', '10x10']
      .map((size) => cells.find(({ label }) => label === `phase-${size}-40000-train-correct-seed1`))
      .map((cell) => ({
        flops: cell?.flops ?? Number.NaN,
        rate: ((cell?.seconds ?? Number.NaN) - 0.7) / (cell?.flops ?? Number.NaN),
      }));
    expect(perOperation[1].flops).toBeGreaterThan(perOperation[0].flops);
    expect(perOperation[1].rate / perOperation[0].rate).toBeCloseTo(1, 9);
    const own = await plan(
      { ...NOTHING, points: Array.from({ length: 4 }, () => ({ arms: new Map() })) },
      'phase={sizes: [6, 10], tokens: [20000, 40000]}',
      'train.tokens=40000',
      'conditions=[correct]',
    );
    const ofOwn = own.cells
      .filter(({ label }) => label.startsWith('phase-6x6-40000-'))
      .map(({ kind, tokens, seconds }) => [kind, tokens > 0, seconds > 0]);
    expect(ofOwn.slice(0, 4)).toEqual([
      ['data', false, false],
      ['train', true, true],
      ['curve', true, true],
      ['test', true, true],
    ]);
    expect(ofOwn.slice(4)).toEqual([
      ['train', false, false],
      ['curve', false, false],
      ['test', false, false],
    ]);
  });

  it('plans a condition that touches a single example of its sample, as if it touched none', async () => {
    const rare = await plan(NOTHING, 'conditions=[correct,swapped@0.005]', 'data.train=20000');
    const [correct, swapped] = rare.cells.filter(({ kind }) => kind === 'train');
    expect(swapped.tokens).toBe(correct.tokens);
  });

  it('counts the prompts that reinforcement learning draws in place of others', async () => {
    const rollouts = async (...overrides: string[]): Promise<number> =>
      (await plan(NOTHING, 'rl={from: [correct]}', ...overrides)).cells.find(({ kind }) => kind === 'rl')?.tokens ?? 0;
    expect(await rollouts('rl.resample=64')).toBeGreaterThan(1.4 * (await rollouts('rl.resample=0')));
  });

  it('asks only the time that a stopped training run has left', async () => {
    const finished: FinishedCells = {
      arms: new Map([[armLabel({ condition: 'correct', seed: 1 }), { trained_tokens: 2000 }]]),
      points: [],
    };
    const of = ({ cells }: StudyPlan): number =>
      cells.find(({ label }) => label === 'train-correct-seed1')?.seconds ?? Number.NaN;
    expect(of(await plan()) - of(await plan(finished))).toBeCloseTo(2, 3);
  });

  it('refuses a machine with less memory than it needs, as a matter of the environment', () => {
    const bytes = 2 ** 60;
    expect(() => {
      checkMachine({ bytes, parts: [] }, (key) => `x.yaml:${key}`);
    }).toThrow(
      /^error\[MEMORY_MACHINE\] x\.yaml:model: this machine has too little memory; expected at least 1073741824\.00 GiB, got [\d.]+ GiB/,
    );
    expect(() => {
      checkMachine({ bytes: 1, parts: [] }, String);
    }).not.toThrow();
  });

  it('asks no time for finished cells', async () => {
    const done = { hash: '', result: '', seconds: 1, outputs: {} };
    const training = { ...done, summary: { steps: 1, tokens: 1, seconds: 1, parameters: 1, checkpoints: [] } };
    const finished: FinishedCells = {
      arms: new Map([[armLabel({ condition: 'correct', seed: 1 }), { training }]]),
      points: [],
    };
    const { cells, seconds } = await plan(finished);
    expect(cells.find(({ label }) => label === 'train-correct-seed1')).toMatchObject({ finished: true, seconds: 0 });
    expect(seconds).toBeLessThan((await plan()).seconds);
  });
});

describe('speeds', () => {
  const { config } = tinyStudy();
  const lengths = { prompt: [100, 200], trace: [1000, 3000], solution: [50, 50] };

  it('are measured once with traces and once without, in the lengths of the data', async () => {
    const asked: number[][] = [];
    const fakes = createFakes();
    const speeds = await measureSpeeds(config, { prompt: [10, 20], trace: [30, 40], solution: [5, 5] }, 4, {
      ...fakes,
      measureTrainingSpeed: (request) => {
        asked.push(request.lengths.map(({ prompt, completion }) => prompt + completion));
        return Promise.resolve(1000);
      },
    });
    expect(speeds.map(({ traces, training_tokens_per_second }) => [traces, training_tokens_per_second])).toEqual([
      [false, 1000],
      [true, 1000],
    ]);
    expect(asked).toEqual([
      [17, 27],
      [47, 67],
    ]);
  });

  it('of a large model are measured on cut sequences and corrected for the attention that was cut off', async () => {
    const model = { ...config.model, d_model: 512, n_layer: 12, d_ff: 2048 };
    const speeds = await measureSpeeds({ ...config, model, conditions: ['correct'] }, lengths, 2, {
      ...createFakes(),
      measureTrainingSpeed: (request) => {
        expect(Math.max(...request.lengths.map(({ prompt, completion }) => prompt + completion))).toBeLessThanOrEqual(
          256,
        );
        return Promise.resolve(1000);
      },
    });
    const parameters = countParameters(model, 56);
    const per = (sequences: number[]): number =>
      trainingFlops(model, parameters, totalsOf(sequences)) / totalsOf(sequences).tokens;
    expect(speeds[0].training_tokens_per_second / ((1000 * per([256, 256])) / per([1152, 3252]))).toBeCloseTo(1, 2);
  });
});
