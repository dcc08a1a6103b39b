// Causal grouped-query attention over ragged sequences, forward and backward, in blocks of query rows: no T x T buffer,
// no padding, never across a sequence. Rows of `qkv` hold [q heads | k heads | v heads]; query head h reads KV head
// floor(h * kvHeads / heads). Keys and values are packed once a KV head and shared by its query heads; register tiles
// above the diagonal are never computed.
// Tasks of a team share the work without splitting a sum. Forward: each has a run of query blocks. Backward: each has a
// KV head or, where heads are few or sequences long, a range of its keys; a query's gradient, a sum over all keys, goes
// from range to range. The first ranges of all heads come first, then all second ones: few wait for the one before.
import { exp_row_affine } from './exp';
import { pack_panels, packed_floats, whole_panels } from './pack';
import { madd, store8, sum8, zero } from './simd';
import { exp_row, scale_row, zero_row } from './softmax';
import { set_progress, wait_for_progress } from './team';
import { MR, NR, TILE_SCRATCH_BYTES, multiply_edge, multiply_tile, tile_zeros } from './tiles';

/** Query rows a block. Sums over queries go through memory in order, so it changes no bit. */
// @ts-ignore: decorator
@inline const BLOCK: i32 = 48;
/** Rows of a score block: whole tiles may run past the last query. */
// @ts-ignore: decorator
@inline const BLOCK_ROWS: i32 = 54;

/**
 * Floats of one row of the score block: whole panels, an odd number of cache lines so that rows do not fall on the same
 * cache sets.
 */
// @ts-ignore: decorator
@inline
function score_width(T: i32): i32 { return ((whole_panels(T) + 15) & ~15) | 16; }

// Scratch, from its start: a tile's, two score blocks, K and V packed in both orientations, a block's Q and dO.
// @ts-ignore: decorator
@inline const SCORES: usize = TILE_SCRATCH_BYTES;
// @ts-ignore: decorator
@inline
function second_scores(T: i32): usize { return SCORES + (<usize>(BLOCK_ROWS * score_width(T)) << 2); }
// @ts-ignore: decorator
@inline
function packed_at(T: i32): usize { return SCORES + (<usize>(2 * BLOCK_ROWS * score_width(T)) << 2); }
// @ts-ignore: decorator
@inline
function packed_bytes(T: i32, headSize: i32): usize {
  return max(packed_floats(headSize, T), packed_floats(T, headSize)) << 2;
}
// @ts-ignore: decorator
@inline
function packed_block_bytes(headSize: i32): usize { return packed_floats(BLOCK, headSize) << 2; }

/** Bytes of scratch for sequences up to `longest`; a multiple of 64. */
export function attention_scratch_bytes(longest: i32, headSize: i32): usize {
  return (packed_at(longest) + 3 * packed_bytes(longest, headSize) + 2 * packed_block_bytes(headSize) + 127) & ~63;
}

// Below, the keys are a range of n keys of a sequence: query i is the position of a block relative to the range's first
// key, so i >= 0, and with i >= n every query sees the whole range.

/**
 * S[r][j] = q_r . k_j for a block of m queries from position i on; tiles that no query may see are left as they are.
 * @param n keys
 * @param zeros of a tile scratch
 */
function block_scores(
  S: usize, ld: usize, i: i32, m: i32, n: i32, q: usize, stride: usize, packedKeys: usize, headSize: i32, zeros: usize,
): void {
  for (let j = 0, end = min(n, i + m); j < end; j += NR) {
    const panel = packedKeys + (<usize>(j * headSize) << 2);
    for (let r = max(0, j - i) / MR * MR; r < m; r += MR) {
      multiply_tile(
        headSize, q + <usize>r * stride, stride, 4, m - r, panel, zeros, 0, S + <usize>r * ld + (<usize>j << 2), ld,
      );
    }
  }
}

/**
 * out[r] = sum over j ascending of P[r][j] B[j]: rows of P end (in zeros) with their tile's last key.
 * @param again whether the sums begin with out
 * @param packed B [n, headSize] in panels
 * @param scratch of a tile, zeros written
 */
