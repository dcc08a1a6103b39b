// The functions of our own against series in BigInt, over the range that models and schedules use and at the hard
// places.
import { describe, expect, it } from 'vitest';
import { cosine, exponential, power, sine } from '../../src/base/portable-math.ts';
import {
  exactCosine,
  exactExponential,
  exactPower,
  exactSine,
  fixed,
  nearestDouble,
  PI,
  ulps,
} from './exact-functions.ts';

/** Positions from 0 to 131,072: all small ones, then primes apart, then the last. */
const POSITIONS = [
  ...Array(20).keys(),
  10_028,
  ...Array.from({ length: 13 }, (_, i) => 10_007 * i + 61),
  131_071,
  131_072,
];
const BASES = [1, 1.5, 2, 10, 500, 10_000, 500_000, 1e6, 1e9];
/** -2i / head size, with exponents that are no short binary fractions. */
const EXPONENTS = [2, 6, 32, 64, 80, 128].flatMap((size) =>
  [...new Set([0, 1, 2, Math.floor(size / 4), size / 2 - 1])].filter((i) => i < size / 2).map((i) => (-2 * i) / size),
);

/** The largest error over the arguments. */
function worst<T>(items: readonly T[], value: (item: T) => number, exact: (item: T) => bigint): number {
  return Math.max(...items.map((item) => ulps(value(item), exact(item))));
}

describe('cosine and sine', () => {
  const angles = BASES.flatMap((base) =>
    EXPONENTS.filter((_, i) => i % 4 === 1).flatMap((exponent) => POSITIONS.map((p) => p * power(base, exponent))),
  ).filter((angle) => angle !== 0);

  it('are within 0.8 ulp over positions up to 131,072 and bases from 1 to 1e9', () => {
    expect(angles.length).toBeGreaterThan(1500);
    expect(worst(angles, cosine, exactCosine)).toBeLessThan(0.8);
    expect(worst(angles, sine, exactSine)).toBeLessThan(0.8);
  });

  it('are within 0.8 ulp at the doubles next to multiples of pi/2, where nearly all bits cancel', () => {
    const quadrants = [...Array(200).keys(), 83_443, 573_204, 1_000_003, 2 ** 20 - 1].slice(1);
    const nearest = quadrants.map((k) => nearestDouble((BigInt(k) * PI) / 2n));
    for (const x of [...nearest, ...nearest.map((x) => -x)]) {
      expect(ulps(cosine(x), exactCosine(x)), `cosine of ${x}`).toBeLessThan(0.8);
      expect(ulps(sine(x), exactSine(x)), `sine of ${x}`).toBeLessThan(0.8);
    }
  });

  it('are within 0.8 ulp over one turn in small steps, as a schedule takes it', () => {
    const steps = Array.from({ length: 1500 }, (_, i) => ((i + 1) / 750) * Math.PI);
    expect(worst(steps, cosine, exactCosine)).toBeLessThan(0.8);
    expect(worst(steps, sine, exactSine)).toBeLessThan(0.8);
  });

  it('are exact where a schedule begins and ends, and refuse angles too large', () => {
    expect([cosine(0), sine(0), cosine(Math.PI)]).toEqual([1, 0, -1]);
    for (const x of [1.7e6, -1.7e6, Infinity, NaN]) {
      expect(() => cosine(x)).toThrow(RangeError);
      expect(() => sine(x)).toThrow(RangeError);
    }
  });
});

describe('power', () => {
  it('is rounded once from far more bits, for every base and exponent of a table of rotations', () => {
    const pairs = BASES.flatMap((base) => EXPONENTS.map((exponent) => ({ base, exponent })));
    const error = worst(
      pairs,
      ({ base, exponent }) => power(base, exponent),
      ({ base, exponent }) => exactPower(base, exponent),
    );
    expect(error).toBeLessThan(0.500_001);
  });

  it('is rounded once where the series of the logarithm is slowest, just below 1.5 times a power of two', () => {
    const exponents = Array.from({ length: 300 }, (_, i) => (i - 150) / 3.7);
    for (const base of [1.4999, 0.75, 5.99])
      expect(
        worst(
          exponents,
          (y) => power(base, y),
          (y) => exactPower(base, y),
        ),
      ).toBeLessThan(0.500_001);
  });

  it('is right far from there', () => {
    const pairs = [
      [0.3, 17.25],
      [1 + 2 ** -52, 1e15],
      [3e-80, 1.7],
      [1e100, -1.5],
      [0.9999, 12_345.6],
    ] as const;
    for (const [base, exponent] of pairs)
      expect(ulps(power(base, exponent), exactPower(base, exponent)), `${base}^${exponent}`).toBeLessThan(0.500_001);
    expect([power(10_000, -0.5), power(7, 0), power(2, 10), power(1, -3.3)]).toEqual([0.01, 1, 1024, 1]);
  });

  it('refuses bases and results that are no normal numbers', () => {
    for (const [base, exponent] of [
      [0, 1],
      [-1, 2],
      [NaN, 1],
      [Infinity, 1],
      [5e-324, 1],
      [10, 400],
      [2, NaN],
    ] as const)
      expect(() => power(base, exponent)).toThrow(RangeError);
  });
});

describe('exponential', () => {
  it('is rounded once from far more bits', () => {
    const grid = Array.from({ length: 400 }, (_, i) => (i - 200) / 7.3);
    const all = [...grid, 1e-300, -1e-17, 0.34657359, 0.3465736, 500.5, -500.5, 699.9, -699.9];
    expect(worst(all, exponential, (x) => exactExponential(fixed(x)))).toBeLessThan(0.500_001);
    expect(exponential(0)).toBe(1);
    expect(() => exponential(701)).toThrow(RangeError);
  });
});
