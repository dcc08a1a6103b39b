// A runs folder as the dashboard sees it: states of tasks while another process works, fails and ends.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { sealed } from '../../src/base/sealed.ts';
import { FolderSource } from '../../src/dashboard/folder/source.ts';
import type { TaskNow } from '../../src/dashboard/protocol.ts';
import { writeFailure } from '../../src/fleet/shared/fleet-file.ts';
import { GraphFolder } from '../../src/study/folder.ts';
import { DONE_FILE } from '../../src/work/cell-record.ts';
import { FolderStore } from '../../src/work/folder-store.ts';
import { hashOf } from '../../src/work/key.ts';
import type { CellKey } from '../../src/work/key.ts';
import type { Graph } from '../../src/work/task.ts';
import type { CellLease } from '../../src/work/store.ts';
import { simulatedKinds } from '../work/simulation/tasks.ts';

let root = '';
let source: FolderSource;
let store: FolderStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tracelab-dashboard-folder-'));
  store = new FolderStore(root);
  source = sourceOf();
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function sourceOf(): FolderSource {
  return new FolderSource({
    root,
    place: 'runs',
    kinds: simulatedKinds(() => undefined),
    clock: SYSTEM_CLOCK,
    renderSamples: (id, { samples }) => `${id}: ${samples.length}`,
  });
}

const CONFIG_HASH = 'c'.repeat(64);
const keyOf = (id: string): CellKey => ({
  kind: 'steps',
  version: 1,
  config: { id },
  inputs: {},
  core: null,
  numeric_version: 1,
});
const graphOf = (needs: Readonly<Record<string, readonly string[]>>): Graph => ({
  format: 1,
  given: {},
  tasks: Object.entries(needs).map(([id, of]) => ({
    id,
    kind: 'steps',
    config: { name: id, steps: 1, train: { tokens: 10_000 } },
    needs: Object.fromEntries(of.map((need, i) => ['ab'[i], need])),
  })),
});

async function study(name: string, graph: Graph, cells: readonly string[]): Promise<GraphFolder> {
  const folder = new GraphFolder(root, { name, hash: CONFIG_HASH, value: {} });
  await folder.open(graph, false);
  await folder.nameCells(new Map(cells.map((id) => [id, hashOf(keyOf(id))])));
  return folder;
}

/** @returns the folder of the cell */
async function finish(id: string, lease?: CellLease): Promise<string> {
  const held = lease ?? (await store.lease(keyOf(id)));
  writeFileSync(join(held.directory, 'value.txt'), id);
  await held.commit([{ pattern: /./, exact: true }], [], { id }, 3);
  held.release();
  return held.directory;
}

/** States by task of the only graph. */
async function states(from = source): Promise<Record<string, string>> {
  const { graphs } = await from.look();
  const [graph] = [...graphs.values()];
  return Object.fromEntries(graph.shape.tasks.map(({ id }, place) => [id, graph.now[place].state]));
}

const CHAIN = { data: [], train: ['data'], test: ['train'], other: ['data'] };

it('an empty folder has no graph', async () => {
  const { graphs, workers, alarms } = await source.look();
  expect([graphs.size, workers, alarms]).toEqual([0, [], []]);
});

it('follows tasks from waiting to finished', async () => {
  const folder = await study('tiny', graphOf(CHAIN), []);
  expect(await states()).toEqual({ data: 'ready', train: 'waiting', test: 'waiting', other: 'waiting' });
  await folder.nameCells(new Map([['data', hashOf(keyOf('data'))]]));
  const lease = await store.lease(keyOf('data'));
  expect(await states()).toMatchObject({ data: 'running', train: 'waiting' });
  await finish('data', lease);
  expect(await states()).toEqual({ data: 'finished', train: 'ready', test: 'waiting', other: 'ready' });
  // Another look at the same files gives equal values.
  const [before, after] = [await source.look(), await source.look()];
  expect(after.graphs.get(0)?.shape).toBe(before.graphs.get(0)?.shape);
  expect(after.graphs.get(0)?.now).toEqual(before.graphs.get(0)?.now);
});

