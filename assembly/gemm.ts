// Single-precision matrix product C (+)= op(A) op(B) in the three orientations that a transformer needs:
//   NT  y  = x W^T     forward            NN  dx = dy W    input gradient            TN  dW += dy^T x   weight gradient
// Blocks of B (KC x NC) are packed into panels of NR columns; each meets blocks of MC rows of A (packed, where that
// pays) that stay in the second-level cache while the panels pass. Blocks of K continue the sum through C in memory, k
// ascending, so blocking changes no bit.
import { pack_columns, pack_panels, pack_six_rows, packed_floats } from './pack';
import { MR, NR, TILE_SCRATCH_BYTES, multiply_edge, tile_zeros } from './tiles';

/**
 * Depth of a block. A panel of B (32 KiB) and a tile's rows of A (12 KiB) fill the first-level cache; half the depth
 * reads and writes C twice as often.
 */
// @ts-ignore: decorator
@inline const KC: i32 = 512;
/** Rows of a block of A: 240 KiB. A multiple of every tile's rows: only the last tile is short. */
// @ts-ignore: decorator
@inline const MC: i32 = 120;
/** Columns of a block of B: 1 MiB when packed. */
// @ts-ignore: decorator
@inline const NC: i32 = 512;

/** Columns of C from which rows of A are packed for the 6x16 tile: with 64 it is no faster (measured). */
// @ts-ignore: decorator
@inline const WIDE: i32 = 96;

// @ts-ignore: decorator
@inline
function packed_block_bytes(N: i32, K: i32): usize { return packed_floats(min(K, KC), min(N, NC)) << 2; }

/** Bytes of scratch for products up to this size: of a tile, a packed block of B and a packed block of A. */
export function gemm_scratch_bytes(M: i32, N: i32, K: i32): usize {
  return TILE_SCRATCH_BYTES + packed_block_bytes(N, K) + (<usize>(min(M, MC) + MR) * <usize>min(K, KC) << 2) + 64;
}

/**
 * C[M, N] = init[M, N] + op(A)[M, K] op(B)[K, N]; all row-major, leading dimensions in elements.
 * @param transA A is stored [K, M]
 * @param transB B is stored [N, K]
 * @param init where the sums begin: C itself to add to it, a bias with ldInit 0, a residual, or 0 for zeros
 * @param scratch gemm_scratch_bytes(M, N, K) bytes, 16-aligned. Reads may run up to 48 bytes past the end of A.
 */
export function gemm(
  transA: bool, transB: bool, M: i32, N: i32, K: i32, a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32,
  init: usize, ldInit: i32, scratch: usize,
): void {
  const sa = <usize>lda << 2, sb = <usize>ldb << 2, sc = <usize>ldc << 2;
  const panels = scratch + TILE_SCRATCH_BYTES, packed = panels + packed_block_bytes(N, K);
  for (let j0 = 0; j0 < N; j0 += NC) {
    const nc = min(NC, N - j0);
    for (let p0 = 0; p0 < K; p0 += KC) {
      const kc = min(KC, K - p0);
      const from = p0 > 0 ? c : init, si = p0 > 0 ? sc : <usize>ldInit << 2;
      const panelStep = <usize>(kc * NR) << 2;
      pack_panels(
        transB, kc, nc,
        b + (transB ? <usize>j0 * sb + (<usize>p0 << 2) : <usize>p0 * sb + (<usize>j0 << 2)), sb, panels,
      );
      for (let i0 = 0; i0 < M; i0 += MC) {
        const mc = min(MC, M - i0);
        const out = c + <usize>i0 * sc + (<usize>j0 << 2);
        const start: usize = from ? from + <usize>i0 * si + (<usize>j0 << 2) : 0;
        if (transA) {
          pack_columns(kc, mc, a + <usize>p0 * sa + (<usize>i0 << 2), sa, packed);
          multiply_block(
            mc, nc, kc, packed, <usize>kc << 2, 4, <usize>MR << 2, panels, panelStep, start, si, out, sc, scratch,
          );
        } else if (MR == 6 && NR == 16 && nc >= WIDE) {
          pack_six_rows(kc, mc, a + <usize>i0 * sa + (<usize>p0 << 2), sa, packed);
          multiply_block(mc, nc, kc, packed, <usize>kc << 2, 4, 24, panels, panelStep, start, si, out, sc, scratch);
        } else {
          const rows = a + <usize>i0 * sa + (<usize>p0 << 2);
          multiply_block(mc, nc, kc, rows, sa, sa, 4, panels, panelStep, start, si, out, sc, scratch);
        }
      }
    }
  }
}

