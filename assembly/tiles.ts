// Register tiles of the matrix product. A tile keeps MR x NR outputs in registers and adds products with k ascending, so that
// an output's bits depend on its row of A, its column of B and K alone. Which is fastest depends on engine and CPU: the host times them.
// 16 wide: for engines that pair 128-bit operations into 256-bit ones (12 wide accumulators of 16 registers); 8 wide: for plain 128-bit lanes.
import { madd, zero } from './simd';

/** C[6x16] (+)= A B. A(r, p) at a + r * rowStep + p * step (rows past `rows` repeat the last one); B is a packed panel. Steps in bytes. */
export function tile_6x16(K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, c: usize, ldc: usize, accumulate: bool): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  let a4 = rows > 4 ? a3 + rowStep : a3;
  let a5 = rows > 5 ? a4 + rowStep : a4;
  let c00 = zero(), c01 = zero(), c02 = zero(), c03 = zero();
  let c10 = zero(), c11 = zero(), c12 = zero(), c13 = zero();
  let c20 = zero(), c21 = zero(), c22 = zero(), c23 = zero();
  let c30 = zero(), c31 = zero(), c32 = zero(), c33 = zero();
  let c40 = zero(), c41 = zero(), c42 = zero(), c43 = zero();
  let c50 = zero(), c51 = zero(), c52 = zero(), c53 = zero();
  if (accumulate) {
    let row = c;
    c00 = v128.load(row); c01 = v128.load(row, 16); c02 = v128.load(row, 32); c03 = v128.load(row, 48);
    row += ldc;
    c10 = v128.load(row); c11 = v128.load(row, 16); c12 = v128.load(row, 32); c13 = v128.load(row, 48);
    row += ldc;
    c20 = v128.load(row); c21 = v128.load(row, 16); c22 = v128.load(row, 32); c23 = v128.load(row, 48);
    row += ldc;
    c30 = v128.load(row); c31 = v128.load(row, 16); c32 = v128.load(row, 32); c33 = v128.load(row, 48);
    row += ldc;
    c40 = v128.load(row); c41 = v128.load(row, 16); c42 = v128.load(row, 32); c43 = v128.load(row, 48);
    row += ldc;
    c50 = v128.load(row); c51 = v128.load(row, 16); c52 = v128.load(row, 32); c53 = v128.load(row, 48);
  }
  let s = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
  for (let p = K; p > 0; p--) {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    s = v128.load32_splat(a0); a0 += step; c00 = madd(s, b0, c00); c01 = madd(s, b1, c01); c02 = madd(s, b2, c02); c03 = madd(s, b3, c03);
    s = v128.load32_splat(a1); a1 += step; c10 = madd(s, b0, c10); c11 = madd(s, b1, c11); c12 = madd(s, b2, c12); c13 = madd(s, b3, c13);
    s = v128.load32_splat(a2); a2 += step; c20 = madd(s, b0, c20); c21 = madd(s, b1, c21); c22 = madd(s, b2, c22); c23 = madd(s, b3, c23);
    s = v128.load32_splat(a3); a3 += step; c30 = madd(s, b0, c30); c31 = madd(s, b1, c31); c32 = madd(s, b2, c32); c33 = madd(s, b3, c33);
    s = v128.load32_splat(a4); a4 += step; c40 = madd(s, b0, c40); c41 = madd(s, b1, c41); c42 = madd(s, b2, c42); c43 = madd(s, b3, c43);
    s = v128.load32_splat(a5); a5 += step; c50 = madd(s, b0, c50); c51 = madd(s, b1, c51); c52 = madd(s, b2, c52); c53 = madd(s, b3, c53);
    b += 64;
  }
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(c, c02, 32); v128.store(c, c03, 48);
  c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16); v128.store(c, c12, 32); v128.store(c, c13, 48);
  c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16); v128.store(c, c22, 32); v128.store(c, c23, 48);
  c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16); v128.store(c, c32, 32); v128.store(c, c33, 48);
  c += ldc;
  v128.store(c, c40); v128.store(c, c41, 16); v128.store(c, c42, 32); v128.store(c, c43, 48);
  c += ldc;
  v128.store(c, c50); v128.store(c, c51, 16); v128.store(c, c52, 32); v128.store(c, c53, 48);
}