it('a running task has its worker, its newest numbers and its share', async () => {
  await study('tiny', graphOf(CHAIN), ['data', 'train']);
  await finish('data');
  const lease = await store.lease(keyOf('train'));
  const metrics = join(lease.directory, 'metrics.jsonl');
  const row = (step: number): string =>
    `${JSON.stringify({ step, tokens: 1000 * step, loss: 1 / step, seconds: 1 })}\n`;
  writeFileSync(metrics, `${row(1)}${row(2)}{"step":3`);
  const now = async (): Promise<TaskNow | undefined> => (await source.look()).graphs.get(0)?.now[1];
  expect(await now()).toMatchObject({ state: 'running', share: 0.2, rate: 1000, words: 'loss 0.500, step 2' });
  appendFileSync(metrics, ',"tokens":4000,"loss":0.1,"seconds":2}\n');
  expect(await now()).toMatchObject({ share: 0.4, rate: 1000, words: 'loss 0.100, step 3' });
  const { workers } = await source.look();
  expect(workers).toMatchObject([{ pid: process.pid, tasks: ['train'], rate: 1000, silent: 0, threads: null }]);
  const detail = await source.detail(0, 1);
  expect(detail).toMatchObject({
    id: 'train',
    hash: hashOf(keyOf('train')),
    seconds: null,
    log: '',
    hasSamples: false,
  });
  expect(detail?.curve?.rows.map(([x]) => x)).toEqual([1000, 2000, 4000]);
  lease.release();
  expect(await states()).toMatchObject({ train: 'ready' });
});

it('a cell of a process that died is not running', async () => {
  await study('tiny', graphOf(CHAIN), ['data']);
  const lease = await store.lease(keyOf('data'));
  const file = join(lease.directory, '.lease-1');
  expect(await states()).toMatchObject({ data: 'running' });
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"start":"\d+"/, '"start":"1"'));
  expect(await states()).toMatchObject({ data: 'ready' });
  lease.release();
});

it('what failed since the start is set aside, and what needs it is blocked', async () => {
  const folder = await study('tiny', graphOf(CHAIN), ['data']);
  await finish('data');
  const log = join(folder.path, 'logs', 'train.log');
  mkdirSync(join(folder.path, 'logs'));
  writeFileSync(log, `${'x'.repeat(LIMITS.dashboardLog.most)}try 3: error[CHILD_DIED] train: it died\n`);
  const later = SYSTEM_CLOCK.now().getTime() / 1000 + 5;
  utimesSync(log, later, later);
  expect(await states()).toEqual({ data: 'finished', train: 'set_aside', test: 'blocked', other: 'ready' });
  const detail = await source.detail(0, 1);
  expect(detail?.log).toHaveLength(LIMITS.dashboardLog.most);
  expect(detail?.log.endsWith('it died\n')).toBe(true);
  // The log of an earlier start says nothing about this one.
  utimesSync(log, 1, 1);
  expect(await states()).toMatchObject({ train: 'ready', test: 'waiting' });
});

it('a failure that workers on the folder wrote down has its words', async () => {
  const folder = await study('tiny', graphOf(CHAIN), ['data']);
  await finish('data');
  await writeFailure(folder.path, 'other', { code: 'X', message: 'error[X] other: no', exit_code: 2 });
  expect(await states()).toMatchObject({ other: 'set_aside' });
  expect((await source.detail(0, 3))?.failure).toBe('error[X] other: no');
});

