// The logistic fit against another implementation, its standard errors against simulation, and outcomes that no fit
// exists for.
import { describe, expect, it } from 'vitest';
import { logisticFit } from '../../src/base/logistic.ts';
import type { LogisticFault, LogisticFit } from '../../src/base/logistic.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';

function fitted(fit: LogisticFit | LogisticFault): LogisticFit {
  if (typeof fit === 'string') throw new Error(`not defined: ${fit}`);
  return fit;
}

const outcomes = (...rows: string[]): boolean[][] => rows.map((row) => row.split('').map((mark) => mark === '1'));

/** Item i succeeds below a threshold of its own, but every eleventh outcome is turned around. */
function made(items: number, thresholds: readonly number[]): boolean[][] {
  return thresholds.map((threshold, dose) =>
    Array.from({ length: items }, (_, i) => ((i * 37) % items) / items < threshold !== ((i + 3 * dose) % 11 === 0)),
  );
}

/*
 * Reference values of statsmodels 0.15.0, on the outcomes that the test makes, y and g (the item) in long form:
 *   Logit(y, add_constant(x)).fit(tol=1e-14, cov_type='cluster', cov_kwds={'groups': g, 'use_correction': False})
 * Its standard error is multiplied by sqrt(G / (G - 1)). GEE with independent working correlation gave the same.
 */
const REFERENCE = [
  {
    name: 'six doses, 101 items',
    doses: [0, 0.1, 0.25, 0.5, 0.75, 1],
    succeeds: made(101, [0.9, 0.8, 0.75, 0.5, 0.4, 0.3]),
    counts: [81, 78, 79, 60, 50, 40],
    intercept: 1.4781469699348813,
    slope: -1.9437445657312913,
    standard_error: 0.29522190216758504,
    p: 4.579199407012549e-11,
  },
  {
    // Items that succeed at one dose do so at others: the model-based standard error is 0.426.
    name: 'three doses, 53 items whose outcomes go together',
    doses: [0, 0.5, 1],
    succeeds: made(53, [0.2, 0.25, 0.3]),
    counts: [12, 19, 17],
    intercept: -1.0699132820581911,
    slope: 0.44981543742267943,
    standard_error: 0.3206617841831777,
    p: 0.1606847785219142,
  },
  {
    name: 'eight items',
    doses: [0, 0.5, 1],
    succeeds: outcomes('11110010', '10110000', '00100100'),
    counts: [5, 3, 2],
    intercept: 0.4415152618106728,
    slope: -1.6294973718853347,
    standard_error: 1.2498444399425468,
    p: 0.1923153743746977,
  },
];

