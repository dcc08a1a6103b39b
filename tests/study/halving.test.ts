// Successive halving: which trials go on, that decisions do not depend on threads, stops and failures of others, and
// what is refused.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proportion } from '../../src/base/statistics.ts';
import { summarize } from '../../src/evaluation/metrics.ts';
import { parseSweep } from '../../src/study/sweep/config.ts';
import { promoted, rungsOf } from '../../src/study/sweep/halving.ts';
import { readSweepResults } from '../../src/study/sweep/results-file.ts';
import { planSweep, runSweep } from '../../src/study/sweep/sweep.ts';
import type { SweepOutcome } from '../../src/study/sweep/sweep.ts';
import { loadVariable } from '../../src/study/variation.ts';
import { renderSweepPage } from '../../src/report/sweep-page.ts';
import { halvingFigures } from '../../src/tables/halving-figure.ts';
import { rankedTrials, sweepColumns, sweepRows, sweepTable } from '../../src/tables/sweep.ts';
import type { curveKind } from '../../src/tasks/curve.ts';
import type { CurveSummary } from '../../src/tasks/curve.ts';
import { trainPartKind } from '../../src/tasks/train-part.ts';
import type { TrainPartSummary } from '../../src/tasks/train-part.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import { inlineExecutor } from '../../src/work/inline-executor.ts';
import type { Kinds } from '../../src/work/kind.ts';
import { createFakes } from './fakes.ts';
import type { Fakes } from './fakes.ts';
import { measureFake } from './run-study.ts';

