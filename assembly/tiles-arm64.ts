// Register tiles for engines with 32 vector registers of 128 bits, arm64: 16 or 24 accumulators. Arguments, and what
// the bits of an output depend on, as in tiles.ts. V8's loops of all three keep every accumulator in a register (Node
// 26, machine code read under an emulator). Their speed was not measured.
import { madd, zero } from './simd';

/** C[8x8] = init + A B. */
export function tile_8x8(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  const r1 = rows > 1 ? rowStep : 0;
  const r2 = rows > 2 ? r1 + rowStep : r1;
  const r3 = rows > 3 ? r2 + rowStep : r2;
  const r4 = rows > 4 ? r3 + rowStep : r3;
  const r5 = rows > 5 ? r4 + rowStep : r4;
  const r6 = rows > 6 ? r5 + rowStep : r5;
  const r7 = rows > 7 ? r6 + rowStep : r6;
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
  init += ldInit;
  let c60 = v128.load(init), c61 = v128.load(init, 16);
  init += ldInit;
  let c70 = v128.load(init), c71 = v128.load(init, 16);
  let s = zero(), b0 = zero(), b1 = zero();
  for (let p = K; p > 0; p--) {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16);
    s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a + r1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a + r2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a + r3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a + r4);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a + r5);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    s = v128.load32_splat(a + r6);
    c60 = madd(s, b0, c60); c61 = madd(s, b1, c61);
    s = v128.load32_splat(a + r7);
    c70 = madd(s, b0, c70); c71 = madd(s, b1, c71);
    a += step;
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
  c += ldc;
  v128.store(c, c60); v128.store(c, c61, 16);
  c += ldc;
  v128.store(c, c70); v128.store(c, c71, 16);
}

/** C[8x12] = init + A B. */
export function tile_8x12(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  const r1 = rows > 1 ? rowStep : 0;
  const r2 = rows > 2 ? r1 + rowStep : r1;
  const r3 = rows > 3 ? r2 + rowStep : r2;
  const r4 = rows > 4 ? r3 + rowStep : r3;
  const r5 = rows > 5 ? r4 + rowStep : r4;
  const r6 = rows > 6 ? r5 + rowStep : r5;
  const r7 = rows > 7 ? r6 + rowStep : r6;
  let c00 = v128.load(init), c01 = v128.load(init, 16), c02 = v128.load(init, 32);
  init += ldInit;
  let c10 = v128.load(init), c11 = v128.load(init, 16), c12 = v128.load(init, 32);
  init += ldInit;
  let c20 = v128.load(init), c21 = v128.load(init, 16), c22 = v128.load(init, 32);
  init += ldInit;
  let c30 = v128.load(init), c31 = v128.load(init, 16), c32 = v128.load(init, 32);
  init += ldInit;
  let c40 = v128.load(init), c41 = v128.load(init, 16), c42 = v128.load(init, 32);
  init += ldInit;
  let c50 = v128.load(init), c51 = v128.load(init, 16), c52 = v128.load(init, 32);
  init += ldInit;
  let c60 = v128.load(init), c61 = v128.load(init, 16), c62 = v128.load(init, 32);
  init += ldInit;
  let c70 = v128.load(init), c71 = v128.load(init, 16), c72 = v128.load(init, 32);
  let s = zero(), b0 = zero(), b1 = zero(), b2 = zero();
  for (let p = K; p > 0; p--) {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16); b2 = v128.load(b, 32);
    s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01); c02 = madd(s, b2, c02);
    s = v128.load32_splat(a + r1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11); c12 = madd(s, b2, c12);
    s = v128.load32_splat(a + r2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21); c22 = madd(s, b2, c22);
    s = v128.load32_splat(a + r3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31); c32 = madd(s, b2, c32);
    s = v128.load32_splat(a + r4);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41); c42 = madd(s, b2, c42);
    s = v128.load32_splat(a + r5);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51); c52 = madd(s, b2, c52);
    s = v128.load32_splat(a + r6);
    c60 = madd(s, b0, c60); c61 = madd(s, b1, c61); c62 = madd(s, b2, c62);
    s = v128.load32_splat(a + r7);
    c70 = madd(s, b0, c70); c71 = madd(s, b1, c71); c72 = madd(s, b2, c72);
    a += step;
    b += 48;
  }
  v128.store(c, c00); v128.store(c, c01, 16); v128.store(c, c02, 32);
  c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16); v128.store(c, c12, 32);
  c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16); v128.store(c, c22, 32);
  c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16); v128.store(c, c32, 32);
  c += ldc;
  v128.store(c, c40); v128.store(c, c41, 16); v128.store(c, c42, 32);
  c += ldc;
  v128.store(c, c50); v128.store(c, c51, 16); v128.store(c, c52, 32);
  c += ldc;
  v128.store(c, c60); v128.store(c, c61, 16); v128.store(c, c62, 32);
  c += ldc;
  v128.store(c, c70); v128.store(c, c71, 16); v128.store(c, c72, 32);
}