/** Bytes between rows of C from which the CPU does not fetch them ahead: half a page. */
// @ts-ignore: decorator
@inline const FAR: usize = 2048;

/**
 * Reads a float of each row, so that the cache lines come together. A tile that waits for its own six rows cannot go
 * on: a tenth of the time of a wide model was such waiting.
 */
function touch_rows(at: usize, ld: usize, rows: i32): void {
  for (let r = 0; r < rows; r++) {
    load<f32>(at);
    at += ld;
  }
}

/**
 * One block of A times one packed block of B.
 * @param tileStep bytes of A that a row of C advances by
 * @param rowStep, step as in multiply_tile
 * @param panelStep bytes of B that a panel advances by
 * @param init 0 for zeros
 */
function multiply_block(
  M: i32, N: i32, K: i32, a: usize, tileStep: usize, rowStep: usize, step: usize, panels: usize, panelStep: usize,
  init: usize, ldInit: usize, c: usize, sc: usize, scratch: usize,
): void {
  const zeros = tile_zeros(scratch);
  for (let j = 0; j < N; j += NR) {
    const column = <usize>j << 2;
    if (init && ldInit >= FAR) touch_rows(init + column, ldInit, M);
    for (let i = 0; i < M; i += MR) {
      const start = init ? init + <usize>i * ldInit + column : zeros;
      multiply_edge(
        K, a + <usize>i * tileStep, rowStep, step, M - i, N - j, panels, start, init ? ldInit : 0,
        c + <usize>i * sc + column, sc, scratch,
      );
    }
    panels += panelStep;
  }
}

/** Bytes of scratch of gemm_packed: of a tile, and a packed block of A. */
export function gemm_packed_scratch_bytes(): usize { return TILE_SCRATCH_BYTES + (<usize>((MC + 6) * KC) << 2); }

/**
 * gemm for an A that is not transposed and a B packed whole by pack_panels: the same bits.
 * @param scratch gemm_packed_scratch_bytes()
 */
export function gemm_packed(
  M: i32, N: i32, K: i32, a: usize, lda: i32, packed: usize, c: usize, ldc: i32, init: usize, ldInit: i32,
  scratch: usize,
): void {
  const sa = <usize>lda << 2, sc = <usize>ldc << 2;
  const panelStep = <usize>(K * NR) << 2;
  const block = scratch + TILE_SCRATCH_BYTES;
  for (let p0 = 0; p0 < K; p0 += KC) {
    const kc = min(KC, K - p0);
    const from = p0 > 0 ? c : init, si = p0 > 0 ? sc : <usize>ldInit << 2;
    const panels = packed + (<usize>(p0 * NR) << 2);
    for (let i0 = 0; i0 < M; i0 += MC) {
      const mc = min(MC, M - i0);
      const rows = a + <usize>i0 * sa + (<usize>p0 << 2), out = c + <usize>i0 * sc;
      const start: usize = from ? from + <usize>i0 * si : 0;
      if (MR == 6 && NR == 16 && N >= WIDE && mc > MR) {
        pack_six_rows(kc, mc, rows, sa, block);
        multiply_block(mc, N, kc, block, <usize>kc << 2, 4, 24, panels, panelStep, start, si, out, sc, scratch);
      } else multiply_block(mc, N, kc, rows, sa, sa, 4, panels, panelStep, start, si, out, sc, scratch);
    }
  }
}
