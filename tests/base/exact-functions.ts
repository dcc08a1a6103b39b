// Sine, cosine, exponential and logarithm of doubles as integers over 2^BITS, from series in BigInt: exact to hundreds
// of bits, and independent of every floating-point function.

const BITS = 1300n;
const ONE = 1n << BITS;
const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS;

/** Every double is an integer times a power of two; those below 2^-BITS lose bits. */
export function fixed(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const word = view.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & 0xf_ffff_ffff_ffffn;
  const mantissa = exponent === 0n ? fraction : fraction | (1n << 52n);
  const shift = BITS + (exponent === 0n ? 1n : exponent) - 1075n;
  const size = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return x < 0 ? -size : size;
}

/** The double nearest to an integer over 2^BITS; its absolute value is below 2^20, or it is cut after 2^-1000. */
export function nearestDouble(value: bigint): number {
  return Number(value >> (BITS - 1000n)) / 2 ** 1000;
}

/** Distance of a double from an exact value, in ulps of the exact value. */
export function ulps(value: number, exact: bigint): number {
  const size = exact < 0n ? -exact : exact;
  const ulp = BigInt(size.toString(2).length) - 53n;
  const difference = fixed(value) - exact;
  return Number(((difference < 0n ? -difference : difference) << 30n) >> ulp) / 2 ** 30;
}

/** atan(1/n) = 1/n - 1/(3 n^3) + ..., or atanh(1/n) with all signs +. */
function inverseTangent(n: bigint, sign: bigint): bigint {
  let power = ONE / n,
    sum = power,
    k = 1n,
    signs = 1n;
  while (power !== 0n) {
    power /= n * n;
    k += 2n;
    signs *= sign;
    sum += (signs * power) / k;
  }
  return sum;
}

/** Machin's formula. */
export const PI = 4n * (4n * inverseTangent(5n, -1n) - inverseTangent(239n, -1n));
/** ln 2 = 2 atanh(1/3). */
const LN_2 = 2n * inverseTangent(3n, 1n);

function taylor(x: bigint, first: number, step: number, sign: bigint): bigint {
  let term = first === 0 ? ONE : x,
    sum = term;
  for (let n = first + 1; term !== 0n; n += step) {
    for (let i = 0; i < step; i++) term = times(term, x) / BigInt(n + i);
    term *= sign;
    sum += term;
  }
  return sum;
}

/** @param x any double */
export function exactSine(x: number): bigint {
  return taylor(fixed(x) % (2n * PI), 1, 2, -1n);
}

/** @param x any double */
export function exactCosine(x: number): bigint {
  return taylor(fixed(x) % (2n * PI), 0, 2, -1n);
}

/** @param x integer over 2^BITS, within 750 */
export function exactExponential(x: bigint): bigint {
  const k = x / LN_2;
  const rest = taylor(x - k * LN_2, 0, 1, 1n);
  return k < 0n ? rest >> -k : rest << k;
}

/** @param x normal and positive, at least 2^-600 */
function exactLogarithm(x: number): bigint {
  let m = fixed(x),
    k = 0n;
  for (; m >= 2n * ONE; m >>= 1n) k++;
  for (; m < ONE; m <<= 1n) k--;
  // 2 atanh((m - 1) / (m + 1))
  const s = ((m - ONE) << BITS) / (m + ONE);
  const square = times(s, s);
  let power = s,
    sum = s;
  for (let n = 3n; power !== 0n; n += 2n) {
    power = times(power, square);
    sum += power / n;
  }
  return 2n * sum + k * LN_2;
}

/** base^exponent. */
export function exactPower(base: number, exponent: number): bigint {
  return exactExponential(times(fixed(exponent), exactLogarithm(base)));
}
