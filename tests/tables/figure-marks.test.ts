// Ticks, ends of axes, and labels that do not overlap.
import { describe, expect, it } from 'vitest';
import { logTicks, percentEnd, placeLabels } from '../../src/tables/figure-marks.ts';

it('a logarithmic axis has ticks at 1, 2 and 5', () => {
  expect(logTicks([0.0013, 2.4])).toEqual([0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]);
  expect(logTicks([1, 5])).toEqual([1, 2, 5]);
});

it('an axis of percent ends at the next ten, at least at 10 and at most at 100', () => {
  expect([[], [0.2], [34.1], [97], [100]].map(percentEnd)).toEqual([10, 10, 40, 100, 100]);
});

describe('labels', () => {
  const axis = { domain: [0, 100], length: 200 } as const;

  it('stay where they are if there is room', () => {
    expect(placeLabels([10, 50, 90], axis)).toEqual([10, 50, 90]);
  });

  it.each([[[50, 50, 50]], [[99, 100, 98, 97]], [[0, 1, 0.5]]])(
    '%j: are a gap apart, in their order, and not beyond the upper end',
    (values) => {
      const placed = placeLabels(values, axis).map((value) => 2 * value);
      const sorted = [...placed].sort((a, b) => a - b);
      for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThanOrEqual(13 - 1e-9);
      expect(Math.max(...placed)).toBeLessThanOrEqual(200 + 1e-9);
      const order = (of: readonly number[]): number[] => of.map((_, i) => i).sort((a, b) => of[a] - of[b]);
      expect(order(placed)).toEqual(order(values));
    },
  );

  it('on a logarithmic axis too', () => {
    const placed = placeLabels([0.01, 0.0101], { domain: [0.001, 1], isLog: true, length: 300 });
    expect(Math.log10(placed[1] / placed[0])).toBeCloseTo((3 * 13) / 300, 6);
  });
});
