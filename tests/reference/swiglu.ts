// f64 twin of SwiGLU (Shazeer, 2020) on one row: act = gate sigmoid(gate) up.

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function swiglu(gate: readonly number[], up: readonly number[]): number[] {
  return gate.map((g, i) => g * sigmoid(g) * up[i]);
}

/** d(g sigmoid(g))/dg = sigmoid(g) + g sigmoid(g) (1 - sigmoid(g)). */
export function swigluGradient(
  dAct: readonly number[],
  gate: readonly number[],
  up: readonly number[],
): { dGate: number[]; dUp: number[] } {
  return {
    dGate: gate.map((g, i) => dAct[i] * up[i] * (sigmoid(g) + g * sigmoid(g) * (1 - sigmoid(g)))),
    dUp: gate.map((g, i) => dAct[i] * g * sigmoid(g)),
  };
}
