// Correlations against published values; each case names its source.
import { describe, expect, it } from 'vitest';
import {
  bootstrapCorrelation,
  correlationBelow,
  correlationScore,
  partialCorrelation,
  pearson,
  ranksOf,
  spearman,
} from '../../src/base/correlation.ts';
import { normalTwoSided } from '../../src/base/statistics.ts';
import { normalQuantile } from '../../src/base/probability.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';

/** Anscombe, The American Statistician 27 (1973) 17: the first set. */
const ANSCOMBE = [
  [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5],
  [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68],
];
/** Hollander & Wolfe, Nonparametric Statistical Methods (1973), page 187: lightness and quality of tuna. */
const TUNA = [
  [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1],
  [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8],
];
/**
 * Kim, Communications for Statistical Applications and Methods 22 (2015) 665: half life, dispensability, degree,
 * betweenness of yeast proteins.
 */
const YEAST = {
  life: [7, 15, 19, 15, 21, 22, 57, 15, 20, 18],
  dispensability: [0, 0.964, 0, 0, 0.921, 0, 0, 1.006, 0, 1.011],
  degree: [9, 2, 3, 4, 1, 3, 1, 3, 6, 1],
  betweenness: [1.78e-2, 1.05e-6, 1.37e-5, 7.18e-3, 0, 0, 0, 4.48e-3, 2.1e-6, 0],
};

/** Pairs of standard normals with correlation rho. */
function normalPairs(n: number, rho: number, index: number): [x: number[], y: number[]] {
  const random = new RandomSequence(5, STREAMS.sampling, index);
  const draw = (): number => normalQuantile((random.nextU32() + 0.5) / 2 ** 32);
  const x = Array.from({ length: n }, draw);
  return [x, x.map((value) => rho * value + Math.sqrt(1 - rho * rho) * draw())];
}

describe('pearson', () => {
  it("R cor.test on Anscombe's first set: r 0.8164205, t 4.2415 on 9, p 0.00217, 0.4243912 to 0.9506933", () => {
    const r = pearson(ANSCOMBE[0], ANSCOMBE[1]);
    expect(r?.estimate).toBeCloseTo(0.8164205, 7);
    expect(r?.low).toBeCloseTo(0.4243912, 7);
    expect(r?.high).toBeCloseTo(0.9506933, 7);
    expect(r?.p).toBeCloseTo(0.00217, 5);
  });

  it('R cor.test on the tuna of Hollander & Wolfe: r 0.5711816, p 0.1082, -0.1497426 to 0.8955795', () => {
    const r = pearson(TUNA[0], TUNA[1]);
    expect(r?.estimate).toBeCloseTo(0.5711816, 7);
    expect(r?.low).toBeCloseTo(-0.1497426, 7);
    expect(r?.high).toBeCloseTo(0.8955795, 7);
    expect(r?.p).toBeCloseTo(0.1082, 4);
  });

  it('a straight line is 1 without NaN; too few items and columns that do not vary have no correlation', () => {
    expect(pearson([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])).toEqual({
      estimate: 1,
      low: 1,
      high: 1,
      n: 5,
      controls: 0,
      p: 0,
    });
    expect(pearson([1, 2, 3, 4, 5], [10, 8, 6, 4, 2])?.estimate).toBe(-1);
    expect(pearson([1, 2, 3], [1, 3, 2])).toBeNull();
    expect(pearson([0.1, 0.1, 0.1, 0.1, 0.1], [1, 2, 3, 4, 5])).toBeNull();
    expect(pearson([], [])).toBeNull();
    expect(() => pearson([1, 2, 3, 4], [1, 2, 3])).toThrow(RangeError);
    expect(() => pearson([1, 2, 3, NaN], [1, 2, 3, 4])).toThrow(RangeError);
  });

  it('does not depend on place and scale of the columns, though the mean dwarfs the spread', () => {
    const far = ANSCOMBE[0].map((value) => 1e7 + value);
    expect(pearson(far, ANSCOMBE[1])?.estimate).toBeCloseTo(0.8164205, 6);
  });
});

