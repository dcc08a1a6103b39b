// f64 twin of cross-entropy on one row of logits.

function logSumExp(z: readonly number[]): number {
  const top = Math.max(...z);
  return top + Math.log(z.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** -log softmax(z)[target]. */
export function crossEntropy(z: readonly number[], target: number): number {
  return logSumExp(z) - z[target];
}

/** softmax(z) - onehot(target). */
export function crossEntropyGradient(z: readonly number[], target: number): number[] {
  const lse = logSumExp(z);
  return z.map((value, i) => Math.exp(value - lse) - (i === target ? 1 : 0));
}
