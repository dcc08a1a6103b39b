// RMSNorm over the rows of a micro-batch, forward and backward.
import { checkNear, spread } from './check.ts';
import { type Bench, type MeasuredKernel, timeKernel } from './kernel.ts';
import { microBatch, type Preset } from './presets.ts';

const EPS = 1e-6;
const SAMPLES = 40;
/** Entries of order 1; sums of d and of n terms in f32. */
const TOLERANCE = 1e-5;
const SUM_TOLERANCE = 1e-3;

export function measureNorm(bench: Bench): MeasuredKernel[] {
  return bench.presets.flatMap((preset) => measureShape(bench, preset));
}

function measureShape(bench: Bench, preset: Preset): MeasuredKernel[] {
  const { stage } = bench;
  const { tokens: n } = microBatch(preset);
  const d = preset.model.d_model;
  stage.clear();
  const [x, w, dy] = [stage.random(n * d, 1), stage.random(d, 2), stage.random(n * d, 3)];
  const [y, inv, dx, dw] = [stage.floats(n * d), stage.floats(n), stage.floats(n * d), stage.floats(d)];
  for (const [at, length] of [
    [dx, n * d],
    [dw, d],
  ])
    stage.view(at, length).fill(0);
  const forward = (): void => {
    stage.core.rmsnorm_forward(y, inv, x, w, n, d, EPS);
  };
  const backward = (): void => {
    stage.core.rmsnorm_input_gradient(dx, dy, x, inv, w, n, d);
    stage.core.rmsnorm_weight_gradient(dw, dy, x, inv, n, d, d);
  };
  forward();
  backward();

  const [X, W, DY, Y, DX, DW] = [
    [x, n * d],
    [w, d],
    [dy, n * d],
    [y, n * d],
    [dx, n * d],
    [dw, d],
  ].map(([at, length]) => stage.view(at, length));
  const near = (what: string, got: number, expected: number, tolerance: number): void => {
    checkNear('bench norm', `${preset.name}, ${what}`, got, expected, tolerance);
  };
  const inverses = Float64Array.from(
    { length: n },
    (_, t) => 1 / Math.sqrt(X.subarray(t * d, (t + 1) * d).reduce((sum, value) => sum + value * value, 0) / d + EPS),
  );
  for (const t of spread(n, SAMPLES)) {
    const r = inverses[t];
    let pull = 0;
    for (let i = 0; i < d; i++) pull += DY[t * d + i] * W[i] * X[t * d + i];
    for (let i = 0; i < d; i++) {
      const at = t * d + i;
      near(`row ${t}, ${i}`, Y[at], X[at] * r * W[i], TOLERANCE);
      near(`gradient of row ${t}, ${i}`, DX[at], r * DY[at] * W[i] - (X[at] * r ** 3 * pull) / d, TOLERANCE);
    }
  }
  for (const i of spread(d, SAMPLES)) {
    let sum = 0;
    for (let t = 0; t < n; t++) sum += DY[t * d + i] * X[t * d + i] * inverses[t];
    near(`gradient of weight ${i}`, DW[i], sum, SUM_TOLERANCE);
  }

  const common = { preset: preset.name, what: 'before attention', shape: `${n}x${d}` };
  return [
    timeKernel(bench, { ...common, kernel: 'rmsnorm forward', flops: 4 * n * d, bytes: 8 * n * d, call: forward }),
    // Reads dy, x and dx, writes dx: the gradient is added to.
    timeKernel(bench, { ...common, kernel: 'rmsnorm backward', flops: 10 * n * d, bytes: 16 * n * d, call: backward }),
  ];
}