/** C[12x8] = init + A B. */
export function tile_12x8(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  const r1 = rows > 1 ? rowStep : 0;
  const r2 = rows > 2 ? r1 + rowStep : r1;
  const r3 = rows > 3 ? r2 + rowStep : r2;
  const r4 = rows > 4 ? r3 + rowStep : r3;
  const r5 = rows > 5 ? r4 + rowStep : r4;
  const r6 = rows > 6 ? r5 + rowStep : r5;
  const r7 = rows > 7 ? r6 + rowStep : r6;
  const r8 = rows > 8 ? r7 + rowStep : r7;
  const r9 = rows > 9 ? r8 + rowStep : r8;
  const r10 = rows > 10 ? r9 + rowStep : r9;
  const r11 = rows > 11 ? r10 + rowStep : r10;
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
  init += ldInit;
  let c60 = v128.load(init), c61 = v128.load(init, 16);
  init += ldInit;
  let c70 = v128.load(init), c71 = v128.load(init, 16);
  init += ldInit;
  let c80 = v128.load(init), c81 = v128.load(init, 16);
  init += ldInit;
  let c90 = v128.load(init), c91 = v128.load(init, 16);
  init += ldInit;
  let ca0 = v128.load(init), ca1 = v128.load(init, 16);
  init += ldInit;
  let cb0 = v128.load(init), cb1 = v128.load(init, 16);
  let s = zero(), b0 = zero(), b1 = zero();
  for (let p = K; p > 0; p--) {
    b0 = v128.load(b, 0); b1 = v128.load(b, 16);
    s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a + r1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a + r2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a + r3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a + r4);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a + r5);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    s = v128.load32_splat(a + r6);
    c60 = madd(s, b0, c60); c61 = madd(s, b1, c61);
    s = v128.load32_splat(a + r7);
    c70 = madd(s, b0, c70); c71 = madd(s, b1, c71);
    s = v128.load32_splat(a + r8);
    c80 = madd(s, b0, c80); c81 = madd(s, b1, c81);
    s = v128.load32_splat(a + r9);
    c90 = madd(s, b0, c90); c91 = madd(s, b1, c91);
    s = v128.load32_splat(a + r10);
    ca0 = madd(s, b0, ca0); ca1 = madd(s, b1, ca1);
    s = v128.load32_splat(a + r11);
    cb0 = madd(s, b0, cb0); cb1 = madd(s, b1, cb1);
    a += step;
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
  c += ldc;
  v128.store(c, c60); v128.store(c, c61, 16);
  c += ldc;
  v128.store(c, c70); v128.store(c, c71, 16);
  c += ldc;
  v128.store(c, c80); v128.store(c, c81, 16);
  c += ldc;
  v128.store(c, c90); v128.store(c, c91, 16);
  c += ldc;
  v128.store(c, ca0); v128.store(c, ca1, 16);
  c += ldc;
  v128.store(c, cb0); v128.store(c, cb1, 16);
}
