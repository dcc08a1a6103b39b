// Rotary position embedding (Su et al., 2021) in the rotate-half form of Qwen2: for i < half,
//   q'[i] = q[i] cos - q[i + half] sin,   q'[i + half] = q[i + half] cos + q[i] sin.
// Plain multiplications and additions in both modules, so the scalar tail has the same bits as the lanes.

/**
 * Rotates `heads` consecutive heads of each row in place.
 * @param x [n] rows, `stride` floats apart @param positions i32 [n] @param cosines, sines [context, headSize / 2]
 * @param inverse rotate back: the backward pass, since a rotation's transpose is its inverse
 */
export function rope(x: usize, stride: i32, n: i32, heads: i32, headSize: i32, positions: usize, cosines: usize, sines: usize, inverse: bool): void {
  const half = <usize>(headSize >> 1) << 2;
  const lanes = half & ~15;
  const sign: f32 = inverse ? -1 : 1;
  const sign4 = f32x4.splat(sign);
  for (let t = 0; t < n; t++) {
    const at = <usize>load<i32>(positions + (<usize>t << 2)) * half;
    const c = cosines + at, s = sines + at;
    for (let h = 0; h < heads; h++) {
      const a = x + (<usize>(h * headSize) << 2);
      const b = a + half;
      let o: usize = 0;
      for (; o < lanes; o += 16) {
        const x0 = v128.load(a + o), x1 = v128.load(b + o), cs = v128.load(c + o), sn = f32x4.mul(v128.load(s + o), sign4);
        v128.store(a + o, f32x4.sub(f32x4.mul(x0, cs), f32x4.mul(x1, sn)));
        v128.store(b + o, f32x4.add(f32x4.mul(x1, cs), f32x4.mul(x0, sn)));
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
