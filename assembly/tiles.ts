// Register tiles of the matrix product. A tile keeps MR x NR outputs in registers and adds products with k ascending,
// so that an output's bits depend on its row of A, its column of B and K alone. Which is fastest depends on engine and
// CPU: the host times them. 16 wide: for engines that pair 128-bit operations into 256-bit ones (12 wide accumulators
// of 16 registers); 8 wide: for plain 128-bit lanes; those for 32 registers are in tiles-arm64.ts. Arguments of every
// tile: A(r, p) at a + r * rowStep + p * step (rows past `rows` repeat the last one, or with rowStep 4 may be read: any
// floats); B a packed panel of K rows; the sums begin with init (rows ldInit apart; 0 = one row for all). Steps and
// leading dimensions in bytes.
// The accumulators begin with unconditional loads and the loop is not unrolled: with a choice of starts, or with more
// steps a turn, V8 leaves a pair of accumulators unpaired or spills, and the speed drops from over 80 % of the peak to
// 60 %. A has one pointer and offsets of its rows: a pointer for each row takes one instruction more a row. On CPUs
// whose multiply-adds share their units with plain integer instructions every one of these costs, so the loop has as
// few as possible: it ends by a comparison of pointers, and the pointers are masked before it, because V8 extends an
// argument to 64 bits in every turn, but not the result of an operation.
import { madd, store16, store8, zero } from './simd';
import { tile_12x8, tile_8x12, tile_8x8 } from './tiles-arm64';

/** C[6x16] = init + A B. */
export function tile_6x16(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  a &= ~3; b &= ~3;
  const end = a + <usize>K * step;
  const r1 = rows > 1 ? rowStep : 0;
  const r2 = rows > 2 ? r1 + rowStep : r1;
  const r3 = rows > 3 ? r2 + rowStep : r2;
  const r4 = rows > 4 ? r3 + rowStep : r3;
  const r5 = rows > 5 ? r4 + rowStep : r4;
  let c00 = v128.load(init), c01 = v128.load(init, 16), c02 = v128.load(init, 32), c03 = v128.load(init, 48);
  init += ldInit;
  let c10 = v128.load(init), c11 = v128.load(init, 16), c12 = v128.load(init, 32), c13 = v128.load(init, 48);
  init += ldInit;
  let c20 = v128.load(init), c21 = v128.load(init, 16), c22 = v128.load(init, 32), c23 = v128.load(init, 48);
  init += ldInit;
  let c30 = v128.load(init), c31 = v128.load(init, 16), c32 = v128.load(init, 32), c33 = v128.load(init, 48);
  init += ldInit;
  let c40 = v128.load(init), c41 = v128.load(init, 16), c42 = v128.load(init, 32), c43 = v128.load(init, 48);
  init += ldInit;
  let c50 = v128.load(init), c51 = v128.load(init, 16), c52 = v128.load(init, 32), c53 = v128.load(init, 48);
  let s = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
  if (a != end) do {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01); c02 = madd(s, b2, c02); c03 = madd(s, b3, c03);
    s = v128.load32_splat(a + r1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11); c12 = madd(s, b2, c12); c13 = madd(s, b3, c13);
    s = v128.load32_splat(a + r2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21); c22 = madd(s, b2, c22); c23 = madd(s, b3, c23);
    s = v128.load32_splat(a + r3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31); c32 = madd(s, b2, c32); c33 = madd(s, b3, c33);
    s = v128.load32_splat(a + r4);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41); c42 = madd(s, b2, c42); c43 = madd(s, b3, c43);
    s = v128.load32_splat(a + r5);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51); c52 = madd(s, b2, c52); c53 = madd(s, b3, c53);
    a += step;
    b += 64;
  } while (a != end);
  store16(c, c00, c01, c02, c03);
  c += ldc;
  store16(c, c10, c11, c12, c13);
  c += ldc;
  store16(c, c20, c21, c22, c23);
  c += ldc;
  store16(c, c30, c31, c32, c33);
  c += ldc;
  store16(c, c40, c41, c42, c43);
  c += ldc;
  store16(c, c50, c51, c52, c53);
}

