// Several completions of each problem: pass@k against all subsets, its intervals, and the choice by trace validity.
import { describe, expect, it } from 'vitest';
import { proportion, tInterval } from '../../src/base/statistics.ts';
import { chooseByTrace, type JudgedSample, passAtK, summarizeSamples } from '../../src/evaluation/sample-summary.ts';

/** Letters of one completion: p valid plan, s strictly valid trace, l leniently valid trace. */
function sample(letters: string, tokens = 1): JudgedSample {
  const valid = (letter: string) => ({ valid: letters.includes(letter) });
  return { verdict: { plan: { ...valid('p'), optimal: false }, strict: valid('s'), paper: valid('l') }, tokens };
}

const problem = (...letters: readonly string[]): JudgedSample[] => letters.map((each) => sample(each));

/** Share of the subsets of k of n completions that hold one of the first c. */
function byAllSubsets(n: number, c: number, k: number): number {
  let [all, solved] = [0, 0];
  for (let subset = 0; subset < 1 << n; subset++) {
    const members = Array.from({ length: n }, (_, i) => i).filter((i) => (subset >> i) & 1);
    if (members.length !== k) continue;
    all += 1;
    solved += Number(members.some((i) => i < c));
  }
  return solved / all;
}

function binomial(n: bigint, k: bigint): bigint {
  let value = 1n;
  for (let i = 1n; i <= k; i++) value = (value * (n - k + i)) / i;
  return value;
}

describe('pass@k', () => {
  it('is the share of the subsets of k completions that hold a valid one', () => {
    for (let n = 1; n <= 9; n++)
      for (let c = 0; c <= n; c++)
        for (let k = 1; k <= n; k++)
          expect(passAtK(n, c, k), `n ${n}, c ${c}, k ${k}`).toBeCloseTo(byAllSubsets(n, c, k), 12);
  });

  it('does not overflow where the binomials do', () => {
    // C(1024, 512) has 307 digits.
    for (const [c, k] of [
      [1, 512],
      [3, 256],
      [512, 2],
      [40, 16],
    ]) {
      const [n, all] = [1024n, binomial(1024n, BigInt(k))];
      const without = Number((binomial(n - BigInt(c), BigInt(k)) * 10n ** 18n) / all) / 1e18;
      expect(passAtK(1024, c, k), `c ${c}, k ${k}`).toBeCloseTo(1 - without, 12);
    }
  });

  it('is exactly 0 or 1 where it is certain', () => {
    expect([passAtK(7, 0, 3), passAtK(7, 5, 3), passAtK(7, 1, 7)]).toEqual([0, 1, 1]);
  });

  it('is given for powers of two and for all samples', () => {
    const of = (samples: number) =>
      summarizeSamples('wilson', samples, [Array.from({ length: samples }, () => sample(''))]).pass_at.map(
        ({ k }) => k,
      );
    expect([1, 2, 6, 8, 1024].map(of)).toEqual([
      [1],
      [1, 2],
      [1, 2, 4, 6],
      [1, 2, 4, 8],
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    ]);
  });

  const problems = [
    problem('p', '', '', 'p'),
    problem('', '', '', ''),
    problem('', 'p', '', ''),
    problem('p', 'p', 'p', 'p'),
  ];
  const { pass_at, any } = summarizeSamples('wilson', 4, problems);

  it('of one completion is the mean share of valid plans, with the t interval over problems', () => {
    const { mean, interval } = tInterval([0.5, 0, 0.25, 1]);
    expect(pass_at[0].share).toBeCloseTo(7 / 16, 12);
    expect(pass_at[0].share).toBeCloseTo(mean, 12);
    expect([pass_at[0].low, pass_at[0].high]).toEqual([Math.max(0, interval[0]), Math.min(1, interval[1])]);
    expect(interval[0]).toBeLessThan(0);
  });

  it('of all completions is the share of problems with a valid plan, with its Wilson interval', () => {
    const { low, high } = proportion(3, 4);
    expect(pass_at.at(-1)).toEqual({ k: 4, n: 4, share: 3 / 4, low, high });
    expect(any).toEqual(proportion(3, 4));
  });

  it('knows nothing of no problems', () => {
    expect(summarizeSamples('wilson', 2, [])).toMatchObject({
      n: 0,
      pass_at: [
        { k: 1, n: 0, share: 0, low: 0, high: 1 },
        { k: 2, n: 0, share: 0, low: 0, high: 1 },
      ],
      tokens: { per_completion: 0, per_problem: 0 },
    });
  });
});

describe('the choice by trace validity', () => {
  it.each([
    ['the first strictly valid one, also behind a leniently valid one', ['p', 'l', 'sl', 'sl'], 2, 'strict'],
    ['the first leniently valid one without a strictly valid one', ['p', 'p', 'l', 'lp'], 2, 'paper'],
    ['the first one without a valid trace', ['', 'p', 'p'], 0, 'first'],
  ])('is %s', (_, letters, index, by) => {
    expect(chooseByTrace(problem(...letters))).toEqual({ index, by });
  });

  it('is counted next to the first completion and to any', () => {
    const summary = summarizeSamples('wilson', 3, [
      problem('', 'slp', ''), // The trace finds the valid plan.
      problem('p', 'sl', ''), // The trace leads away from it.
      problem('', 'l', 'p'), // A lenient trace with another plan.
      problem('', '', 'p'), // No trace.
    ]);
    expect(summary.first).toEqual(proportion(1, 4));
    expect(summary.chosen).toEqual(proportion(1, 4));
    expect(summary.any).toEqual(proportion(4, 4));
    expect(summary.chosen_by).toEqual({ strict: proportion(2, 4), paper: proportion(1, 4), first: proportion(1, 4) });
  });
});

it('gives the tokens of one completion and of all completions of a problem', () => {
  const problems = [
    [sample('', 3), sample('', 5)],
    [sample('', 10), sample('', 20)],
    [sample('', 0), sample('', 1)],
  ];
  expect(summarizeSamples('wilson', 2, problems).tokens).toEqual({ per_completion: 39 / 6, per_problem: 13 });
});
