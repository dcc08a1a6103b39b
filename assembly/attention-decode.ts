// Attention of one new token over a key/value cache: the same sums in the same order as the row of that length in
// attention_forward.
import { madd, zero } from './simd';
import { exp_row, scale_row } from './softmax';

/** Keys a panel of the cache. */
// @ts-ignore: decorator
@inline const PANEL: i32 = 16;

/**
 * Byte offset of component 0 of a position's key within its head: panels of 16 positions, [headSize][16] each, so that
 * a head streams through memory.
 */
// @ts-ignore: decorator
@inline
export function key_offset(position: i32, headSize: i32): usize {
  return <usize>((position & ~(PANEL - 1)) * headSize + (position & (PANEL - 1))) << 2;
}

/**
 * Writes one token's k and v rows into a layer's cache.
 * @param k, v [kvHeads * headSize]
 * @param keys, values as in attention_decode
 */
export function cache_row(
  keys: usize, values: usize, position: i32, capacity: i32, kvHeads: i32, headSize: i32, k: usize, v: usize,
): void {
  const row = <usize>headSize << 2, plane = <usize>(headSize * capacity) << 2;
  for (let head = 0; head < kvHeads; head++) {
    let to = keys + key_offset(position, headSize);
    for (let i: usize = 0; i < row; i += 4) {
      store<f32>(to, load<f32>(k + i));
      to += PANEL * 4;
    }
    to = values + <usize>position * row;
    for (let i: usize = 0; i < row; i += 4) store<f32>(to + i, load<f32>(v + i));
    keys += plane;
    values += plane;
    k += row;
    v += row;
  }
}

/** scores[j] = q . k_j for the positions of the panels up to `length`, two panels at a time: eight sums in flight. */
function cached_scores(scores: usize, q: usize, keys: usize, length: i32, headSize: i32): void {
  const panel = <usize>(PANEL * headSize) << 2;
  for (let j = 0; j < length; j += 2 * PANEL) {
    let a0 = zero(), a1 = zero(), a2 = zero(), a3 = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
    let a = keys, b = keys + panel;
    for (let p = 0; p < headSize; p++) {
      const x = v128.load32_splat(q + (<usize>p << 2));
      a0 = madd(x, v128.load(a), a0); a1 = madd(x, v128.load(a, 16), a1);
      a2 = madd(x, v128.load(a, 32), a2); a3 = madd(x, v128.load(a, 48), a3);
      b0 = madd(x, v128.load(b), b0); b1 = madd(x, v128.load(b, 16), b1);
      b2 = madd(x, v128.load(b, 32), b2); b3 = madd(x, v128.load(b, 48), b3);
      a += PANEL * 4;
      b += PANEL * 4;
    }
    v128.store(scores, a0); v128.store(scores, a1, 16); v128.store(scores, a2, 32); v128.store(scores, a3, 48);
    v128.store(scores, b0, 64); v128.store(scores, b1, 80); v128.store(scores, b2, 96); v128.store(scores, b3, 112);
    scores += 2 * PANEL * 4;
    keys += 2 * panel;
  }
}

/**
 * One query against a layer's cache.
 * @param out, q [heads * headSize]
 * @param keys [kvHeads][capacity / 16][headSize][16]
 * @param values [kvHeads][capacity, headSize]
 * @param capacity a multiple of 32
 * @param scores f32 [capacity]
 */
export function attention_decode(
  out: usize, q: usize, keys: usize, values: usize, length: i32, capacity: i32, heads: i32, kvHeads: i32, headSize: i32,
  scale: f32, scores: usize,
): void {
  for (let h = 0; h < heads; h++) {
    const plane = <usize>((h * kvHeads / heads) * headSize * capacity) << 2;
    cached_scores(scores, q + (<usize>(h * headSize) << 2), keys + plane, length, headSize);
    const inverse: f32 = 1 / exp_row(scores, length, length, scale, 0);
    const o = out + (<usize>(h * headSize) << 2);
    weighted_sum(o, scores, values + plane, <usize>headSize << 2, length, headSize);
    scale_row(o, headSize, inverse);
  }
}

/** o[c] = sum over j ascending of p[j] v[j][c]. */
function weighted_sum(o: usize, p: usize, v: usize, row: usize, length: i32, n: i32): void {
  let c = 0;
  for (; c + 32 <= n; c += 32) {
    let a0 = zero(), a1 = zero(), a2 = zero(), a3 = zero(), a4 = zero(), a5 = zero(), a6 = zero(), a7 = zero();
    let at = v;
    for (let j = 0; j < length; j++) {
      const x = v128.load32_splat(p + (<usize>j << 2));
      a0 = madd(x, v128.load(at), a0); a1 = madd(x, v128.load(at, 16), a1);
      a2 = madd(x, v128.load(at, 32), a2); a3 = madd(x, v128.load(at, 48), a3);
      a4 = madd(x, v128.load(at, 64), a4); a5 = madd(x, v128.load(at, 80), a5);
      a6 = madd(x, v128.load(at, 96), a6); a7 = madd(x, v128.load(at, 112), a7);
      at += row;
    }
    v128.store(o, a0); v128.store(o, a1, 16); v128.store(o, a2, 32); v128.store(o, a3, 48);
    v128.store(o, a4, 64); v128.store(o, a5, 80); v128.store(o, a6, 96); v128.store(o, a7, 112);
    o += 128;
    v += 128;
  }
  for (; c < n; c += 4) {
    let a = zero();
    let at = v;
    for (let j = 0; j < length; j++) {
      a = madd(v128.load32_splat(p + (<usize>j << 2)), v128.load(at), a);
      at += row;
    }
    store<f32>(o, f32x4.extract_lane(a, 0));
    store<f32>(o, f32x4.extract_lane(a, 1), 4);
    if (c + 2 < n) {
      store<f32>(o, f32x4.extract_lane(a, 2), 8);
      store<f32>(o, f32x4.extract_lane(a, 3), 12);
    }
    o += 16;
    v += 16;
  }
}
