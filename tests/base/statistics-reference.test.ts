// Our distributions and correlations compared with those of a library that shares no code with them, over grids that no
// printed table has.
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { pearson, spearman } from '../../src/base/correlation.ts';
import {
  binomialHalfLower,
  incompleteBeta,
  lnGamma,
  normalQuantile,
  normalUpper,
  tQuantile,
  tUpper,
} from '../../src/base/probability.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { binomialExact, mcnemarExact, tAbove, tInterval } from '../../src/base/statistics.ts';

/** What is used of jStat 1.9; it brings no types of its own. */
interface Reference {
  readonly normal: {
    cdf(x: number, mean: number, std: number): number;
    inv(p: number, mean: number, std: number): number;
  };
  readonly studentt: { cdf(t: number, df: number): number; inv(p: number, df: number): number };
  readonly binomial: { cdf(k: number, n: number, p: number): number };
  ibeta(x: number, a: number, b: number): number;
  gammaln(x: number): number;
  corrcoeff(x: readonly number[], y: readonly number[]): number;
  spearmancoeff(x: readonly number[], y: readonly number[]): number;
  ttest(value: number, sample: readonly number[], sides: 1 | 2): number;
}
const { jStat: reference } = createRequire(import.meta.url)('jstat') as { readonly jStat: Reference };

/** Pass if |got - expected| <= 1e-9 + 1e-7 |expected|: the library iterates to about that. */
function close(got: number, expected: number): void {
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-9 + 1e-7 * Math.abs(expected));
}

describe('beside jStat', () => {
  it('normal: tail and quantile', () => {
    for (let z = -6; z <= 6; z += 0.25) close(1 - normalUpper(z), reference.normal.cdf(z, 0, 1));
    for (let p = 0.01; p < 1; p += 0.01) close(normalQuantile(p), reference.normal.inv(p, 0, 1));
  });

  it('Student t: tail and quantile', () => {
    for (const df of [1, 2, 3, 7, 29, 200, 998]) {
      for (let t = -5; t <= 5; t += 0.5) close(1 - tUpper(t, df), reference.studentt.cdf(t, df));
      for (const p of [0.01, 0.05, 0.4, 0.9, 0.975]) close(tQuantile(p, df), reference.studentt.inv(p, df));
    }
  });

  it('gamma, beta, binomial and the exact McNemar test', () => {
    for (const x of [0.3, 1, 2.5, 17, 400]) close(lnGamma(x), reference.gammaln(x));
    for (const [a, b] of [
      [0.5, 0.5],
      [2, 3],
      [40, 8],
      [499, 0.5],
    ])
      for (let x = 0.05; x < 1; x += 0.1) close(incompleteBeta(x, a, b), reference.ibeta(x, a, b));
    for (const n of [1, 10, 61, 300])
      for (let k = 0; k <= n; k += Math.ceil(n / 12)) close(binomialHalfLower(k, n), reference.binomial.cdf(k, n, 0.5));
    for (const [k, n] of [
      [0, 26],
      [1, 10],
      [7, 300],
      [10, 2908],
      [40, 500],
      [300, 300],
    ]) {
      const below = reference.binomial.cdf(k, n, 0.01),
        above = k === 0 ? 1 : 1 - reference.binomial.cdf(k - 1, n, 0.01);
      close(binomialExact(k, n, 0.01), Math.min(1, 2 * Math.min(below, above)));
    }
    for (const [b, c] of [
      [3, 9],
      [16, 6],
      [120, 90],
    ])
      close(mcnemarExact(b, c), 2 * reference.binomial.cdf(Math.min(b, c), b + c, 0.5));
  });

  it('Pearson, Spearman with ties, one-sample t', () => {
    for (let sample = 0; sample < 20; sample++) {
      const random = new RandomSequence(11, STREAMS.bootstrap, sample);
      const x = Array.from({ length: 30 }, () => random.below(12));
      const y = x.map((value) => value + random.below(20));
      close(pearson(x, y)?.estimate ?? NaN, reference.corrcoeff(x, y));
      close(spearman(x, y)?.estimate ?? NaN, reference.spearmancoeff(x, y));
      const t = tInterval(x);
      close(2 * Math.min(tAbove(t, 5), 1 - tAbove(t, 5)), reference.ttest(5, x, 2));
    }
  });
});
