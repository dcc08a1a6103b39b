// Sweeps: which trials there are, that a trial is the study with its settings, that what trials share is computed once,
// and that a failed trial stops no other.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StudyEvent } from '../../src/study/events.ts';
import { canonicalJson } from '../../src/base/hash.ts';
import { studyGraph } from '../../src/study/graph.ts';
import { loadConfig } from '../../src/study/config-file.ts';
import { loadVariable } from '../../src/study/variation.ts';
import { loadSweep, parseSweep } from '../../src/study/sweep/config.ts';
import { sweepGraph } from '../../src/study/sweep/plan.ts';
import { readSweepResults } from '../../src/study/sweep/results-file.ts';
import { runSweep } from '../../src/study/sweep/sweep.ts';
import type { SweepOutcome, SweepOptions } from '../../src/study/sweep/sweep.ts';
import { eachTrial } from '../../src/study/sweep/trials.ts';
import { unionOf } from '../../src/study/sweep/union.ts';
import { rankedTrials, sweepColumns, sweepRows, sweepTable } from '../../src/tables/sweep.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import { placesOf } from '../../src/work/places.ts';
import { inlineExecutor } from '../../src/work/inline-executor.ts';
import type { Task } from '../../src/work/task.ts';
import { createFakes } from './fakes.ts';
import type { Fakes } from './fakes.ts';
import { measureFake, runWith } from './run-study.ts';

const STUDY = `
study: base
conditions: [solution-only, correct, swapped]
data: {size: 6, train: 60, dev: 8, test: 10, distributions: [wilson, drunkard]}
model: {d_model: 8, n_layer: 1, n_head: 2, d_ff: 16}
train: {epochs: 1, batch_tokens: 1024, lr: 1e-3, checkpoints: 2}
`;

const settingsOf = (text: string) =>
  [...eachTrial(parseSweep(text, 'sweep.yaml').config)].map(({ settings }) => settings);

describe('trials', () => {
  test('a grid has all combinations, the last parameter varies first', () => {
    const grid = `{sweep: s, study: quick, parameters: {train.lr: {values: [1, 2]}, model.n_layer: {values: [3, 4]}}}`;
    expect(settingsOf(grid)).toEqual([
      { 'train.lr': 1, 'model.n_layer': 3 },
      { 'train.lr': 1, 'model.n_layer': 4 },
      { 'train.lr': 2, 'model.n_layer': 3 },
      { 'train.lr': 2, 'model.n_layer': 4 },
    ]);
  });

  test('exclude leaves out what has all of its values, include adds, equal trials are one', () => {
    const text = `
sweep: s
study: quick
parameters: {train.lr: {values: [1, 2]}, model.n_layer: {values: [3, 4]}}
exclude: [{train.lr: 2}, {train.lr: 1, model.n_layer: 4}]
include: [{train.weight_decay: 0.5}, {train.lr: 1, model.n_layer: 3}]
`;
    expect(settingsOf(text)).toEqual([{ 'train.lr': 1, 'model.n_layer': 3 }, { 'train.weight_decay': 0.5 }]);
  });

  const random = (trials: number, seed = 1): string => `
sweep: s
study: quick
method: random
trials: ${trials}
seed: ${seed}
parameters:
  train.lr: {min: 1e-4, max: 1e-2, distribution: log_uniform}
  train.weight_decay: {min: 0, max: 0.5}
  model.n_layer: {min: 1, max: 3, distribution: int_uniform}
  model.d_model: {values: [16, 32]}
`;

  test('random trials stay within their ranges, and more of them leave the first as they are', () => {
    const many = settingsOf(random(400));
    expect(settingsOf(random(10))).toEqual(many.slice(0, 10));
    expect(settingsOf(random(10, 2))).not.toEqual(many.slice(0, 10));
    const of = (key: string): number[] => many.map((settings) => settings[key] as number);
    expect(Math.min(...of('train.lr'))).toBeGreaterThanOrEqual(1e-4);
    expect(Math.max(...of('train.lr'))).toBeLessThanOrEqual(1e-2);
    // Even in the logarithm: half of the draws are below the geometric mean.
    const low = of('train.lr').filter((lr) => lr < 1e-3).length;
    expect(low).toBeGreaterThan(160);
    expect(low).toBeLessThan(240);
    expect(new Set(of('model.n_layer'))).toEqual(new Set([1, 2, 3]));
    expect(new Set(of('model.d_model'))).toEqual(new Set([16, 32]));
    expect(Math.max(...of('train.weight_decay'))).toBeGreaterThan(0.45);
  });

  test('draws are pinned: the same on every machine', () => {
    expect(settingsOf(random(2))).toMatchInlineSnapshot(`
      [
        {
          "model.d_model": 16,
          "model.n_layer": 1,
          "train.lr": 0.001109,
          "train.weight_decay": 0.4528,
        },
        {
          "model.d_model": 16,
          "model.n_layer": 3,
          "train.lr": 0.002612,
          "train.weight_decay": 0.01374,
        },
      ]
    `);
  });
});

