// Shares and paired differences of runs, over mazes and over seeds. One seed pairs over mazes. With several seeds a
// claim must hold both over mazes (they are common to the seeds, so averaging seeds does not remove their noise) and
// over seeds (t): p is the larger of the two, the interval spans both.
import { TracelabError } from '../base/errors.ts';
import {
  binomialExact,
  mcnemarExact,
  normalTwoSided,
  pairedInterval,
  pairedScore,
  proportion,
  proportionScore,
  signFlipExact,
  tAbove,
  tInterval,
} from '../base/statistics.ts';
import type { Interval, MeanOverSeeds } from '../base/statistics.ts';
import { normalUpper } from '../base/probability.ts';
import type { Verdict } from '../domain/types.ts';

/** A judged completion of the maze `id`. */
export interface JudgedRow {
  readonly id: string;
  readonly verdict: Verdict;
}

/** Two models of one seed on the same mazes. */
export interface SeedPair {
  readonly seed: number;
  readonly first: readonly JudgedRow[];
  readonly second: readonly JudgedRow[];
}

/** Difference of a share (plan validity, where nothing else is said), second minus first, in [-1, 1]. */
export interface PairedComparison {
  /** Mazes (the same for every seed). */
  readonly n: number;
  readonly difference: number;
  readonly per_seed: readonly number[];
  /** Over mazes, of each seed. */
  readonly intervals: readonly Interval[];
  /** Over mazes and seeds. */
  readonly interval: Interval;
  /** Two-sided p that the models differ: exact McNemar; with several seeds see the head of this file. */
  readonly p: number;
  /** One-sided p of "the difference is above (below) this one". */
  above(delta: number): number;
  below(delta: number): number;
}

/** @param pairs one a seed, at least one. Throws TracelabError when the mazes are not the same everywhere. */
export function comparePlans(pairs: readonly SeedPair[]): PairedComparison {
  return comparePairs(pairs, ({ plan }) => plan.valid);
}

/** The same for any success that can be read from a verdict. */
export function comparePairs(pairs: readonly SeedPair[], succeeds: (verdict: Verdict) => boolean): PairedComparison {
  const ids = pairs[0].first.map(({ id }) => id);
  const n = ids.length;
  const sums = new Int32Array(n);
  const tables = pairs.map(({ seed, first, second }) => {
    let firstOnly = 0;
    let secondOnly = 0;
    checkSameMazes(ids, first, seed);
    checkSameMazes(ids, second, seed);
    for (let i = 0; i < n; i++) {
      const difference = Number(succeeds(second[i].verdict)) - Number(succeeds(first[i].verdict));
      sums[i] += difference;
      if (difference < 0) firstOnly += 1;
      if (difference > 0) secondOnly += 1;
    }
    return { firstOnly, secondOnly };
  });
  const per_seed = tables.map(({ firstOnly, secondOnly }) => (n === 0 ? 0 : (secondOnly - firstOnly) / n));
  const seeds = tInterval(per_seed);
  const several = pairs.length > 1;
  const overMazes = several ? signFlipExact(sums) : mcnemarExact(tables[0].firstOnly, tables[0].secondOnly);
  // The mean of scores has at most unit variance however the seeds correlate, so the normal tail is conservative.
  const score = (delta: number): number =>
    n === 0 ? 0 : mean(tables.map(({ firstOnly, secondOnly }) => pairedScore(firstOnly, secondOnly, n, delta)));
  const intervals = tables.map(({ firstOnly, secondOnly }) => pairedInterval(firstOnly, secondOnly, n));
  return {
    n,
    difference: seeds.mean,
    per_seed,
    intervals,
    interval: intervalOverSeeds(intervals, seeds, [-1, 1]),
    p: several ? Math.max(overMazes, twoSided(seeds, 0)) : overMazes,
    above: (delta) => Math.max(normalUpper(score(delta)), several ? tAbove(seeds, delta) : 0),
    below: (delta) => Math.max(normalUpper(-score(delta)), several ? 1 - tAbove(seeds, delta) : 0),
  };
}

