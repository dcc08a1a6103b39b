// What this machine can do at most, for the benchmark: multiply-adds that never leave the registers, and a stream
// through memory. Nothing of the model calls these. Accumulators are loaded and stored in adjacent pairs, which is what
// lets the engine join two 128-bit operations into one of 256 bits, as it does in the matrix product.
import { madd } from './simd';

/**
 * x = x m + c on 24 vectors (12 of 256 bits: enough to hide a latency of 4 cycles on two units), once a round: written
 * out twice, the engine's 256-bit code was an eighth slower.
 * @param at 24 vectors of f32, read and written; m at byte 384, c at byte 388
 * @param rounds 96 multiply-adds each
 */
export function peak_fma_wide(at: usize, rounds: i32): void {
  const m = v128.load32_splat(at, 384), c = v128.load32_splat(at, 388);
  let a0 = v128.load(at, 0), a1 = v128.load(at, 16), a2 = v128.load(at, 32), a3 = v128.load(at, 48);
  let a4 = v128.load(at, 64), a5 = v128.load(at, 80), a6 = v128.load(at, 96), a7 = v128.load(at, 112);
  let a8 = v128.load(at, 128), a9 = v128.load(at, 144), a10 = v128.load(at, 160), a11 = v128.load(at, 176);
  let a12 = v128.load(at, 192), a13 = v128.load(at, 208), a14 = v128.load(at, 224), a15 = v128.load(at, 240);
  let a16 = v128.load(at, 256), a17 = v128.load(at, 272), a18 = v128.load(at, 288), a19 = v128.load(at, 304);
  let a20 = v128.load(at, 320), a21 = v128.load(at, 336), a22 = v128.load(at, 352), a23 = v128.load(at, 368);
  for (let r = 0; r < rounds; r++) {
    a0 = madd(a0, m, c); a1 = madd(a1, m, c); a2 = madd(a2, m, c); a3 = madd(a3, m, c);
    a4 = madd(a4, m, c); a5 = madd(a5, m, c); a6 = madd(a6, m, c); a7 = madd(a7, m, c);
    a8 = madd(a8, m, c); a9 = madd(a9, m, c); a10 = madd(a10, m, c); a11 = madd(a11, m, c);
    a12 = madd(a12, m, c); a13 = madd(a13, m, c); a14 = madd(a14, m, c); a15 = madd(a15, m, c);
    a16 = madd(a16, m, c); a17 = madd(a17, m, c); a18 = madd(a18, m, c); a19 = madd(a19, m, c);
    a20 = madd(a20, m, c); a21 = madd(a21, m, c); a22 = madd(a22, m, c); a23 = madd(a23, m, c);
  }
  v128.store(at, a0, 0); v128.store(at, a1, 16); v128.store(at, a2, 32); v128.store(at, a3, 48);
  v128.store(at, a4, 64); v128.store(at, a5, 80); v128.store(at, a6, 96); v128.store(at, a7, 112);
  v128.store(at, a8, 128); v128.store(at, a9, 144); v128.store(at, a10, 160); v128.store(at, a11, 176);
  v128.store(at, a12, 192); v128.store(at, a13, 208); v128.store(at, a14, 224); v128.store(at, a15, 240);
  v128.store(at, a16, 256); v128.store(at, a17, 272); v128.store(at, a18, 288); v128.store(at, a19, 304);
  v128.store(at, a20, 320); v128.store(at, a21, 336); v128.store(at, a22, 352); v128.store(at, a23, 368);
}

/**
 * The same on 12 vectors, which fit the 16 registers of an engine that keeps to 128 bits, four times a round.
 * @param at 12 vectors of f32, read and written; m at byte 384, c at byte 388
 * @param rounds 4 * 48 multiply-adds each
 */
export function peak_fma_narrow(at: usize, rounds: i32): void {
  const m = v128.load32_splat(at, 384), c = v128.load32_splat(at, 388);
  let a0 = v128.load(at, 0), a1 = v128.load(at, 16), a2 = v128.load(at, 32), a3 = v128.load(at, 48);
  let a4 = v128.load(at, 64), a5 = v128.load(at, 80), a6 = v128.load(at, 96), a7 = v128.load(at, 112);
  let a8 = v128.load(at, 128), a9 = v128.load(at, 144), a10 = v128.load(at, 160), a11 = v128.load(at, 176);
  for (let r = 0; r < rounds; r++) {
    a0 = madd(a0, m, c); a1 = madd(a1, m, c); a2 = madd(a2, m, c); a3 = madd(a3, m, c);
    a4 = madd(a4, m, c); a5 = madd(a5, m, c); a6 = madd(a6, m, c); a7 = madd(a7, m, c);
    a8 = madd(a8, m, c); a9 = madd(a9, m, c); a10 = madd(a10, m, c); a11 = madd(a11, m, c);
    a0 = madd(a0, m, c); a1 = madd(a1, m, c); a2 = madd(a2, m, c); a3 = madd(a3, m, c);
    a4 = madd(a4, m, c); a5 = madd(a5, m, c); a6 = madd(a6, m, c); a7 = madd(a7, m, c);
    a8 = madd(a8, m, c); a9 = madd(a9, m, c); a10 = madd(a10, m, c); a11 = madd(a11, m, c);
    a0 = madd(a0, m, c); a1 = madd(a1, m, c); a2 = madd(a2, m, c); a3 = madd(a3, m, c);
    a4 = madd(a4, m, c); a5 = madd(a5, m, c); a6 = madd(a6, m, c); a7 = madd(a7, m, c);
    a8 = madd(a8, m, c); a9 = madd(a9, m, c); a10 = madd(a10, m, c); a11 = madd(a11, m, c);
    a0 = madd(a0, m, c); a1 = madd(a1, m, c); a2 = madd(a2, m, c); a3 = madd(a3, m, c);
    a4 = madd(a4, m, c); a5 = madd(a5, m, c); a6 = madd(a6, m, c); a7 = madd(a7, m, c);
    a8 = madd(a8, m, c); a9 = madd(a9, m, c); a10 = madd(a10, m, c); a11 = madd(a11, m, c);
  }
  v128.store(at, a0, 0); v128.store(at, a1, 16); v128.store(at, a2, 32); v128.store(at, a3, 48);
  v128.store(at, a4, 64); v128.store(at, a5, 80); v128.store(at, a6, 96); v128.store(at, a7, 112);
  v128.store(at, a8, 128); v128.store(at, a9, 144); v128.store(at, a10, 160); v128.store(at, a11, 176);
}

/**
 * a[i] = b[i] + s c[i] (the triad of McCalpin's STREAM, 1995).
 * @param a, b, c f32 [n], n a multiple of 16
 */
export function peak_triad(a: usize, b: usize, c: usize, s: f32, n: i32): void {
  const k = f32x4.splat(s);
  const end = <usize>n << 2;
  for (let o: usize = 0; o < end; o += 64) {
    v128.store(a + o, madd(v128.load(c + o), k, v128.load(b + o)));
    v128.store(a + o, madd(v128.load(c + o, 16), k, v128.load(b + o, 16)), 16);
    v128.store(a + o, madd(v128.load(c + o, 32), k, v128.load(b + o, 32)), 32);
    v128.store(a + o, madd(v128.load(c + o, 48), k, v128.load(b + o, 48)), 48);
  }
}
