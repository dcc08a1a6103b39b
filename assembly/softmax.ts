// Rows of exponentials for attention and for the loss. The lane of an entry is its index modulo 8 and the final tree is
// fixed, so a row's bits depend on its length alone, not on the block it was computed in.
import { exp_row_affine, row_sum } from './exp';
import { max8, store8, zero } from './simd';

/**
 * Replaces s[0..length) by e^((s - max) * scale), s[length..width) by 0, and returns the sum of the exponentials.
 * Width is rounded up to 8 by the caller's buffer (entries up to there are written).
 * @param row f32 [round up 8(width)]
 * @param largest f32 out: max, or 0 to skip
 */
export function exp_row(row: usize, length: i32, width: i32, scale: f32, largest: usize): f32 {
  const top = row_top(row, length);
  if (largest) store<f32>(largest, top);
  zero_row(row, <usize>((length + 7) & ~7) << 2, width);
  exp_row_affine(row, row, length, -top, scale);
  return row_sum(row, length);
}

/** The largest of n entries, none of them NaN. Writes -inf from n up to n rounded up to 8, where e^x then gives 0. */
export function row_top(row: usize, n: i32): f32 {
  const end = <usize>((n + 7) & ~7) << 2;
  for (let o = <usize>n << 2; o < end; o += 4) store<f32>(row + o, -Infinity);
  let low = f32x4.splat(-Infinity), high = low;
  for (let o: usize = 0; o < end; o += 32) {
    low = f32x4.pmax(low, v128.load(row + o));
    high = f32x4.pmax(high, v128.load(row + o, 16));
  }
  return max8(low, high);
}

/** Zeros from byte `from` (a multiple of 32) up to entry `width` rounded up to 8. */
// @ts-ignore: decorator
@inline
export function zero_row(row: usize, from: usize, width: i32): void {
  for (const end = <usize>((width + 7) & ~7) << 2; from < end; from += 32) store8(row + from, zero(), zero());
}

/** x[0..n) *= scale. */
export function scale_row(x: usize, n: i32, scale: f32): void {
  const k = f32x4.splat(scale);
  let o: usize = 0;
  for (const end = <usize>(n & ~7) << 2; o < end; o += 32) {
    const x0 = f32x4.mul(v128.load(x + o), k), x1 = f32x4.mul(v128.load(x + o, 16), k);
    store8(x + o, x0, x1);
  }
  for (const end = <usize>n << 2; o < end; o += 4) store<f32>(x + o, load<f32>(x + o) * scale);
}