function block_product(
  again: bool, out: usize, ldOut: usize, P: usize, ld: usize, i: i32, m: i32, n: i32, packed: usize, headSize: i32,
  scratch: usize,
): void {
  for (let c = 0; c < headSize; c += NR) {
    const panel = packed + (<usize>(c * n) << 2);
    for (let r = 0; r < m; r += MR) {
      const to = out + <usize>r * ldOut + (<usize>c << 2);
      multiply_edge(
        row_end(i, r, m, n), P + <usize>r * ld, ld, 4, m - r, headSize - c, panel, again ? to : scratch,
        again ? ldOut : 0, to, ldOut, scratch,
      );
    }
  }
}

/**
 * out[j] += sum over the block's queries r, ascending, of P[r][j] B[r]; a key tile starts with the first query that
 * sees it.
 * @param packed B [m, headSize] in panels
 */
function add_transposed_product(
  out: usize, ldOut: usize, P: usize, ld: usize, i: i32, m: i32, n: i32, packed: usize, headSize: i32, scratch: usize,
): void {
  const end = min(n, i + m);
  for (let j = 0; j < end; j += MR) {
    const r = max(0, j - i);
    const column = P + <usize>r * ld + (<usize>j << 2);
    for (let c = 0; c < headSize; c += NR) {
      const panel = packed + (<usize>(c * m + r * NR) << 2);
      const sum = out + <usize>j * ldOut + (<usize>c << 2);
      multiply_edge(m - r, column, 4, ld, end - j, headSize - c, panel, sum, ldOut, sum, ldOut, scratch);
    }
  }
}

/** Where a row of the block must be zero past its own keys: any tile that reads it ends before. */
// @ts-ignore: decorator
@inline
function row_end(i: i32, r: i32, m: i32, n: i32): i32 { return min(n, i + min(r + MR, m)); }

/** Operations of a head of T queries, or of its first T: blocks of queries times the keys that they may see. */
// @ts-ignore: decorator
@inline
function head_cost(T: i32): i64 {
  const whole = <i64>(T / BLOCK), rest = <i64>(T % BLOCK);
  return whole * (whole + 1) / 2 * BLOCK * BLOCK + rest * <i64>T;
}

function total_cost(offsets: usize, sequences: i32): i64 {
  let total: i64 = 0;
  for (let s = 0; s < sequences; s++)
    total += head_cost(load<i32>(offsets + (<usize>s << 2), 4) - load<i32>(offsets + (<usize>s << 2)));
  return total;
}

/** attention_blocks of all slices. */
export function attention_forward(
  out: usize, rowSums: usize, qkv: usize, offsets: usize, sequences: i32, heads: i32, kvHeads: i32, headSize: i32,
  scale: f32, scratch: usize,
): void {
  attention_blocks(out, rowSums, qkv, offsets, sequences, heads, kvHeads, headSize, scale, scratch, 0, 1, 1);
}

/**
 * O = softmax(Q K^T scale, causal) V, scale = 1 / sqrt(head size), for some blocks of queries: all operations are cut
 * into `slices`, and a block belongs to the one that it begins in.
 * @param out [n, heads * headSize]
 * @param rowSums [n, heads, 2] out: largest score of a row, and 1 / sum of e^((score - largest) scale)
 * @param qkv [n, stride]
 * @param offsets i32 [sequences + 1] token offsets
 * @param scratch attention_scratch_bytes
 * @param firstSlice, endSlice those whose blocks are computed
 */