/**
 * tile_6x16 where the rows of A are interleaved (rowStep 4), including the rows past the last one: one pointer instead
 * of six is worth 5 %. The loads before the loop make V8 keep the five sums of memory's start and an offset in
 * registers; without them it adds in every turn (5 %).
 */
export function tile_6x16_adjacent(
  K: i32, a: usize, step: usize, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  a &= ~3; b &= ~3;
  v128.load32_splat(a, 4); v128.load32_splat(a, 8); v128.load32_splat(a, 12); v128.load32_splat(a, 16);
  v128.load32_splat(a, 20);
  const end = a + <usize>K * step;
  let c00 = v128.load(init), c01 = v128.load(init, 16), c02 = v128.load(init, 32), c03 = v128.load(init, 48);
  init += ldInit;
  let c10 = v128.load(init), c11 = v128.load(init, 16), c12 = v128.load(init, 32), c13 = v128.load(init, 48);
  init += ldInit;
  let c20 = v128.load(init), c21 = v128.load(init, 16), c22 = v128.load(init, 32), c23 = v128.load(init, 48);
  init += ldInit;
  let c30 = v128.load(init), c31 = v128.load(init, 16), c32 = v128.load(init, 32), c33 = v128.load(init, 48);
  init += ldInit;
  let c40 = v128.load(init), c41 = v128.load(init, 16), c42 = v128.load(init, 32), c43 = v128.load(init, 48);
  init += ldInit;
  let c50 = v128.load(init), c51 = v128.load(init, 16), c52 = v128.load(init, 32), c53 = v128.load(init, 48);
  let s = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
  if (a != end) do {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    s = v128.load32_splat(a, 0);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01); c02 = madd(s, b2, c02); c03 = madd(s, b3, c03);
    s = v128.load32_splat(a, 4);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11); c12 = madd(s, b2, c12); c13 = madd(s, b3, c13);
    s = v128.load32_splat(a, 8);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21); c22 = madd(s, b2, c22); c23 = madd(s, b3, c23);
    s = v128.load32_splat(a, 12);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31); c32 = madd(s, b2, c32); c33 = madd(s, b3, c33);
    s = v128.load32_splat(a, 16);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41); c42 = madd(s, b2, c42); c43 = madd(s, b3, c43);
    s = v128.load32_splat(a, 20);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51); c52 = madd(s, b2, c52); c53 = madd(s, b3, c53);
    a += step;
    b += 64;
  } while (a != end);
  store16(c, c00, c01, c02, c03);
  c += ldc;
  store16(c, c10, c11, c12, c13);
  c += ldc;
  store16(c, c20, c21, c22, c23);
  c += ldc;
  store16(c, c30, c31, c32, c33);
  c += ldc;
  store16(c, c40, c41, c42, c43);
  c += ldc;
  store16(c, c50, c51, c52, c53);
}

/** C[4x16] = init + A B. */
export function tile_4x16(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  a &= ~3; b &= ~3;
  const end = a + <usize>K * step;
  const r1 = rows > 1 ? rowStep : 0;
  const r2 = rows > 2 ? r1 + rowStep : r1;
  const r3 = rows > 3 ? r2 + rowStep : r2;
  let c00 = v128.load(init), c01 = v128.load(init, 16), c02 = v128.load(init, 32), c03 = v128.load(init, 48);
  init += ldInit;
  let c10 = v128.load(init), c11 = v128.load(init, 16), c12 = v128.load(init, 32), c13 = v128.load(init, 48);
  init += ldInit;
  let c20 = v128.load(init), c21 = v128.load(init, 16), c22 = v128.load(init, 32), c23 = v128.load(init, 48);
  init += ldInit;
  let c30 = v128.load(init), c31 = v128.load(init, 16), c32 = v128.load(init, 32), c33 = v128.load(init, 48);
  let s = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
  if (a != end) do {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16); b2 = v128.load(b, 32); b3 = v128.load(b, 48);
    s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01); c02 = madd(s, b2, c02); c03 = madd(s, b3, c03);
    s = v128.load32_splat(a + r1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11); c12 = madd(s, b2, c12); c13 = madd(s, b3, c13);
    s = v128.load32_splat(a + r2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21); c22 = madd(s, b2, c22); c23 = madd(s, b3, c23);
    s = v128.load32_splat(a + r3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31); c32 = madd(s, b2, c32); c33 = madd(s, b3, c33);
    a += step;
    b += 64;
  } while (a != end);
  store16(c, c00, c01, c02, c03);
  c += ldc;
  store16(c, c10, c11, c12, c13);
  c += ldc;
  store16(c, c20, c21, c22, c23);
  c += ldc;
  store16(c, c30, c31, c32, c33);
}

