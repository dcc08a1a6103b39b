// Cosine, sine, power and exponential with the same bits on every engine and CPU. Math.cos, Math.pow and `**` are left
// to the engine by ECMAScript, and V8 changed them between Node 22 and 24. Here are only + - * / and Math.sqrt, which
// IEEE 754 rounds exactly, in an order that the code fixes. Formulas: Muller et al., "Handbook of Floating-Point
// Arithmetic" (2nd ed. 2018): error-free sums and products (4.3, 4.4), argument reduction (11.1); series from Taylor.

/**
 * pi/2 as a sum of four doubles. The first three have 33 bits, so their products with a quadrant number up to 2^20 are
 * exact (Cody and Waite 1980).
 */
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32] as const;
/** Largest argument of cosine and sine in radians: 2^20 quadrants. */
const LARGEST_ANGLE = 0x10_0000 * 1.5707963;

/** 1/n! for the odd n from 3 to 19, negated for every other one: sin r = r + r^3 (s0 + s1 r^2 + ...). */
const SINE_SERIES = reciprocalFactorials(3, 19);
/** 1/n! for the even n from 4 to 20: cos r = 1 - r^2/2 + r^4 (c0 + c1 r^2 + ...). */
const COSINE_SERIES = reciprocalFactorials(4, 20).map((value) => -value);

/** ln 2 as a sum of two doubles. */
const LN_2: Double = { high: 0.6931471805599453, low: 2.3190468138462996e-17 };

/** An unevaluated sum of two doubles, |low| at most half an ulp of high: about 106 bits. */
interface Double {
  readonly high: number;
  readonly low: number;
}

/**
 * Error below 0.8 ulp.
 * @param x radians, |x| at most 1.6e6
 * @throws RangeError
 */
export function cosine(x: number): number {
  return turned(x, 1);
}

/**
 * Error below 0.8 ulp.
 * @param x radians, |x| at most 1.6e6
 * @throws RangeError
 */
export function sine(x: number): number {
  return turned(x, 0);
}

/**
 * e^x, rounded once from about 100 bits.
 * @param x from -700 to 700, where results are normal numbers
 * @throws RangeError
 */
export function exponential(x: number): number {
  return exponentialOf({ high: x, low: 0 }).high;
}

/**
 * base^exponent = e^(exponent ln base), rounded once from more than 85 bits.
 * @param base normal and positive
 * @param exponent so that |exponent ln base| is at most 700
 * @throws RangeError
 */
export function power(base: number, exponent: number): number {
  return exponentialOf(product(logarithmOf(base), { high: exponent, low: 0 })).high;
}

/** sin(x + quarters pi/2). */
function turned(x: number, quarters: number): number {
  if (!(Math.abs(x) <= LARGEST_ANGLE)) throw new RangeError(`expected an angle within ${LARGEST_ANGLE}, got ${x}`);
  const quadrant = Math.round(x / HALF_PI[0]);
  // x - quadrant pi/2. The first difference is exact (Sterbenz), the others keep their errors.
  const first = sumOf(x - quadrant * HALF_PI[0], -quadrant * HALF_PI[1]);
  const second = sumOf(first.high, -quadrant * HALF_PI[2]);
  const { high, low } = sumOf(second.high, first.low + (second.low - quadrant * HALF_PI[3]));
  const turn = (((quadrant + quarters) % 4) + 4) % 4;
  const value = turn % 2 === 0 ? nearSine(high, low) : nearCosine(high, low);
  return turn < 2 ? value : -value;
}

/** sin(high + low), |high| at most pi/4. */
function nearSine(high: number, low: number): number {
  const square = high * high;
  // The cosine is the sine's slope: what `low` adds.
  return high + (high * square * polynomial(SINE_SERIES, square) + low * (1 - 0.5 * square));
}

/** cos(high + low), |high| at most pi/4. */
function nearCosine(high: number, low: number): number {
  const square = high * high;
  const half = 0.5 * square;
  const start = 1 - half;
  // 1 - half has lost (1 - start) - half.
  return start + (1 - start - half + (square * square * polynomial(COSINE_SERIES, square) - high * low));
}

