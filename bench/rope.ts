// Rotary position embedding of queries and keys, in place.
import { checkNear, spread } from './check.ts';
import { type Bench, type MeasuredKernel, timeKernel } from './kernel.ts';
import { microBatch, type Preset, qkvWidth } from './presets.ts';

const SAMPLES = 40;
/** The tables are rounded once, the rotation has three operations. */
const TOLERANCE = 1e-6;

export function measureRope(bench: Bench): MeasuredKernel[] {
  return bench.presets.map((preset) => measureShape(bench, preset));
}

function measureShape(bench: Bench, preset: Preset): MeasuredKernel {
  const { stage } = bench;
  const { n_head, n_kv_head, d_model, rope_base } = preset.model;
  const { tokens: n } = microBatch(preset);
  const size = d_model / n_head,
    half = size / 2,
    heads = n_head + n_kv_head,
    stride = qkvWidth(preset.model);
  stage.clear();
  const x = stage.random(n * stride, 1);
  const positions = stage.integers(Array.from({ length: n }, (_, t) => t % preset.sequence));
  const angle = (position: number, i: number): number => position * rope_base ** ((-2 * i) / size);
  const [cosines, sines] = [Math.cos, Math.sin].map((f) => {
    const at = stage.floats(preset.sequence * half);
    stage
      .view(at, preset.sequence * half)
      .set(Array.from({ length: preset.sequence * half }, (_, e) => f(angle(Math.floor(e / half), e % half))));
    return at;
  });
  const call = (): void => {
    stage.core.rope(x, stride, n, heads, size, positions, cosines, sines, 0);
  };
  const before = stage.read(x, n * stride),
    after = stage.view(x, n * stride);
  call();
  for (const t of spread(n, SAMPLES)) {
    for (let e = 0; e < heads * size; e++) {
      const i = e % half,
        isFirst = e % size < half,
        turn = angle(t % preset.sequence, i);
      const at = t * stride + e,
        other = before[isFirst ? at + half : at - half];
      checkNear(
        'bench rope',
        `${preset.name}, row ${t}, ${e}`,
        after[at],
        before[at] * Math.cos(turn) + (isFirst ? -other : other) * Math.sin(turn),
        TOLERANCE,
      );
    }
  }
  return timeKernel(bench, {
    kernel: 'rope',
    preset: preset.name,
    what: 'queries and keys',
    shape: `${n}x${heads} heads of ${size}`,
    flops: 3 * n * heads * size,
    bytes: 8 * n * heads * size,
    call,
  });
}