/** C[6x8] = init + A B. */
export function tile_6x8(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  a &= ~3; b &= ~3;
  const end = a + <usize>K * step;
  const r1 = rows > 1 ? rowStep : 0;
  const r2 = rows > 2 ? r1 + rowStep : r1;
  const r3 = rows > 3 ? r2 + rowStep : r2;
  const r4 = rows > 4 ? r3 + rowStep : r3;
  const r5 = rows > 5 ? r4 + rowStep : r4;
  let c00 = v128.load(init), c01 = v128.load(init, 16);
  init += ldInit;
  let c10 = v128.load(init), c11 = v128.load(init, 16);
  init += ldInit;
  let c20 = v128.load(init), c21 = v128.load(init, 16);
  init += ldInit;
  let c30 = v128.load(init), c31 = v128.load(init, 16);
  init += ldInit;
  let c40 = v128.load(init), c41 = v128.load(init, 16);
  init += ldInit;
  let c50 = v128.load(init), c51 = v128.load(init, 16);
  let s = zero(), b0 = zero(), b1 = zero();
  if (a != end) do {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16);
    s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a + r1); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a + r2); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a + r3); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a + r4); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a + r5); c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    a += step;
    b += 32;
  } while (a != end);
  store8(c, c00, c01);
  c += ldc;
  store8(c, c10, c11);
  c += ldc;
  store8(c, c20, c21);
  c += ldc;
  store8(c, c30, c31);
  c += ldc;
  store8(c, c40, c41);
  c += ldc;
  store8(c, c50, c51);
}

/** C[5x8] = init + A B. */
export function tile_5x8(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  a &= ~3; b &= ~3;
  const end = a + <usize>K * step;
  const r1 = rows > 1 ? rowStep : 0;
  const r2 = rows > 2 ? r1 + rowStep : r1;
  const r3 = rows > 3 ? r2 + rowStep : r2;
  const r4 = rows > 4 ? r3 + rowStep : r3;
  let c00 = v128.load(init), c01 = v128.load(init, 16);
  init += ldInit;
  let c10 = v128.load(init), c11 = v128.load(init, 16);
  init += ldInit;
  let c20 = v128.load(init), c21 = v128.load(init, 16);
  init += ldInit;
  let c30 = v128.load(init), c31 = v128.load(init, 16);
  init += ldInit;
  let c40 = v128.load(init), c41 = v128.load(init, 16);
  let s = zero(), b0 = zero(), b1 = zero();
  if (a != end) do {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16);
    s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a + r1); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a + r2); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a + r3); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a + r4); c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    a += step;
    b += 32;
  } while (a != end);
  store8(c, c00, c01);
  c += ldc;
  store8(c, c10, c11);
  c += ldc;
  store8(c, c20, c21);
  c += ldc;
  store8(c, c30, c31);
  c += ldc;
  store8(c, c40, c41);
}

