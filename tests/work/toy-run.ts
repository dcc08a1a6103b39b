// Runs a graph of toys with an executor and keeps its events, for tests of executors.
import { join } from 'node:path';
import type { Executor, Slots, TaskEvent } from '../../src/work/executor.ts';
import type { Estimate } from '../../src/work/kind.ts';
import { type LocalOptions, localExecutor } from '../../src/work/local-executor.ts';
import type { Graph } from '../../src/work/task.ts';
import { TOY_CORE, TOY_KINDS } from './toy-kinds.ts';
import { toyStore } from './toy-store.ts';

export const TWO: Slots = { threads: 2, jobs: 2, bytes: 2 ** 40 };

export interface Ran {
  readonly events: TaskEvent[];
  readonly of: <E extends TaskEvent['event']>(event: E) => Extract<TaskEvent, { event: E }>[];
  readonly ids: (event: TaskEvent['event']) => string[];
  /** SHA-256 by id of what is finished. */
  readonly results: Record<string, string>;
  /** Ids of all processes that reported progress. */
  readonly pids: number[];
}

export interface RunOptions {
  readonly executor?: Executor;
  readonly slots?: Slots;
  readonly estimates?: ReadonlyMap<string, Estimate>;
  readonly signal?: AbortSignal;
  readonly on?: (event: TaskEvent) => void;
}

/** Absolute path of the log of a task. */
export function toyLog(root: string, id: string): string {
  return join(root, 'logs', `${id}.log`);
}

/** The local executor with toys in its children. */
export function toyExecutor(root: string, options: Partial<LocalOptions> = {}): Executor {
  return localExecutor({
    kinds: TOY_KINDS,
    core: TOY_CORE,
    entry: new URL('toy-child.ts', import.meta.url),
    execArgv: [],
    init: { root },
    logOf: (id) => toyLog(root, id),
    ...options,
  });
}

/** @param root folder of the store */
export async function runToys(root: string, graph: Graph, options: RunOptions = {}): Promise<Ran> {
  const { executor = toyExecutor(root), slots = TWO, estimates = new Map(), on } = options;
  const { signal = new AbortController().signal } = options;
  const events: TaskEvent[] = [];
  for await (const event of executor.run(graph, toyStore(root), estimates, slots, signal)) {
    events.push(event);
    on?.(event);
  }
  const of: Ran['of'] = (event) => events.filter((each) => each.event === event) as never;
  return {
    events,
    of,
    ids: (event) => of(event).map(({ id }) => id),
    results: Object.fromEntries(of('finished').map(({ id, finished }) => [id, finished.result] as const)),
    pids: [...new Set(of('progress').map(({ progress }) => (progress.detail as { pid: number }).pid))],
  };
}