describe('the fit', () => {
  it.each(REFERENCE)('equals that of statsmodels: $name', ({ doses, succeeds, counts, ...expected }) => {
    expect(succeeds.map((row) => row.filter(Boolean).length)).toEqual(counts);
    const { interval, z, ...fit } = fitted(logisticFit(doses, succeeds));
    for (const key of ['intercept', 'slope', 'standard_error'] as const)
      expect(Math.abs(fit[key] - expected[key]), key).toBeLessThanOrEqual(1e-9);
    // The standard normal quantile at 0.975, from tables.
    const half = 1.959963984540054 * expected.standard_error;
    expect(interval[0]).toBeCloseTo(expected.slope - half, 8);
    expect(interval[1]).toBeCloseTo(expected.slope + half, 8);
    expect(z).toBeCloseTo(expected.slope / expected.standard_error, 8);
    expect(Math.abs(fit.p / expected.p - 1)).toBeLessThanOrEqual(1e-7);
  });

  it('with two doses is the difference of their log odds', () => {
    const { intercept, slope } = fitted(logisticFit([0, 2], outcomes('1110000000', '0111111100')));
    expect(intercept).toBeCloseTo(Math.log(3 / 7), 10);
    expect(slope).toBeCloseTo((Math.log(7 / 3) - Math.log(3 / 7)) / 2, 10);
  });

  it('does not depend on the order of doses or items', () => {
    const [{ doses, succeeds }] = REFERENCE;
    const fit = fitted(logisticFit(doses, succeeds));
    const turned = fitted(
      logisticFit(
        doses.toReversed(),
        succeeds.toReversed().map((row) => row.toReversed()),
      ),
    );
    for (const key of ['intercept', 'slope', 'standard_error', 'z', 'p'] as const)
      expect(Math.abs(turned[key] - fit[key])).toBeLessThanOrEqual(1e-9);
  });

  it('finds a steep slope where one item alone keeps the doses from being separated', () => {
    const steep = outcomes('1'.repeat(400), `${'1'.repeat(399)}0`, `1${'0'.repeat(399)}`, '0'.repeat(400));
    const { intercept, slope } = fitted(logisticFit([0, 0.3, 0.6, 1], steep));
    // Score equations: the expected successes, and their mean dose, are those observed.
    const shares = [0, 0.3, 0.6, 1].map((dose) => 1 / (1 + Math.exp(-intercept - slope * dose)));
    expect(400 * shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(800, 6);
    expect(400 * (0.3 * shares[1] + 0.6 * shares[2] + shares[3])).toBeCloseTo(0.3 * 399 + 0.6, 6);
    expect(slope).toBeLessThan(-30);
  });

  it('has the spread over new items as its standard error, however the outcomes of an item go together', () => {
    const doses = [0, 0.5, 1];
    const fits = Array.from({ length: 400 }, (_, sample) => {
      // An item has a difficulty that all doses share, and a little noise of each dose.
      const items = Array.from({ length: 120 }, (_, i) => {
        const draws = new RandomSequence(sample, STREAMS.sampling, i);
        const uniform = (): number => (draws.below(1_000_000) + 0.5) / 1_000_000;
        const difficulty = uniform();
        return [0.7, 0.6, 0.5].map((threshold) => 0.8 * difficulty + 0.2 * uniform() < threshold);
      });
      return fitted(
        logisticFit(
          doses,
          doses.map((_, dose) => items.map((item) => item[dose])),
        ),
      );
    });
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const slope = mean(fits.map((fit) => fit.slope));
    const spread = Math.sqrt(mean(fits.map((fit) => (fit.slope - slope) ** 2)));
    // The spread of 400 slopes has a relative standard error of 3.5 %: pass if the ratio is within four of them.
    const ratio = mean(fits.map(({ standard_error }) => standard_error)) / spread;
    expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(0.14);
    const covered = fits.filter(({ interval: [low, high] }) => low <= slope && slope <= high).length;
    expect(covered).toBeGreaterThan(360);
    expect(covered).toBeLessThan(396);
  });
});

describe('no fit', () => {
  it.each<[LogisticFault, string[]]>([
    ['none', ['0000', '0000', '0000']],
    ['all', ['1111', '1111', '1111']],
    ['separated', ['1111', '1111', '0000']],
    ['separated', ['0000', '1111', '1111']],
    // One dose has both; all above it fail.
    ['separated', ['1111', '1010', '0000']],
    ['separated', ['0110', '0000', '0000']],
    ['separated', ['1111', '1111', '0110']],
    // The same items succeed at every dose: nothing shows how far another sample of items would be from slope 0.
    ['alike', ['1100', '1100', '1100']],
    ['alike', ['1', '0', '1']],
  ])('%s: %j', (fault, rows) => {
    expect(logisticFit([0, 0.5, 1], outcomes(...rows))).toBe(fault);
  });

  it('exists as soon as the outcomes overlap', () => {
    expect(logisticFit([0, 0.5, 1], outcomes('0110', '0000', '1000'))).toMatchObject({
      p: expect.any(Number) as number,
    });
  });

  it.each<[readonly number[], string[], RegExp]>([
    [[1, 1], ['10', '01'], /two different doses, got 1, 1$/],
    [[0, 1], ['10'], /two different doses/],
    [[0, 1], ['10', '0'], /as many items at every dose, got 1$/],
    [[0, 1], ['', ''], /as many items at every dose, got 0$/],
  ])('wrong shapes are refused: %j %j', (doses, rows, message) => {
    expect(() => logisticFit(doses, outcomes(...rows))).toThrow(message);
  });
});
