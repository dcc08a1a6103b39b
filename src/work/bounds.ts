// How long a large graph takes, without a simulation of its schedule: a time that no schedule is below, and one that
// the policy of schedule.ts is not above (R. L. Graham, Bounds on multiprocessing timing anomalies, 1969).
import type { Slots } from './executor.ts';
import type { Estimate } from './kind.ts';
import { speedup, UNKNOWN_ESTIMATE } from './paths.ts';
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
  estimates: ReadonlyMap<string, Estimate>,
  slots: Slots,
  { finished = [], running = [] }: Pick<SimulationStart, 'finished' | 'running'> = {},
): TimeBounds {
  const done = new Set(finished);
  const shares = new Map(running.map(({ id, share }) => [id, share]));
  /** Useful threads and what they are worth, of estimates that many tasks have. */
  const speeds = new Map<Estimate, { readonly useful: number; readonly speed: number }>();
  const speedOf = (estimate: Estimate): { readonly useful: number; readonly speed: number } => {
    const useful = estimate.threads.findLast((threads) => threads <= slots.threads) ?? 1;
    const speed = speeds.get(estimate) ?? { useful, speed: speedup(estimate, useful) };
    speeds.set(estimate, speed);
    return speed;
  };
  let [work, most, loss] = [0, 0, 1];
  const chains = new Map<string, { readonly fast: number; readonly slow: number }>();
  const longest = { fast: 0, slow: 0 };
  for (const { id, needs } of graph.tasks) {
    if (done.has(id)) continue;
    const estimate = estimates.get(id) ?? UNKNOWN_ESTIMATE;
    const { useful, speed } = speedOf(estimate);
    const seconds = estimate.seconds * (1 - (shares.get(id) ?? 0));
    let [fast, slow] = [0, 0];
    for (const role of Object.keys(needs)) {
      const before = chains.get(needs[role]);
      fast = Math.max(fast, before?.fast ?? 0);
      slow = Math.max(slow, before?.slow ?? 0);
    }
    const chain = { fast: fast + seconds / speed, slow: slow + seconds };
    chains.set(id, chain);
    work += seconds;
    most = Math.max(most, estimate.bytes(1));
    loss = Math.max(loss, useful / speed);
    longest.fast = Math.max(longest.fast, chain.fast);
    longest.slow = Math.max(longest.slow, chain.slow);
  }
  const sideBySide = Math.min(
    slots.threads / loss,
    slots.jobs,
    Math.max(1, Math.floor(slots.bytes / Math.max(1, most))),
  );
  return { low: Math.max(work / slots.threads, longest.fast), high: work / sideBySide + longest.slow };
}
