// Intervals and tests against published values; each case names its source.
import { describe, expect, it } from 'vitest';
import {
  holm,
  mcnemarExact,
  normalTwoSided,
  pairedEquivalence,
  pairedInterval,
  pairedScore,
  proportion,
  proportionScore,
  signFlipExact,
  tAbove,
  tInterval,
} from '../../src/base/statistics.ts';
import {
  binomialHalfLower,
  incompleteBeta,
  lnGamma,
  normalQuantile,
  normalUpper,
  tQuantile,
  tUpper,
} from '../../src/base/probability.ts';

describe('distribution functions', () => {
  it('normal tail: Abramowitz & Stegun table 26.1 and 26.2', () => {
    expect(normalUpper(1)).toBeCloseTo(0.15865525393145707, 14);
    expect(normalUpper(-1)).toBeCloseTo(0.8413447460685429, 14);
    expect(normalUpper(5) / 2.866515718791939e-7).toBeCloseTo(1, 10);
    expect(normalUpper(10) / 7.61985302416052e-24).toBeCloseTo(1, 10);
    expect(normalUpper(Infinity)).toBe(0);
    expect(normalUpper(-Infinity)).toBe(1);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.95)).toBeCloseTo(1.6448536269514722, 12);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 11);
  });

  it('has no step where the series hands over to the continued fraction', () => {
    expect(normalUpper(3 - 1e-9) - normalUpper(3)).toBeCloseTo(4.43e-12, 13);
  });

  it('Student t: the printed tables', () => {
    for (const [df, value] of [
      [1, 12.7062],
      [2, 4.3027],
      [3, 3.1824],
      [9, 2.2622],
      [30, 2.0423],
      [120, 1.9799],
    ]) {
      expect(tQuantile(0.975, df)).toBeCloseTo(value, 4);
    }
    expect(tQuantile(0.025, 4)).toBeCloseTo(-2.7764, 4);
    // df = 1 is Cauchy: P(T > t) = 1/2 - atan(t) / pi.
    expect(tUpper(3, 1)).toBeCloseTo(0.5 - Math.atan(3) / Math.PI, 13);
    expect(tUpper(Infinity, 5)).toBe(0);
    expect(tUpper(-Infinity, 5)).toBe(1);
  });

  it('gamma, beta and binomial agree with closed forms', () => {
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
    expect(lnGamma(11)).toBeCloseTo(Math.log(3628800), 12);
    expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 14);
    expect(incompleteBeta(0.3, 2, 3)).toBeCloseTo(0.3483, 12);
    // By symmetry; 500 terms of the continued fraction gave 0.500044 at 1e7.
    for (const a of [1, 15, 1e3, 1e5, 1e7, 1e9]) expect(incompleteBeta(0.5, a, a)).toBeCloseTo(0.5, 11);
    // A sum of 1,040 binomial coefficients; an integral with 40 digits (mpmath).
    expect(incompleteBeta(0.5, 1000, 1040)).toBeCloseTo(0.8121438687235584, 12);
    expect(incompleteBeta(0.5, 1e6, 1.0004e6)).toBeCloseTo(0.6113404777807004, 11);
    expect(binomialHalfLower(2, 10)).toBeCloseTo(56 / 1024, 13);
    expect(binomialHalfLower(10, 10)).toBeCloseTo(1, 12);
    expect(binomialHalfLower(-1, 10)).toBe(0);
  });
});

describe('proportion', () => {
  it('Wilson score interval: Newcombe 1998 (Statistics in Medicine 17:857), table I', () => {
    for (const [count, n, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ]) {
      const result = proportion(count, n);
      expect(result.low).toBeCloseTo(low, 4);
      expect(result.high).toBeCloseTo(high, 4);
    }
  });

  it('is symmetric, holds its ends and knows nothing at n = 0', () => {
    expect(proportion(0, 0)).toEqual({ count: 0, n: 0, low: 0, high: 1 });
    expect(proportion(0, 1000).low).toBe(0);
    expect(proportion(1000, 1000).high).toBe(1);
    expect(proportion(30, 100).low).toBeCloseTo(1 - proportion(70, 100).high, 14);
  });

  it.each([
    [-1, 3],
    [4, 3],
    [1.5, 3],
    [NaN, 3],
    [0, NaN],
    [0, -1],
  ])('refuses %s of %s', (count, n) => {
    expect(() => proportion(count, n)).toThrow(RangeError);
  });

  it('the score test rejects a share exactly when the interval excludes it', () => {
    for (let count = 0; count <= 60; count++) {
      const { low, high } = proportion(count, 60);
      for (const share of [0.01, 0.05, 0.5, 0.93]) {
        const rejected = normalTwoSided(proportionScore(count, 60, share)) < 0.05;
        expect(rejected).toBe(share < low || share > high);
      }
    }
  });
});

