// A training in parts: each part begins where the one before ended, and the last one leaves what a training in one
// piece leaves, byte for byte, whatever threads and stops are between.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeCore } from '../../src/tasks/core.ts';
import type { CurveSummary } from '../../src/tasks/curve.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import type { TrainPartSummary } from '../../src/tasks/train-part.ts';
import type { TaskEvent } from '../../src/work/executor.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import { inlineExecutor } from '../../src/work/inline-executor.ts';
import { plain } from '../../src/work/task.ts';
import type { Finished, Graph, Task } from '../../src/work/task.ts';
import { MODEL, RECIPE } from '../training/tiny-training.ts';

const DATA = {
  domain: 'maze',
  generator: 'wilson',
  size: 6,
  train: 120,
  dev: 4,
  test: 4,
  test_in_distribution: 4,
  distributions: ['wilson'],
  drunkard_coverage: 0.5,
  seed: 3,
};
const TRAINING = {
  model: MODEL,
  train: { ...RECIPE, epochs: undefined, tokens: 30_000, checkpoints: 4 },
  condition: 'swapped',
  seed: 1,
};
const DATA_TASK: Task = { id: 'data', kind: 'data', config: plain(DATA), needs: {} };

function training(part?: string): Task {
  return { id: 'train', kind: 'train', config: plain(TRAINING), needs: { data: 'data', ...(part && { part }) } };
}

function partOf(id: string, until: number, part?: string): Task {
  const config = plain({ ...TRAINING, until });
  return { id, kind: 'train-part', config, needs: { data: 'data', ...(part && { part }) } };
}

function graphOf(...tasks: Task[]): Graph {
  return { format: 1, tasks: [DATA_TASK, ...tasks], given: {} };
}

let folder: string;
let whole: Finished;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-parts-'));
  whole = (await run('whole', graphOf(training()))).get('train') as Finished;
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @param hear may stop the run */
async function run(
  runs: string,
  graph: Graph,
  threads = 2,
  hear: (event: TaskEvent, stop: () => void) => void = () => undefined,
): Promise<Map<string, Finished>> {
  const executor = inlineExecutor({ kinds: KINDS, core: describeCore() });
  const slots = { threads, jobs: 1, bytes: 2 ** 40 };
  const stop = new AbortController();
  // All threads are of use to each task.
  const estimate = { tokens: 1, flops: 1, seconds: 1, threads: [1, 2], bytes: () => 1 };
  const estimates = new Map(graph.tasks.map(({ id }) => [id, estimate]));
  const finished = new Map<string, Finished>();
  for await (const event of executor.run(graph, new FolderStore(join(folder, runs)), estimates, slots, stop.signal)) {
    hear(event, () => {
      stop.abort();
    });
    if (event.event === 'set_aside') throw new Error(event.failure.message);
    if (event.event === 'finished') finished.set(event.id, event.finished);
  }
  return finished;
}

const rowsOf = ({ directory }: Finished): unknown[] =>
  readFileSync(join(directory, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }));

function expectWhole(trained: Finished | undefined): void {
  if (!trained) throw new Error('no training');
  const withoutTimes = ({ outputs }: Finished) => Object.entries(outputs).filter(([path]) => path !== 'metrics.jsonl');
  expect(withoutTimes(trained)).toEqual(withoutTimes(whole));
  expect(trained.hash).toBe(whole.hash);
  expect(trained.result).toBe(whole.result);
  expect(rowsOf(trained)).toEqual(rowsOf(whole));
}

const PARTS = [partOf('one', 7000), partOf('two', 16_000, 'one'), training('two')];

test('the last part leaves the files of a training in one piece', { timeout: 120_000 }, async () => {
  const steps: number[] = [];
  const finished = await run('parts', graphOf(...PARTS), 2, (event) => {
    if (event.event === 'progress' && event.id !== 'data')
      steps.push((event.progress.detail as { readonly step: number }).step);
  });
  expectWhole(finished.get('train'));
  // No step was computed twice.
  expect(steps).toEqual(steps.map((_, i) => i + 1));
  const { steps: last, tokens, kept } = finished.get('two')?.summary as TrainPartSummary;
  expect(tokens).toBeGreaterThanOrEqual(16_000);
  expect(tokens).toBeLessThan(16_000 + RECIPE.batch_tokens);
  expect(kept.every((step) => step <= last)).toBe(true);
});

test('one thread, or two, or a stop within a part, change no bit', { timeout: 240_000 }, async () => {
  const one = await run('one-thread', graphOf(PARTS[0]), 1);
  const two = await run('parts', graphOf(PARTS[0]), 2);
  expect(one.get('one')?.result).toBe(two.get('one')?.result);
  await run('stopped', graphOf(...PARTS), 2, (event, stop) => {
    if (event.event === 'progress' && event.id === 'two') stop();
  });
  expectWhole((await run('stopped', graphOf(...PARTS), 1)).get('train'));
});

test(
  'a part without the part before it begins with the seed, and is the same result',
  { timeout: 120_000 },
  async () => {
    const alone = await run('alone', graphOf(partOf('two', 16_000)));
    const behind = await run('parts', graphOf(PARTS[0], PARTS[1]));
    expect(alone.get('two')?.hash).toBe(behind.get('two')?.hash);
    expect(alone.get('two')?.result).toBe(behind.get('two')?.result);
  },
);

test('its last checkpoint has a dev evaluation of its own', { timeout: 120_000 }, async () => {
  const dev = { context: MODEL.context, seed: 1, distribution: 'wilson', mazes: 4, last: true };
  const task: Task = { id: 'dev', kind: 'curve', config: plain(dev), needs: { data: 'data', model: 'two' } };
  const finished = await run('parts', graphOf(PARTS[0], PARTS[1], task));
  const { points, last } = finished.get('dev')?.summary as CurveSummary;
  const { steps, tokens } = finished.get('two')?.summary as TrainPartSummary;
  expect(points).toMatchObject([{ step: steps, tokens }]);
  expect(last).toMatchObject({ distribution: 'wilson', plan_valid: points[0].plan_valid });
});

test('a part whose state was changed is refused', { timeout: 120_000 }, async () => {
  const finished = await run('damaged', graphOf(PARTS[0]));
  const path = join(finished.get('one')?.directory ?? '', 'state.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"step":', '"step":1'));
  await expect(run('damaged', graphOf(...PARTS))).rejects.toThrow('CELL_DAMAGED');
});
