// The sum of the gradient accumulators, and AdamW, over the parameters of each preset (at most the first few million).
import { adamwArguments } from '../src/model/update.ts';
import { countParameters } from '../src/model/config.ts';
import { checkNear, spread } from './check.ts';
import { type Bench, type MeasuredKernel, timeKernel } from './kernel.ts';
import type { Preset } from './presets.ts';

/** Beyond the caches, and within the benchmark's memory eight times over. */
const MOST_PARAMETERS = 2 << 20;
const SAMPLES = 2000;
const TOLERANCE = 1e-6;
const ADAMW = { lr: 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1, grad_clip: 1, step: 1 } as const;

export function measureOptimizer(bench: Bench): MeasuredKernel[] {
  return bench.presets.flatMap((preset) => [measureReduction(bench, preset), measureAdamw(bench, preset)]);
}

/** A multiple of 8, as the ranges that threads draw. */
function lengthOf({ model, vocab }: Preset): number {
  return Math.min(MOST_PARAMETERS, Math.floor(countParameters(model, vocab) / 8) * 8);
}

function measureReduction(bench: Bench, preset: Preset): MeasuredKernel {
  const { stage } = bench;
  const n = lengthOf(preset),
    { accumulators } = preset;
  stage.clear();
  const places = Array.from({ length: accumulators }, (_, a) => stage.random(n, a + 1));
  const stride = places.length > 1 ? places[1] - places[0] : 0;
  const expected = new Float64Array(n);
  for (const at of places)
    stage.view(at, n).forEach((value, i) => {
      expected[i] += value;
    });
  // The tree sums in place, so from the second call on the numbers grow; the time does not.
  const call = (): number => stage.core.reduce_gradients(places[0], places[0], stride, accumulators, n);
  const squares = call();
  const sums = stage.view(places[0], n);
  for (const i of spread(n, SAMPLES))
    checkNear(
      'bench optimizer',
      `${preset.name}, sum ${i} of ${accumulators} accumulators`,
      sums[i],
      expected[i],
      TOLERANCE,
    );
  const norm = expected.reduce((sum, value) => sum + value * value, 0);
  checkNear('bench optimizer', `${preset.name}, sum of squares`, squares, norm, TOLERANCE * norm);
  return timeKernel(bench, {
    kernel: 'gradient sum',
    preset: preset.name,
    what: `${accumulators} accumulators`,
    shape: `${accumulators}x${n}`,
    flops: (accumulators + 1) * n,
    bytes: 4 * (accumulators + 1) * n,
    call,
  });
}

function measureAdamw(bench: Bench, preset: Preset): MeasuredKernel {
  const { stage } = bench;
  const n = lengthOf(preset);
  const { beta1, beta2, eps, lr, weight_decay } = ADAMW;
  const { step_size, root, keep } = adamwArguments(ADAMW);
  stage.clear();
  const [p, g, m, v] = [stage.random(n, 1), stage.random(n, 2), stage.random(n, 3), stage.random(n, 4)];
  const second = stage.view(v, n);
  for (let i = 0; i < n; i++) second[i] *= second[i];
  const sampled = spread(n, SAMPLES);
  const [P, G, M, V] = [p, g, m, v].map((at) => {
    const all = stage.view(at, n);
    return sampled.map((i) => all[i]);
  });
  const call = (): void => {
    stage.core.adamw(p, g, m, v, n, 0.5, beta1, beta2, eps, step_size, root, keep);
  };
  call();
  const [p1, m1, v1] = [p, m, v].map((at) => stage.view(at, n));
  for (const [s, i] of sampled.entries()) {
    const gradient = 0.5 * G[s];
    const first = beta1 * M[s] + (1 - beta1) * gradient,
      square = beta2 * V[s] + (1 - beta2) * gradient ** 2;
    const expected =
      P[s] * (1 - lr * weight_decay) - (lr * first) / (1 - beta1) / (Math.sqrt(square / (1 - beta2)) + eps);
    checkNear('bench optimizer', `${preset.name}, first moment ${i}`, m1[i], first, TOLERANCE);
    checkNear('bench optimizer', `${preset.name}, second moment ${i}`, v1[i], square, TOLERANCE);
    // The step is a quotient: its error is relative.
    checkNear(
      'bench optimizer',
      `${preset.name}, parameter ${i}`,
      p1[i],
      expected,
      TOLERANCE * (1 + Math.abs(expected)),
    );
  }
  return timeKernel(bench, {
    kernel: 'adamw',
    preset: preset.name,
    what: 'parameters',
    shape: String(n),
    flops: 15 * n,
    bytes: 28 * n,
    call,
  });
}
