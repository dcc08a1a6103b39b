// Softmax, cross-entropy and its gradient over the rows of a micro-batch.
import { checkNear, spread } from './check.ts';
import { type Bench, type MeasuredKernel, timeKernel } from './kernel.ts';
import { sizeOf, stageLogits } from './logits.ts';
import type { Preset } from './presets.ts';

const SAMPLES = 40;
/** Relative error of e^x and of a sum of V terms. */
const TOLERANCE = 1e-5;

export function measureLoss(bench: Bench): MeasuredKernel[] {
  return bench.presets.map((preset) => measureShape(bench, preset));
}

function measureShape(bench: Bench, preset: Preset): MeasuredKernel {
  const { stage } = bench;
  const { name } = preset;
  const logits = stageLogits(bench, preset);
  const { n, vocab, width, targets, before, after } = logits;
  const at = { ...logits.at, classes: stage.bytes(n), losses: stage.bytes(16) };
  new Uint8Array(stage.memory.buffer, at.classes, n).fill(0);
  const losses = new Float64Array(stage.memory.buffer, at.losses, 2);
  losses.fill(0);
  const call = (): void => {
    stage.core.cross_entropy(at.logits, width, vocab, n, at.targets, at.classes, 1 / n, at.losses);
  };
  call();
  let loss = 0;
  const sampled = new Set(spread(n, SAMPLES));
  for (let t = 0; t < n; t++) {
    const row = before.subarray(t * width, t * width + vocab);
    const sum = row.reduce((total, z) => total + Math.exp(z), 0);
    loss += Math.log(sum) - row[targets[t]];
    if (!sampled.has(t)) continue;
    for (let j = 0; j < vocab; j++)
      checkNear(
        'bench loss',
        `${name}, gradient of row ${t}, ${j}`,
        after[t * width + j] * n,
        Math.exp(row[j]) / sum - Number(j === targets[t]),
        TOLERANCE,
      );
  }
  checkNear('bench loss', `${name}, loss`, losses[0], loss, TOLERANCE * loss);
  return timeKernel(bench, { kernel: 'cross-entropy', preset: name, ...sizeOf(logits), call });
}
