// Logistic regression of a success on a dose, with standard errors that hold when the same items are seen at every
// dose. Counts in, plain numbers out; nothing here knows what was dosed.
import { normalQuantile } from './probability.ts';
import { normalTwoSided } from './statistics.ts';
import type { Interval } from './statistics.ts';

/** logit P(success) = intercept + slope * dose. */
export interface LogisticFit {
  readonly intercept: number;
  /** Log odds per unit of dose. */
  readonly slope: number;
  /** Of the slope: cluster-robust, clustered by item. */
  readonly standard_error: number;
  /** 95 % interval of the slope. */
  readonly interval: Interval;
  /** slope / standard_error. */
  readonly z: number;
  /** Two-sided, that the slope is 0. */
  readonly p: number;
}

/**
 * Why there is no fit. The likelihood has no maximum if no item succeeds, if all succeed, or if some dose separates
 * successes from failures (Albert & Anderson, Biometrika 71 (1984) 1). `alike`: no standard error, because the items
 * do not differ in what they say of the slope.
 */
export type LogisticFault = 'none' | 'all' | 'separated' | 'alike';

/** Newton's method on a concave likelihood needs some ten steps. */
const STEPS = 200;

/** From here on a step leaves an error of about its square, and rounding hides the rise of the likelihood. */
const SMALL = 1e-5;
const SMALLEST = 1e-9;

/** Below this share of the model-based variance a cluster-robust variance is 0 but for rounding. */
const NO_VARIANCE = 1e-12;

/**
 * Maximum-likelihood fit. The variance is the sandwich I^-1 B I^-1: I is the information matrix, and B is G / (G - 1)
 * times the sum over the G items of the outer product of an item's score, summed over the doses. So outcomes of one
 * item at different doses may depend on each other in any way. Source: Liang & Zeger, Biometrika 73 (1986) 13, with
 * the identity as working correlation.
 * @param doses one a column of outcomes; at least two different ones
 * @param succeeds [dose][item]: the same items in the same order at every dose, at least one
 * @throws RangeError for other shapes, or doses that are all equal
 */
export function logisticFit(
  doses: readonly number[],
  succeeds: readonly (readonly boolean[])[],
): LogisticFit | LogisticFault {
  checkShapes(doses, succeeds);
  const items = succeeds[0].length;
  const counts = succeeds.map((outcomes) => outcomes.reduce((sum, success) => sum + Number(success), 0));
  const fault = separation(doses, counts, items);
  if (fault !== null) return fault;
  const { intercept, slope, information } = maximise(doses, counts, items);
  const shares = doses.map((dose) => logistic(intercept + slope * dose));
  // Row of the slope of the inverse information, times the score of each item.
  const { constant, linear, determinant } = information;
  let squares = 0;
  for (let item = 0; item < items; item++) {
    let influence = 0;
    for (const [i, dose] of doses.entries()) {
      const residual = Number(succeeds[i][item]) - shares[i];
      influence += ((constant * dose - linear) / determinant) * residual;
    }
    squares += influence * influence;
  }
  if (items < 2 || squares <= (NO_VARIANCE * constant) / determinant) return 'alike';
  const standard_error = Math.sqrt((squares * items) / (items - 1));
  const half = normalQuantile(0.975) * standard_error;
  const z = slope / standard_error;
  return { intercept, slope, standard_error, interval: [slope - half, slope + half], z, p: normalTwoSided(z) };
}

function checkShapes(doses: readonly number[], succeeds: readonly (readonly boolean[])[]): void {
  if (doses.length !== succeeds.length || new Set(doses).size < 2)
    throw new RangeError(`logisticFit: expected outcomes of two different doses, got ${doses.join(', ')}`);
  const items = succeeds[0].length;
  const other = succeeds.find(({ length }) => length !== items);
  if (items === 0 || other)
    throw new RangeError(`logisticFit: expected as many items at every dose, got ${other?.length ?? 0}`);
}

/** With one covariate the outcomes overlap unless all successes are at or above, or at or below, all failures. */
function separation(doses: readonly number[], counts: readonly number[], items: number): LogisticFault | null {
  const succeeding = doses.filter((_, i) => counts[i] > 0);
  const failing = doses.filter((_, i) => counts[i] < items);
  if (succeeding.length === 0) return 'none';
  if (failing.length === 0) return 'all';
  const apart = (lower: readonly number[], upper: readonly number[]): boolean =>
    Math.max(...lower) <= Math.min(...upper);
  return apart(succeeding, failing) || apart(failing, succeeding) ? 'separated' : null;
}

/** Sums of p (1 - p), of dose p (1 - p), and of dose squared p (1 - p), over doses and items. */
interface Information {
  readonly constant: number;
  readonly linear: number;
  readonly square: number;
  readonly determinant: number;
}

interface Maximum {
  readonly intercept: number;
  readonly slope: number;
  readonly information: Information;
}

/** Newton's method from slope 0; a step that lowers the likelihood is halved. The maximum exists. */
function maximise(doses: readonly number[], counts: readonly number[], items: number): Maximum {
  const logLikelihood = (intercept: number, slope: number): number =>
    doses.reduce((sum, dose, i) => {
      const odds = intercept + slope * dose;
      return sum + counts[i] * odds - items * softplus(odds);
    }, 0);
  const successes = counts.reduce((sum, count) => sum + count, 0);
  let [intercept, slope] = [Math.log(successes / (items * doses.length - successes)), 0];
  for (let step = 0; step < STEPS; step++) {
    const move = newtonStep(doses, counts, items, intercept, slope);
    const size = Math.max(Math.abs(move.intercept), Math.abs(move.slope)) / (1 + Math.abs(slope));
    let share = 1;
    if (size > SMALL) {
      const now = logLikelihood(intercept, slope);
      while (logLikelihood(intercept + share * move.intercept, slope + share * move.slope) < now) share /= 2;
    }
    intercept += share * move.intercept;
    slope += share * move.slope;
    if (size <= SMALLEST) return { intercept, slope, information: informationOf(doses, items, intercept, slope) };
  }
  throw new Error(`logisticFit: no maximum after ${STEPS} steps for ${counts.join(', ')} of ${items}`);
}

/** Inverse information times score. */
function newtonStep(
  doses: readonly number[],
  counts: readonly number[],
  items: number,
  intercept: number,
  slope: number,
): { readonly intercept: number; readonly slope: number } {
  const residuals = doses.map((dose, i) => counts[i] - items * logistic(intercept + slope * dose));
  const first = residuals.reduce((sum, residual) => sum + residual, 0);
  const second = residuals.reduce((sum, residual, i) => sum + doses[i] * residual, 0);
  const { constant, linear, square, determinant } = informationOf(doses, items, intercept, slope);
  return {
    intercept: (square * first - linear * second) / determinant,
    slope: (constant * second - linear * first) / determinant,
  };
}

function informationOf(doses: readonly number[], items: number, intercept: number, slope: number): Information {
  const weights = doses.map((dose) => items * logistic(intercept + slope * dose) * logistic(-intercept - slope * dose));
  const sum = (power: number): number => weights.reduce((total, weight, i) => total + weight * doses[i] ** power, 0);
  const [constant, linear, square] = [sum(0), sum(1), sum(2)];
  return { constant, linear, square, determinant: constant * square - linear * linear };
}

function logistic(odds: number): number {
  return odds >= 0 ? 1 / (1 + Math.exp(-odds)) : Math.exp(odds) / (1 + Math.exp(odds));
}

/** ln(1 + e^x) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