describe('the union of graphs', () => {
  const task = (id: string, config: number, needs: Record<string, string> = {}): Task => ({
    id,
    kind: 'k',
    config: { config },
    needs,
  });
  const graph = (...tasks: Task[]) => ({ format: 1, tasks, given: {} }) as const;

  test('equal tasks with equal needs are one; the same name of another task gets the name of its part', () => {
    const { graph: union, ids } = unionOf([
      { name: 't1', graph: graph(task('data', 1), task('train', 2, { data: 'data' })) },
      { name: 't2', graph: graph(task('data', 1), task('train', 3, { data: 'data' })) },
      { name: 't3', graph: graph(task('data', 4), task('train', 2, { data: 'data' })) },
    ]);
    expect(union.tasks.map(({ id, needs }) => [id, needs])).toEqual([
      ['data', {}],
      ['train', { data: 'data' }],
      ['t2-train', { data: 'data' }],
      ['t3-data', {}],
      ['t3-train', { data: 't3-data' }],
    ]);
    expect(ids[2]).toEqual(['t3-data', 't3-train']);
  });

  test('the places of needs that the union knows are those of its ids', () => {
    const test1 = task('test', 5, { data: 'data', model: 'train', given: 'outside' });
    const { graph: union } = unionOf([
      { name: 't1', graph: graph(task('data', 1), task('train', 2, { data: 'data' }), test1) },
      { name: 't2', graph: graph(task('data', 1), task('train', 2, { data: 'data' }), task('more', 6)) },
      { name: 't3', graph: graph(task('data', 1), task('train', 3, { data: 'data' }), test1) },
    ]);
    expect(union.tasks).toHaveLength(6);
    expect(placesOf(union)).toEqual(placesOf({ ...union }));
  });
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-sweep-'));
  writeFileSync(join(folder, 'base.yaml'), STUDY);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const SWEEP = `
sweep: rates
study: base.yaml
seeds: [1, 2]
parameters: {train.lr: {values: [1e-3, 2e-3]}}
include: [{data.train: 40}]
metric: {condition: correct}
`;

async function sweepWith(
  runs: string,
  fakes: Fakes,
  options: Partial<SweepOptions> & { readonly text?: string; readonly signal?: AbortSignal } = {},
  events: StudyEvent[] = [],
): Promise<SweepOutcome> {
  const { text = SWEEP, signal = new AbortController().signal, ...rest } = options;
  const { kinds, core, clock } = fakes;
  return runSweep(
    {
      sweep: parseSweep(text, 'sweep.yaml'),
      study: await loadVariable(join(folder, 'base.yaml')),
      runsDirectory: runs,
      slots: { threads: 2, jobs: 1, bytes: 2 ** 40 },
      version: '0.1.0',
      renderReport: () => '<html>',
      ...rest,
    },
    {
      kinds,
      store: new FolderStore(runs),
      executor: inlineExecutor({ kinds, core: core(), clock }),
      core,
      clock,
      measure: measureFake,
    },
    { signal, emit: (event) => events.push(event) },
  );
}

const trained = (calls: readonly string[]): string[] => calls.filter((call) => call.startsWith('train '));

describe('a sweep', () => {
  test('each trial has the result of the same study run alone, and data are made once', async () => {
    const [runs, fakes] = [join(folder, 'equal'), createFakes()];
    const { outcome, results } = await sweepWith(runs, fakes);
    expect(outcome).toBe('finished');
    expect(results.trials.map(({ trial, state }) => [trial, state])).toEqual([
      ['t1', 'finished'],
      ['t2', 'finished'],
      ['t3', 'finished'],
    ]);
    expect(fakes.calls.filter((call) => call === 'data')).toHaveLength(2);
    expect(trained(fakes.calls)).toHaveLength(3 * 2 * 3);
    for (const { trial, result, settings } of results.trials) {
      const sets = Object.entries(settings).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      const alone = createFakes();
      const loaded = await loadConfig(join(folder, 'base.yaml'), ['seeds=1,2', `study=alone-${trial}`, ...sets]);
      const study = await runWith(join(folder, `alone-${trial}`), alone, loaded);
      expect(study.outcome === 'finished' && study.results.result).toBe(result);
      // In the store of the sweep nothing is left to compute.
      const again = createFakes();
      await runWith(runs, again, loaded);
      expect(again.calls).toEqual([]);
    }
  });

  test('its file is read back, and a damaged one is refused', async () => {
    const runs = join(folder, 'file');
    const { results, path } = await sweepWith(runs, createFakes());
    const file = join(path, 'sweep.json');
    expect(await readSweepResults(file)).toMatchObject(JSON.parse(JSON.stringify(results)) as object);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"t1"', '"t9"'));
    await expect(readSweepResults(file)).rejects.toMatchObject({ code: 'SWEEP_FILE' });
  });

  test('a second run computes nothing; another sweep of the name is refused, unless it gives way', async () => {
    const runs = join(folder, 'again');
    await sweepWith(runs, createFakes());
    const fakes = createFakes();
    expect((await sweepWith(runs, fakes)).outcome).toBe('finished');
    expect(fakes.calls).toEqual([]);
    const text = SWEEP.replace('2e-3', '3e-3');
    await expect(sweepWith(runs, createFakes(), { text })).rejects.toMatchObject({ code: 'STUDY_OTHER' });
    const other = createFakes();
    expect((await sweepWith(runs, other, { text, replace: true })).outcome).toBe('finished');
    expect(trained(other.calls)).toHaveLength(6);
  });

  test('a stopped sweep keeps finished trials and resumes', async () => {
    const runs = join(folder, 'stopped');
    const [fakes, stop] = [createFakes(), new AbortController()];
    let trainings = 0;
    fakes.betweenSteps = () => {
      if (++trainings === 8) stop.abort();
    };
    const { outcome, results } = await sweepWith(runs, fakes, { signal: stop.signal });
    expect(outcome).toBe('stopped');
    expect(results.trials.every(({ failures }) => failures.length === 0)).toBe(true);
    expect(results.trials.some(({ state }) => state === 'missing')).toBe(true);
    expect((await sweepWith(runs, createFakes())).outcome).toBe('finished');
  });

  test('a failed trial stops no other, says why, and is tried again alone', async () => {
    const runs = join(folder, 'failed');
    const fakes = createFakes();
    const write = fakes.writeDataset;
    fakes.writeDataset = async (directory, config, hooks) => {
      if (config.train === 40) throw new Error('no such data');
      return write(directory, config, hooks);
    };
    const { outcome, results, failures } = await sweepWith(runs, fakes);
    expect(outcome).toBe('partly_failed');
    expect(failures).toHaveLength(1);
    expect(results.trials.map(({ state }) => state)).toEqual(['finished', 'finished', 'failed']);
    expect(results.trials[2].failures.join()).toContain('no such data');
    const [missing, again] = [createFakes(), createFakes()];
    await sweepWith(runs, missing, { only: 'missing' });
    expect(missing.calls).toEqual([]);
    expect((await sweepWith(runs, again, { only: 'failed' })).outcome).toBe('finished');
    expect(trained(again.calls)).toHaveLength(6);
  });

  test('which trials failed is never taken from a damaged file, or from that of another sweep', async () => {
    const runs = join(folder, 'damaged');
    const fakes = createFakes();
    fakes.writeDataset = async () => {
      throw new Error('no such data');
    };
    const { results, path } = await sweepWith(runs, fakes);
    expect(results.trials.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    const file = join(path, 'sweep.json');
    const whole = readFileSync(file, 'utf8');
    const other = await sweepWith(join(folder, 'damaged-other'), createFakes(), {
      text: SWEEP.replace('2e-3', '3e-3'),
    });
    for (const [code, text] of [
      ['SWEEP_FILE', whole.replace('"failed"', '"finished"')],
      ['JSON_SYNTAX', whole.slice(0, -9)],
      ['SWEEP_OTHER', readFileSync(join(other.path, 'sweep.json'), 'utf8')],
    ]) {
      writeFileSync(file, text);
      for (const only of ['failed', 'missing'] as const)
        await expect(sweepWith(runs, createFakes(), { only })).rejects.toMatchObject({
          code,
          kind: 'damaged_artifact',
          details: { where: file, hint: 'run the sweep again without --only: finished trials are reused' },
        });
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
    expect((await sweepWith(runs, createFakes())).outcome).toBe('finished');
    expect((await readSweepResults(file)).trials.map(({ state }) => state)).toEqual([
      'finished',
      'finished',
      'finished',
    ]);
  });

  test('another content of the varied study is another sweep; another place of its file is not', async () => {
    const runs = join(folder, 'content');
    for (const name of ['here', 'there']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'sweep.yaml'), SWEEP);
      writeFileSync(join(folder, name, 'base.yaml'), STUDY);
    }
    const loaded = async (name: string): Promise<Pick<SweepOptions, 'sweep' | 'study'>> => {
      const sweep = await loadSweep(join(folder, name, 'sweep.yaml'));
      expect(sweep.study).toBe(join(folder, name, 'base.yaml'));
      return { sweep, study: await loadVariable(sweep.study) };
    };
    const { results } = await sweepWith(runs, createFakes(), await loaded('here'));
    expect(results.config.study).toBe('base.yaml');
    const fakes = createFakes();
    expect((await sweepWith(runs, fakes, await loaded('there'))).results).toEqual(results);
    expect(fakes.calls).toEqual([]);
    writeFileSync(join(folder, 'there/base.yaml'), STUDY.replace('train: 60', 'train: 50'));
    const other = await loaded('there');
    await expect(sweepWith(runs, createFakes(), other)).rejects.toMatchObject({ code: 'STUDY_OTHER' });
  });

  test('a sweep that gives way leaves no rows of its trials', async () => {
    const runs = join(folder, 'gives-way');
    const { path } = await sweepWith(runs, createFakes());
    for (const name of ['trials.csv', 'trials.parquet']) writeFileSync(join(path, name), 'rows');
    await sweepWith(runs, createFakes(), { text: SWEEP.replace('2e-3', '3e-3'), replace: true });
    expect(readdirSync(path).sort()).toEqual(['cells.json', 'config.yaml', 'graph.json', 'report.html', 'sweep.json']);
  });

  test('nothing is written for a trial that cannot run; the refusal names it', async () => {
    const runs = join(folder, 'refused');
    const text = SWEEP.replace('data.train: 40', 'model.n_head: 3');
    await expect(sweepWith(runs, createFakes(), { text })).rejects.toMatchObject({
      code: 'CONFIG_IMPOSSIBLE',
      details: { where: 'sweep.yaml, trial t3 (model.n_head=3)' },
    });
    expect(existsSync(runs)).toBe(false);
  });
});

describe('tables', () => {
  test('trials by their metric, and a row for each share', async () => {
    const { results } = await sweepWith(join(folder, 'tables'), createFakes());
    const ranked = rankedTrials(results);
    expect(ranked.map(({ score }) => score)).toEqual([0.5, 0.5, 0.5]);
    expect(ranked.map(({ result }) => result.trial)).toEqual(['t1', 't2', 't3']);
    const table = sweepTable(results);
    expect(table.columns.map(({ label }) => label)).toEqual([
      'Trial',
      'train.lr',
      'data.train',
      'Correct traces',
      'Undertrained',
    ]);
    const rows = [...sweepRows(results)];
    // Trials, conditions, seeds, distributions, metrics.
    expect(rows).toHaveLength(3 * 3 * 2 * 2 * 6);
    const names = sweepColumns(results.config).map(({ name }) => name);
    for (const row of rows) expect(Object.keys(row)).toEqual(names);
    expect(rows.find((row) => row.condition === 'correct' && row.metric === 'plan_valid')).toMatchObject({
      trial: 't1',
      'train.lr': '0.001',
      'data.train': null,
      k: 5,
      n: 10,
      value: 0.5,
    });
  });
});

test('a refusal of a sweep that would be too large comes before its trials are made', async () => {
  const values = Array.from({ length: 400 }, (_, i) => i + 1).join(', ');
  const parameters = `{train.lr: {values: [${values}]}, train.warmup_steps: {values: [${values}]}}`;
  const text = `{sweep: s, study: quick, parameters: ${parameters}}`;
  const study = await loadVariable(join(folder, 'base.yaml'));
  await expect(sweepGraph(parseSweep(text, 'sweep.yaml'), study)).rejects.toThrow('too many trials');
});

test('trials are the studies that their settings make, however much they share', async () => {
  const text = `
sweep: s
study: quick
set: {train.epochs: 2}
seeds: [1, 2]
parameters:
  train.lr: {values: [1e-3, 2e-3]}
  train.warmup_steps: {values: [1, 2]}
  model.n_layer: {values: [1, 2]}
  data.train: {values: [40, 60]}
include: [{train.tokens: 5000}, {conditions: [correct]}, {phase.sizes: [6], phase.tokens: [100]}, {evaluate.temperature: 1}]
`;
  const { trials, graph, shared } = await sweepGraph(
    parseSweep(text, 's.yaml'),
    await loadVariable(join(folder, 'base.yaml')),
  );
  expect(trials).toHaveLength(20);
  const byId = new Map(graph.tasks.map((task) => [task.id, task]));
  for (const trial of trials) {
    const sets = Object.entries(trial.settings).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    const common = ['study=s', 'seeds=1,2', 'train.epochs=2'];
    const { config } = await loadConfig(join(folder, 'base.yaml'), [...common, ...sets]);
    expect(trial.loaded.config).toEqual(config);
    const alone = studyGraph(config);
    expect(trial.graph).toEqual(alone.graph);
    expect(trial.tasks).toEqual(alone.tasks);
    // In the union each task has the same settings, and needs what its own needs became.
    const united = new Map(alone.graph.tasks.map(({ id }, i) => [id, trial.ids[i]]));
    for (const { id, kind, config: settings, needs } of alone.graph.tasks) {
      const mapped = Object.fromEntries(Object.entries(needs).map(([role, need]) => [role, united.get(need)]));
      expect(byId.get(united.get(id) ?? '')).toMatchObject({ kind, config: settings, needs: mapped });
    }
  }
  const texts = graph.tasks.map(({ kind, config, needs }) => canonicalJson({ kind, config, needs }));
  expect(new Set(texts).size).toBe(texts.length);
  const uses = graph.tasks.map(({ id }) => trials.filter(({ ids }) => ids.includes(id)).length);
  expect(shared).toBe(uses.filter((count) => count > 1).length);
});
