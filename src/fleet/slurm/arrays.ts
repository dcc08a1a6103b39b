// A graph as job arrays: tasks of one rank, kind and amount of memory are the elements of one array. An array waits for
// the arrays that have what its tasks need, so that no element begins before its needs have ended.
import type { Estimate } from '../../work/kind.ts';
import { pathsOf, UNKNOWN_ESTIMATE } from '../../work/paths.ts';
import type { Graph, Task } from '../../work/task.ts';

/** One job array. */
export interface JobArray {
  /** Of its files: `2-train`. */
  readonly name: string;
  /** Ids of its tasks, the longest chain first: Slurm begins the first elements first. */
  readonly ids: readonly string[];
  /** Of each task. */
  readonly cores: number;
  /** Of each task, in MiB. */
  readonly mebibytes: number;
  /** Names of the arrays that must have ended before. */
  readonly after: readonly string[];
}

/** Memory that a process may have besides its plan: a quarter, and what Node needs to start. */
const MARGIN = 1.25;
const START_MEBIBYTES = 256;

/** What a task asks for. */
function mebibytesOf(estimate: Estimate, threads: number): number {
  return Math.ceil((MARGIN * estimate.bytes(threads)) / 2 ** 20) + START_MEBIBYTES;
}

/** Enough for each task of a graph on some threads. */
export function mostMebibytes(graph: Graph, estimates: ReadonlyMap<string, Estimate>, threads: number): number {
  return graph.tasks
    .map(({ id }) => mebibytesOf(estimates.get(id) ?? UNKNOWN_ESTIMATE, threads))
    .reduce((most, each) => Math.max(most, each), 0);
}

/**
 * The unfinished tasks of a graph. The rank of a task is the length of the longest chain of unfinished tasks that it
 * needs; tasks of equal rank need nothing of each other.
 * @param cores that a task may have
 * @param longest number of elements that an array may have
 */
export function arraysOf(
  graph: Graph,
  isFinished: (id: string) => boolean,
  estimates: ReadonlyMap<string, Estimate>,
  { cores, longest }: { readonly cores: number; readonly longest: number },
): JobArray[] {
  const open = graph.tasks.filter(({ id }) => !isFinished(id));
  const { behind } = pathsOf(graph, estimates, 1);
  const chain = ({ id }: Task): number => (estimates.get(id) ?? UNKNOWN_ESTIMATE).seconds + (behind.get(id) ?? 0);
  const ranks = new Map<string, number>();
  const groups = new Map<string, { rank: number; kind: string; cores: number; mebibytes: number; tasks: Task[] }>();
  for (const task of open) {
    const below = Object.values(task.needs).flatMap((id) => ranks.get(id) ?? []);
    const rank = 1 + Math.max(0, ...below);
    ranks.set(task.id, rank);
    const estimate = estimates.get(task.id) ?? UNKNOWN_ESTIMATE;
    const useful = estimate.threads.findLast((threads) => threads <= cores) ?? 1;
    const mebibytes = mebibytesOf(estimate, useful);
    // Trials of unlike models are not all given the memory of the largest.
    const memoryClass = Math.ceil(Math.log2(mebibytes));
    const key = [rank, task.kind, useful, memoryClass].join(' ');
    const group = groups.get(key) ?? { rank, kind: task.kind, cores: useful, mebibytes, tasks: [] };
    group.tasks.push(task);
    group.mebibytes = Math.max(group.mebibytes, mebibytes);
    groups.set(key, group);
  }
  const arrays: (Omit<JobArray, 'after'> & { readonly tasks: readonly Task[] })[] = [];
  const arrayOf = new Map<string, string>();
  for (const group of [...groups.values()].sort((a, b) => a.rank - b.rank)) {
    const tasks = group.tasks.toSorted((a, b) => chain(b) - chain(a));
    for (let at = 0; at < tasks.length; at += longest) {
      const some = tasks.slice(at, at + longest);
      const name = `${arrays.length + 1}-${group.kind}`;
      for (const { id } of some) arrayOf.set(id, name);
      const ids = some.map(({ id }) => id);
      arrays.push({ name, ids, cores: group.cores, mebibytes: group.mebibytes, tasks: some });
    }
  }
  return arrays.map(({ tasks, ...array }) => ({
    ...array,
    after: [...new Set(tasks.flatMap(({ needs }) => Object.values(needs).flatMap((id) => arrayOf.get(id) ?? [])))].sort(
      (a, b) => parseInt(a, 10) - parseInt(b, 10),
    ),
  }));
}
