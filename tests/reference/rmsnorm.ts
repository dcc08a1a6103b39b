// f64 twin of RMSNorm (Zhang & Sennrich, 2019) on one row, its gradient from the Jacobian as it is defined.

/** 1 / sqrt(mean of squares + eps). */
export function inverseNorm(x: readonly number[], eps: number): number {
  return 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + eps);
}

/** y[i] = x[i] r w[i], r = inverseNorm(x). */
export function rmsnorm(x: readonly number[], w: readonly number[], eps: number): number[] {
  const r = inverseNorm(x, eps);
  return x.map((value, i) => value * r * w[i]);
}

/** dx[j] = sum over i of dy[i] w[i] d(x[i] r)/dx[j], where dr/dx[j] = -r^3 x[j] / d; dw[i] = dy[i] x[i] r. */
export function rmsnormGradient(
  dy: readonly number[],
  x: readonly number[],
  w: readonly number[],
  eps: number,
): { dx: number[]; dw: number[] } {
  const r = inverseNorm(x, eps);
  const jacobian = (i: number, j: number): number => (i === j ? r : 0) - (x[i] * x[j] * r ** 3) / x.length;
  return {
    dx: x.map((_, j) => x.reduce((sum, _value, i) => sum + dy[i] * w[i] * jacobian(i, j), 0)),
    dw: x.map((value, i) => dy[i] * value * r),
  };
}
