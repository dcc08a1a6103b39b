// Exponentials of a row. One loop for all kernels that need them: V8 makes a vector constant anew at every use, twice
// the cost of the arithmetic, so the dozen constants of the polynomial are loaded into locals before the loop, and
// hidden from the optimiser that would fold them back. The loop keeps no sum: V8 does not pair its additions and spills
// it in every iteration, and the wait for it costs more than a second pass over the row.
import { madd, store8, sum8, zero } from './simd';

/** Below this e^x is 0, and above its negation it stays what it is there: 2^n must have a normal exponent. */
// @ts-ignore: decorator
@inline const LEAST: f32 = -87.3;

/**
 * A constant in all lanes.
 * @param salt 0, known only when the code runs
 */
// @ts-ignore: decorator
@inline
function constant(value: f32, salt: u32): v128 { return f32x4.splat(reinterpret<f32>(reinterpret<u32>(value) ^ salt)); }

/**
 * y[i] = e^((x[i] + shift) * scale) for i < n rounded up to 8; exactly 0 below e^-87.3 (so -inf gives 0), e^88.3 above;
 * within 2 ulp between. Cody-Waite reduction x = k ln 2 + r, degree-6 polynomial on |r| <= ln(2)/2 (Cephes expf
 * coefficients), scaled by 2^k. Rounding to k adds 1.5 * 2^23, whose low bits are then k itself: shifted into the
 * exponent field and added to that of 1 they are 2^k.
 * @param y f32 [n], may be x
 */
export function exp_row_affine(y: usize, x: usize, n: i32, shift: f32, scale: f32): void {
  const salt = <u32>n >> 31;
  const a = f32x4.splat(shift), b = f32x4.splat(scale);
  const least = constant(LEAST, salt), most = constant(88.3, salt), log2e = constant(1.44269504088896341, salt),
    magic = constant(12582912, salt);
  const ln2High = constant(-0.693359375, salt), ln2Low = constant(2.12194440e-4, salt), one = constant(1, salt);
  const p0 = constant(1.9875691500e-4, salt), p1 = constant(1.3981999507e-3, salt),
    p2 = constant(8.3334519073e-3, salt);
  const p3 = constant(4.1665795894e-2, salt), p4 = constant(1.6666665459e-1, salt),
    p5 = constant(5.0000001201e-1, salt);
  const end = <usize>((n + 7) & ~7) << 2;
  for (let o: usize = 0; o < end; o += 32) {
    const u = f32x4.mul(f32x4.add(v128.load(x + o), a), b), v = f32x4.mul(f32x4.add(v128.load(x + o, 16), a), b);
    // In this order of arguments a NaN stays one.
    const u1 = f32x4.pmin(f32x4.pmax(u, least), most), v1 = f32x4.pmin(f32x4.pmax(v, least), most);
    const ku = madd(u1, log2e, magic), kv = madd(v1, log2e, magic);
    const nu = f32x4.sub(ku, magic), nv = f32x4.sub(kv, magic);
    const ru = madd(nu, ln2Low, madd(nu, ln2High, u1)), rv = madd(nv, ln2Low, madd(nv, ln2High, v1));
    let pu = madd(p0, ru, p1), pv = madd(p0, rv, p1);
    pu = madd(pu, ru, p2); pv = madd(pv, rv, p2);
    pu = madd(pu, ru, p3); pv = madd(pv, rv, p3);
    pu = madd(pu, ru, p4); pv = madd(pv, rv, p4);
    pu = madd(pu, ru, p5); pv = madd(pv, rv, p5);
    pu = madd(pu, f32x4.mul(ru, ru), f32x4.add(ru, one)); pv = madd(pv, f32x4.mul(rv, rv), f32x4.add(rv, one));
    store8(
      y + o, v128.andnot(f32x4.mul(pu, i32x4.add(i32x4.shl(ku, 23), one)), f32x4.lt(u, least)),
      v128.andnot(f32x4.mul(pv, i32x4.add(i32x4.shl(kv, 23), one)), f32x4.lt(v, least)),
    );
  }
}

/** Sum of n entries, n rounded up to 8: lane by index modulo 8, then a fixed tree. */
export function row_sum(x: usize, n: i32): f32 {
  const end = <usize>((n + 7) & ~7) << 2;
  let low = zero(), high = zero();
  for (let o: usize = 0; o < end; o += 32) {
    low = f32x4.add(low, v128.load(x + o));
    high = f32x4.add(high, v128.load(x + o, 16));
  }
  return sum8(low, high);
}
