// Causal grouped-query attention over ragged sequences, forward and backward, in blocks of query rows: no T x T buffer,
// no padding, never across a sequence. Rows of `qkv` hold [q heads | k heads | v heads]; query head h reads KV head
// floor(h * kvHeads / heads). Keys and values are packed once a KV head and shared by its query heads; register tiles
// above the diagonal are never computed.
import { exp_row_affine } from './exp';
import { pack_panels, packed_floats } from './pack';
import { madd, sum8, zero } from './simd';
import { exp_row, scale_row, zero_row } from './softmax';
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
function score_width(T: i32): i32 { return ((T + 15) & ~15) | 16; }

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

/**
 * S[r][j] = q_r . k_j for a block of m queries from position i on; tiles that no query may see are left as they are.
 * @param zeros of a tile scratch
 */
function block_scores(
  S: usize, ld: usize, i: i32, m: i32, q: usize, stride: usize, packedKeys: usize, headSize: i32, zeros: usize,
): void {
  for (let j = 0; j < i + m; j += NR) {
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
 * @param packed B [T, headSize] in panels
 * @param scratch of a tile, zeros written
 */
function block_product(
  out: usize, ldOut: usize, P: usize, ld: usize, i: i32, m: i32, packed: usize, T: i32, headSize: i32, scratch: usize,
): void {
  for (let c = 0; c < headSize; c += NR) {
    const panel = packed + (<usize>(c * T) << 2);
    for (let r = 0; r < m; r += MR) {
      const keys = i + min(r + MR, m);
      multiply_edge(
        keys, P + <usize>r * ld, ld, 4, m - r, headSize - c, panel, scratch, 0,
        out + <usize>r * ldOut + (<usize>c << 2), ldOut, scratch,
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
  out: usize, ldOut: usize, P: usize, ld: usize, i: i32, m: i32, packed: usize, headSize: i32, scratch: usize,
): void {
  for (let j = 0; j < i + m; j += MR) {
    const r = max(0, j - i);
    const column = P + <usize>r * ld + (<usize>j << 2);
    for (let c = 0; c < headSize; c += NR) {
      const panel = packed + (<usize>(c * m + r * NR) << 2);
      const sum = out + <usize>j * ldOut + (<usize>c << 2);
      multiply_edge(m - r, column, 4, ld, i + m - j, headSize - c, panel, sum, ldOut, sum, ldOut, scratch);
    }
  }
}

/** Where a row of the block must be zero past its own keys: any tile that reads it ends before. */
// @ts-ignore: decorator
@inline
function row_end(i: i32, r: i32, m: i32): i32 { return i + min(r + MR, m); }

/**
 * O = softmax(Q K^T scale, causal) V, scale = 1 / sqrt(head size).
 * @param out [n, heads * headSize]
 * @param rowSums [n, heads, 2] out: largest score of a row, and 1 / sum of e^((score - largest) scale)
 * @param qkv [n, stride]
 * @param offsets i32 [sequences + 1] token offsets
 * @param scratch attention_scratch_bytes
 */
export function attention_forward(
  out: usize, rowSums: usize, qkv: usize, offsets: usize, sequences: i32, heads: i32, kvHeads: i32, headSize: i32,
  scale: f32, scratch: usize,
): void {
  const stride = <usize>((heads + 2 * kvHeads) * headSize) << 2;
  const width = <usize>(heads * headSize) << 2;
  tile_zeros(scratch);
  for (let s = 0; s < sequences; s++) {
    const first = load<i32>(offsets + (<usize>s << 2));
    const T = load<i32>(offsets + (<usize>s << 2), 4) - first;
    const ld = <usize>score_width(T) << 2;
    const rows = qkv + <usize>first * stride;
    const S = scratch + SCORES;
    const packedKeys = scratch + packed_at(T);
    const packedValues = packedKeys + packed_bytes(T, headSize);
    for (let h = 0, packed = -1; h < heads; h++) {
      const kv = h * kvHeads / heads;
      if (kv != packed) {
        pack_panels(true, headSize, T, rows + (<usize>((heads + kv) * headSize) << 2), stride, packedKeys);
        pack_panels(false, T, headSize, rows + (<usize>((heads + kvHeads + kv) * headSize) << 2), stride, packedValues);
        packed = kv;
      }
      const head = <usize>(h * headSize) << 2;
      for (let i = 0; i < T; i += BLOCK) {
        const m = min(BLOCK, T - i);
        const o = out + <usize>(first + i) * width + head;
        block_scores(S, ld, i, m, rows + <usize>i * stride + head, stride, packedKeys, headSize, scratch);
        for (let r = 0; r < m; r++) {
          const slot = rowSums + (<usize>((first + i + r) * heads + h) << 3);
          store<f32>(slot, 1 / exp_row(S + <usize>r * ld, i + r + 1, row_end(i, r, m), scale, slot), 4);
        }
        block_product(o, width, S, ld, i, m, packedValues, T, headSize, scratch);
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
  exp_row_affine(s, s, length, -largest, scale, 0);
  const k = f32x4.splat(inverse * scale), d = f32x4.splat(D);
  for (let o: usize = 0; o < end; o += 32) {
    const g0 = f32x4.mul(f32x4.mul(v128.load(s + o), k), f32x4.sub(v128.load(dp + o), d));
    const g1 = f32x4.mul(f32x4.mul(v128.load(s + o, 16), k), f32x4.sub(v128.load(dp + o, 16), d));
    v128.store(dp + o, g0);
    v128.store(dp + o, g1, 16);
  }
  zero_row(s, end, width);
  zero_row(dp, end, width);
}

/**
 * Gradient of attention_forward: dV += P^T dO, dP = dO V^T, dS = P (dP - rowsum(dO O)) scale, dQ = dS K, dK += dS^T Q.
 * P = E inverse is never written: dV += E^T (inverse dO), which scales fewer numbers.
 * @param dqkv [n, stride]: overwritten
 * @param dOut, out [n, heads * headSize]
 * @param rowSums as left by attention_forward
 * @param qkv [n, stride]
 */
export function attention_backward(
  dqkv: usize, dOut: usize, out: usize, rowSums: usize, qkv: usize, offsets: usize, sequences: i32, heads: i32,
  kvHeads: i32, headSize: i32, scale: f32, scratch: usize,
): void {
  const stride = <usize>((heads + 2 * kvHeads) * headSize) << 2;
  const width = <usize>(heads * headSize) << 2;
  tile_zeros(scratch);
  for (let s = 0; s < sequences; s++) {
    const first = load<i32>(offsets + (<usize>s << 2));
    const T = load<i32>(offsets + (<usize>s << 2), 4) - first;
    const ld = <usize>score_width(T) << 2;
    const rows = qkv + <usize>first * stride, dRows = dqkv + <usize>first * stride;
    const S = scratch + SCORES, dS = scratch + second_scores(T);
    const packedKeys = scratch + packed_at(T);
    const packedValues = packedKeys + packed_bytes(T, headSize);
    const keyPanels = packedValues + packed_bytes(T, headSize);
    const queryPanels = keyPanels + packed_bytes(T, headSize);
    const dOutPanels = queryPanels + packed_block_bytes(headSize);
    memory.fill(dRows, 0, <usize>T * stride);
    for (let h = 0, packed = -1; h < heads; h++) {
      const kv = h * kvHeads / heads;
      const head = <usize>(h * headSize) << 2;
      const keys = <usize>((heads + kv) * headSize) << 2, values = <usize>((heads + kvHeads + kv) * headSize) << 2;
      if (kv != packed) {
        pack_panels(true, headSize, T, rows + keys, stride, packedKeys);
        pack_panels(true, headSize, T, rows + values, stride, packedValues);
        pack_panels(false, T, headSize, rows + keys, stride, keyPanels);
        packed = kv;
      }
      for (let i = 0; i < T; i += BLOCK) {
        const m = min(BLOCK, T - i);
        const q = <usize>i * stride + head;
        const o = <usize>(first + i) * width + head;
        block_scores(S, ld, i, m, rows + q, stride, packedKeys, headSize, scratch);
        block_scores(dS, ld, i, m, dOut + o, width, packedValues, headSize, scratch);
        for (let r = 0; r < m; r++) {
          const at = o + <usize>r * width;
          const D = dot(dOut + at, out + at, headSize);
          const slot = rowSums + (<usize>((first + i + r) * heads + h) << 3);
          score_gradient_row(
            S + <usize>r * ld, dS + <usize>r * ld, i + r + 1, row_end(i, r, m), scale, load<f32>(slot),
            load<f32>(slot, 4), D,
          );
        }
        pack_panels(false, m, headSize, dOut + o, width, dOutPanels);
        scale_panels(dOutPanels, m, headSize, rowSums + (<usize>((first + i) * heads + h) << 3) + 4, <usize>heads << 3);
        pack_panels(false, m, headSize, rows + q, stride, queryPanels);
        block_product(dRows + q, stride, dS, ld, i, m, keyPanels, T, headSize, scratch);
        add_transposed_product(dRows + values, stride, S, ld, i, m, dOutPanels, headSize, scratch);
        add_transposed_product(dRows + keys, stride, dS, ld, i, m, queryPanels, headSize, scratch);
      }
    }
  }
}