/** Sum over k of series[k] x^k, highest first (Horner). */
function polynomial(series: readonly number[], x: number): number {
  let sum = 0;
  for (let k = series.length - 1; k >= 0; k--) sum = sum * x + series[k];
  return sum;
}

/** -1/first!, 1/(first + 2)!, -1/(first + 4)!, ...; factorials up to 22! are exact doubles. */
function reciprocalFactorials(first: number, last: number): number[] {
  const values: number[] = [];
  let factorial = 1;
  for (let n = 2; n <= last; n++) {
    factorial *= n;
    if (n >= first && (n - first) % 2 === 0) values.push((values.length % 2 === 0 ? -1 : 1) / factorial);
  }
  return values;
}

/** e^x = 2^k e^r, |r| at most ln 2 / 2; e^r = (e^(r/16))^16, Taylor's first term left out is below 2^-110. */
function exponentialOf(x: Double): Double {
  if (!(Math.abs(x.high) <= 700)) throw new RangeError(`expected an exponent of e within 700, got ${x.high}`);
  const k = Math.round(x.high / LN_2.high);
  const rest = sum(x, product(LN_2, { high: -k, low: 0 }));
  const part = { high: rest.high / 16, low: rest.low / 16 };
  let value: Double = { high: 1, low: 0 };
  for (let n = 13; n >= 1; n--) value = sum({ high: 1, low: 0 }, quotient(product(part, value), { high: n, low: 0 }));
  for (let i = 0; i < 4; i++) value = product(value, value);
  const scale = powerOfTwo(k);
  return { high: value.high * scale, low: value.low * scale };
}

/** ln x = k ln 2 + ln m, m from 3/4 to 3/2; ln m = 2 (s + s^3/3 + s^5/5 + ...) with s = (m - 1) / (m + 1). */
function logarithmOf(x: number): Double {
  if (!(x >= 2.2250738585072014e-308 && x < Infinity)) throw new RangeError(`expected a positive number, got ${x}`);
  let k = 0,
    m = x;
  for (; m >= 1.5; m /= 2) k++;
  for (; m < 0.75; m *= 2) k--;
  const s = quotient({ high: m - 1, low: 0 }, sumOf(m, 1));
  const square = product(s, s);
  let series: Double = { high: 0, low: 0 };
  // |s| is at most 1/5: the first term left out is below 2^-110.
  for (let n = 47; n >= 1; n -= 2)
    series = sum(quotient({ high: 1, low: 0 }, { high: n, low: 0 }), product(square, series));
  const natural = product(s, series);
  return sum({ high: 2 * natural.high, low: 2 * natural.low }, product(LN_2, { high: k, low: 0 }));
}

/**
 * Exact.
 * @param k from -1022 to 1023
 */
function powerOfTwo(k: number): number {
  let value = 1;
  for (let i = 0; i < Math.abs(k); i++) value *= k < 0 ? 0.5 : 2;
  return value;
}

/** a + b without error (Knuth's TwoSum). */
function sumOf(a: number, b: number): Double {
  const high = a + b;
  const fromB = high - a;
  return { high, low: a - (high - fromB) + (b - fromB) };
}

/** a * b without error (Dekker and Veltkamp): each factor is split into halves of 26 bits. */
function productOf(a: number, b: number): Double {
  const high = a * b;
  const [a1, a2] = halves(a);
  const [b1, b2] = halves(b);
  return { high, low: a2 * b2 - (high - a1 * b1 - a2 * b1 - a1 * b2) };
}

function halves(a: number): readonly [number, number] {
  const scaled = 134217729 * a; // 2^27 + 1
  const upper = scaled - (scaled - a);
  return [upper, a - upper];
}

function sum(a: Double, b: Double): Double {
  const high = sumOf(a.high, b.high);
  const low = sumOf(a.low, b.low);
  const once = sumOf(high.high, high.low + low.high);
  return sumOf(once.high, once.low + low.low);
}

function product(a: Double, b: Double): Double {
  const high = productOf(a.high, b.high);
  return sumOf(high.high, high.low + (a.high * b.low + a.low * b.high));
}

/** One step of long division with the error-free product, then a correction. */
function quotient(a: Double, b: Double): Double {
  const first = a.high / b.high;
  const rest = sum(a, product(b, { high: -first, low: 0 }));
  return sumOf(first, (rest.high + rest.low) / b.high);
}
