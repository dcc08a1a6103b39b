// Single-precision matrix product C (+)= op(A) op(B) in the three orientations that a transformer needs:
//   NT  y  = x W^T     forward            NN  dx = dy W    input gradient            TN  dW += dy^T x   weight gradient
// One panel of B (K x NR) is packed at a time and meets all row tiles of A. K is cut into blocks of KC that continue the sum through C in
// memory, k ascending, so blocking changes no bit. Scratch holds one B panel, one edge tile and, for TN, the packed columns of A.
import { pack_columns, pack_rows, pack_transposed } from './pack';
import { EDGE_BYTES, MR, NR, multiply_edge } from './tiles';

// @ts-ignore: decorator
@inline const KC: i32 = 512;

/** Bytes of scratch that gemm needs for a product whose A has at most `rows` rows (only op(A) = A^T packs A). */
export function gemm_scratch_bytes(rows: i32): usize {
  return EDGE_BYTES + <usize>(KC * 16 * 4 + 64) + <usize>(rows + 6) * <usize>(KC * 4);
}

/**
 * C[M, N] (+)= op(A)[M, K] op(B)[K, N]; all row-major, leading dimensions in elements.
 * @param transA A is stored [K, M] @param transB B is stored [N, K] @param accumulate add to C instead of overwriting it
 * @param scratch gemm_scratch_bytes(M) bytes, 16-aligned. Reads may run up to 32 bytes past the end of A.
 */
export function gemm(transA: bool, transB: bool, M: i32, N: i32, K: i32, a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32, accumulate: bool, scratch: usize): void {
  const sa = <usize>lda << 2, sb = <usize>ldb << 2, sc = <usize>ldc << 2;
  const edge = scratch;
  const panel = edge + EDGE_BYTES;
  const packed = panel + KC * 16 * 4;
  for (let p0 = 0; p0 < K; p0 += KC) {
    const kc = min(KC, K - p0);
    const add = accumulate || p0 > 0;
    if (transA) pack_columns(kc, M, a + <usize>p0 * sa, sa, packed);
    // Where a tile finds its first row, and how far it is from one row and one k to the next.
    const first = transA ? packed : a + (<usize>p0 << 2);
    const tileStep = transA ? <usize>kc << 2 : sa;
    const rowStep: usize = transA ? 4 : sa;
    const step: usize = transA ? <usize>MR << 2 : 4;
    for (let j = 0; j < N; j += NR) {
      const cols = min(NR, N - j);
      if (transB) pack_transposed(kc, cols, b + <usize>j * sb + (<usize>p0 << 2), sb, panel);
      else pack_rows(kc, cols, b + <usize>p0 * sb + (<usize>j << 2), sb, panel);
      for (let i = 0; i < M; i += MR) {
        multiply_edge(kc, first + <usize>i * tileStep, rowStep, step, M - i, cols, panel, c + <usize>i * sc + (<usize>j << 2), sc, add, edge);
      }
    }
  }
}

/** C[M, N] (+)= A[M, K] B with B packed whole by pack_panels; the same bits as gemm. @param edge EDGE_BYTES of scratch */
export function gemm_packed(M: i32, N: i32, K: i32, a: usize, lda: i32, packed: usize, c: usize, ldc: i32, accumulate: bool, edge: usize): void {
  const sa = <usize>lda << 2, sc = <usize>ldc << 2;
  for (let j = 0; j < N; j += NR) {
    const panel = packed + (<usize>j * <usize>K << 2);
    for (let i = 0; i < M; i += MR) {
      multiply_edge(K, a + <usize>i * sa, sa, 4, M - i, N - j, panel, c + <usize>i * sc + (<usize>j << 2), sc, accumulate, edge);
    }
  }
}
