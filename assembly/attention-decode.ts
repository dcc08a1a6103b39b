// Attention of new tokens over a key/value cache: the same sums in the same order as the rows of those lengths in
// attention_forward. A layer's cache holds, for each key/value head,
//   keys    [capacity / 16][headSize][16]          values    [headSize rounded up to 16 / 16][capacity][16]
// so that both are panels of 16 columns, which the register tiles read as they are.
import { madd, store16, zero } from './simd';
import { exp_row, scale_row } from './softmax';
import { MR, NR, TILE_SCRATCH_BYTES, tile_4x16, tile_6x16, tile_6x16_adjacent, tile_zeros } from './tiles';

/** Columns of a panel of the cache: positions of keys, components of values. */
// @ts-ignore: decorator
@inline const PANEL: i32 = 16;

/** Bytes of the keys, or of the values, of one head. */
// @ts-ignore: decorator
@inline
function key_plane(headSize: i32, capacity: i32): usize { return <usize>(headSize * capacity) << 2; }
// @ts-ignore: decorator
@inline
function value_plane(headSize: i32, capacity: i32): usize { return <usize>(((headSize + 15) & ~15) * capacity) << 2; }

/** Bytes of the keys, and of the values, of a layer. */
export function cached_keys_bytes(kvHeads: i32, headSize: i32, capacity: i32): usize {
  return <usize>kvHeads * key_plane(headSize, capacity);
}
export function cached_values_bytes(kvHeads: i32, headSize: i32, capacity: i32): usize {
  return <usize>kvHeads * value_plane(headSize, capacity);
}

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
  const row = <usize>headSize << 2, panel = <usize>(PANEL * capacity) << 2;
  for (let head = 0; head < kvHeads; head++) {
    let to = keys + key_offset(position, headSize);
    for (let i: usize = 0; i < row; i += 4) {
      store<f32>(to, load<f32>(k + i));
      to += PANEL * 4;
    }
    to = values + (<usize>(position * PANEL) << 2);
    let i: usize = 0;
    for (; i + PANEL * 4 <= row; i += PANEL * 4) {
      store16(to, v128.load(v + i), v128.load(v + i, 16), v128.load(v + i, 32), v128.load(v + i, 48));
      to += panel;
    }
    for (let o: usize = 0; i + o < row; o += 4) store<f32>(to + o, load<f32>(v + i + o));
    keys += key_plane(headSize, capacity);
    values += value_plane(headSize, capacity);
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
    store16(scores, a0, a1, a2, a3);
    store16(scores + 64, b0, b1, b2, b3);
    scores += 2 * PANEL * 4;
    keys += 2 * panel;
  }
}

/**
 * One query against a layer's cache.
 * @param out, q [heads * headSize]
 * @param keys, values [kvHeads] of the layouts above
 * @param shared the first positions, a multiple of 32, are read from a cache this many bytes away
 * @param prefix that number of positions
 * @param capacity a multiple of 32
 * @param scores f32 [capacity]
 */
export function attention_decode(
  out: usize, q: usize, keys: usize, values: usize, shared: isize, prefix: i32, length: i32, capacity: i32, heads: i32,
  kvHeads: i32, headSize: i32, scale: f32, scores: usize,
): void {
  const first = min(prefix, length);
  for (let h = 0; h < heads; h++) {
    const kv = <usize>(h * kvHeads / heads);
    const query = q + (<usize>(h * headSize) << 2), k = keys + kv * key_plane(headSize, capacity),
      v = values + kv * value_plane(headSize, capacity), own = <usize>first << 2;
    if (first > 0) cached_scores(scores, query, k + shared, first, headSize);
    cached_scores(scores + own, query, k + own * <usize>headSize, length - first, headSize);
    const inverse: f32 = 1 / exp_row(scores, length, length, scale, 0);
    const o = out + (<usize>(h * headSize) << 2);
    memory.fill(o, 0, <usize>headSize << 2);
    if (first > 0) weighted_sum(o, scores, v + shared, capacity, first, headSize);
    weighted_sum(o, scores + own, v + own * PANEL, capacity, length - first, headSize);
    scale_row(o, headSize, inverse);
  }
}

/**
 * o[c] += sum over j ascending of p[j] v_j[c]. The accumulators begin with unconditional loads: the engine pairs them
 * then.
 */
