// Register tiles for engines with 32 vector registers of 128 bits, arm64: 16 or 24 accumulators. Arguments, and what
// the bits of an output depend on, as in tiles.ts. V8's loops of all three keep every accumulator in a register (Node
// 26, machine code read under an emulator). Their speed was not measured.
import { madd, zero } from './simd';

/** C[8x8] = init + A B. */
export function tile_8x8(
  K: i32, a: usize, rowStep: usize, step: usize, rows: i32, b: usize, init: usize, ldInit: usize, c: usize, ldc: usize,
): void {
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  let a4 = rows > 4 ? a3 + rowStep : a3;
  let a5 = rows > 5 ? a4 + rowStep : a4;
  let a6 = rows > 6 ? a5 + rowStep : a5;
  let a7 = rows > 7 ? a6 + rowStep : a6;
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
    s = v128.load32_splat(a0); a0 += step;
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1); a1 += step;
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2); a2 += step;
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3); a3 += step;
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a4); a4 += step;
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a5); a5 += step;
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    s = v128.load32_splat(a6); a6 += step;
    c60 = madd(s, b0, c60); c61 = madd(s, b1, c61);
    s = v128.load32_splat(a7); a7 += step;
    c70 = madd(s, b0, c70); c71 = madd(s, b1, c71);
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
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  let a4 = rows > 4 ? a3 + rowStep : a3;
  let a5 = rows > 5 ? a4 + rowStep : a4;
  let a6 = rows > 6 ? a5 + rowStep : a5;
  let a7 = rows > 7 ? a6 + rowStep : a6;
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
    s = v128.load32_splat(a0); a0 += step;
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01); c02 = madd(s, b2, c02);
    s = v128.load32_splat(a1); a1 += step;
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11); c12 = madd(s, b2, c12);
    s = v128.load32_splat(a2); a2 += step;
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21); c22 = madd(s, b2, c22);
    s = v128.load32_splat(a3); a3 += step;
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31); c32 = madd(s, b2, c32);
    s = v128.load32_splat(a4); a4 += step;
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41); c42 = madd(s, b2, c42);
    s = v128.load32_splat(a5); a5 += step;
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51); c52 = madd(s, b2, c52);
    s = v128.load32_splat(a6); a6 += step;
    c60 = madd(s, b0, c60); c61 = madd(s, b1, c61); c62 = madd(s, b2, c62);
    s = v128.load32_splat(a7); a7 += step;
    c70 = madd(s, b0, c70); c71 = madd(s, b1, c71); c72 = madd(s, b2, c72);
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
  let a0 = a;
  let a1 = rows > 1 ? a0 + rowStep : a0;
  let a2 = rows > 2 ? a1 + rowStep : a1;
  let a3 = rows > 3 ? a2 + rowStep : a2;
  let a4 = rows > 4 ? a3 + rowStep : a3;
  let a5 = rows > 5 ? a4 + rowStep : a4;
  let a6 = rows > 6 ? a5 + rowStep : a5;
  let a7 = rows > 7 ? a6 + rowStep : a6;
  let a8 = rows > 8 ? a7 + rowStep : a7;
  let a9 = rows > 9 ? a8 + rowStep : a8;
  let a10 = rows > 10 ? a9 + rowStep : a9;
  let a11 = rows > 11 ? a10 + rowStep : a10;
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
    s = v128.load32_splat(a0); a0 += step;
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1); a1 += step;
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2); a2 += step;
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3); a3 += step;
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a4); a4 += step;
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a5); a5 += step;
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    s = v128.load32_splat(a6); a6 += step;
    c60 = madd(s, b0, c60); c61 = madd(s, b1, c61);
    s = v128.load32_splat(a7); a7 += step;
    c70 = madd(s, b0, c70); c71 = madd(s, b1, c71);
    s = v128.load32_splat(a8); a8 += step;
    c80 = madd(s, b0, c80); c81 = madd(s, b1, c81);
    s = v128.load32_splat(a9); a9 += step;
    c90 = madd(s, b0, c90); c91 = madd(s, b1, c91);
    s = v128.load32_splat(a10); a10 += step;
    ca0 = madd(s, b0, ca0); ca1 = madd(s, b1, ca1);
    s = v128.load32_splat(a11); a11 += step;
    cb0 = madd(s, b0, cb0); cb1 = madd(s, b1, cb1);
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
