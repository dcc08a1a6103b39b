// The executor whose tasks are performed by a fleet: submits the graph, follows it, and brings finished cells into the
// store of this machine. Stopping it stops no worker: the same command follows the graph again.
import type { Executor, TaskEvent } from '../work/executor.ts';
import type { CellRecord } from '../work/cell-record.ts';
import type { FolderStore } from '../work/folder-store.ts';
import { dependents } from '../work/graph.ts';
import type { Estimate } from '../work/kind.ts';
import { pathsOf } from '../work/paths.ts';
import type { Graph } from '../work/task.ts';
import { TracelabError } from '../base/errors.ts';
import { bringCell } from './artefacts.ts';
import type { Artefacts } from './artefacts.ts';
import type { Engine, FleetIdentity, QueuedTask } from './engine.ts';
import { refuseOthersFiles } from './others-files.ts';
import { pause, persist } from './persist.ts';

export interface FleetOptions {
  readonly engine: Engine;
  readonly artefacts: Artefacts;
  /** Of this machine: finished cells are brought here. */
  readonly store: FolderStore;
  /** Of the sweep. */
  readonly name: string;
  readonly config_hash: string;
  /** Whether another configuration of this name gives way. */
  readonly replace: boolean;
  readonly identity: FleetIdentity;
  /** Between two looks at the engine. */
  readonly lookSeconds?: number;
  /** The engine cannot be reached for a while. */
  readonly onGone?: (error: Error) => void;
}

/** Cells that travel at the same time. */
const SIDE_BY_SIDE = 4;

/** Runs graphs on a fleet of workers. */
export function fleetExecutor(options: FleetOptions): Executor {
  return {
    run: (graph, _store, estimates, _slots, signal) => follow(options, graph, estimates, signal),
  };
}

async function* follow(
  { engine, artefacts, store, name, config_hash, replace, identity, lookSeconds = 1, onGone }: FleetOptions,
  graph: Graph,
  estimates: ReadonlyMap<string, Estimate>,
  signal: AbortSignal,
): AsyncGenerator<TaskEvent> {
  refuseOthersFiles(graph);
  const tasks = queuedTasks(graph, estimates);
  const never = new AbortController().signal;
  await persist(async () => engine.submit({ name, config_hash, replace, identity, tasks }), signal, onGone);
  const open = new Set(graph.tasks.map(({ id }) => id));
  const needs = new Map(graph.tasks.map((task) => [task.id, Object.values(task.needs)]));
  const started = new Map<string, string>();
  let after = '';
  /** May change whenever something is awaited. */
  const isStopped = (): boolean => signal.aborted;
  while (open.size > 0 && !isStopped()) {
    const { changed, running, next, cancelled, alarms } = await persist(
      async () => engine.changes(name, after),
      signal,
      onGone,
    );
    if (alarms.length > 0) throw alarmed(name, alarms);
    // Submitted before, and not of this run.
    const wanted = changed.filter(({ id }) => open.has(id));
    const finished = wanted.filter(({ state }) => state === 'finished');
    for (let at = 0; at < finished.length; at += SIDE_BY_SIDE) {
      const some = finished.slice(at, at + SIDE_BY_SIDE);
      const brought = await Promise.all(
        some.map(async ({ id, hash }) => {
          const text = await persist(async () => engine.record(hash ?? ''), signal, onGone);
          if (text === undefined) throw new Error(`no record of ${id}`);
          const { key } = JSON.parse(text) as CellRecord;
          await persist(async () => bringCell(artefacts, store, text, never), signal, onGone);
          const found = await store.finished(key);
          if (!found) throw new Error(`${id} is not in the store`);
          return { id, found };
        }),
      );
      for (const { id, found } of brought) {
        open.delete(id);
        yield { event: 'finished', id, finished: found, reused: !started.has(id) };
      }
      if (isStopped()) break;
    }
    for (const { id, worker, threads, progress } of running) {
      // What it needs may have been finished since the look at what has changed.
      if (!open.has(id) || needs.get(id)?.some((need) => open.has(need)) !== false) continue;
      if (started.get(id) !== worker) yield { event: 'started', id, threads, attempt: 1 };
      started.set(id, worker);
      if (progress) yield { event: 'progress', id, progress };
    }
    for (const { id, state, failure } of wanted) {
      if (state !== 'set_aside' || !failure) continue;
      open.delete(id);
      const blocked = dependents(graph, id).filter((each) => open.has(each));
      for (const each of blocked) open.delete(each);
      yield { event: 'set_aside', id, failure, log: null, blocked };
    }
    after = next;
    if (cancelled) {
      yield* leave(open);
      return;
    }
    if (open.size > 0 && changed.length === 0) await pause(lookSeconds, signal);
  }
  yield* leave(open);
}

function* leave(open: ReadonlySet<string>): Generator<TaskEvent> {
  for (const id of open) yield { event: 'stopped', id };
}

/** With the chain of work that waits for each. */
export function queuedTasks(graph: Graph, estimates: ReadonlyMap<string, Estimate>): QueuedTask[] {
  const { behind: after } = pathsOf(graph, estimates, 1);
  return graph.tasks.map(({ id, kind, config, needs }) => {
    const estimate = estimates.get(id);
    const seconds = estimate?.seconds ?? 1;
    return {
      id,
      kind,
      config,
      needs,
      priority: seconds + (after.get(id) ?? 0),
      seconds,
      bytes: estimate?.bytes(1) ?? 0,
    };
  });
}

function alarmed(name: string, alarms: readonly string[]): TracelabError {
  return new TracelabError({
    code: 'CELL_DIFFERS',
    kind: 'damaged_artifact',
    where: name,
    what: 'two workers computed different bytes for the same task',
    expected: 'equal bytes on every machine',
    got: alarms.join('; '),
    hint: 'one of these machines computes wrongly: run `tracelab doctor` on both, and trust neither result',
  });
}