function weighted_sum(o: usize, p: usize, v: usize, capacity: i32, length: i32, n: i32): void {
  const panel = <usize>(PANEL * capacity) << 2;
  let c = 0;
  for (; c + 32 <= n; c += 32) {
    let a0 = v128.load(o), a1 = v128.load(o, 16), a2 = v128.load(o, 32), a3 = v128.load(o, 48);
    let a4 = v128.load(o, 64), a5 = v128.load(o, 80), a6 = v128.load(o, 96), a7 = v128.load(o, 112);
    let at = v, next = v + panel;
    for (let j = 0; j < length; j++) {
      const x = v128.load32_splat(p + (<usize>j << 2));
      a0 = madd(x, v128.load(at), a0); a1 = madd(x, v128.load(at, 16), a1);
      a2 = madd(x, v128.load(at, 32), a2); a3 = madd(x, v128.load(at, 48), a3);
      a4 = madd(x, v128.load(next), a4); a5 = madd(x, v128.load(next, 16), a5);
      a6 = madd(x, v128.load(next, 32), a6); a7 = madd(x, v128.load(next, 48), a7);
      at += PANEL * 4;
      next += PANEL * 4;
    }
    store16(o, a0, a1, a2, a3);
    store16(o + 64, a4, a5, a6, a7);
    o += 128;
    v += 2 * panel;
  }
  for (; c < n; c += 4) {
    let a = c + 2 < n ? v128.load(o) : v128.load64_zero(o);
    let at = v + (<usize>(c & (PANEL - 1)) << 2);
    for (let j = 0; j < length; j++) {
      a = madd(v128.load32_splat(p + (<usize>j << 2)), v128.load(at), a);
      at += PANEL * 4;
    }
    store<f32>(o, f32x4.extract_lane(a, 0));
    store<f32>(o, f32x4.extract_lane(a, 1), 4);
    if (c + 2 < n) {
      store<f32>(o, f32x4.extract_lane(a, 2), 8);
      store<f32>(o, f32x4.extract_lane(a, 3), 12);
    }
    o += 16;
    if ((c & (PANEL - 1)) == PANEL - 4) v += panel;
  }
}

/** Most rows of a block of scores; a multiple of 4 and 6. */
// @ts-ignore: decorator
@inline const BLOCK: i32 = 48;
/**
 * Floats of a block of scores beyond which it has fewer rows: 768 KiB. The more rows, the less often keys and values
 * are read: over 4,100 keys a pass is 11 % faster than with 256 KiB, which hold 15 rows (second-level cache of 2 MiB).
 */
// @ts-ignore: decorator
@inline const BLOCK_FLOATS: i32 = 196608;
/** Keys whose values a tile multiplies at once: a panel of them, 16 KiB, stays in the first-level cache. */
// @ts-ignore: decorator
@inline const DEPTH: i32 = 256;

/** Floats of a row of scores: an odd number of cache lines, so that rows do not fall on the same cache sets. */
// @ts-ignore: decorator
@inline
function score_width(capacity: i32): i32 { return capacity | 16; }

// Scratch of attention_rows: zeros of a tile, queries [(BLOCK + 6) / tile][headSize][tile], outputs
// [BLOCK + 6][headSize rounded up to 16], inverse sums [BLOCK + 6], scores [BLOCK + 6][score_width].
/** Bytes of scratch of attention_rows. */
export function attention_rows_bytes(capacity: i32, headSize: i32): usize {
  const row = headSize + ((headSize + 15) & ~15) + 1 + score_width(capacity);
  return TILE_SCRATCH_BYTES + (<usize>((BLOCK + 6) * row) << 2) + 192;
}

/** C[rows of a tile, 16] = init + A B by the tile of 16 columns that suits the engine. */
// @ts-ignore: decorator
@inline
function panel_tile(
  K: i32, a: usize, rowStep: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  if (MR == 6 && NR == 16) tile_6x16(K, a, rowStep, 4, rows, b, init, ldInit, c, ldc);
  else tile_4x16(K, a, rowStep, 4, rows, b, init, ldInit, c, ldc);
}

