// Intervals and tests of the study (its rules are fixed before a run): proportions, paired outcomes, seeds, families.
// Counts in, plain numbers out; nothing here knows what was counted.
import {
  binomialHalfLower,
  bisect,
  incompleteBeta,
  normalQuantile,
  normalUpper,
  tQuantile,
  tUpper,
} from './probability.ts';

/** [low, high], low <= high. */
export type Interval = readonly [low: number, high: number];

/**
 * A count with its denominator and its 95 % Wilson score interval; low, high in [0, 1]. n = 0 knows nothing: 0 to 1.
 */
export interface Proportion {
  readonly count: number;
  readonly n: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Proportion count / n with its 95 % Wilson score interval (no continuity correction).
 * Source: Wilson, JASA 22 (1927) 209; method 3 of Newcombe, Statistics in Medicine 17 (1998) 857.
 * @param count whole number in 0..n
 * @param n whole number >= 0. Throws RangeError otherwise.
 */
export function proportion(count: number, n: number): Proportion {
  if (!Number.isInteger(count) || !Number.isInteger(n) || count < 0 || count > n) {
    throw new RangeError(`proportion: expected whole numbers with 0 <= count <= n, got ${count} of ${n}`);
  }
  if (n === 0) return { count, n, low: 0, high: 1 };
  const z = normalQuantile(0.975);
  const share = count / n;
  const denominator = 1 + (z * z) / n;
  const centre = (share + (z * z) / (2 * n)) / denominator;
  const half = (z / denominator) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  // At the ends the formula gives 0 and 1 exactly; rounding must not.
  return { count, n, low: count === 0 ? 0 : centre - half, high: count === n ? 1 : centre + half };
}

/**
 * z of the score test of one proportion against a reference share: (count/n - share) / sqrt(share (1 - share) / n).
 * |z| > 1.96 exactly when `share` is outside the 95 % Wilson score interval. 0 when n = 0.
 */
export function proportionScore(count: number, n: number, share: number): number {
  return n === 0 ? 0 : (count / n - share) / Math.sqrt((share * (1 - share)) / n);
}

/**
 * Exact two-sided binomial test of a share: twice the smaller of P(X <= count) and P(X >= count), at most 1; 1 when n
 * = 0. Unlike the score test it keeps the level where few successes are expected (n share < 5): 1 of 10 against 1 % has
 * z = 2.9, but p = 0.19. Source: Clopper & Pearson, Biometrika 26 (1934) 404; the tails by the incomplete beta
 * function, DLMF 8.17.5.
 */
export function binomialExact(count: number, n: number, share: number): number {
  const atLeast = (least: number): number =>
    least <= 0 ? 1 : least > n ? 0 : incompleteBeta(share, least, n - least + 1);
  return Math.min(1, 2 * Math.min(atLeast(count), 1 - atLeast(count + 1)));
}

/** Two-sided p of a standard normal z. */
export function normalTwoSided(z: number): number {
  return Math.min(1, 2 * normalUpper(Math.abs(z)));
}

/**
 * Exact McNemar test, two-sided: twice the smaller binomial(b + c, 1/2) tail, at most 1.
 * @param b pairs where only the first succeeds
 * @param c pairs where only the second succeeds Source: McNemar, Psychometrika 12 (1947) 153, in its exact conditional
 * form.
 */
export function mcnemarExact(b: number, c: number): number {
  return b + c === 0 ? 1 : Math.min(1, 2 * binomialHalfLower(Math.min(b, c), b + c));
}

/**
 * Exact two-sided sign-flip (Fisher-Pitman) test that whole-number paired differences are symmetric about 0, by
 * convolving all 2^n sign patterns. With differences in {-1, 0, 1} it is mcnemarExact; with several seeds an item holds
 * the sum over seeds.
 */
export function signFlipExact(differences: ArrayLike<number>): number {
  let reach = 0;
  let observed = 0;
  for (let i = 0; i < differences.length; i++) {
    if (!Number.isInteger(differences[i]))
      throw new RangeError(`signFlipExact: expected whole numbers, got ${differences[i]} at ${i}`);
    reach += Math.abs(differences[i]);
    observed += differences[i];
  }
  // probability[s + reach] = P(sum of the flipped differences = s)
  let probability = new Float64Array(2 * reach + 1);
  probability[reach] = 1;
  let span = 0;
  for (let i = 0; i < differences.length; i++) {
    const size = Math.abs(differences[i]);
    if (size === 0) continue;
    const next = new Float64Array(2 * reach + 1);
    for (let s = reach - span; s <= reach + span; s++) {
      next[s - size] += 0.5 * probability[s];
      next[s + size] += 0.5 * probability[s];
    }
    probability = next;
    span += size;
  }
  let p = 0;
  for (let s = Math.abs(observed); s <= reach; s++) p += probability[reach + s];
  return Math.min(1, observed === 0 ? 1 : 2 * p);
}

/**
 * z of the score test that p(second) - p(first) = delta for paired successes: (c - b - n delta) / sqrt(n (2 q + delta
 * (1 - delta))) with q the maximum-likelihood share of "only first" under that hypothesis. At delta = 0 it is McNemar's
 * z. Source: Tango, Statistics in Medicine 17 (1998) 891, in the direction second minus first.
 * @param b pairs where only the first succeeds
 * @param c only the second
 * @param n all pairs
 * @param delta in (-1, 1)
 */
export function pairedScore(b: number, c: number, n: number, delta: number): number {
  const difference = c - b - n * delta;
  const linear = -b - c + (2 * n - c + b) * delta;
  const constant = -b * delta * (1 - delta);
  const share = (Math.sqrt(Math.max(0, linear * linear - 8 * n * constant)) - linear) / (4 * n);
  const variance = n * (2 * share + delta * (1 - delta));
  if (variance <= 0) return difference === 0 ? 0 : Math.sign(difference) * Infinity;
  return difference / Math.sqrt(variance);
}

/**
 * Tango's score interval for p(second) - p(first) of pairs: all delta that pairedScore does not reject.
 * Keeps its width when no pair differs. [-1, 1] when n = 0. Source: as pairedScore.
 */
export function pairedInterval(b: number, c: number, n: number, level = 0.95): Interval {
  if (n === 0) return [-1, 1];
  const z = normalQuantile(0.5 + level / 2);
  const estimate = (c - b) / n;
  return [
    bisect(-1, estimate, (delta) => z - pairedScore(b, c, n, delta)),
    bisect(estimate, 1, (delta) => -z - pairedScore(b, c, n, delta)),
  ];
}

/**
 * Two one-sided tests of equivalence. `low` is the p against "at or below -margin", `high` against "at or above
 * +margin".
 */
export interface EquivalenceTest {
  readonly low: number;
  readonly high: number;
  /** max(low, high): the difference is inside (-margin, margin) when p < alpha. */
  readonly p: number;
}

/**
 * Two one-sided score tests that the paired difference p(second) - p(first) is within +-margin; p = 1 when n = 0.
 * p < 0.05 exactly when pairedInterval at level 0.90 is inside the margin.
 * Source: the score statistic of Tango (1998) in the scheme of Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15
 * (1987) 657.
 */
export function pairedEquivalence(b: number, c: number, n: number, margin: number): EquivalenceTest {
  if (n === 0) return { low: 1, high: 1, p: 1 };
  const low = normalUpper(pairedScore(b, c, n, -margin));
  const high = normalUpper(-pairedScore(b, c, n, margin));
  return { low, high, p: Math.max(low, high) };
}

export interface MeanOverSeeds {
  readonly mean: number;
  /** Standard error of the mean; NaN with fewer than two values. */
  readonly standard_error: number;
  readonly df: number;
  /** t interval; everything (-Infinity, Infinity) with fewer than two values. */
  readonly interval: Interval;
}

/** Mean of independent values (one a seed) with its t interval (Student, Biometrika 6 (1908) 1). */
export function tInterval(values: readonly number[], level = 0.95): MeanOverSeeds {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, standard_error: NaN, df: n - 1, interval: [-Infinity, Infinity] };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const standard_error = Math.sqrt(variance / n);
  const half = tQuantile(0.5 + level / 2, n - 1) * standard_error;
  return { mean, standard_error, df: n - 1, interval: [mean - half, mean + half] };
}

/** One-sided p of "the mean over seeds is above `reference`"; with equal values 0 or 1 (or 1/2 on the reference). */
export function tAbove(seeds: MeanOverSeeds, reference: number): number {
  if (seeds.df < 1) return 1;
  const difference = seeds.mean - reference;
  return tUpper(difference === 0 ? 0 : difference / seeds.standard_error, seeds.df);
}

/** Holm's step-down adjustment of p values, in the order given (Scandinavian Journal of Statistics 6 (1979) 65). */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((i, j) => p[i] - p[j]);
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (p.length - rank) * p[i]));
    adjusted[i] = largest;
  });
  return adjusted;
}
