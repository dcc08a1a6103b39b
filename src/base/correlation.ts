// Correlations of two columns with interval and test: Pearson, Spearman, and partial given other columns. Columns in,
// plain numbers out; nothing here knows what was measured.
import { normalQuantile, normalUpper, tUpper } from './probability.ts';
import { RandomSequence, STREAMS } from './random.ts';
import type { Interval } from './statistics.ts';

/**
 * A correlation with its 95 % interval. Never made where none is defined: too few items, or a column that does not
 * vary.
 */
export interface Correlation {
  /** In [-1, 1]. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** Columns held fixed, those that repeat others not counted: 0 for Pearson and Spearman. */
  readonly controls: number;
  /** Two-sided p of "no correlation". */
  readonly p: number;
}

type Column = ArrayLike<number>;

/**
 * A centred column whose square sum is below this share of the column's own is the rounding of a constant: 1e-14 of its
 * size.
 */
const CONSTANT = 1e-28;
/** Residuals whose square sum is below this share of the centred column's: the column is made of the controls. */
const NOTHING_LEFT = 1e-12;

/**
 * Pearson's correlation; null below 4 items or where a column does not vary.
 * Interval: Fisher's z = atanh r with standard error 1 / sqrt(n - 3), taken back by tanh (Fisher, Metron 1 (1921) 3).
 * Test: t = r sqrt((n - 2) / (1 - r^2)) with n - 2 degrees of freedom (Student, Biometrika 6 (1908) 302).
 */
export function pearson(x: Column, y: Column): Correlation | null {
  return partialCorrelation(x, y, []);
}

/**
 * Spearman's correlation: Pearson's of the ranks, ties at their mean rank; null as for pearson.
 * Interval: z = atanh r with standard error sqrt((1 + r^2 / 2) / (n - 3)), method 3 of Bonett & Wright, Psychometrika
 * 65 (2000) 23. It is taken instead of a bootstrap because it keeps its level up to |r| = 0.9 in their simulations from
 * n = 10 on, needs no seed, and has width where resampling has none (few distinct values). Fisher's own standard error
 * is too small for ranks. Test: t as for pearson, which ties do not harm (Kendall & Gibbons, Rank Correlation Methods
 * (1990), section 4.14).
 */
export function spearman(x: Column, y: Column): Correlation | null {
  const ranked = pearson(ranksOf(x), ranksOf(y));
  if (ranked === null) return null;
  const [low, high] = intervalOfZ(ranked.estimate, Math.sqrt((1 + ranked.estimate ** 2 / 2) / (ranked.n - 3)));
  return { ...ranked, low, high };
}

/**
 * Correlation of what is left of x and y after least squares on the controls (and a constant). Controls that are made
 * of others, or do not vary, count for nothing: with plan length = Manhattan distance + 1, giving both is giving one.
 * Interval and test as for pearson, with n - k in place of n for k controls that count (Fisher, Metron 3 (1924) 329).
 * @returns null when n - k < 4, or when nothing is left of x or of y
 * Throws RangeError for columns of different lengths or with a value that is not finite.
 */
export function partialCorrelation(x: Column, y: Column, controls: readonly Column[]): Correlation | null {
  const n = x.length;
  for (const column of [x, y, ...controls]) {
    if (column.length !== n)
      throw new RangeError(`correlation: expected columns of ${n} values, got one of ${column.length}`);
    for (let i = 0; i < n; i++)
      if (!Number.isFinite(column[i])) throw new RangeError(`correlation: expected numbers, got ${column[i]} at ${i}`);
  }
  const basis = orthogonal(controls);
  if (n - basis.length < 4) return null;
  const [left, right] = [residual(x, basis), residual(y, basis)];
  if (left === null || right === null) return null;
  const estimate = Math.max(-1, Math.min(1, dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right))));
  const [low, high] = intervalOfZ(estimate, fisherError(n, basis.length));
  const df = n - 2 - basis.length;
  const t = estimate * Math.sqrt(df / (1 - estimate * estimate));
  return { estimate, low, high, n, controls: basis.length, p: Math.min(1, 2 * tUpper(Math.abs(t), df)) };
}

