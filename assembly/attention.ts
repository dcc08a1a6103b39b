// Causal grouped-query attention over ragged sequences, forward and backward, in blocks of query rows: no T x T buffer, no padding,
// never across a sequence. Rows of `qkv` hold [q heads | k heads | v heads]; query head h reads KV head floor(h * kvHeads / heads).
import { gemm } from './gemm';
import { exp4, madd, zero } from './simd';
import { exp_row, scale_row } from './softmax';

/** Query rows a block. Sums over queries go through memory in order, so it changes no bit. */
// @ts-ignore: decorator
@inline const BLOCK: i32 = 48;

/** Floats of one row of the score block for sequences up to `longest`. */
// @ts-ignore: decorator
@inline
function score_width(longest: i32): i32 { return (longest + 15) & ~15; }

/** Bytes of scratch: two score blocks. */
export function attention_scratch_bytes(longest: i32): usize {
  return 2 * <usize>BLOCK * <usize>score_width(longest) * 4 + 64;
}

/**
 * O = softmax(Q K^T scale, causal) V, scale = 1 / sqrt(head size).
 * @param out [n, heads * headSize] @param lse [n, heads] out: log-sum-exp of the scaled scores @param qkv [n, stride]
 * @param offsets i32 [sequences + 1] token offsets @param scores attention_scratch_bytes @param scratch of gemm
 */
