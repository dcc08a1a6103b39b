// Packing: operands of a matrix product copied into the order in which the register tiles read them.
import { store8 } from './simd';
import { MR, NR } from './tiles';

/**
 * Packs B(p, j) = B[p * ldb + j] for `cols` columns into panel[p * NR + j]; missing columns are 0. Strides in bytes.
 */
export function pack_rows(K: i32, cols: i32, b: usize, ldb: usize, panel: usize): void {
  const width = <usize>NR << 2, pairs = width & ~31;
  if (cols >= NR) {
    for (let p = 0; p < K; p++) {
      let o: usize = 0;
      for (; o < pairs; o += 32) {
        store8(panel + o, v128.load(b + o), v128.load(b + o, 16));
      }
      if (o < width) v128.store(panel + o, v128.load(b + o));
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

/**
 * Packs B(p, j) = B[j * ldb + p] (B stored transposed) for `cols` columns into panel[p * NR + j]; missing columns
 * are 0.
 */
export function pack_transposed(K: i32, cols: i32, b: usize, ldb: usize, panel: usize): void {
  const width = <usize>NR << 2;
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
        for (let i = 0; i < 4; i++)
          store<f32>(q + (<usize>i << 2), j + i < cols ? load<f32>(b + <usize>(j + i) * ldb + (<usize>p << 2)) : 0);
        q += width;
      }
    }
  }
}

/** Floats of op(B)[K, N] packed whole: N in whole panels of the tile in use, and in whole cache lines. */
// @ts-ignore: decorator
@inline
export function packed_floats(K: i32, N: i32): usize { return <usize>K * <usize>((whole_panels(N) + 15) & ~15); }

/** Columns of the panels of N columns. */
// @ts-ignore: decorator
@inline
export function whole_panels(N: i32): i32 { return (N + NR - 1) / NR * NR; }

/**
 * Packs op(B)[K, N] whole: the panel of columns j.. (j a multiple of NR) at packed + j * K floats.
 * @param transB B is stored [N, K]
 */
export function pack_panels(transB: bool, K: i32, N: i32, b: usize, ldb: usize, packed: usize): void {
  for (let j = 0; j < N; j += NR) {
    const panel = packed + (<usize>j * <usize>K << 2);
    if (transB) pack_transposed(K, min(NR, N - j), b + <usize>j * ldb, ldb, panel);
    else pack_rows(K, min(NR, N - j), b + (<usize>j << 2), ldb, panel);
  }
}

/**
 * Steps of k that pack_columns takes at a time through all tiles: every cache line of A is read while it is in the
 * first-level cache.
 */
// @ts-ignore: decorator
@inline const PACK_STEPS: i32 = 16;

/**
 * Packs `rows` columns of a TN operand, A(i, p) = A[p * lda + i], into tiles: tile t at packed + t * K * MR floats,
 * then p, then row.
 */
export function pack_columns(K: i32, rows: i32, a: usize, lda: usize, packed: usize): void {
  const step = <usize>MR << 2;
  for (let p0 = 0; p0 < K; p0 += PACK_STEPS) {
    const steps = min(PACK_STEPS, K - p0);
    for (let i = 0; i < rows; i += MR) {
      let from = a + <usize>p0 * lda + (<usize>i << 2);
      let to = packed + (<usize>i * <usize>K << 2) + <usize>p0 * step;
      // A full vector past a short tile reads the neighbouring columns: finite memory, rows that are never stored.
      for (let p = 0; p < steps; p++) {
        v128.store(to, v128.load(from));
        if (MR == 6) store<u64>(to, load<u64>(from, 16), 16);
        else if (MR == 5) store<u32>(to, load<u32>(from, 16), 16);
        else if (MR >= 8) {
          v128.store(to, v128.load(from, 16), 16);
          if (MR == 12) v128.store(to, v128.load(from, 32), 32);
        }
        from += lda;
        to += step;
      }
    }
  }
}

/**
 * As pack_columns, for an operand that is not transposed, A(i, p) = A[i * lda + p], and tiles of 6 rows; rows past the
 * last repeat it.
 */
export function pack_six_rows(K: i32, rows: i32, a: usize, lda: usize, packed: usize): void {
  const quads = K & ~3;
  for (let i = 0; i < rows; i += 6) {
    const left = rows - i;
    const r0 = a + <usize>i * lda;
    const r1 = left > 1 ? r0 + lda : r0, r2 = left > 2 ? r1 + lda : r1, r3 = left > 3 ? r2 + lda : r2,
      r4 = left > 4 ? r3 + lda : r3, r5 = left > 5 ? r4 + lda : r4;
    let to = packed + (<usize>i * <usize>K << 2);
    let p = 0;
    for (; p < quads; p += 4) {
      const o = <usize>p << 2;
      const x0 = v128.load(r0 + o), x1 = v128.load(r1 + o), x2 = v128.load(r2 + o), x3 = v128.load(r3 + o),
        x4 = v128.load(r4 + o), x5 = v128.load(r5 + o);
      const y0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), y1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const y2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), y3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      const y4 = v128.shuffle<f32>(x4, x5, 0, 4, 1, 5), y5 = v128.shuffle<f32>(x4, x5, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(y0, y2, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(y4, y0, 0, 1, 6, 7), 16);
      v128.store(to, v128.shuffle<f32>(y2, y4, 2, 3, 6, 7), 32);
      v128.store(to, v128.shuffle<f32>(y1, y3, 0, 1, 4, 5), 48);
      v128.store(to, v128.shuffle<f32>(y5, y1, 0, 1, 6, 7), 64);
      v128.store(to, v128.shuffle<f32>(y3, y5, 2, 3, 6, 7), 80);
      to += 96;
    }
    for (; p < K; p++) {
      const o = <usize>p << 2;
      store<f32>(to, load<f32>(r0 + o));
      store<f32>(to, load<f32>(r1 + o), 4);
      store<f32>(to, load<f32>(r2 + o), 8);
      store<f32>(to, load<f32>(r3 + o), 12);
      store<f32>(to, load<f32>(r4 + o), 16);
      store<f32>(to, load<f32>(r5 + o), 20);
      to += 24;
    }
  }
}