/**
 * Standard error of Fisher's z.
 * @param n more than controls + 3
 */
function fisherError(n: number, controls: number): number {
  return 1 / Math.sqrt(n - 3 - controls);
}

/**
 * z of the test that a Pearson or partial correlation is `reference`: (atanh r - atanh reference) / standard error. |z|
 * > 1.96 exactly when the reference is outside the interval.
 * @param reference in (-1, 1)
 */
export function correlationScore({ estimate, n, controls }: Correlation, reference: number): number {
  return (Math.atanh(estimate) - Math.atanh(reference)) / fisherError(n, controls);
}

/** One-sided p of "the correlation is below (above) the reference". */
export function correlationBelow(correlation: Correlation, reference: number): number {
  return normalUpper(-correlationScore(correlation, reference));
}

/**
 * Percentile interval of a partial correlation, resampling items with replacement: Fisher's interval takes both columns
 * for normal, which lengths are not. Resample r draws from RandomSequence(seed, STREAMS.bootstrap, r). Resamples where
 * the correlation is not defined are left out.
 * @returns [NaN, NaN] when none is left Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), section
 * 13.3.
 */
export function bootstrapCorrelation(
  x: Column,
  y: Column,
  controls: readonly Column[],
  seed: number,
  resamples = 1000,
  level = 0.95,
): Interval {
  const n = x.length;
  const columns = [x, y, ...controls];
  const drawn = columns.map(() => new Float64Array(n));
  const estimates: number[] = [];
  for (let r = 0; r < resamples; r++) {
    const random = new RandomSequence(seed, STREAMS.bootstrap, r);
    for (let i = 0; i < n; i++) {
      const item = random.below(n);
      for (let c = 0; c < columns.length; c++) drawn[c][i] = columns[c][item];
    }
    const [left, right, ...rest] = drawn;
    const correlation = partialCorrelation(left, right, rest);
    if (correlation !== null) estimates.push(correlation.estimate);
  }
  if (estimates.length === 0) return [NaN, NaN];
  estimates.sort((a, b) => a - b);
  const tail = (1 - level) / 2;
  return [
    estimates[Math.floor(tail * (estimates.length - 1))],
    estimates[Math.ceil((1 - tail) * (estimates.length - 1))],
  ];
}

/** Ranks from 1, equal values at the mean of their places. */
export function ranksOf(values: Column): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to += 1;
    for (let at = from; at < to; at++) ranks[order[at]] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

function intervalOfZ(estimate: number, standardError: number): Interval {
  const z = Math.atanh(estimate);
  const half = normalQuantile(0.975) * standardError;
  return [Math.tanh(z - half), Math.tanh(z + half)];
}

/** Orthogonal columns that, with the constant, span the same space as the controls (Gram-Schmidt). */
function orthogonal(controls: readonly Column[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const control of controls) {
    const left = residual(control, basis);
    if (left !== null) basis.push(left);
  }
  return basis;
}

/** The column less its mean and less its projections on the basis; null when only rounding is left. */
function residual(column: Column, basis: readonly Float64Array[]): Float64Array | null {
  const centred = Float64Array.from(column);
  const mean = centred.reduce((sum, value) => sum + value, 0) / centred.length;
  const size = dot(centred, centred);
  for (let i = 0; i < centred.length; i++) centred[i] -= mean;
  const spread = dot(centred, centred);
  if (spread <= CONSTANT * size) return null;
  // Twice is enough: the second turn removes what rounding left of the first (Giraud et al., Numerische Mathematik 101
  // (2005) 87).
  for (let turn = 0; turn < 2; turn++) {
    for (const direction of basis) {
      const factor = dot(centred, direction) / dot(direction, direction);
      for (let i = 0; i < centred.length; i++) centred[i] -= factor * direction[i];
    }
  }
  return dot(centred, centred) <= NOTHING_LEFT * spread ? null : centred;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
