// Sum of the gradient accumulators, global norm, and AdamW (Loshchilov & Hutter, 2019). All work on ranges of the flat
// parameter block, so threads can share it out; every range is a multiple of 8 floats.
import { madd, store8 } from './simd';

/**
 * sum[i] = tree over g of accumulators[g][i]: neighbours first, ((0+1)+(2+3))+..., an odd one waits for the next round.
 * Returns sum of squares (f64).
 * @param sum f32 [n] out, may be accumulator 0
 * @param first address of accumulator 0's range
 * @param stride bytes between accumulators
 */
export function reduce_gradients(sum: usize, first: usize, stride: usize, accumulators: i32, n: i32): f64 {
  const end = <usize>n << 2;
  // In place, round by round: accumulator g takes g + gap.
  for (let gap = 1; gap < accumulators; gap <<= 1) {
    for (let g = 0; g + gap < accumulators; g += gap << 1) {
      const a = first + <usize>g * stride, b = first + <usize>(g + gap) * stride;
      for (let o: usize = 0; o < end; o += 32) {
        const s0 = f32x4.add(v128.load(a + o), v128.load(b + o)),
          s1 = f32x4.add(v128.load(a + o, 16), v128.load(b + o, 16));
        store8(a + o, s0, s1);
      }
    }
  }
  if (sum != first) memory.copy(sum, first, end);
  let s0 = f64x2.splat(0), s1 = s0;
  for (let o: usize = 0; o < end; o += 16) {
    const x = v128.load(first + o);
    const low = f64x2.promote_low_f32x4(x), high = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
    s0 = f64x2.add(s0, f64x2.mul(low, low));
    s1 = f64x2.add(s1, f64x2.mul(high, high));
  }
  const s = f64x2.add(s0, s1);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/**
 * g = gradient * gradScale; m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
 * p = p (1 - lr decay) - lr / c1 * m / (sqrt(v) / sqrt(c2) + eps), with c1 = 1 - b1^t, c2 = 1 - b2^t.
 * @param step lr / c1
 * @param root 1 / sqrt(c2)
 * @param keep 1 - lr * decay
 */
export function adamw(
  p: usize, gradient: usize, m: usize, v: usize, n: i32, gradScale: f32, beta1: f32, beta2: f32, eps: f32, step: f32,
  root: f32, keep: f32,
): void {
  const k = f32x4.splat(gradScale), b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), a1 = f32x4.splat(1 - beta1),
    a2 = f32x4.splat(1 - beta2);
  const e = f32x4.splat(eps), s = f32x4.splat(-step), r = f32x4.splat(root), w = f32x4.splat(keep);
  const end = <usize>n << 2;
  for (let o: usize = 0; o < end; o += 32) {
    const g0 = f32x4.mul(v128.load(gradient + o), k), g1 = f32x4.mul(v128.load(gradient + o, 16), k);
    const m0 = madd(b1, v128.load(m + o), f32x4.mul(a1, g0)), m1 = madd(b1, v128.load(m + o, 16), f32x4.mul(a1, g1));
    const v0 = madd(b2, v128.load(v + o), f32x4.mul(a2, f32x4.mul(g0, g0))),
      v1 = madd(b2, v128.load(v + o, 16), f32x4.mul(a2, f32x4.mul(g1, g1)));
    const d0 = madd(f32x4.sqrt(v0), r, e), d1 = madd(f32x4.sqrt(v1), r, e);
    const p0 = madd(s, f32x4.div(m0, d0), f32x4.mul(v128.load(p + o), w)),
      p1 = madd(s, f32x4.div(m1, d1), f32x4.mul(v128.load(p + o, 16), w));
    store8(m + o, m0, m1);
    store8(v + o, v0, v1);
    store8(p + o, p0, p1);
  }
}
