// A study through fakes of training and evaluation: order, results, stopping and going on, refusals.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TracelabError } from '../../src/base/errors.ts';
import type { LoadedConfig } from '../../src/study/config-file.ts';
import type { StudyEvent } from '../../src/study/events.ts';
import { phasePointsOf } from '../../src/study/phase.ts';
import { planOnly, runStudy } from '../../src/study/study.ts';
import type { StudyOutcome } from '../../src/study/study.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { findTestCells } from '../../src/study/test-cells.ts';
import { createFakes, tinyStudy } from './fakes.ts';
import type { Fakes } from './fakes.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let runs: string;
let fakes: Fakes;
let events: StudyEvent[];
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'tracelab-study-'));
  fakes = createFakes();
  events = [];
});
afterEach(() => {
  rmSync(runs, { recursive: true, force: true });
});

async function run(loaded: LoadedConfig = tinyStudy(), signal?: AbortSignal, threads = 2): Promise<StudyOutcome> {
  const options = {
    loaded,
    runsDirectory: runs,
    threads,
    version: '0.1.0',
    renderReport: (results: StudyResults) => `<html>${results.result}`,
  };
  return runStudy(options, fakes, { emit: (event) => events.push(event), signal });
}

async function finish(...args: Parameters<typeof run>): Promise<StudyResults> {
  const outcome = await run(...args);
  if (!outcome.finished) throw new Error('the study was stopped');
  return outcome.results;
}

const ALL_CALLS = [
  'data',
  ...['solution-only', 'correct', 'swapped'].flatMap((condition) => [
    `train ${condition} 1 on 2`,
    'evaluate wilson limit 8',
    'evaluate wilson limit 8',
    'evaluate wilson+drunkard limit none',
  ]),
  'lengths correct 1',
  'lengths swapped 1',
];
const study = (): string => join(runs, 'tiny');
const trees = (): string[] => readdirSync(study(), { recursive: true }).map(String).sort();

