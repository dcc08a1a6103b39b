// Rotary position embedding (Su et al., 2021) in the rotate-half form of Qwen2: for i < half,
//   q'[i] = q[i] cos - q[i + half] sin,   q'[i + half] = q[i + half] cos + q[i] sin.
// Plain multiplications and additions in both modules, so the scalar tail has the same bits as the lanes.
import { store8 } from './simd';

/**
 * Rotates `heads` consecutive heads of each row in place.
 * @param x [n] rows, `stride` floats apart
 * @param positions i32 [n]
 * @param cosines, sines [context, headSize / 2]
 * @param inverse rotate back: the backward pass, since a rotation's transpose is its inverse
 */
export function rope(
  x: usize, stride: i32, n: i32, heads: i32, headSize: i32, positions: usize, cosines: usize, sines: usize,
  inverse: bool,
): void {
  const half = <usize>(headSize >> 1) << 2;
  const pairs = half & ~31;
  const sign: f32 = inverse ? -1 : 1;
  const sign4 = f32x4.splat(sign);
  for (let t = 0; t < n; t++) {
    const at = <usize>load<i32>(positions + (<usize>t << 2)) * half;
    const c = cosines + at, s = sines + at;
    for (let h = 0; h < heads; h++) {
      const a = x + (<usize>(h * headSize) << 2);
      const b = a + half;
      let o: usize = 0;
      for (; o < pairs; o += 32) {
        const a0 = v128.load(a + o), a1 = v128.load(a + o, 16), b0 = v128.load(b + o), b1 = v128.load(b + o, 16);
        const c0 = v128.load(c + o), c1 = v128.load(c + o, 16), s0 = f32x4.mul(v128.load(s + o), sign4),
          s1 = f32x4.mul(v128.load(s + o, 16), sign4);
        store8(
          a + o, f32x4.sub(f32x4.mul(a0, c0), f32x4.mul(b0, s0)), f32x4.sub(f32x4.mul(a1, c1), f32x4.mul(b1, s1)),
        );
        store8(
          b + o, f32x4.add(f32x4.mul(b0, c0), f32x4.mul(a0, s0)), f32x4.add(f32x4.mul(b1, c1), f32x4.mul(a1, s1)),
        );
      }
      for (; o < half; o += 4) {
        const x0 = load<f32>(a + o), x1 = load<f32>(b + o), cs = load<f32>(c + o), sn = load<f32>(s + o) * sign;
        store<f32>(a + o, x0 * cs - x1 * sn);
        store<f32>(b + o, x1 * cs + x0 * sn);
      }
    }
    x += <usize>stride << 2;
  }
}
