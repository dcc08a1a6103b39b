// The executor of a sweep whose workers share its runs directory: says that workers shall compute it, and follows what
// becomes finished. Stopping it stops no worker.
import type { Executor, TaskEvent } from '../../work/executor.ts';
import { dependents } from '../../work/graph.ts';
import type { CoreIdentity } from '../../work/key.ts';
import type { Estimate, Kinds } from '../../work/kind.ts';
import { resolve } from '../../work/resolve.ts';
import type { Store } from '../../work/store.ts';
import type { Finished, Graph, Task } from '../../work/task.ts';
import type { FleetIdentity } from '../engine.ts';
import { pause } from '../persist.ts';
import { isCancelled, readFailure, writeFleet } from './fleet-file.ts';

export interface SharedOptions {
  readonly kinds: Kinds;
  readonly core: CoreIdentity;
  readonly identity: FleetIdentity;
  readonly config_hash: string;
  /** Absolute path of the sweep's folder, with its graph.json. */
  readonly folder: string;
  readonly now: () => Date;
  /** Between two looks at the folder. */
  readonly lookSeconds?: number;
}

/** Leaves tasks to workers on the same folder. */
export function sharedExecutor(options: SharedOptions): Executor {
  return { run: (graph, store, estimates, _slots, signal) => follow(options, graph, store, estimates, signal) };
}

async function* follow(
  { kinds, core, identity, config_hash, folder, now, lookSeconds = 2 }: SharedOptions,
  graph: Graph,
  store: Store,
  estimates: ReadonlyMap<string, Estimate>,
  signal: AbortSignal,
): AsyncGenerator<TaskEvent> {
  await writeFleet(folder, { config_hash, identity, submitted: now(), estimates });
  const finished = new Map<string, Finished>();
  const open = new Map(graph.tasks.map((task) => [task.id, task]));
  const isReady = ({ needs }: Task): boolean =>
    Object.values(needs).every((id) => finished.has(id) || Object.hasOwn(graph.given, id));
  while (open.size > 0 && !signal.aborted) {
    let isNew = false;
    for (const task of [...open.values()].filter(isReady)) {
      const { id } = task;
      const kind = kinds.get(task.kind);
      if (!kind) throw new Error(`no kind ${task.kind}`);
      const found = await store.finished(resolve(task, graph, finished, kind, core).key);
      if (found) {
        isNew = true;
        finished.set(id, found);
        open.delete(id);
        yield { event: 'finished', id, finished: found, reused: false };
        continue;
      }
      const failure = await readFailure(folder, id);
      if (!failure) continue;
      const blocked = dependents(graph, id).filter((each) => open.has(each));
      for (const each of [id, ...blocked]) open.delete(each);
      yield { event: 'set_aside', id, failure, log: null, blocked };
    }
    if (isCancelled(folder)) break;
    if (open.size > 0 && !isNew) await pause(lookSeconds, signal);
  }
  for (const id of open.keys()) yield { event: 'stopped', id };
}