/** C[4x8] = init + A B. */
export function tile_4x8(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  a &= ~3; b &= ~3;
  const end = a + <usize>K * step;
  const r1 = rows > 1 ? rowStep : 0;
  const r2 = rows > 2 ? r1 + rowStep : r1;
  const r3 = rows > 3 ? r2 + rowStep : r2;
  let c00 = v128.load(init), c01 = v128.load(init, 16);
  init += ldInit;
  let c10 = v128.load(init), c11 = v128.load(init, 16);
  init += ldInit;
  let c20 = v128.load(init), c21 = v128.load(init, 16);
  init += ldInit;
  let c30 = v128.load(init), c31 = v128.load(init, 16);
  let s = zero(), b0 = zero(), b1 = zero();
  if (a != end) do {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16);
    s = v128.load32_splat(a); c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a + r1); c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a + r2); c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a + r3); c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    a += step;
    b += 32;
  } while (a != end);
  store8(c, c00, c01);
  c += ldc;
  store8(c, c10, c11);
  c += ldc;
  store8(c, c20, c21);
  c += ldc;
  store8(c, c30, c31);
}

/**
 * Rows and columns of the tile in use; per instance, set by the host before anything runs. Bits do not depend on them.
 */
export let MR: i32 = 6;
export let NR: i32 = 16;

/** Chooses the register tile: 0 = 6x16, 1 = 5x8, 2 = 4x16, 3 = 6x8, 4 = 4x8, 5 = 8x8, 6 = 8x12, 7 = 12x8. */
export function set_tile(tile: i32): void {
  MR = tile == 7 ? 12 : tile >= 5 ? 8 : tile == 1 ? 5 : tile == 0 || tile == 3 ? 6 : 4;
  NR = tile == 0 || tile == 2 ? 16 : tile == 6 ? 12 : 8;
}

/**
 * C = init + A B by the tile in use; `rows` of A exist (more than MR is fine). Writes MR x NR outputs. Inline, like
 * multiply_edge: two calls more for every tile made a training step 1 % slower.
 */
// @ts-ignore: decorator
@inline
export function multiply_tile(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  if (NR == 16) {
    if (MR == 6 && rowStep == 4) tile_6x16_adjacent(K, a, step, b, init, ldInit, c, ldc);
    else if (MR == 6) tile_6x16(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
    else tile_4x16(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
  } else if (NR == 12) tile_8x12(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
  else if (MR == 5) tile_5x8(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
  else if (MR == 6) tile_6x8(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
  else if (MR == 8) tile_8x8(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
  else if (MR == 12) tile_12x8(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
  else tile_4x8(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
}

/** Bytes of a tile scratch: one row of zeros to start sums from, and the largest tile for edges. Whole cache lines. */
// @ts-ignore: decorator
@inline
export const TILE_SCRATCH_BYTES: usize = (16 + 6 * 16 + 16) * 4;

/** Writes the zeros of a tile scratch and returns their address: an `init` for ldInit 0. */
export function tile_zeros(scratch: usize): usize {
  for (let o: usize = 0; o < 64; o += 16) v128.store(scratch + o, zero());
  return scratch;
}

/**
 * multiply_tile for an output that may stick out of C: then it goes through the tile scratch and only `rows` x `cols`
 * are read and stored.
 */
// @ts-ignore: decorator
@inline
export function multiply_edge(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, cols: i32, b: usize, init: usize, ldInit: usize, c: usize,
  ldc: usize, scratch: usize,
): void {
  if (rows >= MR && cols >= NR) multiply_tile(K, a, rowStep, step, rows, b, init, ldInit, c, ldc);
  else multiply_partial(K, a, rowStep, step, rows, cols, b, init, ldInit, c, ldc, scratch);
}

/** multiply_edge where the output sticks out. */
function multiply_partial(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, cols: i32, b: usize, init: usize, ldInit: usize, c: usize,
  ldc: usize, scratch: usize,
): void {
  const edge = scratch + 64, ld = <usize>NR << 2;
  const r = min(rows, MR), n = min(cols, NR);
  copy_rows(r, n, init, ldInit, edge, ld);
  multiply_tile(K, a, rowStep, step, rows, b, edge, ld, edge, ld);
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
