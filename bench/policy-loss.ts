// The clipped policy loss of GRPO with its KL penalty, and its gradient, over the rows of a micro-batch.
import { checkNear, spread } from './check.ts';
import { type Bench, type MeasuredKernel, timeKernel } from './kernel.ts';
import { sizeOf, stageLogits } from './logits.ts';
import type { Preset } from './presets.ts';

const SAMPLES = 40;
/** Relative error of e^x and of a sum of V terms. */
const TOLERANCE = 1e-5;
const [LOW, HIGH, BETA] = [0.2, 0.2, 0.04];

export function measurePolicyLoss(bench: Bench): MeasuredKernel[] {
  return bench.presets.map((preset) => measureShape(bench, preset));
}

function measureShape(bench: Bench, preset: Preset): MeasuredKernel {
  const { stage } = bench;
  const { name } = preset;
  const logits = stageLogits(bench, preset);
  const { n, vocab, width, targets, before, after } = logits;
  const odds = (t: number): Float64Array =>
    Float64Array.from(before.subarray(t * width, t * width + vocab), (z) => Math.exp(z));
  const sumOf = (t: number): number => odds(t).reduce((a, b) => a + b, 0);
  const lp = targets.map((target, t) => before[t * width + target] - Math.log(sumOf(t)));
  // Ratios 1 and e^0.4, advantages of both signs: every branch of the clip is taken.
  const terms = targets.map((_, t) => ({
    advantage: t % 2 === 0 ? 1 : -1,
    old: lp[t] - (t % 3 === 0 ? 0.4 : 0),
    ref: lp[t] + 0.1,
  }));
  const at = { ...logits.at, terms: stage.bytes(32 * n), sums: stage.bytes(24) };
  new Float64Array(stage.memory.buffer, at.terms, 4 * n).set(
    terms.flatMap(({ advantage, old, ref }) => [advantage, 1 / n, old, ref]),
  );
  const sums = new Float64Array(stage.memory.buffer, at.sums, 3).fill(0);
  const call = (): void => {
    stage.core.policy_loss(at.logits, width, vocab, n, at.targets, at.terms, 1, LOW, HIGH, BETA, at.sums);
  };
  call();
  let loss = 0;
  const sampled = new Set(spread(n, SAMPLES));
  for (const [t, { advantage, old, ref }] of terms.entries()) {
    const ratio = Math.exp(lp[t] - old),
      gap = ref - lp[t];
    const isClipped = advantage > 0 && ratio > 1 + HIGH;
    loss += (-(isClipped ? 1 + HIGH : ratio) * advantage + BETA * (Math.exp(gap) - gap - 1)) / n;
    if (!sampled.has(t)) continue;
    const slope = (isClipped ? 0 : -ratio * advantage) + BETA * (1 - Math.exp(gap));
    const sum = sumOf(t);
    for (const [j, odd] of odds(t).entries())
      checkNear(
        'bench policy-loss',
        `${name}, gradient of row ${t}, ${j}`,
        after[t * width + j] * n,
        slope * (Number(j === targets[t]) - odd / sum),
        TOLERANCE,
      );
  }
  checkNear('bench policy-loss', `${name}, loss`, sums[0], loss, TOLERANCE);
  return timeKernel(bench, { kernel: 'policy loss', preset: name, ...sizeOf(logits), call });
}