export function attention_blocks(
  out: usize, rowSums: usize, qkv: usize, offsets: usize, sequences: i32, heads: i32, kvHeads: i32, headSize: i32,
  scale: f32, scratch: usize, firstSlice: i32, endSlice: i32, slices: i32,
): void {
  const stride = <usize>((heads + 2 * kvHeads) * headSize) << 2;
  const width = <usize>(heads * headSize) << 2;
  tile_zeros(scratch);
  const all = total_cost(offsets, sequences) * heads;
  const from = all * firstSlice / slices, to = all * endSlice / slices;
  let before: i64 = 0;
  for (let s = 0; s < sequences; s++) {
    const first = load<i32>(offsets + (<usize>s << 2));
    const T = load<i32>(offsets + (<usize>s << 2), 4) - first;
    const ld = <usize>score_width(T) << 2;
    const rows = qkv + <usize>first * stride;
    const S = scratch + SCORES;
    const packedKeys = scratch + packed_at(T);
    const packedValues = packedKeys + packed_bytes(T, headSize);
    const cost = head_cost(T);
    for (let h = 0, packed = -1; h < heads; h++, before += cost) {
      if (before + cost <= from || before >= to) continue;
      const kv = h * kvHeads / heads;
      if (kv != packed) {
        pack_panels(true, headSize, T, rows + (<usize>((heads + kv) * headSize) << 2), stride, packedKeys);
        pack_panels(false, T, headSize, rows + (<usize>((heads + kvHeads + kv) * headSize) << 2), stride, packedValues);
        packed = kv;
      }
      const head = <usize>(h * headSize) << 2;
      for (let i = 0; i < T; i += BLOCK) {
        const begin = before + head_cost(i);
        if (begin < from || begin >= to) continue;
        const m = min(BLOCK, T - i);
        const o = out + <usize>(first + i) * width + head;
        block_scores(S, ld, i, m, T, rows + <usize>i * stride + head, stride, packedKeys, headSize, scratch);
        for (let r = 0; r < m; r++) {
          const slot = rowSums + (<usize>((first + i + r) * heads + h) << 3);
          store<f32>(slot, 1 / exp_row(S + <usize>r * ld, i + r + 1, row_end(i, r, m, T), scale, slot), 4);
        }
        block_product(false, o, width, S, ld, i, m, T, packedValues, headSize, scratch);
        // Normalising P or O is the same sum; O is shorter.
        for (let r = 0; r < m; r++)
          scale_row(
            o + <usize>r * width, headSize, load<f32>(rowSums + (<usize>((first + i + r) * heads + h) << 3), 4),
          );
      }
    }
  }
}

/** Sum of a[i] b[i]: lanes by index modulo 8, a fixed tree, then the tail. */
function dot(a: usize, b: usize, n: i32): f32 {
  const lanes = <usize>(n & ~7) << 2, end = <usize>n << 2;
  let low = zero(), high = zero();
  let o: usize = 0;
  for (; o < lanes; o += 32) {
    low = madd(v128.load(a + o), v128.load(b + o), low);
    high = madd(v128.load(a + o, 16), v128.load(b + o, 16), high);
  }
  let sum = sum8(low, high);
  for (; o < end; o += 4) sum += load<f32>(a + o) * load<f32>(b + o);
  return sum;
}

/** Scales row r of packed panels [m, headSize] by the float at factors + r * step. */
function scale_panels(panels: usize, m: i32, headSize: i32, factors: usize, step: usize): void {
  for (let c = 0; c < headSize; c += NR) {
    let factor = factors;
    for (let r = 0; r < m; r++) {
      scale_row(panels, NR, load<f32>(factor));
      panels += <usize>NR << 2;
      factor += step;
    }
  }
}

/**
 * E = e^((S - largest) scale), dS = E (dP - D) inverse scale; overwrites S by E and dP by dS; entries past `length` up
 * to `width` become 0.
 */
function score_gradient_row(
  s: usize, dp: usize, length: i32, width: i32, scale: f32, largest: f32, inverse: f32, D: f32,
): void {
  const end = <usize>((length + 7) & ~7) << 2;
  for (let o = <usize>length << 2; o < end; o += 4) {
    store<f32>(s + o, -Infinity);
    store<f32>(dp + o, 0);
  }
  exp_row_affine(s, s, length, -largest, scale);
  const k = f32x4.splat(inverse * scale), d = f32x4.splat(D);
  for (let o: usize = 0; o < end; o += 32) {
    const g0 = f32x4.mul(f32x4.mul(v128.load(s + o), k), f32x4.sub(v128.load(dp + o), d));
    const g1 = f32x4.mul(f32x4.mul(v128.load(s + o, 16), k), f32x4.sub(v128.load(dp + o, 16), d));
    store8(dp + o, g0, g1);
  }
  zero_row(s, end, width);
  zero_row(dp, end, width);
}

