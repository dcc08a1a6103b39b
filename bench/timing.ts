// How long a call takes: warm-up until the engine has replaced its baseline code, rounds of many calls, median with the
// fastest and the slowest.

/** Seconds of one call. */
export interface Timing {
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  /** Samples behind these numbers, and calls in each. */
  readonly rounds: number;
  readonly calls: number;
}

export interface Effort {
  /**
   * Calls before the clock counts, unless `warmUpSeconds` are over first (and `leastWarmUpCalls` done): long calls need
   * fewer.
   */
  readonly warmUpCalls: number;
  readonly leastWarmUpCalls: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  /** Least length of a round. */
  readonly roundSeconds: number;
}

export const FULL_EFFORT: Effort = {
  warmUpCalls: 200,
  leastWarmUpCalls: 5,
  warmUpSeconds: 0.4,
  rounds: 11,
  roundSeconds: 0.02,
};
export const QUICK_EFFORT: Effort = {
  warmUpCalls: 200,
  leastWarmUpCalls: 3,
  warmUpSeconds: 0.2,
  rounds: 3,
  roundSeconds: 0.005,
};

/**
 * @param samples seconds of one call each; at least one
 * @param calls behind each sample
 */
export function summarizeTiming(samples: readonly number[], calls: number): Timing {
  if (samples.length === 0) throw new RangeError('summarizeTiming: expected at least one sample, got none');
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, fastest: sorted[0], slowest: sorted[sorted.length - 1], rounds: sorted.length, calls };
}

/**
 * Times a call that changes nothing but its own outputs.
 * @param now milliseconds, never going back
 */
export function timeCalls(call: () => void, effort: Effort, now: () => number = () => performance.now()): Timing {
  const begun = now();
  let warm = 0;
  do {
    call();
    warm += 1;
  } while (
    warm < effort.warmUpCalls &&
    (warm < effort.leastWarmUpCalls || now() - begun < 1000 * effort.warmUpSeconds)
  );
  // The time of the last call decides how many calls fill a round.
  const before = now();
  call();
  const calls = Math.max(1, Math.ceil((1000 * effort.roundSeconds) / Math.max(now() - before, 1e-3)));
  const samples = Array.from({ length: effort.rounds }, () => {
    const started = now();
    for (let i = 0; i < calls; i++) call();
    return (now() - started) / 1000 / calls;
  });
  return summarizeTiming(samples, calls);
}
