// Tasks as nodes that lead to what they need, for estimates.
import type { TaskNode } from './kind.ts';
import type { Graph, Task } from './task.ts';

/** In the graph's order, in which each task comes after those that it needs. */
export function nodesOf(graph: Graph): TaskNode[] {
  const nodeOf = nodesById(graph);
  return graph.tasks.flatMap(({ id }) => nodeOf(id) ?? []);
}

/** The nodes of a graph by id, each made when it is asked for; undefined for no task of it. */
function nodesById({ tasks }: Graph): (id: string) => TaskNode | undefined {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const nodes = new Map<string, TaskNode>();
  const nodeOf = (id: string): TaskNode | undefined => {
    const task = byId.get(id);
    if (task === undefined) return undefined;
    const node = nodes.get(id) ?? { task, need: (role) => nodeOf(task.needs[role] ?? '') };
    nodes.set(id, node);
    return node;
  };
  return nodeOf;
}

/** A task with all that it needs, directly or not. */
export function withNeeds(graph: Graph, task: Task): Graph {
  const wanted = new Set([task.id]);
  for (const { id, needs } of graph.tasks.toReversed()) {
    if (wanted.has(id)) for (const need of Object.values(needs)) wanted.add(need);
  }
  return { ...graph, tasks: graph.tasks.filter(({ id }) => wanted.has(id)) };
}
