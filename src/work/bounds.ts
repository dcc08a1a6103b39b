// How long a large graph takes, without a simulation of its schedule: a time that no schedule is below, and one that
// the policy of schedule.ts is not above (R. L. Graham, Bounds on multiprocessing timing anomalies, 1969).
import type { Slots } from './executor.ts';
import type { Estimate } from './kind.ts';
import { speedup } from './paths.ts';
import { placesOf } from './places.ts';
import type { SimulationStart } from './simulate.ts';
import type { Graph } from './task.ts';

/** Seconds, both included. */
export interface TimeBounds {
  readonly low: number;
  readonly high: number;
}

/**
 * The work W is in seconds on one thread, and C is the longest chain of tasks.
 *
 *     max(W / threads, C on the most threads) <= time <= W / side by side + C on one thread
 *
 * As long as a ready task waits, all threads, all jobs or the memory are taken. All threads do the work of
 * threads ** 0.86 threads at least, one for each job or for each task in the memory otherwise: these are side by side.
 * While no ready task waits, every chain gets shorter.
 */
export function timeBounds(
  graph: Graph,
  estimates: readonly Estimate[],
  slots: Slots,
  { finished = [], running = [] }: Pick<SimulationStart, 'finished' | 'running'> = {},
): TimeBounds {
  const { needs, starts } = placesOf(graph);
  const done = new Set(finished);
  const shares = new Map(running.map(({ id, share }) => [id, share]));
  /** Useful threads and what they are worth, of estimates that many tasks have. */
  const speeds = new Map<Estimate, { readonly useful: number; readonly speed: number; readonly bytes: number }>();
  const speedOf = (estimate: Estimate) => {
    let known = speeds.get(estimate);
    if (known === undefined) {
      const useful = estimate.threads.findLast((threads) => threads <= slots.threads) ?? 1;
      known = { useful, speed: speedup(estimate, useful), bytes: estimate.bytes(1) };
      speeds.set(estimate, known);
    }
    return known;
  };
  let [work, most, loss] = [0, 0, 1];
  /** Longest chain that ends with the task at each place, on the most threads and on one. */
  const [fast, slow] = [new Float64Array(graph.tasks.length), new Float64Array(graph.tasks.length)];
  const longest = { fast: 0, slow: 0 };
  for (const [place, { id }] of graph.tasks.entries()) {
    if (done.size > 0 && done.has(id)) continue;
    const estimate = estimates[place];
    const { useful, speed, bytes } = speedOf(estimate);
    const seconds = estimate.seconds * (1 - (shares.size === 0 ? 0 : (shares.get(id) ?? 0)));
    for (let i = starts[place]; i < starts[place + 1]; i++) {
      const need = needs[i];
      if (need < 0) continue;
      fast[place] = Math.max(fast[place], fast[need]);
      slow[place] = Math.max(slow[place], slow[need]);
    }
    fast[place] += seconds / speed;
    slow[place] += seconds;
    work += seconds;
    most = Math.max(most, bytes);
    loss = Math.max(loss, useful / speed);
    longest.fast = Math.max(longest.fast, fast[place]);
    longest.slow = Math.max(longest.slow, slow[place]);
  }
  const sideBySide = Math.min(
    slots.threads / loss,
    slots.jobs,
    Math.max(1, Math.floor(slots.bytes / Math.max(1, most))),
  );
  return { low: Math.max(work / slots.threads, longest.fast), high: work / sideBySide + longest.slow };
}
