// What is finished of a graph, and how far unfinished tasks have come: a look at the store that changes nothing.
import type { CoreIdentity } from '../work/key.ts';
import type { Estimate, Kinds } from '../work/kind.ts';
import { resolve } from '../work/resolve.ts';
import type { Store } from '../work/store.ts';
import type { Finished, Graph } from '../work/task.ts';

export interface Progress {
  /** By task id. */
  readonly finished: ReadonlyMap<string, Finished>;
  /** Folders of unfinished tasks that have one, by task id. */
  readonly begun: ReadonlyMap<string, string>;
}

/** @throws TracelabError CELL_DAMAGED */
export async function lookAt(graph: Graph, kinds: Kinds, store: Store, core: CoreIdentity): Promise<Progress> {
  const finished = new Map<string, Finished>();
  const begun = new Map<string, string>();
  const isThere = await store.survey();
  for (const task of graph.tasks) {
    const kind = kinds.get(task.kind);
    if (!kind) throw new Error(`no kind ${task.kind}`);
    if (!Object.values(task.needs).every((id) => finished.has(id) || id in graph.given)) continue;
    const { key } = resolve(task, graph, finished, kind, core);
    if (!isThere(key)) continue;
    const found = await store.finished(key);
    if (found) finished.set(task.id, found);
    else begun.set(task.id, store.path(key));
  }
  return { finished, begun };
}

/** Deletes what killed processes left in finished cells. */
export async function tidyFinished(
  { finished }: Progress,
  graph: Graph,
  kinds: Kinds,
  store: Store,
  core: CoreIdentity,
): Promise<void> {
  for (const task of graph.tasks) {
    const kind = kinds.get(task.kind);
    if (kind && finished.has(task.id)) await store.tidy(resolve(task, graph, finished, kind, core).key, kind);
  }
}

/**
 * Share of its estimated work that a task has behind it: 1 for finished ones, what its kind says for begun ones.
 * @param estimates in the graph's order
 */
export async function sharesOf(
  { finished, begun }: Progress,
  graph: Graph,
  kinds: Kinds,
  estimates: readonly Estimate[],
): Promise<ReadonlyMap<string, number>> {
  const shares = new Map<string, number>([...finished.keys()].map((id) => [id, 1]));
  for (const [place, { id, kind }] of begun.size === 0 ? [] : graph.tasks.entries()) {
    const folder = begun.get(id);
    const share = folder === undefined ? undefined : await kinds.get(kind)?.done?.(folder, estimates[place]);
    if (share !== undefined) shares.set(id, share);
  }
  return shares;
}
