// Vector arithmetic shared by all kernels: multiply-add, horizontal trees; logarithm and exponential in f64. Four f32
// lanes; kernels use two vectors an iteration so that the engine can pair them into 256-bit operations. It pairs two
// stores to adjacent addresses, and what they are computed from, only when no other store is between their loads: so
// a loop loads everything first and stores last.

/** Four zeros. */
// @ts-ignore: decorator
@inline
export function zero(): v128 { return f32x4.splat(0); }

/** a * b + c: one rounding in the fused module (relaxed SIMD), two in the portable one. Never mixed within a module. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * Stores 8 floats. The second vector goes first: the other way round V8 stores both as one of 256 bits, but the first
 * once more by itself.
 */
// @ts-ignore: decorator
@inline
export function store8(at: usize, low: v128, high: v128): void {
  v128.store(at, high, 16);
  v128.store(at, low);
}

/** Stores 16 floats, as store8. */
// @ts-ignore: decorator
@inline
export function store16(at: usize, v0: v128, v1: v128, v2: v128, v3: v128): void {
  v128.store(at, v1, 16); v128.store(at, v0);
  v128.store(at, v3, 48); v128.store(at, v2, 32);
}

/** Sum of the 8 lanes of two vectors by a fixed tree: lane-wise, then (0+2)+(1+3). */
// @ts-ignore: decorator
@inline
export function sum8(low: v128, high: v128): f32 {
  const s = f32x4.add(low, high);
  return (f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 2)) + (f32x4.extract_lane(s, 1) + f32x4.extract_lane(s, 3));
}

/** Largest of the 8 lanes of two vectors, none of them NaN. */
// @ts-ignore: decorator
@inline
export function max8(low: v128, high: v128): f32 {
  let m = f32x4.pmax(low, high);
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
  return f32x4.extract_lane(m, 0);
}

/**
 * Square root by the vector instruction: V8 encodes the scalar one without VEX, which costs some hundred cycles next to
 * 256-bit code.
 */
// @ts-ignore: decorator
@inline
export function sqrt_lane(x: f32): f32 { return f32x4.extract_lane(f32x4.sqrt(f32x4.splat(x)), 0); }

/**
 * Natural logarithm of a positive normal f64 (infinity and NaN stay what they are): exponent split, then 2
 * atanh((m-1)/(m+1)) on m in [sqrt(1/2), sqrt(2)]; within 1e-15.
 */
export function log(x: f64): f64 {
  if (!(x < Infinity)) return x;
  let bits = reinterpret<i64>(x);
  let e = i32(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) { m *= 0.5; e += 1; }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  const series = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9
    + z * (1.0 / 11 + z * (1.0 / 13 + z * (1.0 / 15 + z * (1.0 / 17))))))));
  return f64(e) * 0.6931471805599453 + 2 * s * series;
}

/**
 * e^x in f64 within 1e-15, exactly 1 at 0; the argument is held in [-708, 709], NaN stays one. Cody-Waite reduction x =
 * k ln 2 + r with |r| <= ln(2)/2, Taylor series to r^13 (the next term is below 1e-17), scaled by 2^k.
 */
export function exp(x: f64): f64 {
  const held = max(-708.0, min(709.0, x));
  const k = nearest(held * 1.4426950408889634);
  const r = (held - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
  let p: f64 = 1.0 / 6227020800;
  p = p * r + 1.0 / 479001600; p = p * r + 1.0 / 39916800; p = p * r + 1.0 / 3628800; p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320; p = p * r + 1.0 / 5040; p = p * r + 1.0 / 720; p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24; p = p * r + 1.0 / 6; p = p * r + 0.5; p = p * r + 1; p = p * r + 1;
  return p * reinterpret<f64>((<i64>k + 1023) << 52);
}