describe('a whole study', () => {
  it('does every cell once, in order, and leaves results, report and resolved config', async () => {
    const results = await finish();
    expect(fakes.calls).toEqual(ALL_CALLS);
    expect(readFileSync(join(study(), 'report.html'), 'utf8')).toBe(`<html>${results.result}`);
    expect(JSON.parse(readFileSync(join(study(), 'results.json'), 'utf8'))).toEqual(results);
    expect(readFileSync(join(study(), 'config.yaml'), 'utf8')).toContain('weight_decay: 0.1');
    expect(existsSync(join(study(), '.lock'))).toBe(false);
    expect(trees().filter((name) => name.endsWith('.tmp') || name.endsWith('resume.safetensors'))).toEqual([]);
  });

  it('tells plan, every cell with its place, and the end', async () => {
    await finish();
    expect(events.map(({ event }) => event).filter((event) => event !== 'training')).toEqual([
      'measuring',
      'plan',
      ...Array.from({ length: 12 }, () => ['cell_started', 'cell_finished']).flat(),
      'finished',
    ]);
    expect(events.find((event) => event.event === 'training')).toMatchObject({
      cell: { label: 'train-solution-only-seed1', index: 2, of: 12 },
      progress: { step: 500 },
    });
  });

  it('fills the results from the files', async () => {
    const results = await finish();
    const [solutionOnly, correct, swapped] = results.conditions;
    expect(correct).toMatchObject({ condition: 'correct', seed: 1, parameters: 1234, steps: 1000, tokens: 9000 });
    expect(correct.evaluation.map(({ distribution, n, plan_valid }) => [distribution, n, plan_valid.count])).toEqual([
      ['wilson', 10, 5],
      ['drunkard', 10, 5],
    ]);
    expect(swapped.evaluation[0].trace_valid.strict.count).toBe(0);
    expect(solutionOnly.curve[0].trace_loss).toBeNull();
    expect(correct.dev.map(({ step, plan_valid }) => [step, plan_valid.count, plan_valid.n])).toEqual([
      [500, 4, 8],
      [1000, 4, 8],
    ]);
    expect(correct.curve).toHaveLength(334);
    expect(correct.weights_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(results.dataset).toMatchObject({ train: 60, dev: 8, test: { wilson: 10, drunkard: 10 } });
    expect(results.dataset.train_tokens).toBeGreaterThan(60 * 100);
    expect(results.findings.map(({ id }) => id)).toEqual(['F1a', 'F1b', 'F2', 'F3', 'F5']);
    expect(results.left_out?.map(({ id }) => id)).toEqual(['F4']);
    expect(
      results.lengths?.analysis.groups.map(({ condition, distribution, n }) => [condition, distribution, n]),
    ).toEqual([
      ['correct', 'wilson', 10],
      ['correct', 'drunkard', 10],
      ['swapped', 'wilson', 10],
      ['swapped', 'drunkard', 10],
    ]);
    expect(results.findings.find(({ id }) => id === 'F2')?.effect).toEqual({ value: 50, unit: 'points' });
  });

  it('judges a model of another search by that search, too', async () => {
    const {
      conditions: [correct, bfs],
    } = await finish(tinyStudy('conditions=[correct, bfs]'));
    expect(correct.evaluation[0].own_search_valid).toBeUndefined();
    expect(
      bfs.evaluation.map(({ distribution, own_search_valid: own }) => [
        distribution,
        own?.all.count,
        own?.all.n,
        own?.given_plan.count,
        own?.given_plan.n,
      ]),
    ).toEqual([
      ['wilson', 5, 10, 5, 5],
      ['drunkard', 5, 10, 5, 5],
    ]);
  });

  it('goes on to reinforcement learning and interventions where they are asked for', async () => {
    const results = await finish(
      tinyStudy(
        'rl={from: [swapped], steps: 3, prompts: 2, group: 2, checkpoint_every: 2, curve_mazes: 4}',
        'interventions={conditions: [correct, swapped], kinds: [gold, other], mazes: 5}',
      ),
    );
    expect(fakes.calls).toEqual([
      ...ALL_CALLS,
      'rl swapped 1 on 2',
      ...Array.from({ length: 3 }, () => [
        'evaluate wilson+drunkard limit 4',
        'observe wilson+drunkard first 64',
      ]).flat(),
      'evaluate wilson+drunkard limit none',
      'intervene gold+other limit 5 other swapped',
      'intervene gold+other limit 5 other correct',
    ]);
    const [rl] = results.rl ?? [];
    expect(rl).toMatchObject({ condition: 'swapped', seed: 1, steps: 3, warnings: ['a fake warning'] });
    expect(rl.curve.map(({ step, evaluation }) => [step, evaluation.map(({ n }) => n)])).toEqual([
      [0, [4, 4]],
      [2, [4, 4]],
      [3, [4, 4]],
    ]);
    expect(
      rl.curve.map(({ step, sampled = [] }) => [
        step,
        ...sampled.map(({ distribution, groups, zero_spread, kl }) => [distribution, groups, zero_spread, kl]),
      ]),
    ).toEqual([
      [0, ['wilson', 64, 64, 0], ['drunkard', 64, 64, 0]],
      [2, ['wilson', 64, 0, 0.01], ['drunkard', 64, 0, 0.01]],
      [3, ['wilson', 64, 0, 0.01], ['drunkard', 64, 0, 0.01]],
    ]);
    expect(rl.after.map(({ distribution, n, plan_valid }) => [distribution, n, plan_valid.count])).toEqual([
      ['wilson', 10, 10],
      ['drunkard', 10, 10],
    ]);
    expect(
      rl.sampled.map(({ step, reward, zero_spread, truncated, kl, clipped, completion_tokens }) => [
        step,
        reward,
        zero_spread,
        truncated,
        kl,
        clipped,
        completion_tokens,
      ]),
    ).toEqual([
      [1, 0.5, 0.5, 0.25, 0, 0.025, 10],
      [2, 0.5, 0.5, 0.25, null, 0.025, 10],
      [3, 0.5, 0.5, 0.25, null, 0.025, 10],
    ]);
    expect(
      results.interventions?.map(({ condition, other, distributions }) => [
        condition,
        other,
        distributions.map(({ distribution }) => distribution),
      ]),
    ).toEqual([
      ['correct', 'swapped', ['wilson']],
      ['swapped', 'correct', ['wilson']],
    ]);
    expect(results.findings.find(({ id }) => id === 'F4')).toMatchObject({ n: 10, seeds: [1] });
    expect(results.left_out).toEqual([]);
    expect(trees().filter((name) => name.endsWith('resume.safetensors'))).toEqual([]);
    const calls = [...fakes.calls];
    expect(
      await finish(
        tinyStudy(
          'rl={from: [swapped], steps: 3, prompts: 2, group: 2, checkpoint_every: 2, curve_mazes: 4}',
          'interventions={conditions: [correct, swapped], kinds: [gold, other], mazes: 5}',
        ),
      ),
    ).toEqual(results);
    expect(fakes.calls).toEqual(calls);
  });

  const PHASE = [
    'data={size: 6, train: 60, dev: 8, test: 10}',
    'train={tokens: 9000, batch_tokens: 1024, lr: 1e-3, checkpoints: 2}',
    'conditions=[correct, solution-only]',
    'phase={sizes: [8, 6], tokens: [9000, 4000]}',
  ];

  it('trains every point of a phase diagram, but none twice that the study itself has trained', async () => {
    const loaded = tinyStudy(...PHASE);
    const results = await finish(loaded);
    const trained = (some: readonly string[]): string[] =>
      some.filter((call) => !call.startsWith('evaluate') && !call.startsWith('lengths'));
    const both = ['train solution-only 1 on 2', 'train correct 1 on 2'];
    // 6x6 with 4,000 tokens, whose data are the study's, and 8x8 with 4,000; then 6x6 with 9,000, which the study has, and 8x8, whose data are there.
    expect(trained(fakes.calls)).toEqual([
      'data',
      'train correct 1 on 2',
      'train solution-only 1 on 2',
      ...both,
      'data',
      ...both,
      ...both,
    ]);
    // Training problems exclude those of all tests: other tests would be other training problems.
    for (const point of phasePointsOf(loaded.config))
      expect(point.config.data).toEqual({
        ...loaded.config.data,
        ...(point.size !== 6 && { size: point.size, distributions: ['wilson'] }),
      });
    const labels = events.flatMap((event) =>
      event.event === 'cell_finished'
        ? [`${event.cell.index}/${event.cell.of} ${event.cell.label}${event.reused ? ' reused' : ''}`]
        : [],
    );
    expect(labels[8]).toBe('9/36 phase-6x6-4000-data reused');
    expect(labels.slice(22, 25)).toEqual([
      '23/36 phase-6x6-9000-data reused',
      '24/36 phase-6x6-9000-train-solution-only-seed1 reused',
      '25/36 phase-6x6-9000-curve-solution-only-seed1 reused',
    ]);
    expect(labels[25]).toBe('26/36 phase-6x6-9000-test-solution-only-seed1 reused');
    const points = [
      [6, 4000],
      [8, 4000],
      [6, 9000],
      [8, 9000],
    ];
    const { runs: models = [], differences = [] } = results.phase ?? {};
    expect(
      models.map(({ size, tokens, condition, seed, steps, evaluation: { distribution, n } }) => [
        size,
        tokens,
        condition,
        seed,
        steps,
        distribution,
        n,
      ]),
    ).toEqual(
      points.flatMap(([size, tokens]) =>
        ['solution-only', 'correct'].map((condition) => [size, tokens, condition, 1, 1000, 'wilson', 10]),
      ),
    );
    const valid = models.map(({ evaluation }) => evaluation.plan_valid.count);
    expect(new Set(valid).size).toBeGreaterThan(1);
    expect(
      differences.map(({ size, tokens, condition, n, difference }) => [
        size,
        tokens,
        condition,
        n,
        Math.round(10 * difference),
      ]),
    ).toEqual(points.map(([size, tokens], i) => [size, tokens, 'correct', 10, valid[2 * i + 1] - valid[2 * i]]));
    expect(results.seconds).toBeLessThan(
      events.reduce((sum, event) => sum + (event.event === 'cell_finished' ? event.seconds : 0), 0),
    );
    const calls = [...fakes.calls];
    expect(await finish(loaded)).toEqual(results);
    expect(fakes.calls).toEqual(calls);
  });

  it('stops in a point of a phase diagram and ends with the result of an uninterrupted study', async () => {
    const loaded = tinyStudy(...PHASE);
    const stop = new AbortController();
    let trained = 0;
    fakes.betweenSteps = () => {
      if (++trained === 4) stop.abort();
    };
    expect(await run(loaded, stop.signal)).toEqual({ finished: false });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', cell: { label: 'phase-6x6-4000-train-correct-seed1' } });
    const stopped = await finish(loaded);
    rmSync(study(), { recursive: true });
    expect((await finish(loaded)).result).toBe(stopped.result);
    expect((await finish(tinyStudy(...PHASE.slice(0, 3), 'phase={sizes: [6, 8], tokens: [4000]}'))).result).not.toBe(
      stopped.result,
    );
  });

  it('chooses samples by rule: the first in file order of each kind', async () => {
    const { samples } = await finish();
    const ofWilson = samples
      .filter(({ row }) => row.generator === 'wilson')
      .map(({ condition, kind, row }) => `${condition}: ${kind}: ${row.id}`);
    const ids = readFileSync(join(study(), 'cells', dirOf('data'), 'test-wilson.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ofWilson).toEqual([
      `solution-only: plan invalid: ${ids[1]}`,
      `correct: plan and trace valid: ${ids[0]}`,
      `correct: plan invalid: ${ids[1]}`,
      `swapped: plan valid, trace invalid: ${ids[0]}`,
    ]);
  });
});

const dirOf = (prefix: string): string =>
  readdirSync(join(study(), 'cells')).filter((name) => name.startsWith(`${prefix}-`))[0];

describe('going on', () => {
  it('gives a finished study at once: no call, no changed file', async () => {
    const first = await finish();
    const before = trees().map((name) => [name, statSync(join(study(), name)).mtimeMs]);
    fakes.calls.length = 0;
    events.length = 0;
    expect(await finish()).toEqual(first);
    expect(fakes.calls).toEqual([]);
    expect(events).toMatchObject([{ event: 'finished', result: first.result }]);
    expect(trees().map((name) => [name, statSync(join(study(), name)).mtimeMs])).toEqual(before);
  });

  it.each(['', 'null', '{"version": "0.'])(
    'makes results.json anew from the cells where it is damaged: %j',
    async (text) => {
      const first = await finish();
      writeFileSync(join(study(), 'results.json'), text);
      expect((await finish()).result).toBe(first.result);
      expect((JSON.parse(readFileSync(join(study(), 'results.json'), 'utf8')) as StudyResults).result).toBe(
        first.result,
      );
    },
  );

  it('makes results.json of an older tracelab anew from the cells, with nothing trained again', async () => {
    const first = await finish();
    writeFileSync(join(study(), 'results.json'), JSON.stringify({ ...first, format: 1, findings: [] }));
    fakes.calls.length = 0;
    expect((await finish()).findings).toEqual(first.findings);
    expect(fakes.calls).toEqual([]);
  });

  it('stops while it makes data and ends with the result of an uninterrupted study', async () => {
    const whole = await finish();
    rmSync(study(), { recursive: true });
    const controller = new AbortController();
    const { writeDataset } = fakes;
    // The system hands the signal over between two pieces of the drawing.
    fakes = {
      ...fakes,
      writeDataset: (directory, config, hooks) => {
        setImmediate(() => {
          controller.abort();
        });
        let now = 0;
        return writeDataset(directory, config, { ...hooks, clock: { seconds: () => (now += 1) } });
      },
    };
    expect(await run(tinyStudy(), controller.signal)).toEqual({ finished: false });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', cell: { label: 'data' } });
    fakes = { ...fakes, writeDataset };
    expect((await finish()).result).toBe(whole.result);
  });

  it('stops in the middle of training and ends with the result of an uninterrupted study', async () => {
    const whole = await finish();
    rmSync(study(), { recursive: true });
    fakes.calls.length = 0;
    const controller = new AbortController();
    fakes.betweenSteps = (condition) => {
      if (condition === 'correct') controller.abort();
    };
    expect(await run(tinyStudy(), controller.signal)).toEqual({ finished: false });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', cell: { label: 'train-correct-seed1' } });
    expect(existsSync(join(study(), 'results.json'))).toBe(false);
    expect(existsSync(join(study(), '.lock'))).toBe(false);
    fakes.betweenSteps = () => undefined;
    const resumed = await finish();
    expect(resumed.result).toBe(whole.result);
    expect(fakes.calls).toEqual([...ALL_CALLS.slice(0, 6), ...ALL_CALLS.slice(5)]);
  });

  it('stops in the middle of a learning curve, or before a cell, and goes on', async () => {
    const controller = new AbortController();
    fakes.beforeEvaluation = (outDir) => {
      if (outDir.endsWith('step-1000')) controller.abort();
    };
    expect(await run(tinyStudy(), controller.signal)).toEqual({ finished: false });
    expect(await run(tinyStudy(), controller.signal)).toEqual({ finished: false });
    fakes.beforeEvaluation = () => undefined;
    expect((await finish()).conditions).toHaveLength(3);
    expect(fakes.calls.filter((call) => call.startsWith('train'))).toHaveLength(3);
  });

  it('goes on after a crash, whose error passes through and frees the lock', async () => {
    fakes.betweenSteps = () => {
      throw new Error('the machine broke');
    };
    await expect(run()).rejects.toThrow('the machine broke');
    fakes.betweenSteps = () => undefined;
    await finish();
    expect(fakes.calls.filter((call) => call === 'data')).toHaveLength(1);
  });

  it('adds a seed without doing the first one again', async () => {
    await finish();
    fakes.calls.length = 0;
    expect((await finish(tinyStudy('seeds=[1,2]'))).conditions).toHaveLength(6);
    expect(fakes.calls).toEqual(ALL_CALLS.slice(1).map((call) => call.replace(/ 1( on|$)/, ' 2$1')));
  });

  it.each([
    ['train.lr=2e-3', 14],
    ['data.seed=2', 15],
    ['evaluate.dev_mazes=4', 6],
    ['evaluate.temperature=1', 5],
    ['model.context=400', 12],
    ['study=tiny', 0],
  ])('after --set %s does the %i calls that it touches', async (override, count) => {
    await finish();
    fakes.calls.length = 0;
    await finish(tinyStudy(override));
    expect(fakes.calls).toHaveLength(count);
  });

  it('its tests are those that its results name, not others of the same weights in the same directory', async () => {
    for (const temperature of [0, 0.1, 0.5, 1]) {
      const { conditions } = await finish(tinyStudy(`evaluate.temperature=${temperature}`));
      const { cells } = await findTestCells(study());
      expect(cells.map(({ directory }) => basename(directory))).toEqual(conditions.map(({ test_cell }) => test_cell));
    }
  });

  it('refuses a point of a phase diagram that its size cannot have before anything is trained', async () => {
    await expect(finish(tinyStudy('phase={sizes: [4], tokens: [9000]}', 'data.train=2000'))).rejects.toMatchObject({
      code: 'TOO_FEW_PROBLEMS',
    });
    expect(fakes.calls).toEqual([]);
  });

  it.each(['data', 'train-correct', 'test-swapped'])(
    'makes a deleted %s cell again and nothing that was finished behind it',
    async (name) => {
      const { result } = await finish();
      const cell = dirOf(name);
      rmSync(join(study(), 'cells', cell), { recursive: true });
      fakes.calls.length = 0;
      expect((await finish()).result).toBe(result);
      expect(fakes.calls).toHaveLength(1);
    },
  );

  it('does not ask for anything new on another number of threads, nor on the revectorised path', async () => {
    const { result } = await finish();
    fakes.calls.length = 0;
    fakes = {
      ...fakes,
      loadCore: () => ({ kernel_path: 'fused', revectorized: true, why: '', module_sha256: 'c'.repeat(64) }),
    };
    expect((await finish(tinyStudy(), undefined, 4)).result).toBe(result);
    expect(fakes.calls).toEqual([]);
  });

  it('trains again when the core module is another one', async () => {
    await finish();
    fakes.calls.length = 0;
    fakes = {
      ...fakes,
      loadCore: () => ({ kernel_path: 'portable', revectorized: false, why: '', module_sha256: 'c'.repeat(64) }),
    };
    await finish();
    expect(fakes.calls).toEqual(ALL_CALLS.slice(1));
  });
});

describe('refusals', () => {
  it('of a damaged completion file names it, and recovers when the cell is deleted', async () => {
    await finish();
    const file = join(study(), 'cells', dirOf('test-correct-seed1'), 'completions-drunkard.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -100));
    const error = (await run().catch((e: unknown) => e)) as TracelabError;
    expect(error).toMatchObject({ code: 'CELL_DAMAGED', where: file });
    expect(error.exitCode).toBe(3);
    rmSync(join(study(), 'cells', dirOf('test-correct-seed1')), { recursive: true });
    await finish();
  });

  it('of a context shorter than the longest example, told before the data are made, and when they exist', async () => {
    await expect(run(tinyStudy('model.context=64'))).rejects.toThrow(
      /^error\[CONFIG_IMPOSSIBLE\] --set model\.context=64: model\.context is shorter than the longest example; expected at least \d+ tokens, got 64$/,
    );
    expect(fakes.calls).toEqual([]);
    await finish();
    expect(fakes.calls.filter((call) => call === 'data')).toHaveLength(1);
    // The data exist now: refused all the same.
    await expect(run(tinyStudy('model.context=64'))).rejects.toMatchObject({ code: 'CONFIG_IMPOSSIBLE' });
  });

  it('of a context that only the data themselves outgrow, keeping them', async () => {
    // The plan looks at a sample of mazes; a larger training set holds a longer one.
    const refused = (await run(tinyStudy('model.context=64')).catch((e: unknown) => e)) as TracelabError;
    const sampled = Number(/at least (\d+) tokens/.exec(refused.message)?.[1]);
    await expect(run(tinyStudy('data.train=3000', `model.context=${sampled}`))).rejects.toMatchObject({
      code: 'CONFIG_IMPOSSIBLE',
    });
    expect(fakes.calls).toEqual(['data']);
  });

  it('of a context that only a test distribution outgrows, before any training', async () => {
    const overrides = ['data.distributions=[wilson, free]', 'data.test=100'];
    const least = async (...more: string[]): Promise<number> =>
      Number(
        /at least (\d+) tokens/.exec(
          ((await run(tinyStudy(...more, 'model.context=64')).catch((e: unknown) => e)) as TracelabError).message,
        )?.[1],
      );
    expect(await least(...overrides)).toBeGreaterThan(await least());
    expect(fakes.calls).toEqual([]);
  });

  it('of a batch smaller than the longest training example', async () => {
    await expect(run(tinyStudy('train.batch_tokens=100'))).rejects.toThrow(
      '--set train.batch_tokens=100: train.batch_tokens is smaller than the longest training example',
    );
    expect(fakes.calls).toEqual([]);
  });

  it('of more problems than exist leaves no folder', async () => {
    await expect(run(tinyStudy('data.train=1000000'))).rejects.toMatchObject({
      code: 'TOO_FEW_PROBLEMS',
      kind: 'refused_input',
    });
    expect(existsSync(study())).toBe(false);
  });

  it('of a model beyond 4 GiB shows the memory plan and leaves no folder', async () => {
    await expect(run(tinyStudy('model.d_model=8192'))).rejects.toThrow(
      /^error\[MEMORY_PLAN\] --set model\.d_model=8192: a model of [\d,]+ parameters does not fit one WebAssembly memory; expected at most 4\.00 GiB, got 8\.00 GiB \(weights 8\.00 GiB\)/,
    );
    expect(existsSync(study())).toBe(false);
  });

  it('of a second process on the same study', async () => {
    let second: unknown;
    fakes.beforeEvaluation = async () => {
      second ??= await run().catch((error: unknown) => error);
    };
    await finish();
    expect(second).toMatchObject({ code: 'RUN_IN_USE' });
  });
});

it('plans without writing anything', async () => {
  const plan = await planOnly({ loaded: tinyStudy(), runsDirectory: runs, threads: 2 }, fakes);
  expect(plan.cells.map(({ label }) => label)).toHaveLength(12);
  expect(readdirSync(runs)).toEqual([]);
  expect(fakes.calls).toEqual([]);
});

describe('later work that cannot be', () => {
  it.each([
    [
      'rl={from: [bfs]}',
      /^error\[CONFIG_IMPOSSIBLE\] --set rl=.*: rl\.from names a condition that this study does not train; expected of solution-only, correct, swapped, got bfs \(hint: or no rl at all: --set rl=null\)$/,
    ],
    [
      'rl={from: [swapped], prompts: 61}',
      /rl\.prompts asks for more prompts than data\.train makes; expected at most 60, got 61$/,
    ],
    [
      'rl={from: [swapped], curve_mazes: 11, prompts: 2}',
      /rl\.curve_mazes asks for more mazes than data\.test makes; expected at most 10, got 11$/,
    ],
    [
      'rl={from: [swapped], cap: 1024, prompts: 2}',
      /rl\.cap leaves no room for a prompt in the context; expected below 1024, got 1024$/,
    ],
    [
      'rl={from: [swapped], prompts: 60, group: 100}',
      /^error\[MEMORY_PLAN\] --set rl=.*: reinforcement learning with 6,000 completions a step does not fit one WebAssembly memory; expected at most 4\.00 GiB, got 5\.86 GiB/,
    ],
    [
      'rl={from: [swapped], prompts: 2, group: 128, resample: 58}',
      /^error\[MEMORY_PLAN\] --set rl=.*: 7,680 completions a step, those in whose place others are drawn among them, are too many; expected at most 4\.00 GiB, got 7\.50 GiB \(hint: lower rl\.resample, rl\.prompts, rl\.group or rl\.cap\)$/,
    ],
    [
      'rl={from: [swapped], prompts: 2, group: 512}',
      /^error\[MEMORY_PLAN\] --set rl=.*: sampling 5,120 completions of wilson does not fit one WebAssembly memory; expected at most 4\.00 GiB, got 5\.00 GiB .*\(hint: lower rl\.curve_prompts, rl\.group or rl\.accumulators\)$/,
    ],
    [
      'interventions={conditions: [solution-only]}',
      /a model without traces has none to replace; expected conditions with traces, got solution-only$/,
    ],
    [
      'interventions={conditions: [correct], kinds: [other]}',
      /the intervention other needs the traces of another model; expected at least two conditions, got correct$/,
    ],
    [
      'interventions={conditions: [correct], distributions: [free]}',
      /names a distribution that is not tested; expected of wilson, drunkard, got free$/,
    ],
    [
      'phase={sizes: [6], tokens: [5000], conditions: [correct, swapped]}',
      /phase\.conditions lacks solution-only, which the others are compared with; expected a list with solution-only, got correct, swapped$/,
    ],
    [
      'phase={sizes: [6], tokens: [5000], conditions: [solution-only]}',
      /phase\.conditions has nothing to compare; expected at least two conditions, got solution-only$/,
    ],
    [
      'phase={sizes: [6, 60], tokens: [5000]}',
      /model\.context is shorter than the longest example; expected at least \d+ tokens, got 1024$/,
    ],
  ])('%s is refused in one line, before anything is made', async (override, message) => {
    const failure = await run(tinyStudy(override)).then(
      () => '',
      (error: unknown) => (error as TracelabError).message,
    );
    expect(failure).toMatch(message);
    expect(readdirSync(runs)).toEqual([]);
    expect(fakes.calls).toEqual([]);
  });
});