describe('spearman', () => {
  it('intelligence and hours of television (textbook example): -29/165, p 0.627188', () => {
    const r = spearman([106, 86, 100, 101, 99, 103, 97, 113, 112, 110], [7, 0, 27, 50, 28, 29, 20, 12, 6, 17]);
    expect(r?.estimate).toBeCloseTo(-29 / 165, 12);
    expect(r?.p).toBeCloseTo(0.627188, 6);
  });

  it('tuna: 0.6; ties take their mean rank', () => {
    expect(spearman(TUNA[0], TUNA[1])?.estimate).toBeCloseTo(0.6, 12);
    expect([...ranksOf([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
    expect(spearman([1, 1, 2, 2, 3, 3], [5, 5, 7, 7, 9, 9])?.estimate).toBe(1);
  });

  it("interval: covers 95 of 100 draws from normal pairs at rho 0.8, where Fisher's covers fewer (Bonett & Wright 2000)", () => {
    const truth = (6 / Math.PI) * Math.asin(0.8 / 2);
    let covered = 0,
      fisher = 0;
    for (let i = 0; i < 2000; i++) {
      const r = spearman(...normalPairs(40, 0.8, i));
      if (r === null) throw new Error('no correlation');
      covered += Number(r.low <= truth && truth <= r.high);
      fisher += Number(normalTwoSided(correlationScore(r, truth)) >= 0.05);
    }
    // Standard error of the coverage is 0.5 points; pass if within 2 points of 95 %.
    expect(Math.abs(covered / 2000 - 0.95)).toBeLessThan(0.02);
    expect(fisher).toBeLessThan(covered - 20);
  });
});

describe('partialCorrelation', () => {
  it('one control: the example of four items in textbooks, 0.919145; its plain correlation is 0.969502', () => {
    const [x, y, z] = [
      [2, 4, 15, 20, 2],
      [1, 2, 3, 4, 1],
      [0, 0, 1, 1, 0],
    ];
    expect(pearson(x.slice(0, 4), y.slice(0, 4))?.estimate).toBeCloseTo(0.969502, 6);
    expect(partialCorrelation(x.slice(0, 4), y.slice(0, 4), [z.slice(0, 4)])).toBeNull();
    // n - k = 3 has no interval, so the estimate is taken from the same items twice, which changes nothing but n.
    const twice = (values: number[]): number[] => [...values.slice(0, 4), ...values.slice(0, 4)];
    expect(partialCorrelation(twice(x), twice(y), [twice(z)])?.estimate).toBeCloseTo(0.919145, 6);
  });

  it('two controls: ppcor on the yeast proteins, -0.6720863 with p 0.06789202, ranks -0.7647345', () => {
    const { life, dispensability, degree, betweenness } = YEAST;
    const r = partialCorrelation(life, dispensability, [degree, betweenness]);
    expect(r?.estimate).toBeCloseTo(-0.6720863, 7);
    expect(r?.p).toBeCloseTo(0.06789202, 8);
    expect(r?.controls).toBe(2);
    expect(
      partialCorrelation(ranksOf(life), ranksOf(dispensability), [ranksOf(degree), ranksOf(betweenness)])?.estimate,
    ).toBeCloseTo(-0.7647345, 7);
  });

  it("the interval is Fisher's with one degree of freedom less a control", () => {
    const { life, dispensability, degree, betweenness } = YEAST;
    const r = partialCorrelation(life, dispensability, [degree, betweenness]);
    expect(r?.high).toBeCloseTo(Math.tanh(Math.atanh(-0.6720863) + 1.959963985 / Math.sqrt(10 - 3 - 2)), 6);
  });

  it('controls that repeat others or do not vary change nothing, degrees of freedom included', () => {
    const { life, dispensability, degree } = YEAST;
    const one = partialCorrelation(life, dispensability, [degree]);
    expect(
      partialCorrelation(life, dispensability, [degree, degree.map((d) => 3 * d + 1), degree.map(() => 7)]),
    ).toEqual(one);
    expect(one?.controls).toBe(1);
  });

  it('is null where the controls leave nothing', () => {
    const { life, dispensability, degree } = YEAST;
    expect(
      partialCorrelation(
        life.map((_, i) => 2 * degree[i] - 3),
        dispensability,
        [degree],
      ),
    ).toBeNull();
  });
});

describe('against a reference other than 0', () => {
  it('rejects exactly what the interval excludes', () => {
    const r = pearson(ANSCOMBE[0], ANSCOMBE[1]);
    if (r === null) throw new Error('no correlation');
    for (const reference of [0.42, 0.43, 0.5, 0.8, 0.95, 0.951]) {
      expect(normalTwoSided(correlationScore(r, reference)) < 0.05).toBe(reference < r.low || reference > r.high);
    }
    expect(correlationBelow(r, 0.9506933)).toBeCloseTo(0.025, 6);
  });

  it("bootstrap: repeats bit for bit and lies near Fisher's interval for normal pairs", () => {
    const [x, y] = normalPairs(400, 0.5, 9000);
    const r = pearson(x, y);
    const [low, high] = bootstrapCorrelation(x, y, [], 1);
    expect(bootstrapCorrelation(x, y, [], 1)).toEqual([low, high]);
    expect(bootstrapCorrelation(x, y, [], 2)).not.toEqual([low, high]);
    // Both are about 0.147 wide; 1,000 resamples place an end to about 0.005. Pass if within 0.02.
    expect(Math.abs(low - (r?.low ?? NaN))).toBeLessThan(0.02);
    expect(Math.abs(high - (r?.high ?? NaN))).toBeLessThan(0.02);
    expect(bootstrapCorrelation([1, 1, 1, 1, 1], [1, 2, 3, 4, 5], [], 1)).toEqual([NaN, NaN]);
  });
});
