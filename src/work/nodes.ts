// Tasks as nodes that lead to what they need, for estimates.
import type { TaskNode } from './kind.ts';
import type { Graph, Task } from './task.ts';

/** In the graph's order, in which each task comes after those that it needs. */
export function nodesOf({ tasks }: Graph): TaskNode[] {
  const nodes = new Map<string, TaskNode>();
  for (const task of tasks) nodes.set(task.id, { task, need: (role) => nodes.get(task.needs[role] ?? '') });
  return [...nodes.values()];
}

/** A task with all that it needs, directly or not. */
export function withNeeds(graph: Graph, task: Task): Graph {
  const wanted = new Set([task.id]);
  for (const { id, needs } of graph.tasks.toReversed()) {
    if (wanted.has(id)) for (const need of Object.values(needs)) wanted.add(need);
  }
  return { ...graph, tasks: graph.tasks.filter(({ id }) => wanted.has(id)) };
}
