// A part of a study for one of several machines without a server: each trains some of the models. Their cells travel by
// `runs export` and `runs merge`; the same study without a part then computes what needs models of several parts, and
// the report.
import type { Graph, Task } from '../work/task.ts';

/** `1/2`: the first of two. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/**
 * Deals out the trainings, each with all that needs no other training; data belong to every part that needs them.
 * @param weight of a training: those of the largest weight are dealt first, each to the part that has the least
 */
export function shardOf(graph: Graph, { index, of }: Shard, weight: (task: Task) => number): Graph {
  const trainings = graph.tasks.filter((task) => isRoot(graph, task)).toSorted((a, b) => weight(b) - weight(a));
  const load = Array.from({ length: of }, () => 0);
  const part = new Map<string, number>();
  for (const task of trainings) {
    const least = load.indexOf(Math.min(...load));
    load[least] += weight(task);
    part.set(task.id, least);
  }
  const partsOf = new Map<string, ReadonlySet<number>>();
  for (const { id, needs } of graph.tasks) {
    const own = part.get(id);
    const inherited = Object.values(needs).flatMap((need) => [...(partsOf.get(need) ?? [])]);
    partsOf.set(id, new Set(own === undefined ? inherited : [own, ...inherited]));
  }
  const wanted = new Set(graph.tasks.filter(({ id }) => isOnly(partsOf.get(id), index - 1)).map(({ id }) => id));
  // What these need of tasks that belong to no part.
  for (const { id, needs } of graph.tasks.toReversed())
    if (wanted.has(id)) Object.values(needs).forEach((need) => wanted.add(need));
  return { ...graph, tasks: graph.tasks.filter(({ id }) => wanted.has(id)) };
}

/** A task that needs something, but nothing that needs something itself: a training needs data alone. */
function isRoot({ tasks }: Graph, { needs }: Task): boolean {
  const needed = Object.values(needs).map((need) => tasks.find(({ id }) => id === need));
  return needed.length > 0 && needed.every((task) => Object.keys(task?.needs ?? {}).length === 0);
}

function isOnly(parts: ReadonlySet<number> | undefined, index: number): boolean {
  return parts?.size === 1 && parts.has(index);
}
