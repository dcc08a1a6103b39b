// f64 twins of GRPO: advantages of a group, and the clipped policy loss with its KL penalty on one row of logits.

/** What one completion token brings to its loss. */
export interface PolicyTerms {
  readonly advantage: number;
  readonly weight: number;
  /** Log-probability when it was sampled, and under the reference. */
  readonly old: number;
  readonly reference: number;
}

export interface PolicyLossSettings {
  readonly temperature: number;
  readonly low: number;
  readonly high: number;
  readonly beta: number;
}

function softmax(z: readonly number[], temperature: number): number[] {
  const top = Math.max(...z);
  const odds = z.map((value) => Math.exp((value - top) / temperature));
  const sum = odds.reduce((a, b) => a + b, 0);
  return odds.map((value) => value / sum);
}

/** log softmax(z / temperature)[target]. */
export function logProbability(z: readonly number[], target: number, temperature: number): number {
  const top = Math.max(...z);
  return (
    (z[target] - top) / temperature - Math.log(z.reduce((sum, value) => sum + Math.exp((value - top) / temperature), 0))
  );
}

/** Nats, of softmax(z / temperature). */
export function entropyOf(z: readonly number[], temperature: number): number {
  return softmax(z, temperature).reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
}

/** e^(a - b) - (a - b) - 1: an estimate of KL that is never negative. */
export function klEstimate(reference: number, policy: number): number {
  return Math.exp(reference - policy) - (reference - policy) - 1;
}

export function isClipped(ratio: number, advantage: number, { low, high }: PolicyLossSettings): boolean {
  return advantage > 0 ? ratio > 1 + high : advantage < 0 && ratio < 1 - low;
}

/** w (-min(ratio A, clip(ratio) A) + beta KL). */
export function policyLoss(
  z: readonly number[],
  target: number,
  { advantage, weight, old, reference }: PolicyTerms,
  settings: PolicyLossSettings,
): number {
  const { temperature, low, high, beta } = settings;
  const lp = logProbability(z, target, temperature);
  const ratio = Math.exp(lp - old);
  const surrogate = Math.min(ratio * advantage, Math.min(1 + high, Math.max(1 - low, ratio)) * advantage);
  return weight * (-surrogate + (beta === 0 ? 0 : beta * klEstimate(reference, lp)));
}

/** d policyLoss / dz, by the chain rule through the log-probability. */
export function policyLossGradient(
  z: readonly number[],
  target: number,
  { advantage, weight, old, reference }: PolicyTerms,
  settings: PolicyLossSettings,
): number[] {
  const { temperature, beta } = settings;
  const lp = logProbability(z, target, temperature);
  const ratio = Math.exp(lp - old);
  const byLogProbability =
    (isClipped(ratio, advantage, settings) ? 0 : -ratio * advantage) +
    (beta === 0 ? 0 : beta * (1 - Math.exp(reference - lp)));
  return softmax(z, temperature).map(
    (p, j) => (weight * byLogProbability * ((j === target ? 1 : 0) - p)) / temperature,
  );
}

/** (r - mean) / (sample standard deviation + 1e-4), or r - mean alone; all 0 without spread. */
export function groupAdvantages(rewards: readonly number[], byDeviation: boolean): number[] {
  const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
  const deviation = Math.sqrt(
    rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / Math.max(1, rewards.length - 1),
  );
  return rewards.map((reward) => (reward - mean) / (byDeviation ? deviation + 1e-4 : 1));
}
