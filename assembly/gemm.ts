// Single-precision matrix product C (+)= op(A) op(B) in the three orientations that a transformer needs:
//   NT  y  = x W^T     forward            NN  dx = dy W    input gradient            TN  dW += dy^T x   weight gradient
// One panel of B (K x NR) is packed at a time and meets all row tiles of A. K is cut into blocks of KC that continue the sum through C in
// memory, k ascending, so blocking changes no bit. Scratch holds one B panel, one edge tile and, for TN, the packed columns of A.
import { tile_5x8_columns, tile_5x8_rows, tile_6x16_columns, tile_6x16_rows } from './tiles';

// @ts-ignore: decorator
@inline const KC: i32 = 512;

/** Rows and columns of the register tile in use; per instance, set by the host before anything runs. */
let MR: i32 = 6;
let NR: i32 = 16;

/** Chooses the register tile: 0 = 6x16 (256-bit engines), 1 = 5x8 (128-bit lanes). Bits do not depend on it. */
export function set_tile(tile: i32): void {
  MR = tile == 0 ? 6 : 5;
  NR = tile == 0 ? 16 : 8;
}

/** Bytes of scratch that gemm needs for a product whose A has at most `rows` rows (only op(A) = A^T packs A). */
export function gemm_scratch_bytes(rows: i32): usize {
  const columns = <usize>(rows + 6);
  return <usize>((KC * 16 + 6 * 16 + 32) * 4) + columns * <usize>(KC * 4);
}

/** Packs B(p, j) = B[p * ldb + j] for `cols` columns into panel[p * NR + j]; missing columns are 0. Strides in bytes. */
function pack_rows(K: i32, cols: i32, b: usize, ldb: usize, panel: usize): void {
  const width = <usize>NR * 4;
  if (cols == NR) {
    for (let p = 0; p < K; p++) {
      v128.store(panel, v128.load(b));
      v128.store(panel, v128.load(b, 16), 16);
      if (NR == 16) {
        v128.store(panel, v128.load(b, 32), 32);
        v128.store(panel, v128.load(b, 48), 48);
      }
      b += ldb;
      panel += width;
    }
    return;
  }
  for (let p = 0; p < K; p++) {
    for (let j = 0; j < NR; j++) store<f32>(panel + (<usize>j << 2), j < cols ? load<f32>(b + (<usize>j << 2)) : 0);
    b += ldb;
    panel += width;
  }
}

/** Packs B(p, j) = B[j * ldb + p] (B stored transposed) for `cols` columns into panel[p * NR + j]; missing columns are 0. */
function pack_transposed(K: i32, cols: i32, b: usize, ldb: usize, panel: usize): void {
  const width = <usize>NR * 4;
  const quads = K & ~3;
  for (let j = 0; j < NR; j += 4) {
    let q = panel + (<usize>j << 2);
    if (j + 4 <= cols) {
      const r0 = b + <usize>j * ldb, r1 = r0 + ldb, r2 = r1 + ldb, r3 = r2 + ldb;
      let p = 0;
      for (; p < quads; p += 4) {
        const o = <usize>p << 2;
        const x0 = v128.load(r0 + o), x1 = v128.load(r1 + o), x2 = v128.load(r2 + o), x3 = v128.load(r3 + o);
        const y0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), y1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
        const y2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), y3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
        v128.store(q, v128.shuffle<f32>(y0, y2, 0, 1, 4, 5));
        v128.store(q + width, v128.shuffle<f32>(y0, y2, 2, 3, 6, 7));
        v128.store(q + 2 * width, v128.shuffle<f32>(y1, y3, 0, 1, 4, 5));
        v128.store(q + 3 * width, v128.shuffle<f32>(y1, y3, 2, 3, 6, 7));
        q += 4 * width;
      }
      for (; p < K; p++) {
        const o = <usize>p << 2;
        store<f32>(q, load<f32>(r0 + o));
        store<f32>(q, load<f32>(r1 + o), 4);
        store<f32>(q, load<f32>(r2 + o), 8);
        store<f32>(q, load<f32>(r3 + o), 12);
        q += width;
      }
    } else {
      for (let p = 0; p < K; p++) {
        for (let i = 0; i < 4; i++) store<f32>(q + (<usize>i << 2), j + i < cols ? load<f32>(b + <usize>(j + i) * ldb + (<usize>p << 2)) : 0);
        q += width;
      }
    }
  }
}

