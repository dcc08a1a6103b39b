// A study through fakes of training and evaluation: order, results, stopping and going on, refusals.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TracelabError } from '../../src/base/errors.ts';
import type { LoadedConfig } from '../../src/study/config-file.ts';
import type { StudyEvent } from '../../src/study/events.ts';
import { phasePointsOf } from '../../src/study/phase.ts';
import type { StudyResults } from '../../src/study/results.ts';
import { findTestCells } from '../../src/study/test-cells.ts';
import type { StudyOutcome } from '../../src/study/study.ts';
import { createFakes, FAKE_CORE, tinyStudy } from './fakes.ts';
import type { Fakes } from './fakes.ts';
import { planWith, runWith } from './run-study.ts';
import type { RunOptions } from './run-study.ts';

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

async function run(loaded: LoadedConfig = tinyStudy(), options: RunOptions = {}): Promise<StudyOutcome> {
  return runWith(runs, fakes, loaded, { emit: (event) => events.push(event), ...options });
}

async function finish(...args: Parameters<typeof run>): Promise<StudyResults> {
  const outcome = await run(...args);
  if (outcome.outcome !== 'finished') throw new Error(`the study ended as ${outcome.outcome}`);
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
const store = (): string => join(runs, 'cells');
const trees = (): string[] => readdirSync(runs, { recursive: true }).map(String).sort();
/** Which calls there were; the order is the executor's. */
const called = (): string[] => fakes.calls.toSorted();
const sorted = (calls: readonly string[]): string[] => calls.toSorted();
const at = (call: string): number => fakes.calls.indexOf(call);

describe('a whole study', () => {
  it('does every cell once, in order, and leaves results, report and resolved config', async () => {
    const results = await finish();
    expect(called()).toEqual(sorted(ALL_CALLS));
    for (const condition of ['solution-only', 'correct', 'swapped'])
      expect(at(`train ${condition} 1 on 2`)).toBeGreaterThan(at('data'));
    expect(readFileSync(join(study(), 'report.html'), 'utf8')).toBe(`<html>${results.result}`);
    expect(JSON.parse(readFileSync(join(study(), 'results.json'), 'utf8'))).toEqual({
      ...results,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(readFileSync(join(study(), 'config.yaml'), 'utf8')).toContain('weight_decay: 0.1');
    expect(trees().filter((name) => name.endsWith('.tmp') || name.includes('resume-'))).toEqual([]);
  });

  it('reports the plan, every task, and the result', async () => {
    await finish();
    const names = events.map(({ event }) => event).filter((event) => event !== 'progress');
    expect(names.slice(0, 2)).toEqual(['measuring', 'planned']);
    expect(names.at(-1)).toBe('result');
    for (const name of ['started', 'finished']) expect(names.filter((each) => each === name)).toHaveLength(12);
    expect(events.find((event) => event.event === 'progress')).toMatchObject({ progress: { words: 'loss 1' } });
  });

  it('names the cell of every task in its folder', async () => {
    await finish();
    const { cells } = JSON.parse(readFileSync(join(study(), 'cells.json'), 'utf8')) as {
      cells: Record<string, string>;
    };
    expect(Object.keys(cells)).toHaveLength(12);
    expect(new Set(Object.values(cells)).size).toBe(12);
    expect(readdirSync(store())).toHaveLength(12);
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
    expect(results.left_out.map(({ id }) => id)).toEqual(['F4']);
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
    expect(called()).toEqual(
      sorted([
        ...ALL_CALLS,
        'rl swapped 1 on 2',
        ...Array.from({ length: 3 }, () => [
          'evaluate wilson+drunkard limit 4',
          'observe wilson+drunkard first 64',
        ]).flat(),
        'evaluate wilson+drunkard limit none',
        'intervene gold+other limit 5 other swapped',
        'intervene gold+other limit 5 other correct',
      ]),
    );
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
    expect(trees().filter((name) => name.includes('resume-'))).toEqual([]);
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

  it('fits the rates of a condition once there are three of them', async () => {
    const results = await finish(tinyStudy('conditions=[correct, swapped@0.5, swapped]'));
    expect(
      results.dose_response?.map(({ name, doses, fits }) => [
        name,
        doses.map(({ rate, condition }) => `${rate} ${condition}`),
        fits.map(({ distribution }) => distribution),
      ]),
    ).toEqual([['swapped', ['0 correct', '0.5 swapped@0.5', '1 swapped'], ['wilson', 'drunkard']]]);
    const [plans] = results.dose_response?.[0].fits.map(({ plan_valid }) => plan_valid) ?? [];
    expect(results.conditions.map(({ evaluation: [{ plan_valid }] }) => plan_valid.count)).toEqual([5, 3, 10]);
    // By statsmodels 0.15.0 for 5, 3 and 10 of 10 at rates 0, 0.5 and 1.
    expect(plans).toMatchObject({ n: 10, slope: expect.closeTo(2.31989219, 7) as number });
    expect(JSON.parse(readFileSync(join(study(), 'results.json'), 'utf8'))).toMatchObject(
      JSON.parse(JSON.stringify(results)) as object,
    );
    expect((await finish(tinyStudy(), { replace: true })).dose_response).toBeUndefined();
  });

  it('measures the information of traces where it is asked for, once a condition and seed', async () => {
    const asked = 'information={conditions: [correct, swapped], mazes: 5, distributions: [wilson, drunkard]}';
    const results = await finish(tinyStudy(asked));
    expect(called()).toEqual(
      sorted([...ALL_CALLS, 'information limit 5 events 8 of correct', 'information limit 5 events 8 of swapped']),
    );
    expect(
      results.information?.map(({ condition, seed, distributions }) => [
        condition,
        seed,
        distributions.map(({ distribution }) => distribution),
      ]),
    ).toEqual([
      ['correct', 1, ['wilson', 'drunkard']],
      ['swapped', 1, ['wilson', 'drunkard']],
    ]);
    const calls = [...fakes.calls];
    expect(await finish(tinyStudy(asked))).toEqual(results);
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
    // 6x6 with 9,000 tokens is the study itself; 6x6 with 4,000 has its data; 8x8 has data of its own, once.
    expect(sorted(trained(fakes.calls))).toEqual(sorted(['data', 'data', ...both, ...both, ...both, ...both]));
    // The points of 6x6 keep all tests of the study, and so share its dataset.
    for (const point of phasePointsOf(loaded.config))
      expect(point.config.data).toEqual({
        ...loaded.config.data,
        ...(point.size !== 6 && { size: point.size, distributions: ['wilson'] }),
      });
    const ids = events.flatMap((event) => (event.event === 'finished' ? [event.id] : []));
    expect(ids).toHaveLength(new Set(ids).size);
    expect(ids).toContain('phase-8x8-9000-train-correct-seed1');
    expect(ids.filter((id) => id.startsWith('phase-6x6-9000'))).toEqual([]);
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
    const calls = [...fakes.calls];
    expect(await finish(loaded)).toEqual(results);
    expect(fakes.calls).toEqual(calls);
  });

  it('trains every number of layers of a phase diagram, on the same data and under names of its own', async () => {
    const loaded = tinyStudy(...PHASE.slice(0, 3), 'phase={sizes: [6, 8], tokens: [9000], layers: [2, 1]}');
    expect(loaded.config.model.n_layer).toBe(1);
    const results = await finish(loaded);
    const ids = events.flatMap((event) => (event.event === 'finished' ? [event.id] : []));
    // 6x6 with one layer is the study itself. All layers share the data of a size.
    expect(ids.filter((id) => id.startsWith('phase-') && /train|data/.test(id)).sort()).toEqual([
      'phase-6x6-9000-2layers-train-correct-seed1',
      'phase-6x6-9000-2layers-train-solution-only-seed1',
      'phase-8x8-9000-2layers-train-correct-seed1',
      'phase-8x8-9000-2layers-train-solution-only-seed1',
      'phase-8x8-9000-data',
      'phase-8x8-9000-train-correct-seed1',
      'phase-8x8-9000-train-solution-only-seed1',
    ]);
    const { runs: models = [], differences = [] } = results.phase ?? {};
    expect(models.map(({ size, layers, condition }) => [size, layers, condition])).toEqual(
      [
        [6, 1],
        [8, 1],
        [6, 2],
        [8, 2],
      ].flatMap(([size, layers]) => ['solution-only', 'correct'].map((condition) => [size, layers, condition])),
    );
    expect(differences.map(({ size, layers }) => [size, layers])).toEqual([
      [6, 1],
      [8, 1],
      [6, 2],
      [8, 2],
    ]);
    const layers = phasePointsOf(loaded.config).map(({ config: { model } }) => model.n_layer);
    expect(layers).toEqual([1, 1, 2, 2]);
    // Without the axis the cells are the same: nothing is computed again.
    const calls = [...fakes.calls];
    await finish(tinyStudy(...PHASE.slice(0, 3), 'phase={sizes: [6, 8], tokens: [9000]}'), { replace: true });
    expect(fakes.calls).toEqual(calls);
  });

  it('stops in a point of a phase diagram and ends with the result of an uninterrupted study', async () => {
    const loaded = tinyStudy(...PHASE);
    const stop = new AbortController();
    let trained = 0;
    fakes.betweenSteps = () => {
      if (++trained === 4) stop.abort();
    };
    expect(await run(loaded, { signal: stop.signal })).toEqual({ outcome: 'stopped' });
    expect(events.at(-1)).toMatchObject({ event: 'stopped' });
    const stopped = await finish(loaded);
    rmSync(runs, { recursive: true });
    expect((await finish(loaded)).result).toBe(stopped.result);
    const fewer = tinyStudy(...PHASE.slice(0, 3), 'phase={sizes: [6, 8], tokens: [4000]}');
    expect((await finish(fewer, { replace: true })).result).not.toBe(stopped.result);
  });

  it('chooses samples by rule: the first in file order of each kind', async () => {
    const { samples } = await finish();
    const ofWilson = samples
      .filter(({ row }) => row.generator === 'wilson')
      .map(({ condition, kind, row }) => `${condition}: ${kind}: ${row.id}`);
    const ids = readFileSync(join(store(), dirOf('data'), 'test-wilson.jsonl'), 'utf8')
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

/** Folder of a task's cell. */
const dirOf = (id: string): string => {
  const { cells } = JSON.parse(readFileSync(join(study(), 'cells.json'), 'utf8')) as { cells: Record<string, string> };
  const found = readdirSync(store()).find((name) => name.endsWith(cells[id].slice(0, 16)));
  if (found === undefined) throw new Error(`no cell of ${id}`);
  return found;
};

describe('resuming', () => {
  it('gives a finished study at once: no call, no changed file', async () => {
    const first = await finish();
    const cells = (): unknown[] =>
      trees()
        .filter((name) => name.startsWith('cells'))
        .map((name) => [name, statSync(join(runs, name)).mtimeMs]);
    const before = cells();
    fakes.calls.length = 0;
    events.length = 0;
    // Samples of problems are drawn by the clock, for the speed of drawing.
    const clock = vi.spyOn(fakes.clock, 'seconds');
    expect(await finish()).toEqual(first);
    expect(fakes.calls).toEqual([]);
    expect(clock).not.toHaveBeenCalled();
    expect(events).toMatchObject([{ event: 'result', result: first.result }]);
    expect(cells()).toEqual(before);
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

  it('makes results.json anew from the cells where one digit of it was changed', async () => {
    const first = await finish();
    const file = join(study(), 'results.json');
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(/"train_seconds":(\d)/, (_, digit: string) => `"train_seconds":${9 - Number(digit)}`);
    expect(changed).not.toBe(text);
    writeFileSync(file, changed);
    fakes.calls.length = 0;
    expect(await finish()).toEqual({ ...first, finished: expect.any(String) as string });
    expect(readFileSync(file, 'utf8')).not.toBe(changed);
    expect(fakes.calls).toEqual([]);
  });

  it('makes results.json of an older tracelab anew from the cells, with nothing trained again', async () => {
    const first = await finish();
    writeFileSync(join(study(), 'results.json'), JSON.stringify({ ...first, format: 1, findings: [] }));
    fakes.calls.length = 0;
    expect((await finish()).findings).toEqual(first.findings);
    expect(fakes.calls).toEqual([]);
  });

  it('stops while it makes data and ends with the result of an uninterrupted study', async () => {
    const whole = await finish();
    rmSync(runs, { recursive: true });
    const controller = new AbortController();
    const { writeDataset } = fakes;
    // The system hands the signal over between two pieces of the drawing.
    fakes.writeDataset = (directory, config, hooks) => {
      setImmediate(() => {
        controller.abort();
      });
      let now = 0;
      return writeDataset(directory, config, { ...hooks, clock: { seconds: () => (now += 1) } });
    };
    expect(await run(tinyStudy(), { signal: controller.signal })).toEqual({ outcome: 'stopped' });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', id: 'data' });
    fakes.writeDataset = writeDataset;
    expect((await finish()).result).toBe(whole.result);
  });

  it('stops in the middle of training and ends with the result of an uninterrupted study', async () => {
    const whole = await finish();
    rmSync(runs, { recursive: true });
    fakes.calls.length = 0;
    const controller = new AbortController();
    fakes.betweenSteps = (condition) => {
      if (condition === 'correct') controller.abort();
    };
    expect(await run(tinyStudy(), { signal: controller.signal })).toEqual({ outcome: 'stopped' });
    expect(events.at(-1)).toMatchObject({ event: 'stopped', id: 'train-correct-seed1' });
    expect(existsSync(join(study(), 'results.json'))).toBe(false);
    fakes.betweenSteps = () => undefined;
    expect((await finish()).result).toBe(whole.result);
    expect(called()).toEqual(sorted([...ALL_CALLS, 'train correct 1 on 2']));
  });

  it('stops in the middle of a learning curve, or before a task, and resumes', async () => {
    const controller = new AbortController();
    fakes.beforeEvaluation = (outDir) => {
      if (outDir.endsWith('step-1000')) controller.abort();
    };
    expect(await run(tinyStudy(), { signal: controller.signal })).toEqual({ outcome: 'stopped' });
    expect(await run(tinyStudy(), { signal: controller.signal })).toEqual({ outcome: 'stopped' });
    fakes.beforeEvaluation = () => undefined;
    expect((await finish()).conditions).toHaveLength(3);
    expect(fakes.calls.filter((call) => call.startsWith('train'))).toHaveLength(3);
  });

  it('sets a task aside that fails again and again, does all others, and tries it again at the next start', async () => {
    fakes.betweenSteps = (condition) => {
      if (condition === 'correct') throw new Error('the machine broke');
    };
    const outcome = await run();
    expect(outcome).toEqual({
      outcome: 'partly_failed',
      left: ['train-correct-seed1', 'curve-correct-seed1', 'test-correct-seed1', 'lengths-correct-seed1'],
    });
    expect(events.find(({ event }) => event === 'set_aside')).toMatchObject({
      id: 'train-correct-seed1',
      failure: { message: expect.stringContaining('the machine broke') as string },
      blocked: ['curve-correct-seed1', 'test-correct-seed1', 'lengths-correct-seed1'],
    });
    fakes.betweenSteps = () => undefined;
    await finish();
    expect(fakes.calls.filter((call) => call === 'data')).toHaveLength(1);
    expect(fakes.calls.filter((call) => call.startsWith('train swapped'))).toHaveLength(1);
  });

  it('adds a seed without doing the first one again', async () => {
    await finish();
    fakes.calls.length = 0;
    expect((await finish(tinyStudy('seeds=[1,2]'), { replace: true })).conditions).toHaveLength(6);
    expect(called()).toEqual(sorted(ALL_CALLS.slice(1).map((call) => call.replace(/ 1( on|$)/, ' 2$1'))));
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
    await finish(tinyStudy(override), { replace: true });
    expect(fakes.calls).toHaveLength(count);
  });

  it('its tests are those that its results name, not others of the same weights in the same directory', async () => {
    for (const temperature of [0, 0.1, 0.5, 1]) {
      const { conditions } = await finish(tinyStudy(`evaluate.temperature=${temperature}`), { replace: true });
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

  it.each(['data', 'train-correct-seed1', 'test-swapped-seed1'])(
    'makes a deleted %s again and nothing that was finished after it',
    async (name) => {
      const { result } = await finish();
      rmSync(join(store(), dirOf(name)), { recursive: true });
      fakes.calls.length = 0;
      expect((await finish()).result).toBe(result);
      expect(fakes.calls).toHaveLength(1);
    },
  );

  it('asks for nothing new on another number of threads, nor on the revectorised path', async () => {
    const { result } = await finish();
    fakes.calls.length = 0;
    fakes.core = () => ({ ...FAKE_CORE, revectorized: true, why: '' });
    expect((await finish(tinyStudy(), { threads: 4 })).result).toBe(result);
    expect(fakes.calls).toEqual([]);
  });

  it('trains again when the core module is another one', async () => {
    await finish();
    fakes.calls.length = 0;
    fakes.core = () => ({ ...FAKE_CORE, kernel_path: 'portable' });
    await finish();
    expect(called()).toEqual(sorted(ALL_CALLS.slice(1)));
  });

  it('shares cells between studies: another name trains nothing again', async () => {
    const { result } = await finish();
    fakes.calls.length = 0;
    expect((await finish(tinyStudy('study=twin'))).result).toBe(result);
    expect(fakes.calls).toEqual([]);
  });

  it('refuses another configuration under the same name, or replaces it when told to', async () => {
    const { config_hash } = await finish();
    const other = tinyStudy('evaluate.temperature=1');
    const error = (await run(other).catch((e: unknown) => e)) as TracelabError;
    expect(error).toMatchObject({ code: 'STUDY_OTHER', exitCode: 2 });
    expect(error.message).toContain(config_hash.slice(0, 12));
    expect(error.message).toContain('--replace');
    expect(JSON.parse(readFileSync(join(study(), 'results.json'), 'utf8'))).toMatchObject({ config_hash });
    const replaced = await finish(other, { replace: true });
    expect(replaced.config_hash).not.toBe(config_hash);
  });

  it('gives the same result in two parts as in one', async () => {
    const whole = await finish(tinyStudy('seeds=[1,2]'));
    rmSync(runs, { recursive: true });
    fakes.calls.length = 0;
    const parts = [];
    for (const index of [1, 2]) parts.push(await run(tinyStudy('seeds=[1,2]'), { shard: { index, of: 2 } }));
    expect(parts.map(({ outcome }) => outcome)).toEqual(['shard', 'shard']);
    expect(fakes.calls.filter((call) => call.startsWith('train'))).toHaveLength(6);
    // Nothing needs models of both parts: what is left is the results.
    fakes.calls.length = 0;
    expect((await finish(tinyStudy('seeds=[1,2]'))).result).toBe(whole.result);
    expect(fakes.calls).toEqual([]);
  });
});

describe('refusals', () => {
  it('of a damaged completion file names it, and recovers when the cell is deleted', async () => {
    await finish();
    const file = join(store(), dirOf('test-correct-seed1'), 'completions-drunkard.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -100));
    const error = (await run().catch((e: unknown) => e)) as TracelabError;
    expect(error).toMatchObject({ code: 'CELL_DAMAGED', where: file });
    expect(error.exitCode).toBe(3);
    rmSync(join(store(), dirOf('test-correct-seed1')), { recursive: true });
    await finish();
  });

  it('of a context shorter than the longest example, told before the data are made, and when they exist', async () => {
    await expect(run(tinyStudy('model.context=64'))).rejects.toThrow(
      /^error\[CONFIG_IMPOSSIBLE\] --set model\.context=64: model\.context is shorter than the longest example; expected at least \d+ tokens, got 64 \(hint: .+\)$/,
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
    expect(fakes.calls).toContain('data');
    expect(fakes.calls.filter((call) => call.startsWith('evaluate'))).toEqual([]);
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
      /^error\[MEMORY_PLAN\] --set model\.d_model=8192: a model of [\d,]+ parameters does not fit one WebAssembly memory; expected at most 4\.00 GiB, got [\d.]+ GiB \(/,
    );
    expect(existsSync(study())).toBe(false);
  });
});

it('plans without writing anything', async () => {
  const { plan } = await planWith(runs, fakes, tinyStudy());
  expect(plan.tasks.map(({ id }) => id)).toHaveLength(12);
  expect(readdirSync(runs)).toEqual([]);
  expect(fakes.calls).toEqual([]);
});

describe('later work that cannot be', () => {
  it.each<[override: string, message: RegExp, more?: string[]]>([
    [
      'rl={from: [bfs]}',
      /^error\[CONFIG_IMPOSSIBLE\] --set rl=.*: rl\.from names a condition that this study does not train; expected one of solution-only, correct, swapped, got bfs \(hint: or leave rl out: --set rl=null\)$/,
    ],
    [
      'rl={from: [swapped], prompts: 61}',
      /rl\.prompts asks for more prompts than data\.train makes; expected at most 60, got 61 \(hint: .+\)$/,
    ],
    [
      'rl={from: [swapped], curve_mazes: 11, prompts: 2}',
      /rl\.curve_mazes asks for more mazes than data\.test makes; expected at most 10, got 11 \(hint: .+\)$/,
    ],
    [
      'rl={from: [swapped], cap: 1024, prompts: 2}',
      /rl\.cap leaves no room for a prompt in the context; expected below 1024, got 1024 \(hint: .+\)$/,
    ],
    [
      'rl={from: [swapped], prompts: 600, group: 1024}',
      /^error\[MEMORY_PLAN\] --set rl=.*: reinforcement learning with 614,400 completions a step does not fit one WebAssembly memory; expected at most 4\.00 GiB, got [\d.]+ GiB/,
      ['data.train=700'],
    ],
    [
      'rl={from: [swapped], prompts: 2, group: 1024, resample: 2998}',
      /^error\[MEMORY_PLAN\] --set rl=.*: 3,072,000 completions a step, replaced ones included, are too many; expected at most 4\.00 GiB, got [\d.]+ GiB \(hint: lower rl\.resample, rl\.prompts, rl\.group or rl\.cap\)$/,
      ['data.train=3000'],
    ],
    [
      'rl={from: [swapped], prompts: 2, group: 1024, curve_prompts: 600}',
      /^error\[MEMORY_PLAN\] --set rl=.*: sampling 614,400 completions of wilson does not fit one WebAssembly memory; expected at most 4\.00 GiB, got [\d.]+ GiB .*\(hint: lower rl\.curve_prompts, rl\.group or rl\.accumulators\)$/,
      ['data.test=600', 'data.train=700'],
    ],
    [
      'interventions={conditions: [solution-only]}',
      /a model without traces has none to replace; expected conditions with traces, got solution-only \(hint: .+\)$/,
    ],
    [
      'interventions={conditions: [correct], kinds: [other]}',
      /the intervention other needs the traces of another model; expected at least two conditions, got correct \(hint: .+\)$/,
    ],
    [
      'interventions={conditions: [correct], distributions: [free]}',
      /names a distribution that is not tested; expected one of wilson, drunkard, got free \(hint: .+\)$/,
    ],
    [
      'information={conditions: [solution-only]}',
      /^error\[CONFIG_IMPOSSIBLE\] --set information=.*: a model without traces has none to replace; expected conditions with traces, got solution-only \(hint: .+\)$/,
    ],
    [
      'information={conditions: [bfs]}',
      /information\.conditions names a condition that this study does not train; .*--set information=null\)$/,
    ],
    [
      'information={conditions: [correct], mazes: 11}',
      /information\.mazes asks for more mazes than data\.test makes; expected at most 10, got 11 \(hint: .+\)$/,
    ],
    [
      'information={conditions: [correct], distributions: [free]}',
      /information\.distributions names a distribution that is not tested; expected one of wilson, drunkard, got free \(hint: .+\)$/,
    ],
    [
      'phase={sizes: [6], tokens: [5000], conditions: [correct, swapped]}',
      /phase\.conditions lacks solution-only, which the others are compared with; expected a list with solution-only, got correct, swapped \(hint: .+\)$/,
    ],
    [
      'phase={sizes: [6], tokens: [5000], layers: [1, 256]}',
      /^error\[MEMORY_PLAN\] --set phase=.*: a model of [\d,]+ parameters does not fit one WebAssembly memory; .*\(hint: lower phase\.layers, train\.accumulators or train\.batch_tokens\)$/,
      ['model={d_model: 512, n_layer: 1, n_head: 2, d_ff: 2048}'],
    ],
    [
      'phase={sizes: [6], tokens: [5000], conditions: [solution-only]}',
      /phase\.conditions has nothing to compare; expected at least two conditions, got solution-only \(hint: .+\)$/,
    ],
    [
      'phase={sizes: [6, 60], tokens: [5000]}',
      /model\.context is shorter than the longest example; expected at least \d+ tokens, got 1024 \(hint: .+\)$/,
    ],
  ])('%s is refused in one line, before anything is made', async (override, message, more = []) => {
    const failure = await run(tinyStudy(...more, override)).then(
      () => '',
      (error: unknown) => (error as TracelabError).message,
    );
    expect(failure).toMatch(message);
    expect(readdirSync(runs)).toEqual([]);
    expect(fakes.calls).toEqual([]);
  });
});
