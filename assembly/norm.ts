// RMSNorm (Zhang & Sennrich, 2019): y = x * inv * w, inv = 1 / sqrt(mean(x^2) + eps), over rows of d values (d a
// multiple of 8).
import { madd, sqrt_lane, store8, sum8, zero } from './simd';

/**
 * @param y [n, d] out
 * @param inv [n] out, kept for the backward pass
 * @param x [n, d]
 * @param w [d]
 */
export function rmsnorm_forward(y: usize, inv: usize, x: usize, w: usize, n: i32, d: i32, eps: f32): void {
  const row = <usize>d << 2;
  let at = x;
  for (let t = 0; t < n; t++) {
    let low = zero(), high = zero();
    for (let o: usize = 0; o < row; o += 32) {
      const x0 = v128.load(at + o), x1 = v128.load(at + o, 16);
      low = madd(x0, x0, low);
      high = madd(x1, x1, high);
    }
    store<f32>(inv + (<usize>t << 2), 1 / sqrt_lane(sum8(low, high) / <f32>d + eps));
    at += row;
  }
  rmsnorm_again(y, inv, x, w, n, d);
}

/** y = x * inv * w again from the kept inv, the same bits as the forward pass. */
export function rmsnorm_again(y: usize, inv: usize, x: usize, w: usize, n: i32, d: i32): void {
  const row = <usize>d << 2;
  for (let t = 0; t < n; t++) {
    const scale = v128.load32_splat(inv);
    for (let o: usize = 0; o < row; o += 32) {
      const y0 = f32x4.mul(f32x4.mul(v128.load(x + o), scale), v128.load(w + o));
      const y1 = f32x4.mul(f32x4.mul(v128.load(x + o, 16), scale), v128.load(w + o, 16));
      store8(y + o, y0, y1);
    }
    x += row;
    y += row;
    inv += 4;
  }
}

/**
 * dx += inv * (dy * w) - x * inv^3 / d * sum(dy * w * x).
 * @param dx [n, d] added to
 * @param dy [n, d]
 * @param x [n, d]
 * @param inv [n]
 * @param w [d]
 */
export function rmsnorm_input_gradient(dx: usize, dy: usize, x: usize, inv: usize, w: usize, n: i32, d: i32): void {
  const row = <usize>d << 2;
  for (let t = 0; t < n; t++) {
    let low = zero(), high = zero();
    for (let o: usize = 0; o < row; o += 32) {
      low = madd(f32x4.mul(v128.load(dy + o), v128.load(w + o)), v128.load(x + o), low);
      high = madd(f32x4.mul(v128.load(dy + o, 16), v128.load(w + o, 16)), v128.load(x + o, 16), high);
    }
    const r = load<f32>(inv);
    const scale = f32x4.splat(r);
    const pull = f32x4.splat(-(r * r * r * sum8(low, high) / <f32>d));
    for (let o: usize = 0; o < row; o += 32) {
      const dy0 = f32x4.mul(v128.load(dy + o), scale), dy1 = f32x4.mul(v128.load(dy + o, 16), scale);
      const dx0 = madd(v128.load(x + o), pull, madd(dy0, v128.load(w + o), v128.load(dx + o)));
      const dx1 = madd(v128.load(x + o, 16), pull, madd(dy1, v128.load(w + o, 16), v128.load(dx + o, 16)));
      store8(dx + o, dx0, dx1);
    }
    x += row;
    dx += row;
    dy += row;
    inv += 4;
  }
}

/**
 * dw += dy * x * inv, tokens ascending, for `width` of the d columns (a multiple of 8).
 * @param dw [width] added to
 * @param dy [n, d]: its first of these columns
 * @param x [n, d]: likewise
 * @param inv [n]
 */
export function rmsnorm_weight_gradient(
  dw: usize, dy: usize, x: usize, inv: usize, n: i32, width: i32, d: i32,
): void {
  const row = <usize>d << 2;
  for (let end = dw + (<usize>width << 2); dw < end; dw += 32) {
    let dw0 = v128.load(dw), dw1 = v128.load(dw, 16);
    for (let t = 0, o: usize = 0; t < n; t++, o += row) {
      const scale = v128.load32_splat(inv + (<usize>t << 2));
      dw0 = madd(f32x4.mul(v128.load(dy + o), scale), v128.load(x + o), dw0);
      dw1 = madd(f32x4.mul(v128.load(dy + o, 16), scale), v128.load(x + o, 16), dw1);
    }
    store8(dw, dw0, dw1);
    dy += 32;
    x += 32;
  }
}