/** C[4x16] (+)= A B. A(r, p) at a + r * rowStep + p * step (rows past `rows` repeat the last one); B is a packed panel. Steps in bytes. */
export function tile_4x16(K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, c: usize, ldc: usize, accumulate: bool): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  let c00 = zero(), c01 = zero(), c02 = zero(), c03 = zero();
  let c10 = zero(), c11 = zero(), c12 = zero(), c13 = zero();
  let c20 = zero(), c21 = zero(), c22 = zero(), c23 = zero();
  let c30 = zero(), c31 = zero(), c32 = zero(), c33 = zero();
  if (accumulate) {
    let row = c;
    c00 = v128.load(row); c01 = v128.load(row, 16); c02 = v128.load(row, 32); c03 = v128.load(row, 48);
    row += ldc;
    c10 = v128.load(row); c11 = v128.load(row, 16); c12 = v128.load(row, 32); c13 = v128.load(row, 48);
    row += ldc;
    c20 = v128.load(row); c21 = v128.load(row, 16); c22 = v128.load(row, 32); c23 = v128.load(row, 48);
    row += ldc;
    c30 = v128.load(row); c31 = v128.load(row, 16); c32 = v128.load(row, 32); c33 = v128.load(row, 48);
  }
  let s = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
  for (let p = K; p > 0; p--) {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    s = v128.load32_splat(a0); a0 += step; c00 = madd(s, b0, c00); c01 = madd(s, b1, c01); c02 = madd(s, b2, c02); c03 = madd(s, b3, c03);
    s = v128.load32_splat(a1); a1 += step; c10 = madd(s, b0, c10); c11 = madd(s, b1, c11); c12 = madd(s, b2, c12); c13 = madd(s, b3, c13);
    s = v128.load32_splat(a2); a2 += step; c20 = madd(s, b0, c20); c21 = madd(s, b1, c21); c22 = madd(s, b2, c22); c23 = madd(s, b3, c23);
    s = v128.load32_splat(a3); a3 += step; c30 = madd(s, b0, c30); c31 = madd(s, b1, c31); c32 = madd(s, b2, c32); c33 = madd(s, b3, c33);
    b += 64;
  }
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(c, c02, 32); v128.store(c, c03, 48);
  c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16); v128.store(c, c12, 32); v128.store(c, c13, 48);
  c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16); v128.store(c, c22, 32); v128.store(c, c23, 48);
  c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16); v128.store(c, c32, 32); v128.store(c, c33, 48);
}

/** C[6x8] (+)= A B. A(r, p) at a + r * rowStep + p * step (rows past `rows` repeat the last one); B is a packed panel. Steps in bytes. */
export function tile_6x8(K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, c: usize, ldc: usize, accumulate: bool): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  let a4 = rows > 4 ? a3 + rowStep : a3;
  let a5 = rows > 5 ? a4 + rowStep : a4;
  let c00 = zero(), c01 = zero();
  let c10 = zero(), c11 = zero();
  let c20 = zero(), c21 = zero();
  let c30 = zero(), c31 = zero();
  let c40 = zero(), c41 = zero();
  let c50 = zero(), c51 = zero();
  if (accumulate) {
    let row = c;
    c00 = v128.load(row); c01 = v128.load(row, 16);
    row += ldc;
    c10 = v128.load(row); c11 = v128.load(row, 16);
    row += ldc;
    c20 = v128.load(row); c21 = v128.load(row, 16);
    row += ldc;
    c30 = v128.load(row); c31 = v128.load(row, 16);
    row += ldc;
    c40 = v128.load(row); c41 = v128.load(row, 16);
    row += ldc;
    c50 = v128.load(row); c51 = v128.load(row, 16);
  }
  let s = zero(), b0 = zero(), b1 = zero();
  for (let p = K; p > 0; p--) {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16);
    s = v128.load32_splat(a0); a0 += step; c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1); a1 += step; c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2); a2 += step; c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3); a3 += step; c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a4); a4 += step; c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a5); a5 += step; c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    b += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16);
  c += ldc;
  v128.store(c, c40); v128.store(c, c41, 16);
  c += ldc;
  v128.store(c, c50); v128.store(c, c51, 16);
}

/** C[5x8] (+)= A B. A(r, p) at a + r * rowStep + p * step (rows past `rows` repeat the last one); B is a packed panel. Steps in bytes. */
export function tile_5x8(K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, c: usize, ldc: usize, accumulate: bool): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  let a4 = rows > 4 ? a3 + rowStep : a3;
  let c00 = zero(), c01 = zero();
  let c10 = zero(), c11 = zero();
  let c20 = zero(), c21 = zero();
  let c30 = zero(), c31 = zero();
  let c40 = zero(), c41 = zero();
  if (accumulate) {
    let row = c;
    c00 = v128.load(row); c01 = v128.load(row, 16);
    row += ldc;
    c10 = v128.load(row); c11 = v128.load(row, 16);
    row += ldc;
    c20 = v128.load(row); c21 = v128.load(row, 16);
    row += ldc;
    c30 = v128.load(row); c31 = v128.load(row, 16);
    row += ldc;
    c40 = v128.load(row); c41 = v128.load(row, 16);
  }
  let s = zero(), b0 = zero(), b1 = zero();
  for (let p = K; p > 0; p--) {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16);
    s = v128.load32_splat(a0); a0 += step; c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1); a1 += step; c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2); a2 += step; c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3); a3 += step; c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a4); a4 += step; c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    b += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16);
  c += ldc;
  v128.store(c, c40); v128.store(c, c41, 16);
}

