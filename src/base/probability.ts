// Distribution functions behind the tests of statistics.ts: normal, Student's t, binomial(1/2). Double precision, no
// tables.

/** ln Gamma(x) for x > 0, Lanczos approximation with g = 7 and 9 terms (relative error about 1e-15). */
export function lnGamma(x: number): number {
  const terms = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  let sum = terms[0];
  for (let i = 1; i < terms.length; i++) sum += terms[i] / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * P(Z > z) of the standard normal. Series below 3, continued fraction (DLMF 7.9.3, backwards) above: full precision in
 * the tail.
 */
export function normalUpper(z: number): number {
  if (Number.isNaN(z)) return NaN;
  if (z < 0) return 1 - normalUpper(-z);
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    // Phi(z) - 1/2 = density * (z + z^3/3 + z^5/(3*5) + ...), Abramowitz & Stegun 26.2.11.
    let term = z;
    let sum = z;
    for (let k = 3; term > 1e-17 * sum; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = 0;
  for (let k = 120; k >= 1; k--) fraction = k / (z + fraction);
  return density / (z + fraction);
}

/** z with P(Z <= z) = p for 0 < p < 1, by bisection on normalUpper. */
export function normalQuantile(p: number): number {
  return bisect(-40, 40, (z) => normalUpper(-z) - p);
}

/**
 * Regularised incomplete beta I_x(a, b): continued fraction DLMF 8.17.22 evaluated by Lentz's method, which needs some
 * sqrt(max(a, b)) terms.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const tiny = 1e-300;
  const kept = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  const terms = 500 + 10 * Math.sqrt(Math.max(a, b));
  for (let m = 1; m <= terms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return betaFront(x, a, b) * fraction;
}

/** From here on Stirling's series has all digits. */
const STIRLING_FROM = 15;

/**
 * x^a (1 - x)^b / (a B(a, b)). For large a and b the logarithms of gammas cancel digits; Loader's saddle-point form of
 * the binomial density ("Fast and Accurate Computation of Binomial Probabilities", 2000) does not.
 */
function betaFront(x: number, a: number, b: number): number {
  if (Math.min(a, b) < STIRLING_FROM)
    return Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const n = a + b;
  const errors = stirlingError(n) - stirlingError(a) - stirlingError(b);
  const density =
    Math.exp(errors - deviance(a, n * x) - deviance(b, n * (1 - x))) * Math.sqrt(n / (2 * Math.PI * a * b));
  return (b / n) * density;
}

/** ln(n!) minus Stirling's formula, for n of at least STIRLING_FROM. */
function stirlingError(n: number): number {
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) / n;
}

/** x ln(x / mean) + mean - x, without cancellation near the mean. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const v = (x - mean) / (x + mean);
  let sum = (x - mean) * v;
  let power = 2 * x * v;
  for (let k = 1; k < 1000; k++) {
    power *= v * v;
    const next = sum + power / (2 * k + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** P(T > t) of Student's t with df > 0 degrees of freedom; t may be infinite. */
export function tUpper(t: number, df: number): number {
  if (Number.isNaN(t)) return NaN;
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t >= 0 ? tail : 1 - tail;
}

/** t with P(T <= t) = p for 0 < p < 1. */
export function tQuantile(p: number, df: number): number {
  if (p < 0.5) return -tQuantile(1 - p, df);
  let high = 1;
  while (tUpper(high, df) > 1 - p) high *= 2;
  return bisect(0, high, (t) => 1 - p - tUpper(t, df));
}

/** P(X <= k) of X ~ binomial(n, 1/2). */
export function binomialHalfLower(k: number, n: number): number {
  let sum = 0;
  for (let i = Math.min(k, n); i >= 0; i--) {
    const term = Math.exp(lnGamma(n + 1) - lnGamma(i + 1) - lnGamma(n - i + 1) - n * Math.LN2);
    sum += term;
    if (term < 1e-18 * sum) break;
  }
  return Math.min(1, sum);
}

/** Root of an ascending function between low and high, to the last bit that halving can reach. */
export function bisect(low: number, high: number, ascending: (x: number) => number): number {
  let from = low;
  let to = high;
  for (let i = 0; i < 200; i++) {
    const middle = 0.5 * (from + to);
    if (middle <= from || middle >= to) break;
    if (ascending(middle) < 0) from = middle;
    else to = middle;
  }
  return 0.5 * (from + to);
}
