// How long a task takes on some threads, and how long the longest chain of tasks behind it is: the numbers behind the
// schedule.
import type { Estimate } from './kind.ts';
import type { Graph } from './task.ts';

/**
 * n threads on one task are worth n ** 0.86 threads on tasks of their own. Measured on 16 cores (quick recipe): 16
 * trainings of one thread 221,700 tokens/s in all, 8 of two threads 202,400 (2 ** 0.87 each), one of eight threads
 * 82,000 (8 ** 0.855).
 */
const SPEEDUP_EXPONENT = 0.86;

/** Of a task that nobody estimated. */
export const UNKNOWN_ESTIMATE: Estimate = { tokens: 0, flops: 0, seconds: 1, threads: [1], bytes: () => 0 };

/** How many times as fast as one thread. Threads between two useful numbers do nothing. */
export function speedup(estimate: Estimate, threads: number): number {
  return (estimate.threads.findLast((useful) => useful <= threads) ?? 1) ** SPEEDUP_EXPONENT;
}

/** @returns the next useful number of threads, or undefined at the most useful one */
export function nextThreads(estimate: Estimate, threads: number): number | undefined {
  return estimate.threads.find((useful) => useful > threads);
}

/** Longest chains behind each task, by id, in seconds. */
export interface Paths {
  /** Each task on one thread: decides the order. */
  readonly behind: ReadonlyMap<string, number>;
  /** Each task on as many threads as it can use: no schedule is shorter. */
  readonly fastest: ReadonlyMap<string, number>;
}

/** @param threads of the whole machine */
export function pathsOf(graph: Graph, estimates: ReadonlyMap<string, Estimate>, threads: number): Paths {
  const longest = (own: (estimate: Estimate) => number): Map<string, number> => {
    const behind = new Map(graph.tasks.map(({ id }) => [id, 0]));
    // Backwards: a task comes before all that need it.
    for (const task of graph.tasks.toReversed()) {
      const path = own(estimates.get(task.id) ?? UNKNOWN_ESTIMATE) + (behind.get(task.id) ?? 0);
      for (const need of Object.values(task.needs)) behind.set(need, Math.max(behind.get(need) ?? 0, path));
    }
    return behind;
  };
  return {
    behind: longest((estimate) => estimate.seconds),
    fastest: longest((estimate) => estimate.seconds / speedup(estimate, threads)),
  };
}