const STUDY = `
study: base
conditions: [correct]
data: {size: 6, train: 60, dev: 8, test: 10, distributions: [wilson]}
model: {d_model: 8, n_layer: 1, n_head: 2, d_ff: 16}
train: {tokens: 9000, batch_tokens: 1024, lr: 1e-3, checkpoints: 2}
`;
// On dev, 0.004 is best and 0.009 next.
const SWEEP = `
sweep: halved
study: base.yaml
halving: {eta: 3, min_tokens: 1000}
parameters: {train.lr: {values: [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009]}}
`;
const BEST: Readonly<Record<string, number>> = { 0.004: 90, 0.009: 80, 0.002: 70 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-halving-'));
  writeFileSync(join(folder, 'base.yaml'), STUDY);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Fakes whose parts of trainings note their learning rate, which decides their dev problems. */
function halvingFakes(betweenParts: (lr: number, until: number) => void = () => undefined): Fakes {
  const fakes = createFakes();
  const part: typeof trainPartKind = {
    ...trainPartKind,
    run: async ({ config, directory, signal, needIfAny }): Promise<TrainPartSummary | null> => {
      const { until } = config;
      const { lr } = config.train;
      betweenParts(lr, until);
      if (signal.aborted) return Promise.resolve(null);
      fakes.calls.push(`part ${lr} ${until}${needIfAny('part') ? ' continued' : ''}`);
      const step = join(directory, 'checkpoints', `step-${until}`);
      mkdirSync(step, { recursive: true });
      writeFileSync(join(step, 'model.safetensors'), String(lr));
      for (const name of ['state.safetensors', 'state.json', 'metrics.jsonl']) writeFileSync(join(directory, name), '');
      return Promise.resolve({ steps: until, tokens: until, seconds: 1, parameters: 1, checkpoints: [], kept: [] });
    },
  };
  const curve = fakes.kinds.get('curve') as unknown as typeof curveKind;
  const dev: typeof curveKind = {
    ...curve,
    run: async (work): Promise<CurveSummary | null> => {
      if (!work.config.last) return curve.run(work);
      const { directory } = work.need('model');
      const [step] = readdirSync(join(directory, 'checkpoints'));
      const lr = readFileSync(join(directory, 'checkpoints', step, 'model.safetensors'), 'utf8');
      const plan_valid = proportion(BEST[lr] ?? 10, 100);
      return Promise.resolve({ points: [], last: { ...summarize('wilson', []), plan_valid } });
    },
  };
  const kinds: Kinds = new Map([...fakes.kinds, [part.name, part], [dev.name, dev]]);
  return Object.assign(fakes, { kinds });
}

interface RunOptions {
  readonly text?: string;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly only?: 'failed';
}

async function run(
  runs: string,
  fakes: Fakes,
  { text = SWEEP, threads = 2, signal = new AbortController().signal, only }: RunOptions = {},
): Promise<SweepOutcome> {
  const { kinds, core, clock } = fakes;
  const runsDirectory = join(folder, runs);
  return runSweep(
    {
      sweep: parseSweep(text, 'sweep.yaml'),
      study: await loadVariable(join(folder, 'base.yaml')),
      runsDirectory,
      slots: { threads, jobs: 1, bytes: 2 ** 40 },
      version: '0.1.0',
      ...(only && { only }),
      renderReport: () => '<html>',
    },
    {
      kinds,
      store: new FolderStore(runsDirectory),
      executor: inlineExecutor({ kinds, core: core(), clock }),
      core,
      clock,
      measure: measureFake,
    },
    { signal, emit: () => undefined },
  );
}

const statesOf = ({ results }: SweepOutcome): string =>
  results.trials.map(({ state, rungs = [] }) => `${state[0]}${rungs.length}`).join(' ');
const WINNERS = 'e1 e2 e1 f2 e1 e1 e1 e1 e2';

describe('rungs', () => {
  test('eta times as many tokens for one of eta trials, the last with all tokens', () => {
    expect(rungsOf({ eta: 3, min_tokens: 1000 }, 9000, 9)).toEqual([
      { tokens: 1000, trials: 9 },
      { tokens: 3000, trials: 3 },
      { tokens: 9000, trials: 1 },
    ]);
    expect(rungsOf({ eta: 3, min_tokens: 1000 }, 10_000, 100).map(({ trials }) => trials)).toEqual([100, 33, 11, 3]);
    // With one trial left there is nothing to decide.
    expect(rungsOf({ eta: 2, min_tokens: 10 }, 1e6, 4).map(({ tokens }) => tokens)).toEqual([10, 20, 1e6]);
  });

  test('the best go on in the order of the sweep; of equal ones the first; without a score last', () => {
    const scored = [0.1, null, 0.3, 0.3, 0.2].map((score, i) => ({ score, i }));
    const of = (goal: 'maximize' | 'minimize', count: number): number[] =>
      promoted(scored, { name: 'plan_valid', goal }, count).map(({ i }) => i);
    expect(of('maximize', 1)).toEqual([2]);
    expect(of('maximize', 3)).toEqual([2, 3, 4]);
    expect(of('minimize', 2)).toEqual([0, 4]);
    expect(of('maximize', 9)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('a sweep with halving', () => {
  test('parts continue, the best of the last rung is tested, all are in the tables', { timeout: 240_000 }, async () => {
    const fakes = halvingFakes();
    const outcome = await run('whole', fakes);
    expect(outcome.outcome).toBe('finished');
    expect(statesOf(outcome)).toBe(WINNERS);
    const parts = fakes.calls.filter((call) => call.startsWith('part'));
    expect(parts.filter((call) => call.endsWith('1000'))).toHaveLength(9);
    expect(parts.filter((call) => call.endsWith('3000 continued'))).toHaveLength(3);
    expect(parts).toHaveLength(12);
    expect(fakes.calls.filter((call) => call.startsWith('train '))).toHaveLength(1);
    const { results, path } = outcome;
    expect(await readSweepResults(join(path, 'sweep.json'))).toMatchObject(
      JSON.parse(JSON.stringify(results)) as object,
    );
    expect(
      rankedTrials(results)
        .map(({ result }) => result.trial)
        .slice(0, 3),
    ).toEqual(['t4', 't9', 't2']);
    const labels = sweepTable(results).columns.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['Rung', 'Tokens', 'Dev']));
    const rows = [...sweepRows(results)];
    expect(rows.filter(({ rung }) => rung === 1)).toHaveLength(9 * 6);
    expect(
      rows.find(({ rung, metric, trial }) => rung === 2 && metric === 'plan_valid' && trial === 't4'),
    ).toMatchObject({ stage: 'rung', tokens: 3000, k: 90, n: 100, value: 0.9 });
    const names = sweepColumns(results.config).map(({ name }) => name);
    for (const row of rows) expect(Object.keys(row).sort()).toEqual(names.toSorted());
    const [figure] = halvingFigures(results);
    const { data } = figure.specification as {
      data: { values: { trial: string; came: string; tokens: number; share: number }[] };
    };
    expect(data.values).toHaveLength(9 + 3);
    expect(data.values.filter(({ trial }) => trial === 't4')).toMatchObject([
      { came: 'best', tokens: 1000, share: 90 },
      { came: 'best', tokens: 3000, share: 90 },
    ]);
    expect(data.values.find(({ trial }) => trial === 't2')).toMatchObject({ came: 'eliminated', share: 70 });
    expect(figure.spoken).toContain('t4, best; rung 2, 3.0 k tokens; 90.0 %');
    const page = await renderSweepPage(results);
    expect(page).toContain('Rungs of successive halving');
    expect(page).toContain('1 of 9 trials of base.yaml have finished and 8 were eliminated, ordered by');
    // A second run makes the same decisions and computes nothing; so does one with other threads.
    const again = halvingFakes();
    expect(statesOf(await run('whole', again, { threads: 1 }))).toBe(WINNERS);
    expect(again.calls).toEqual([]);
  });

  test('one thread: the same winners', { timeout: 240_000 }, async () => {
    expect(statesOf(await run('one', halvingFakes(), { threads: 1 }))).toBe(WINNERS);
  });

  test('stopped within a rung, it resumes with the same winners', { timeout: 240_000 }, async () => {
    const stop = new AbortController();
    const fakes = halvingFakes((lr, until) => {
      if (lr === 0.004 && until === 3000) stop.abort();
    });
    const stopped = await run('stopped', fakes, { signal: stop.signal });
    expect(stopped.outcome).toBe('stopped');
    expect(stopped.results.trials.filter(({ state }) => state === 'missing')).toHaveLength(3);
    const rest = halvingFakes();
    expect(statesOf(await run('stopped', rest))).toBe(WINNERS);
    expect(rest.calls.filter((call) => call.endsWith('1000'))).toEqual([]);
  });

  test('a failed trial loses its rung and stops nobody', { timeout: 240_000 }, async () => {
    const fakes = halvingFakes((lr, until) => {
      if (lr === 0.009 && until === 1000) throw new Error('no such luck');
    });
    const outcome = await run('failed', fakes);
    expect(outcome.outcome).toBe('partly_failed');
    expect(outcome.results.trials[8]).toMatchObject({ state: 'failed', rungs: [] });
    expect(outcome.results.trials[8].failures.join()).toContain('no such luck');
    expect(outcome.results.trials[3].state).toBe('finished');
    // Tried again, it is what it would have been.
    expect(statesOf(await run('failed', halvingFakes()))).toBe(WINNERS);
  });

  test('its plan counts the trainings of each rung', { timeout: 240_000 }, async () => {
    const { kinds, core, clock } = halvingFakes();
    const store = new FolderStore(join(folder, 'nothing'));
    const study = await loadVariable(join(folder, 'base.yaml'));
    const sweep = parseSweep(SWEEP, 'sweep.yaml');
    const slots = { threads: 2, jobs: 1, bytes: 2 ** 40 };
    const plan = await planSweep({ sweep, study, slots }, { kinds, store, core, clock, measure: measureFake });
    expect(plan.rungs).toEqual([
      { tokens: 1000, trials: 9, trainings: 9 },
      { tokens: 3000, trials: 3, trainings: 3 },
      { tokens: 9000, trials: 1, trainings: 1 },
    ]);
    // Each training only counts what its part before has left.
    const { training_tokens } = plan.planned.plan;
    expect(training_tokens).toBeGreaterThanOrEqual(9 * 1000 + 3 * 2000 + 6000);
    expect(training_tokens).toBeLessThan(9 * 1000 + 3 * 2000 + 6000 + 500);
  });
});

describe('refused', () => {
  test('a first rung that is no part of the training, and a training in epochs', { timeout: 120_000 }, async () => {
    const text = SWEEP.replace('min_tokens: 1000', 'min_tokens: 9000');
    await expect(run('refused', halvingFakes(), { text })).rejects.toThrow('the first rung is no part of a training');
    const epochs = `${SWEEP}set: {train.epochs: 2}\n`;
    await expect(run('refused', halvingFakes(), { text: epochs })).rejects.toThrow('a study with train.tokens');
  });

  test('trials of several lengths, and --only', { timeout: 120_000 }, async () => {
    const text = SWEEP.replace('train.lr: {values', 'train.tokens: {values: [10000, 20000]}, train.lr: {values');
    expect(() => parseSweep(text, 'sweep.yaml')).toThrow('halving decides how long trials are trained');
    await expect(run('refused', halvingFakes(), { only: 'failed' })).rejects.toThrow('a rung is decided by all');
  });
});