/** Packs `rows` columns of a TN operand, A(i, p) = A[p * lda + i], into tiles: tile t at packed + t * K * MR floats, then p, then row. */
function pack_columns(K: i32, rows: i32, a: usize, lda: usize, packed: usize): void {
  for (let i = 0; i < rows; i += MR) {
    let from = a + (<usize>i << 2);
    // A full vector past a short tile reads the neighbouring columns: finite memory, rows that are never stored.
    for (let p = 0; p < K; p++) {
      v128.store(packed, v128.load(from));
      if (MR == 6) store<u64>(packed, load<u64>(from, 16), 16);
      else store<u32>(packed, load<u32>(from, 16), 16);
      from += lda;
      packed += <usize>MR << 2;
    }
  }
}

// @ts-ignore: decorator
@inline
function copy_tile(rows: i32, cols: i32, from: usize, ldFrom: usize, to: usize, ldTo: usize): void {
  for (let r = 0; r < rows; r++) memory.copy(to + <usize>r * ldTo, from + <usize>r * ldFrom, <usize>cols << 2);
}

/**
 * C[M, N] (+)= op(A)[M, K] op(B)[K, N]; all row-major, leading dimensions in elements.
 * @param transA A is stored [K, M] @param transB B is stored [N, K] @param accumulate add to C instead of overwriting it
 * @param scratch gemm_scratch_bytes(M) bytes, 16-aligned. Reads may run up to 32 bytes past the end of A.
 */
export function gemm(transA: bool, transB: bool, M: i32, N: i32, K: i32, a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32, accumulate: bool, scratch: usize): void {
  const sa = <usize>lda << 2, sb = <usize>ldb << 2, sc = <usize>ldc << 2;
  const panel = scratch;
  const edge = panel + KC * 16 * 4;
  const packed = edge + (6 * 16 + 16) * 4;
  const edgeStride = <usize>NR << 2;
  for (let p0 = 0; p0 < K; p0 += KC) {
    const kc = min(KC, K - p0);
    const add = accumulate || p0 > 0;
    const ap = transA ? a + <usize>p0 * sa : a + (<usize>p0 << 2);
    if (transA) pack_columns(kc, M, ap, sa, packed);
    for (let j = 0; j < N; j += NR) {
      const cols = min(NR, N - j);
      if (transB) pack_transposed(kc, cols, b + <usize>j * sb + (<usize>p0 << 2), sb, panel);
      else pack_rows(kc, cols, b + <usize>p0 * sb + (<usize>j << 2), sb, panel);
      for (let i = 0; i < M; i += MR) {
        const rows = min(MR, M - i);
        const out = c + <usize>i * sc + (<usize>j << 2);
        const whole = rows == MR && cols == NR;
        if (!whole && add) copy_tile(rows, cols, out, sc, edge, edgeStride);
        const tile = whole ? out : edge;
        const stride = whole ? sc : edgeStride;
        if (transA) {
          const at = packed + (<usize>i * <usize>kc << 2);
          if (MR == 6) tile_6x16_columns(kc, at, panel, tile, stride, add);
          else tile_5x8_columns(kc, at, panel, tile, stride, add);
        } else {
          const at = ap + <usize>i * sa;
          if (MR == 6) tile_6x16_rows(kc, at, sa, rows, panel, tile, stride, add);
          else tile_5x8_rows(kc, at, sa, rows, panel, tile, stride, add);
        }
        if (!whole) copy_tile(rows, cols, edge, edgeStride, out, sc);
      }
    }
  }
}
