// One share over the seeds of a condition: what its interval covers, and when there is none.
import { describe, expect, it } from 'vitest';
import { proportion, tInterval } from '../../src/base/statistics.ts';
import { overSeeds } from '../../src/tables/estimate.ts';

describe('overSeeds', () => {
  it('a single seed keeps its own interval', () => {
    const one = proportion(3, 10);
    expect(overSeeds([one])).toEqual({ share: 0.3, low: one.low, high: one.high, seeds: [one] });
  });

  it('several seeds: the t interval over seeds, never narrower than the mean of their own', () => {
    const apart = [proportion(100, 1000), proportion(500, 1000), proportion(300, 1000)];
    const {
      interval: [low, high],
    } = tInterval([0.1, 0.5, 0.3]);
    expect(overSeeds(apart)).toEqual({
      share: expect.closeTo(0.3, 12) as number,
      low: Math.max(0, low),
      high,
      seeds: apart,
    });
    const equal = [proportion(0, 1000), proportion(0, 1000)];
    expect(overSeeds(equal)).toMatchObject({ share: 0, low: 0, high: equal[0].high });
  });

  it('no mean of the seeds that happen to have something to count', () => {
    for (const seeds of [
      [],
      [proportion(0, 0)],
      [proportion(3, 10), proportion(0, 0)],
      [proportion(3, 10), proportion(4, 10), proportion(0, 0)],
    ]) {
      expect(overSeeds(seeds)).toEqual({ share: null, low: 0, high: 1, seeds });
    }
  });
});