export function attention_forward(out: usize, lse: usize, qkv: usize, offsets: usize, sequences: i32, heads: i32, kvHeads: i32, headSize: i32, scale: f32, scores: usize, scratch: usize): void {
  const stride = (heads + 2 * kvHeads) * headSize;
  const width = heads * headSize;
  for (let s = 0; s < sequences; s++) {
    const first = load<i32>(offsets + (<usize>s << 2));
    const T = load<i32>(offsets + (<usize>s << 2), 4) - first;
    const ld = score_width(T);
    const rows = qkv + (<usize>first * <usize>stride << 2);
    for (let h = 0; h < heads; h++) {
      const kv = h * kvHeads / heads;
      const q = rows + (<usize>(h * headSize) << 2);
      const k = rows + (<usize>((heads + kv) * headSize) << 2);
      const v = rows + (<usize>((heads + kvHeads + kv) * headSize) << 2);
      for (let i = 0; i < T; i += BLOCK) {
        const m = min(BLOCK, T - i);
        const keys = i + m;
        const o = out + (<usize>((first + i) * width + h * headSize) << 2);
        gemm(false, true, m, keys, headSize, q + (<usize>(i * stride) << 2), stride, k, stride, scores, ld, false, scratch);
        // The sums ride along in the lse slots until the output is scaled: one row at a time needs no extra buffer.
        for (let r = 0; r < m; r++) {
          const slot = lse + (<usize>((first + i + r) * heads + h) << 2);
          const row = scores + (<usize>(r * ld) << 2);
          const sum = exp_row(row, i + r + 1, keys, scale, slot);
          // Normalising P or O is the same sum; O is shorter. Kept in the second block until O exists.
          store<f32>(scores + (<usize>(BLOCK * ld + r) << 2), 1 / sum);
        }
        gemm(false, false, m, headSize, keys, scores, ld, v, stride, o, width, false, scratch);
        for (let r = 0; r < m; r++) scale_row(o + (<usize>(r * width) << 2), headSize, load<f32>(scores + (<usize>(BLOCK * ld + r) << 2)));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, n: i32): f32 {
  let sum: f32 = 0;
  const end = <usize>n << 2;
  for (let o: usize = 0; o < end; o += 4) sum += load<f32>(a + o) * load<f32>(b + o);
  return sum;
}

/** P = e^(S scale - lse), dS = P (dP - D) scale; overwrites S by P and dP by dS; entries past `length` up to `width` become 0. */
function score_gradient_row(s: usize, dp: usize, length: i32, width: i32, scale: f32, lse: f32, D: f32): void {
  const end = <usize>((length + 7) & ~7) << 2;
  for (let o = <usize>length << 2; o < end; o += 4) {
    store<f32>(s + o, -Infinity);
    store<f32>(dp + o, 0);
  }
  const k = f32x4.splat(scale), l = f32x4.splat(-lse), d = f32x4.splat(D);
  for (let o: usize = 0; o < end; o += 32) {
    const p0 = exp4(madd(v128.load(s + o), k, l)), p1 = exp4(madd(v128.load(s + o, 16), k, l));
    v128.store(s + o, p0);
    v128.store(s + o, p1, 16);
    v128.store(dp + o, f32x4.mul(f32x4.mul(p0, f32x4.sub(v128.load(dp + o), d)), k));
    v128.store(dp + o, f32x4.mul(f32x4.mul(p1, f32x4.sub(v128.load(dp + o, 16), d)), k), 16);
  }
  const stop = <usize>((width + 7) & ~7) << 2;
  if (stop > end) {
    memory.fill(s + end, 0, stop - end);
    memory.fill(dp + end, 0, stop - end);
  }
}

/**
 * Gradient of attention_forward: dV += P^T dO, dP = dO V^T, dS = P (dP - rowsum(dO O)) scale, dQ = dS K, dK += dS^T Q.
 * @param dqkv [n, stride]: overwritten @param dOut, out [n, heads * headSize] @param lse [n, heads] @param qkv [n, stride]
 */
export function attention_backward(dqkv: usize, dOut: usize, out: usize, lse: usize, qkv: usize, offsets: usize, sequences: i32, heads: i32, kvHeads: i32, headSize: i32, scale: f32, scores: usize, scratch: usize): void {
  const stride = (heads + 2 * kvHeads) * headSize;
  const width = heads * headSize;
  for (let s = 0; s < sequences; s++) {
    const first = load<i32>(offsets + (<usize>s << 2));
    const T = load<i32>(offsets + (<usize>s << 2), 4) - first;
    const ld = score_width(T);
    const at = <usize>first * <usize>stride << 2;
    const rows = qkv + at, dRows = dqkv + at;
    const dScores = scores + (<usize>(BLOCK * ld) << 2);
    memory.fill(dRows, 0, <usize>(T * stride) << 2);
    for (let h = 0; h < heads; h++) {
      const kv = h * kvHeads / heads;
      const qAt = <usize>(h * headSize) << 2;
      const kAt = <usize>((heads + kv) * headSize) << 2;
      const vAt = <usize>((heads + kvHeads + kv) * headSize) << 2;
      for (let i = 0; i < T; i += BLOCK) {
        const m = min(BLOCK, T - i);
        const keys = i + m;
        const block = <usize>(i * stride) << 2;
        const oAt = <usize>((first + i) * width + h * headSize) << 2;
        gemm(false, true, m, keys, headSize, rows + block + qAt, stride, rows + kAt, stride, scores, ld, false, scratch);
        gemm(false, true, m, keys, headSize, dOut + oAt, width, rows + vAt, stride, dScores, ld, false, scratch);
        for (let r = 0; r < m; r++) {
          const row = <usize>(r * width) << 2;
          const D = dot(dOut + oAt + row, out + oAt + row, headSize);
          const l = load<f32>(lse + (<usize>((first + i + r) * heads + h) << 2));
          const line = <usize>(r * ld) << 2;
          score_gradient_row(scores + line, dScores + line, i + r + 1, keys, scale, l, D);
        }
        gemm(true, false, keys, headSize, m, scores, ld, dOut + oAt, width, dRows + vAt, stride, true, scratch);
        gemm(false, false, m, headSize, keys, dScores, ld, rows + kAt, stride, dRows + block + qAt, stride, false, scratch);
        gemm(true, false, keys, headSize, m, dScores, ld, rows + block + qAt, stride, dRows + kAt, stride, true, scratch);
      }
    }
  }
}

/**
 * One query against a cache: the same sums in the same order as attention_forward's row of that length.
 * @param out [heads * headSize] @param q [heads * headSize] @param keys [kvHeads * headSize, capacity] (transposed) @param values [capacity, kvHeads * headSize]
 * @param scores f32 [capacity]
 */
export function attention_decode(out: usize, q: usize, keys: usize, values: usize, length: i32, capacity: i32, heads: i32, kvHeads: i32, headSize: i32, scale: f32, scores: usize): void {
  const keyRow = <usize>capacity << 2;
  const valueRow = <usize>(kvHeads * headSize) << 2;
  const end = <usize>((length + 7) & ~7) << 2;
  for (let h = 0; h < heads; h++) {
    const kv = h * kvHeads / heads;
    const k = keys + <usize>(kv * headSize) * keyRow;
    const query = q + (<usize>(h * headSize) << 2);
    for (let j: usize = 0; j < end; j += 32) {
      let s0 = zero(), s1 = zero();
      let at = k + j;
      for (let p = 0; p < headSize; p++) {
        const x = v128.load32_splat(query + (<usize>p << 2));
        s0 = madd(x, v128.load(at), s0);
        s1 = madd(x, v128.load(at, 16), s1);
        at += keyRow;
      }
      v128.store(scores + j, s0);
      v128.store(scores + j, s1, 16);
    }
    const inverse: f32 = 1 / exp_row(scores, length, length, scale, 0);
    const o = out + (<usize>(h * headSize) << 2);
    const v = values + (<usize>(kv * headSize) << 2);
    weighted_sum(o, scores, v, valueRow, length, headSize);
    scale_row(o, headSize, inverse);
  }
}

/** o[c] = sum over j ascending of p[j] v[j][c]. */
function weighted_sum(o: usize, p: usize, v: usize, row: usize, length: i32, n: i32): void {
  let c = 0;
  for (; c + 16 <= n; c += 16) {
    let a0 = zero(), a1 = zero(), a2 = zero(), a3 = zero();
    let at = v + (<usize>c << 2);
    for (let j = 0; j < length; j++) {
      const x = v128.load32_splat(p + (<usize>j << 2));
      a0 = madd(x, v128.load(at), a0);
      a1 = madd(x, v128.load(at, 16), a1);
      a2 = madd(x, v128.load(at, 32), a2);
      a3 = madd(x, v128.load(at, 48), a3);
      at += row;
    }
    const to = o + (<usize>c << 2);
    v128.store(to, a0);
    v128.store(to, a1, 16);
    v128.store(to, a2, 32);
    v128.store(to, a3, 48);
  }
  for (; c < n; c += 4) {
    let a = zero();
    let at = v + (<usize>c << 2);
    for (let j = 0; j < length; j++) {
      a = madd(v128.load32_splat(p + (<usize>j << 2)), v128.load(at), a);
      at += row;
    }
    const to = o + (<usize>c << 2);
    store<f32>(to, f32x4.extract_lane(a, 0));
    store<f32>(to, f32x4.extract_lane(a, 1), 4);
    if (c + 2 < n) {
      store<f32>(to, f32x4.extract_lane(a, 2), 8);
      store<f32>(to, f32x4.extract_lane(a, 3), 12);
    }
  }
}
