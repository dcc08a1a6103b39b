// Whether a training was still improving when it ended: valid plans on dev over its last quarter.
import type { Proportion } from '../base/statistics.ts';
import { sum } from '../base/sum.ts';

/** From this rise on, in shares, a training is still improving. */
export const STILL_IMPROVING = 0.01;

export interface DevShare {
  readonly step: number;
  readonly plan_valid: Proportion;
}

/**
 * Rise of plan validity over the last quarter of the steps, by the line of least squares through its checkpoints.
 * @param dev checkpoints in the order of their steps
 * @returns a difference of shares; null with fewer than two checkpoints there, or one without problems
 */
export function lastQuarterRise(dev: readonly DevShare[]): number | null {
  const last = dev.at(-1)?.step ?? 0;
  const points = dev.filter(({ step }) => step >= 0.75 * last);
  if (points.length < 2 || points.some(({ plan_valid }) => plan_valid.n === 0)) return null;
  const steps = points.map(({ step }) => step);
  const shares = points.map(({ plan_valid: { count, n } }) => count / n);
  const [x, y] = [sum(steps) / steps.length, sum(shares) / shares.length];
  const spread = sum(steps.map((step) => (step - x) * (step - x)));
  const slope = sum(steps.map((step, i) => (step - x) * (shares[i] - y))) / spread;
  return slope * 0.25 * last;
}
