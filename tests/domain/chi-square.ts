// Quantiles of chi-square for many degrees of freedom.
import { normalQuantile } from '../../src/base/probability.ts';

/** Wilson and Hilferty, PNAS 17 (1931) 684: within 0.1 of the exact value from 100 degrees of freedom on. */
export function chiSquareQuantile(p: number, freedom: number): number {
  const variance = 2 / (9 * freedom);
  return freedom * (1 - variance + normalQuantile(p) * Math.sqrt(variance)) ** 3;
}