/** Keys of a sequence for each range: blocks of many more scores do not fit the second-level cache (measured). */
// @ts-ignore: decorator
@inline const LONG_RANGE: i32 = 640;
/** What a block of queries costs in a range besides its scores, in keys: packing, the start of its products. */
// @ts-ignore: decorator
@inline const KEYS_OF_BLOCK: i32 = 7;

/**
 * Ranges that the keys of every KV head are cut into: as many as make `cut` threads finish at about the same time, and
 * enough for the cache.
 * @param most tasks that may wait for each other
 */
export function key_ranges(offsets: usize, sequences: i32, kvHeads: i32, cut: i32, most: i32): i32 {
  let largest: i64 = 0, longest = 0;
  for (let s = 0; s < sequences; s++) {
    const T = load<i32>(offsets + (<usize>s << 2), 4) - load<i32>(offsets + (<usize>s << 2));
    longest = max(longest, T);
    largest = max(largest, head_cost(T));
  }
  const heads = sequences * kvHeads, all = total_cost(offsets, sequences) * kvHeads;
  if (heads == 0) return 1;
  const limit = min(longest / (2 * BLOCK), most / heads);
  let ranges = max(1, min(limit, longest / LONG_RANGE));
  // An eighth above the mean is less than what a chain loses.
  if (cut <= 1 || largest * ((heads + cut - 1) / cut) * cut * 8 <= all * 9) return ranges;
  let shortest = range_time(longest, heads, cut, ranges);
  for (let more = ranges + 1; more <= limit; more++) {
    const time = range_time(longest, heads, cut, more);
    if (time > shortest * 0.96) continue;
    ranges = more;
    shortest = time;
  }
  return ranges;
}

/**
 * Estimated time of all ranges, in keys a query: rounds of `cut` ranges, each of which has T / (2 ranges) keys a query
 * in the mean; and how long ranges of the same head that run at the same time wait for each other, a fit to simulated
 * schedules.
 */
function range_time(T: i32, heads: i32, cut: i32, ranges: i32): f64 {
  const rounds = (heads * ranges + cut - 1) / cut, keys = <f64>T / <f64>ranges;
  const waiting = 1 - min(1, max(<f64>heads / <f64>cut, 1 / <f64>ranges));
  return <f64>rounds * (keys / 2 + KEYS_OF_BLOCK) + 0.375 * keys * waiting;
}

/** First key of range `rank` of `size`: every range has about as many scores. */
function range_start(T: i32, rank: i32, size: i32): i32 {
  if (rank == size) return T;
  const key = <f64>T * (1 - sqrt<f64>(1 - <f64>rank / <f64>size));
  return min(T, <i32>nearest<f64>(key / BLOCK) * BLOCK);
}

/** Zeros in `headSize` floats of each of n rows. */
function zero_head(at: usize, stride: usize, n: i32, headSize: i32): void {
  const bytes = <usize>headSize << 2, lanes = bytes & ~15;
  for (let r = 0; r < n; r++) {
    let o: usize = 0;
    for (; o < lanes; o += 16) v128.store(at + o, zero());
    for (; o < bytes; o += 4) store<f32>(at + o, 0);
    at += stride;
  }
}

/** attention_gradient of all KV heads, their keys cut into `ranges`. */
export function attention_backward(
  dqkv: usize, dOut: usize, out: usize, rowSums: usize, qkv: usize, offsets: usize, sequences: i32, heads: i32,
  kvHeads: i32, headSize: i32, scale: f32, scratch: usize, ranges: i32,
): void {
  for (let task = 0; task < ranges * sequences * kvHeads; task++)
    attention_gradient(
      dqkv, dOut, out, rowSums, qkv, offsets, sequences, heads, kvHeads, headSize, scale, scratch, task, ranges,
    );
}

/**
 * Gradient of attention_forward: dV += P^T dO, dP = dO V^T, dS = P (dP - rowsum(dO O)) scale, dQ = dS K, dK += dS^T Q.
 * P = E inverse is never written: dV += E^T (inverse dO), which scales fewer numbers.
 * @param dqkv [n, stride]: overwritten
 * @param dOut, out [n, heads * headSize]
 * @param rowSums as left by attention_forward
 * @param qkv [n, stride]
 * @param task of all (range of keys, sequence, KV head), in this order. Begun after those before it.
 * @param ranges of a KV head
 */