/** The same for an A whose rows are interleaved, a tile at a time: A(r, p) at a + 4 (p tile + r). */
// @ts-ignore: decorator
@inline
function packed_tile(K: i32, a: usize, b: usize, zeros: usize, c: usize, ldc: usize): void {
  if (MR == 6 && NR == 16) tile_6x16_adjacent(K, a, 24, b, zeros, 0, c, ldc);
  else tile_4x16(K, a, 4, 16, 4, b, zeros, 0, c, ldc);
}

/**
 * attention_decode for m tokens of one sequence at positions from `position` on, whose keys and values are in the
 * cache: the same bits, but the cache is read once for a tile of rows. The query heads of a
 * key/value head share its tiles.
 * @param out [m], rows of heads * headSize
 * @param q [m], rows ldQ floats apart
 * @param keys, values, shared, prefix, capacity as in attention_decode
 * @param scratch attention_rows_bytes(capacity, headSize)
 */
export function attention_rows(
  out: usize, q: usize, ldQ: i32, m: i32, position: i32, keys: usize, values: usize, shared: isize, prefix: i32,
  capacity: i32, heads: i32, kvHeads: i32, headSize: i32, scale: f32, scratch: usize,
): void {
  const tile = MR == 6 && NR == 16 ? 6 : 4;
  const group = heads / kvHeads;
  const head = <usize>headSize << 2, padded = <usize>((headSize + 15) & ~15) << 2;
  const ld = <usize>score_width(capacity) << 2, width = <usize>tile << 2;
  const zeros = tile_zeros(scratch);
  const queries = scratch + TILE_SCRATCH_BYTES, sums = (queries + <usize>(BLOCK + 6) * head + 63) & ~63,
    inverses = sums + <usize>(BLOCK + 6) * padded, S = (inverses + ((BLOCK + 6) << 2) + 63) & ~63;
  const most = max(1, min(BLOCK, max(tile, BLOCK_FLOATS / (position + m) / tile * tile)) / group);
  for (let first = 0; first < m; first += most) {
    const count = min(most, m - first);
    const T = position + first + count;
    const rows = count * group;
    for (let kv = 0; kv < kvHeads; kv++) {
      const K = keys + <usize>kv * key_plane(headSize, capacity),
        V = values + <usize>kv * value_plane(headSize, capacity);
      for (let r = 0, i = 0, h = 0, to = queries, lane: usize = 0; r < rows; r++) {
        const from = q + (<usize>((first + i) * ldQ + (kv * group + h) * headSize) << 2);
        for (let o: usize = 0, at = to + lane; o < head; o += 4, at += width) store<f32>(at, load<f32>(from + o));
        lane += 4;
        if (lane == width) {
          lane = 0;
          to += width * <usize>headSize;
        }
        if (++h == group) {
          h = 0;
          i++;
        }
      }
      for (let j = 0; j < T; j += PANEL) {
        const panel = K + (<usize>(j * headSize) << 2) + (j < prefix ? shared : 0), column = S + (<usize>j << 2);
        for (let r = 0; r < rows; r += tile)
          packed_tile(headSize, queries + <usize>r * head, panel, zeros, column + <usize>r * ld, ld);
      }
      for (let r = 0; r < rows; r++) {
        const length = position + first + r / group + 1;
        store<f32>(inverses + (<usize>r << 2), 1 / exp_row(S + <usize>r * ld, length, T, scale, 0));
      }
      for (let j = 0, depth = 0; j < T; j += depth) {
        const isShared = j < prefix;
        depth = min(DEPTH, (isShared ? min(prefix, T) : T) - j);
        for (let c = 0; c < headSize; c += PANEL) {
          const panel = V + (<usize>(c * capacity + j * PANEL) << 2) + (isShared ? shared : 0);
          const column = sums + (<usize>c << 2);
          for (let r = 0; r < rows; r += tile) {
            const o = column + <usize>r * padded;
            panel_tile(
              depth, S + <usize>r * ld + (<usize>j << 2), ld, rows - r, panel, j > 0 ? o : zeros, j > 0 ? padded : 0, o,
              padded,
            );
          }
        }
      }
      for (let r = 0; r < rows; r++) {
        const from = sums + <usize>r * padded;
        scale_row(from, headSize, load<f32>(inverses + (<usize>r << 2)));
        const to = out + (<usize>((first + r / group) * heads + kv * group + r % group) * head);
        for (let o: usize = 0; o < head; o += 4) store<f32>(to + o, load<f32>(from + o));
      }
    }
  }
}
