// How long a call takes: warm-up until the engine has replaced its baseline code, then five rounds of many calls.
import type { Rates, Timing } from './results.ts';

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
  rounds: 5,
  roundSeconds: 0.04,
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
  return { median, fastest: sorted[0], slowest: sorted[sorted.length - 1], calls, samples: [...samples] };
}

/**
 * Speeds from the seconds of a timing.
 * @param amount of work of one call, in any unit
 */
export function ratesOf({ samples }: Pick<Timing, 'samples'>, amount: number): Rates {
  return summarizeRates(samples.map((seconds) => amount / seconds));
}

/** @param samples units a second, at least one, in the order of measuring */
export function summarizeRates(samples: readonly number[]): Rates {
  // The largest rate is the best: the order of seconds is turned round.
  const { median, fastest: lowest, slowest: highest } = summarizeTiming(samples, 1);
  return { best: highest, median, slowest: lowest, samples: [...samples] };
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

/**
 * Rounds as turns between subjects that are measured against each other. Short steps alternate one by one. Long ones
 * alternate in two turns, because every turn has a warm-up step.
 * @returns steps of each turn; their sum is `rounds`
 */
export function turnsOf(stepSeconds: number, rounds: number): number[] {
  if (stepSeconds <= LONG_STEP || rounds < 2) return Array.from({ length: rounds }, () => 1);
  return [rounds >> 1, rounds - (rounds >> 1)];
}

/** Seconds of a step from which on its warm-up is too dear to be repeated for every round. */
const LONG_STEP = 1.5;
