// The rise of plan validity over the last quarter of a training.
import { expect, it } from 'vitest';
import { lastQuarterRise, type DevShare } from '../../src/analysis/dev-slope.ts';
import { proportion } from '../../src/base/statistics.ts';

const point = (step: number, count: number, n = 200): DevShare => ({ step, plan_valid: proportion(count, n) });

it('is the slope of a line times a quarter of the steps', () => {
  // 10 points in 100 steps.
  expect(lastQuarterRise([point(100, 0), point(300, 100), point(350, 110), point(400, 120)])).toBeCloseTo(0.1, 12);
  expect(lastQuarterRise([point(300, 120), point(350, 100), point(400, 120)])).toBeCloseTo(0, 12);
  expect(lastQuarterRise([point(300, 120), point(400, 100)])).toBeCloseTo(-0.1, 12);
});

it('looks at the last quarter alone, its first step with it', () => {
  const last = [point(300, 100), point(400, 110)];
  expect(lastQuarterRise([point(10, 0), point(299, 0), ...last])).toBe(lastQuarterRise(last));
});

it('is unknown with fewer than two checkpoints there, or without problems', () => {
  expect(lastQuarterRise([])).toBeNull();
  expect(lastQuarterRise([point(100, 1), point(400, 100)])).toBeNull();
  expect(lastQuarterRise([point(300, 0, 0), point(400, 100)])).toBeNull();
});