/**
 * One difference minus another that was measured on other mazes, with the same models in the same order. Over mazes
 * the interval of a seed adds the squares of the distances of its two intervals (MOVER: Zou & Donner, Statistics in
 * Medicine 27 (2008) 1693), which for normal intervals adds their variances.
 */
export function differenceOfComparisons(
  first: PairedComparison,
  second: PairedComparison,
): Pick<PairedComparison, 'n' | 'difference' | 'per_seed' | 'interval'> {
  const per_seed = first.per_seed.map((difference, i) => difference - second.per_seed[i]);
  const overMazes = first.intervals.map(([low, high], i): Interval => {
    const [a, b, [otherLow, otherHigh]] = [first.per_seed[i], second.per_seed[i], second.intervals[i]];
    return [a - b - Math.hypot(a - low, otherHigh - b), a - b + Math.hypot(high - a, b - otherLow)];
  });
  const seeds = tInterval(per_seed);
  return {
    n: Math.min(first.n, second.n),
    difference: seeds.mean,
    per_seed,
    interval: intervalOverSeeds(overMazes, seeds, [-2, 2]),
  };
}

/** A share with its interval in [0, 1], averaged over seeds. */
export interface ShareComparison {
  /** Sum of the seeds' denominators. */
  readonly n: number;
  readonly count: number;
  readonly share: number;
  readonly interval: Interval;
  /**
   * Two-sided p against the reference share: the larger of score test and exact binomial test; with several seeds see
   * the head of this file.
   */
  readonly p: number;
}

/** Shares of one run a seed against a reference share; null when a seed has nothing to count. */
export function compareShare(
  counts: readonly { readonly count: number; readonly n: number }[],
  reference: number,
): ShareComparison | null {
  if (counts.length === 0 || counts.some(({ n }) => n === 0)) return null;
  const seeds = tInterval(counts.map(({ count, n }) => count / n));
  const overMazes = normalTwoSided(mean(counts.map(({ count, n }) => proportionScore(count, n, reference))));
  return {
    n: counts.reduce((sum, { n }) => sum + n, 0),
    count: counts.reduce((sum, { count }) => sum + count, 0),
    share: seeds.mean,
    interval: intervalOverSeeds(
      counts.map(({ count, n }) => {
        const { low, high } = proportion(count, n);
        return [low, high];
      }),
      seeds,
      [0, 1],
    ),
    p: Math.max(
      overMazes,
      counts.length > 1 ? twoSided(seeds, reference) : binomialExact(counts[0].count, counts[0].n, reference),
    ),
  };
}

/**
 * The seeds' intervals over mazes, averaged (wide enough however they correlate), widened to the t interval over seeds.
 * @param range of what is estimated: a share, a difference, Fisher's z
 */
export function intervalOverSeeds(
  overMazes: readonly Interval[],
  seeds: MeanOverSeeds,
  [least, most]: Interval,
): Interval {
  const low = mean(overMazes.map((interval) => interval[0]));
  const high = mean(overMazes.map((interval) => interval[1]));
  if (overMazes.length < 2) return [low, high];
  return [Math.max(least, Math.min(low, seeds.interval[0])), Math.min(most, Math.max(high, seeds.interval[1]))];
}

/** Two-sided p of the t test over seeds. */
export function twoSided(seeds: MeanOverSeeds, reference: number): number {
  const above = tAbove(seeds, reference);
  return Math.min(1, 2 * Math.min(above, 1 - above));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Throws TracelabError FINDINGS_UNPAIRED unless the rows are about these mazes, in this order. */
export function checkSameMazes(ids: readonly string[], rows: readonly JudgedRow[], seed: number): void {
  const at =
    rows.length === ids.length ? rows.findIndex(({ id }, i) => id !== ids[i]) : Math.min(rows.length, ids.length);
  if (at === -1) return;
  throw new TracelabError({
    code: 'FINDINGS_UNPAIRED',
    kind: 'damaged_artifact',
    where: `completions of seed ${seed}, row ${at + 1}`,
    what: 'runs were not evaluated on the same mazes',
    expected: ids[at] ?? `${ids.length} rows`,
    got: rows[at]?.id ?? `${rows.length} rows`,
    hint: 'evaluate all conditions on the same test files',
  });
}
