// A correlation over seeds, against numbers worked out by hand from Fisher's z and Student's t with one degree of
// freedom (12.706).
import { describe, expect, it } from 'vitest';
import type { Correlation } from '../../src/base/correlation.ts';
import { correlationOverSeeds, sidesOverSeeds } from '../../src/analysis/seed-correlation.ts';

function correlation(estimate: number, n = 103): Correlation {
  const half = 1.959964 / Math.sqrt(n - 3);
  return {
    estimate,
    low: Math.tanh(Math.atanh(estimate) - half),
    high: Math.tanh(Math.atanh(estimate) + half),
    n,
    controls: 0,
    p: 0,
  };
}

describe('a correlation over seeds', () => {
  it('one seed keeps its own interval and sides', () => {
    const over = correlationOverSeeds([correlation(0.5)]);
    expect(over?.estimate).toBeCloseTo(0.5, 10);
    expect(over?.low).toBeCloseTo(0.3393, 4);
    expect(over?.high).toBeCloseTo(0.6323, 4);
    // z = (atanh 0.5 - atanh 0.3) / 0.1 = 2.39786: both tails together have 0.01649.
    expect(sidesOverSeeds([correlation(0.5)], 0.3)?.above).toBeCloseTo(0.01649, 4);
    expect(sidesOverSeeds([correlation(0.5)], 0.3)?.below).toBe(1);
  });

  it('two seeds: the mean in z, and an interval as wide as two seeds allow', () => {
    const over = correlationOverSeeds([correlation(0.2), correlation(0.4)]);
    expect(over?.estimate).toBeCloseTo(0.3033, 4);
    expect(over?.low).toBeCloseTo(-0.797, 3);
    expect(over?.high).toBeCloseTo(0.937, 3);
    // t = (0.313193 - 0) / 0.110458 = 2.8354 with one degree of freedom: 0.10795 above, doubled.
    expect(sidesOverSeeds([correlation(0.2), correlation(0.4)], 0)?.above).toBeCloseTo(0.2159, 3);
  });

  it('seeds that agree are no narrower than one: their items are the same', () => {
    const over = correlationOverSeeds([correlation(0.5), correlation(0.5), correlation(0.5)]);
    expect(over?.low).toBeCloseTo(0.3393, 4);
    expect(over?.high).toBeCloseTo(0.6323, 4);
  });

  it('a seed without a correlation leaves none; no seed, none', () => {
    expect(correlationOverSeeds([correlation(0.5), null])).toBeNull();
    expect(sidesOverSeeds([correlation(0.5), null], 0.5)).toBeNull();
    expect(correlationOverSeeds([])).toBeNull();
  });

  it('perfect correlations stay finite', () => {
    const perfect = { ...correlation(0.5), estimate: 1, low: 1, high: 1 };
    expect(correlationOverSeeds([perfect, correlation(0.9)])?.estimate).toBeLessThan(1);
    expect(sidesOverSeeds([perfect, perfect], 0.5)?.above).toBeLessThan(0.05);
  });
});
