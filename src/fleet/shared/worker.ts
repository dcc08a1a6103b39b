// A worker on a folder that all machines share: runs the graphs of its sweeps with the local executor. The leases of
// the store keep two workers from the same cell.
import { join } from 'node:path';
import { TracelabError } from '../../base/errors.ts';
import type { Executor, Slots, TaskEvent } from '../../work/executor.ts';
import { dependents } from '../../work/graph.ts';
import type { Kinds } from '../../work/kind.ts';
import { readSavedGraph } from '../../work/saved-graph.ts';
import type { Store } from '../../work/store.ts';
import type { Graph } from '../../work/task.ts';
import { describeIdentity } from '../engine.ts';
import type { FleetIdentity } from '../engine.ts';
import { pause } from '../persist.ts';
import { isCancelled, readFailure, readFleet, sharedSweeps, writeFailure } from './fleet-file.ts';
import type { SharedSweep } from './fleet-file.ts';

export interface SharedWorkerOptions {
  /** The folder that all machines share; absolute. */
  readonly root: string;
  readonly store: Store;
  readonly kinds: Kinds;
  readonly identity: FleetIdentity;
  readonly slots: Slots;
  /** @param folder of a sweep, for its logs */
  readonly executor: (folder: string) => Executor;
  readonly emit: (sweep: string, event: TaskEvent) => void;
  /** Ends when no sweep has anything left to do. */
  readonly untilEmpty: boolean;
  /** Between two looks for sweeps. */
  readonly idleSeconds?: number;
}

/** `empty`, `stopped`, or the one sweep for which this worker has other code, when there is no other. */
export type SharedEnd =
  | { readonly end: 'empty' | 'stopped' }
  | { readonly end: 'other'; readonly sweep: string; readonly identity: FleetIdentity };

/**
 * Works on the sweeps of a folder until the signal, or until nothing is left to do.
 * @throws TracelabError FLEET_FILE, GRAPH_* (damaged artefact) for a damaged sweep
 */
export async function workShared(options: SharedWorkerOptions, signal: AbortSignal): Promise<SharedEnd> {
  const { root, identity, untilEmpty, idleSeconds = 2 } = options;
  /** Sweeps that have nothing left to do here, by the time at which they were submitted. */
  const done = new Map<string, number>();
  /** May change whenever something is awaited. */
  const isStopped = (): boolean => signal.aborted;
  while (!isStopped()) {
    let other: { readonly sweep: string; readonly identity: FleetIdentity } | undefined;
    let isOwn = false;
    for (const name of await sharedSweeps(root)) {
      const folder = join(root, name);
      const sweep = await readFleet(folder);
      if (!sweep || done.get(name) === sweep.submitted.getTime() || isCancelled(folder)) continue;
      if (describeIdentity(sweep.identity) !== describeIdentity(identity)) {
        other ??= { sweep: name, identity: sweep.identity };
        continue;
      }
      isOwn = true;
      if (await runSweep(options, folder, name, sweep, signal)) done.set(name, sweep.submitted.getTime());
    }
    if (isStopped()) break;
    if (other && !isOwn) return { end: 'other', ...other };
    if (untilEmpty && !isOwn) return { end: 'empty' };
    if (!isOwn) await pause(idleSeconds, signal);
  }
  return { end: 'stopped' };
}

/** @returns whether nothing is left to do for this worker */
async function runSweep(
  { store, slots, executor, emit, kinds }: SharedWorkerOptions,
  folder: string,
  name: string,
  { estimates }: SharedSweep,
  signal: AbortSignal,
): Promise<boolean> {
  const whole = await readGraph(folder, kinds);
  const isGiven = new Set<string>();
  for (const { id } of whole.tasks)
    if (await readFailure(folder, id)) for (const each of [id, ...dependents(whole, id)]) isGiven.add(each);
  // What was given up before is not tried by every worker again.
  const graph = { ...whole, tasks: whole.tasks.filter(({ id }) => !isGiven.has(id)) };
  const cancelled = new AbortController();
  const watch = setInterval(() => {
    if (isCancelled(folder)) cancelled.abort();
  }, 2000);
  const stop = AbortSignal.any([signal, cancelled.signal]);
  try {
    for await (const event of executor(folder).run(graph, store, estimates, slots, stop)) {
      emit(name, event);
      if (event.event === 'set_aside') await writeFailure(folder, event.id, event.failure);
    }
  } finally {
    clearInterval(watch);
  }
  return !stop.aborted;
}

async function readGraph(folder: string, kinds: Kinds): Promise<Graph> {
  const file = join(folder, 'graph.json');
  const graph = await readSavedGraph(file, kinds.keys());
  if (!graph.domain) return graph;
  throw new TracelabError({
    code: 'FLEET_FILES',
    kind: 'refused_input',
    where: file,
    what: 'needs a domain that this worker does not have',
    expected: 'built-in domains',
    got: graph.domain.module,
    hint: 'run it without --engine',
  });
}
