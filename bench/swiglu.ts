// SwiGLU over the rows of a micro-batch, forward and backward.
import { checkNear, spread } from './check.ts';
import { type Bench, EXP_FLOPS, type MeasuredKernel, timeKernel } from './kernel.ts';
import { microBatch, type Preset } from './presets.ts';

const SAMPLES = 2000;
/** A dozen roundings of numbers below 1. */
const TOLERANCE = 2e-6;

export function measureSwiglu(bench: Bench): MeasuredKernel[] {
  return bench.presets.flatMap((preset) => measureShape(bench, preset));
}

function measureShape(bench: Bench, preset: Preset): MeasuredKernel[] {
  const { stage } = bench;
  const { tokens: n } = microBatch(preset);
  const f = preset.model.d_ff;
  stage.clear();
  const [gateUp, dAct] = [stage.random(2 * n * f, 1), stage.random(n * f, 2)];
  const [act, dGateUp] = [stage.floats(n * f), stage.floats(2 * n * f)];
  const forward = (): void => {
    stage.core.swiglu_forward(act, gateUp, n, f);
  };
  const backward = (): void => {
    stage.core.swiglu_backward(dGateUp, act, dAct, f, gateUp, n, f);
  };
  const [G, D, A, DG] = [
    stage.view(gateUp, 2 * n * f),
    stage.view(dAct, n * f),
    stage.view(act, n * f),
    stage.view(dGateUp, 2 * n * f),
  ];
  const near = (what: string, got: number, expected: number): void => {
    checkNear('bench swiglu', `${preset.name}, ${what}`, got, expected, TOLERANCE);
  };
  for (const [name, call] of [
    ['forward', forward],
    ['backward', backward],
  ] as const) {
    A.fill(NaN);
    call();
    for (const e of spread(n * f, SAMPLES)) {
      const gate = Math.floor(e / f) * 2 * f + (e % f),
        up = gate + f;
      const sigmoid = 1 / (1 + Math.exp(-G[gate]));
      near(`${name}, activation ${e}`, A[e], G[gate] * sigmoid * G[up]);
      if (name === 'forward') continue;
      near(`gradient of gate ${e}`, DG[gate], D[e] * G[up] * sigmoid * (1 + G[gate] * (1 - sigmoid)));
      near(`gradient of up ${e}`, DG[up], D[e] * G[gate] * sigmoid);
    }
  }
  const common = { preset: preset.name, what: 'gate and up', shape: `${n}x${f}` };
  return [
    timeKernel(bench, {
      ...common,
      kernel: 'swiglu forward',
      flops: (EXP_FLOPS + 4) * n * f,
      bytes: 12 * n * f,
      call: forward,
    }),
    // The activation again, and the two gradients.
    timeKernel(bench, {
      ...common,
      kernel: 'swiglu backward',
      flops: (EXP_FLOPS + 11) * n * f,
      bytes: 24 * n * f,
      call: backward,
    }),
  ];
}