export function attention_gradient(
  dqkv: usize, dOut: usize, out: usize, rowSums: usize, qkv: usize, offsets: usize, sequences: i32,
  heads: i32, kvHeads: i32, headSize: i32, scale: f32, scratch: usize, task: i32, ranges: i32,
): void {
  const stride = <usize>((heads + 2 * kvHeads) * headSize) << 2;
  const width = <usize>(heads * headSize) << 2;
  const shared = heads / kvHeads;
  const chains = sequences * kvHeads, range = task / chains, kv = task % kvHeads, s = task % chains / kvHeads;
  tile_zeros(scratch);
  const first = load<i32>(offsets + (<usize>s << 2));
  const T = load<i32>(offsets + (<usize>s << 2), 4) - first;
  const key = range_start(T, range, ranges), n = range_start(T, range + 1, ranges) - key;
  const ld = <usize>score_width(T) << 2;
  const rows = qkv + <usize>first * stride, dRows = dqkv + <usize>first * stride;
  const S = scratch + SCORES, dS = scratch + second_scores(T);
  const packedKeys = scratch + packed_at(T);
  const packedValues = packedKeys + packed_bytes(T, headSize);
  const keyPanels = packedValues + packed_bytes(T, headSize);
  const queryPanels = keyPanels + packed_bytes(T, headSize);
  const dOutPanels = queryPanels + packed_block_bytes(headSize);
  // From here on the range's first key is the first row.
  const keys = <usize>key * stride + (<usize>((heads + kv) * headSize) << 2);
  const values = <usize>key * stride + (<usize>((heads + kvHeads + kv) * headSize) << 2);
  pack_panels(true, headSize, n, rows + keys, stride, packedKeys);
  pack_panels(true, headSize, n, rows + values, stride, packedValues);
  pack_panels(false, n, headSize, rows + keys, stride, keyPanels);
  zero_head(dRows + keys, stride, n, headSize);
  zero_head(dRows + values, stride, n, headSize);
  // Blocks of queries so far, the same numbers in all ranges of the head.
  let block = 0;
  for (let h = kv * shared; h < (kv + 1) * shared; h++) {
    const head = <usize>(h * headSize) << 2;
    for (let at = 0; at < T; at += BLOCK) {
      block++;
      const i = at - key, m = min(BLOCK, T - at);
      if (i < 0) continue;
      const q = <usize>at * stride + head;
      const o = <usize>(first + at) * width + head;
      block_scores(S, ld, i, m, n, rows + q, stride, packedKeys, headSize, scratch);
      block_scores(dS, ld, i, m, n, dOut + o, width, packedValues, headSize, scratch);
      for (let r = 0; r < m; r++) {
        const row = o + <usize>r * width;
        const D = dot(dOut + row, out + row, headSize);
        const slot = rowSums + (<usize>((first + at + r) * heads + h) << 3);
        score_gradient_row(
          S + <usize>r * ld, dS + <usize>r * ld, min(n, i + r + 1), row_end(i, r, m, n), scale, load<f32>(slot),
          load<f32>(slot, 4), D,
        );
      }
      pack_panels(false, m, headSize, dOut + o, width, dOutPanels);
      const inverses = rowSums + (<usize>((first + at) * heads + h) << 3) + 4;
      scale_panels(dOutPanels, m, headSize, inverses, <usize>heads << 3);
      pack_panels(false, m, headSize, rows + q, stride, queryPanels);
      if (range > 0) wait_for_progress(task - chains, block);
      block_product(key > 0, dRows + q, stride, dS, ld, i, m, n, keyPanels, headSize, scratch);
      if (ranges > 1) set_progress(task, block);
      add_transposed_product(dRows + values, stride, S, ld, i, m, n, dOutPanels, headSize, scratch);
      add_transposed_product(dRows + keys, stride, dS, ld, i, m, n, queryPanels, headSize, scratch);
    }
  }
}