it('a cell that another study made before this one was made is reused', async () => {
  await study('first', graphOf({ data: [] }), ['data']);
  const record = join(await finish('data'), DONE_FILE);
  expect(await states()).toEqual({ data: 'finished' });
  // The clock of a file system may stand still for some milliseconds.
  const { mtimeNs } = statSync(record, { bigint: true });
  const isLater = (): boolean => statSync(mkdtempSync(join(root, 'clock-')), { bigint: true }).birthtimeNs > mtimeNs;
  await expect.poll(isLater, { interval: 2, timeout: 10_000 }).toBe(true);
  await study('second', graphOf({ data: [] }), ['data']);
  const later = sourceOf();
  // The first look at one study does not know the cells of the next one yet.
  await later.look();
  const { graphs } = await later.look();
  expect([...graphs.values()].map(({ head, now }) => [head.name, now[0].state])).toEqual([
    ['first', 'finished'],
    ['second', 'reused'],
  ]);
});

it('a damaged study is an alarm, and the others are shown', async () => {
  const { path } = await study('broken', graphOf({ data: [] }), []);
  await study('whole', graphOf({ data: [] }), []);
  writeFileSync(join(path, 'graph.json'), '{"format": 1');
  const { graphs, alarms } = await source.look();
  expect([...graphs.values()].map(({ head }) => head.name)).toEqual(['whole']);
  expect(alarms).toEqual([expect.stringContaining('broken: error[')]);
});

it('the graph of another configuration than its list of cells is an alarm', async () => {
  const { path } = await study('mixed', graphOf({ data: [] }), []);
  const other = sealed({ ...graphOf(CHAIN), config_hash: 'd'.repeat(64) });
  writeFileSync(join(path, 'graph.json'), JSON.stringify(other));
  const { graphs, alarms } = await source.look();
  expect([graphs.size, alarms]).toEqual([0, [expect.stringContaining('mixed: error[GRAPH_DAMAGED]')]]);
});

it('a graph that was written again has other tasks', async () => {
  await study('tiny', graphOf({ data: [] }), []);
  const before = (await source.look()).graphs.get(0)?.shape;
  await study('tiny', graphOf(CHAIN), []);
  const after = (await source.look()).graphs.get(0)?.shape;
  expect([before?.tasks.length, after?.tasks.length]).toEqual([1, 4]);
});

it('the curve of evaluated checkpoints has the shares of every step that is done', async () => {
  await study('tiny', graphOf(CHAIN), ['data']);
  const { directory } = await store.lease(keyOf('data'));
  const evaluation = (plans: number, traces: number): string => {
    const of = (count: number): object => ({ count, n: 10, low: 0, high: 1 });
    const levels = { paper: of(traces), strict: of(traces), exact: of(traces) };
    const quadrants = { both_valid: 0, plan_only: 0, trace_only: 0, neither: 10 };
    const distribution = {
      distribution: 'wilson',
      n: 10,
      plan_valid: of(plans),
      plan_optimal: of(0),
      format: of(10),
      trace_valid: levels,
      trace_valid_given_plan: levels,
      quadrants: { paper: quadrants, strict: quadrants },
      first_errors: { paper: {}, strict: {}, plan: {} },
      truncated: of(0),
      walls_seen: of(0),
      completion_words: { mean: 1, max: 1 },
    };
    return JSON.stringify({ format: 1, distributions: [distribution, distribution] });
  };
  for (const [step, text] of [
    ['step-20', evaluation(8, 4)],
    ['step-3', evaluation(5, 0)],
    ['step-40', 'not yet'],
  ]) {
    mkdirSync(join(directory, step));
    writeFileSync(join(directory, step, 'evaluation.json'), text);
  }
  await source.look();
  expect((await source.detail(0, 0))?.curve).toEqual({
    x: 'step',
    names: ['plans', 'traces'],
    rows: [
      [3, 0.5, 0],
      [20, 0.8, 0.4],
    ],
  });
});

it('a report is there with its results', async () => {
  const { path } = await study('tiny', graphOf({ data: [] }), []);
  await source.look();
  writeFileSync(join(path, 'report.html'), 'the report');
  expect(await source.reportPage(0)).toBeUndefined();
  writeFileSync(join(path, 'results.json'), '{}');
  expect(await source.reportPage(0)).toBe('the report');
  expect((await source.look()).graphs.get(0)?.head.hasReport).toBe(true);
  expect(await source.reportPage(7)).toBeUndefined();
});