/** C[4x8] (+)= A B. A(r, p) at a + r * rowStep + p * step (rows past `rows` repeat the last one); B is a packed panel. Steps in bytes. */
export function tile_4x8(K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, c: usize, ldc: usize, accumulate: bool): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  let c00 = zero(), c01 = zero();
  let c10 = zero(), c11 = zero();
  let c20 = zero(), c21 = zero();
  let c30 = zero(), c31 = zero();
  if (accumulate) {
    let row = c;
    c00 = v128.load(row); c01 = v128.load(row, 16);
    row += ldc;
    c10 = v128.load(row); c11 = v128.load(row, 16);
    row += ldc;
    c20 = v128.load(row); c21 = v128.load(row, 16);
    row += ldc;
    c30 = v128.load(row); c31 = v128.load(row, 16);
  }
  let s = zero(), b0 = zero(), b1 = zero();
  for (let p = K; p > 0; p--) {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16);
    s = v128.load32_splat(a0); a0 += step; c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1); a1 += step; c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2); a2 += step; c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3); a3 += step; c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    b += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16);
  c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16);
  c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16);
}

/** Rows and columns of the tile in use; per instance, set by the host before anything runs. Bits do not depend on them. */
export let MR: i32 = 6;
export let NR: i32 = 16;

/** Chooses the register tile: 0 = 6x16, 1 = 5x8, 2 = 4x16, 3 = 6x8, 4 = 4x8. */
export function set_tile(tile: i32): void {
  MR = tile == 1 ? 5 : tile == 0 || tile == 3 ? 6 : 4;
  NR = tile == 0 || tile == 2 ? 16 : 8;
}

/** C (+)= A B by the tile in use; `rows` of A exist (more than MR is fine). Writes MR x NR outputs. */
export function multiply_tile(K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, c: usize, ldc: usize, accumulate: bool): void {
  if (NR == 16) {
    if (MR == 6) tile_6x16(K, a, rowStep, step, rows, b, c, ldc, accumulate);
    else tile_4x16(K, a, rowStep, step, rows, b, c, ldc, accumulate);
  } else if (MR == 5) tile_5x8(K, a, rowStep, step, rows, b, c, ldc, accumulate);
  else if (MR == 6) tile_6x8(K, a, rowStep, step, rows, b, c, ldc, accumulate);
  else tile_4x8(K, a, rowStep, step, rows, b, c, ldc, accumulate);
}

/** Bytes of an edge buffer: the largest tile and a cache line of slack; whole lines, so that what follows stays aligned. */
// @ts-ignore: decorator
@inline
export const EDGE_BYTES: usize = (6 * 16 + 16) * 4;

/** multiply_tile for an output that may stick out of C: then it goes through the edge buffer and only `rows` x `cols` are stored. */
export function multiply_edge(K: i32, a: usize, rowStep: usize, step: usize, rows: i32, cols: i32, b: usize, c: usize, ldc: usize, accumulate: bool, edge: usize): void {
  if (rows >= MR && cols >= NR) {
    multiply_tile(K, a, rowStep, step, rows, b, c, ldc, accumulate);
    return;
  }
  const ld = <usize>NR << 2;
  const r = min(rows, MR), n = min(cols, NR);
  if (accumulate) copy_rows(r, n, c, ldc, edge, ld);
  multiply_tile(K, a, rowStep, step, rows, b, edge, ld, accumulate);
  copy_rows(r, n, edge, ld, c, ldc);
}

/** Copies rows x cols floats; a loop, because memory.copy leaves the engine's code for each row. */
function copy_rows(rows: i32, cols: i32, from: usize, ldFrom: usize, to: usize, ldTo: usize): void {
  const bytes = <usize>cols << 2;
  const lanes = bytes & ~15;
  for (let r = 0; r < rows; r++) {
    let o: usize = 0;
    for (; o < lanes; o += 16) v128.store(to + o, v128.load(from + o));
    for (; o < bytes; o += 4) store<f32>(to + o, load<f32>(from + o));
    from += ldFrom;
    to += ldTo;
  }
}