describe('paired outcomes', () => {
  // Cavo et al. 2012 in Fagerland, Lydersen & Laake, Statistical Analysis of Contingency Tables (2017), chapter 8: 59,
  // 6, 16, 80.
  it('McNemar: exact conditional p = 0.052479, z = 2.132 (Fagerland et al., chapter 8)', () => {
    expect(mcnemarExact(6, 16)).toBeCloseTo(0.052479, 6);
    expect(mcnemarExact(16, 6)).toBeCloseTo(0.052479, 6);
    expect(pairedScore(6, 16, 161, 0)).toBeCloseTo(2.132, 3);
  });

  it('McNemar: nothing differs, one differs, all differ one way', () => {
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(1, 0)).toBe(1);
    expect(mcnemarExact(5, 5)).toBe(1);
    expect(mcnemarExact(0, 10)).toBeCloseTo(2 / 1024, 14);
    expect(mcnemarExact(0, 3000)).toBeLessThan(1e-300);
  });

  it("Tango's interval: the same table, -0.1240 to -0.0054 (first minus second there)", () => {
    const [low, high] = pairedInterval(6, 16, 161);
    expect(low).toBeCloseTo(0.0054, 4);
    expect(high).toBeCloseTo(0.124, 4);
    expect(pairedInterval(16, 6, 161)[0]).toBeCloseTo(-high, 12);
  });

  it("Tango's interval at 90 %: R PropCIs::scoreci.mp(25, 28, 618) gives -0.0148 to 0.0247", () => {
    const [low, high] = pairedInterval(25, 28, 618, 0.9);
    expect(low).toBeCloseTo(-0.0148, 4);
    expect(high).toBeCloseTo(0.0247, 4);
  });

  it("Tango's score uses the maximum-likelihood share under the hypothesis, found here by search", () => {
    for (const [b, c, n, delta] of [
      [1, 0, 44, -0.1],
      [10, 30, 300, 0.1],
      [30, 10, 300, 0.05],
      [5, 9, 40, -0.3],
      [0, 0, 50, 0.02],
    ]) {
      // Shares: q only first, q + delta only second.
      const logLikelihood = (q: number): number =>
        (b && b * Math.log(q)) + (c && c * Math.log(q + delta)) + (n - b - c) * Math.log(1 - 2 * q - delta);
      let low = Math.max(0, -delta);
      let high = (1 - delta) / 2;
      for (let i = 0; i < 300; i++) {
        const third = (high - low) / 3;
        if (logLikelihood(low + third) < logLikelihood(high - third)) low += third;
        else high -= third;
      }
      const z = (c - b - n * delta) / Math.sqrt(n * (low + high + delta - delta * delta));
      // The likelihood is flat at its top: a search places q to about 1e-8. Pass if within 1e-6.
      expect(Math.abs(pairedScore(b, c, n, delta) - z)).toBeLessThan(1e-6);
    }
  });

  it('keeps its width when no pair differs: +-z^2 / (n + z^2)', () => {
    const z2 = 1.959963984540054 ** 2;
    expect(pairedInterval(0, 0, 1000)[1]).toBeCloseTo(z2 / (1000 + z2), 9);
    expect(pairedInterval(0, 0, 0)).toEqual([-1, 1]);
    expect(pairedInterval(0, 50, 50)[1]).toBe(1);
  });

  it('equivalence holds at 0.05 exactly when the 90 % interval is inside the margin', () => {
    let inside = 0;
    for (const [b, c] of [
      [0, 0],
      [10, 12],
      [10, 30],
      [30, 55],
      [55, 30],
      [20, 44],
      [60, 66],
      [100, 100],
    ]) {
      const [low, high] = pairedInterval(b, c, 300, 0.9);
      const holds = low > -0.1 && high < 0.1;
      expect(pairedEquivalence(b, c, 300, 0.1).p < 0.05).toBe(holds);
      inside += holds ? 1 : 0;
    }
    expect(inside).toBeGreaterThan(1);
    expect(inside).toBeLessThan(8);
    expect(pairedEquivalence(0, 0, 0, 0.1).p).toBe(1);
  });

  it('a large improvement is not "equivalent" but rejects the lower side', () => {
    const test = pairedEquivalence(10, 100, 300, 0.1);
    expect(test.low).toBeLessThan(1e-6);
    expect(test.high).toBeGreaterThan(0.99);
    expect(test.p).toBe(test.high);
  });

  it('sign flips: McNemar for one seed, enumeration for several', () => {
    const one = [1, 1, 1, 1, 1, 1, -1, 0, 0, 0];
    expect(signFlipExact(one)).toBeCloseTo(mcnemarExact(1, 6), 14);
    const several = [3, -1, 2, 2, 0, 1, -2, 3];
    const observed = Math.abs(several.reduce((sum, value) => sum + value, 0));
    let extreme = 0;
    for (let signs = 0; signs < 256; signs++) {
      const sum = several.reduce((total, value, i) => total + ((signs >> i) & 1 ? value : -value), 0);
      if (Math.abs(sum) >= observed) extreme += 1;
    }
    expect(signFlipExact(several)).toBeCloseTo(extreme / 256, 14);
    expect(signFlipExact([])).toBe(1);
    expect(signFlipExact([1, -1])).toBe(1);
    expect(() => signFlipExact([0.5])).toThrow(RangeError);
  });
});

describe('over seeds and families', () => {
  it("t interval: Student's sleep data, mean 1.58, 0.7001 to 2.4599, p = 0.002833", () => {
    const sleep = tInterval([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]);
    expect(sleep.mean).toBeCloseTo(1.58, 12);
    expect(sleep.interval[0]).toBeCloseTo(0.7001142, 7);
    expect(sleep.interval[1]).toBeCloseTo(2.4598858, 7);
    expect(2 * tAbove(sleep, 0)).toBeCloseTo(0.002833, 6);
  });

  it('one seed says nothing about other seeds', () => {
    expect(tInterval([0.3]).interval).toEqual([-Infinity, Infinity]);
    expect(tAbove(tInterval([0.3]), 0)).toBe(1);
  });

  it('equal values: no spread, no NaN', () => {
    expect(tAbove(tInterval([2, 2, 2]), 0)).toBe(0);
    expect(tAbove(tInterval([2, 2, 2]), 3)).toBe(1);
    expect(tAbove(tInterval([2, 2, 2]), 2)).toBe(0.5);
  });

  it('Holm: the worked example of p.adjust, ties and bounds', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(12)))).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.6, 0.5])).toEqual([1, 1]);
    expect(holm([0.04])).toEqual([0.04]);
    expect(holm([])).toEqual([]);
  });
});
