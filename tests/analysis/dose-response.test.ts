// Which conditions are rates of one condition, and the fit of each distribution against counts and numbers of another
// implementation.
import { describe, expect, it } from 'vitest';
import { doseResponses, dosesOf } from '../../src/analysis/dose-response.ts';
import type { DoseFit } from '../../src/analysis/dose-response.ts';
import type { JudgedRow, JudgedRun } from '../../src/analysis/findings.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';
import type { Verdict } from '../../src/domain/types.ts';

/** A mark a problem, 1 = valid. */
function rows(plans: string, traces = plans, distribution = 'wilson'): JudgedRow[] {
  return plans.split('').map((mark, i) => ({
    id: `${distribution}-${i}`,
    verdict: { plan: { valid: mark === '1', optimal: false }, strict: { valid: traces[i] === '1' } } as Verdict,
  }));
}

const run = (condition: Condition, plans: string, { seed = 1, traces = plans } = {}): JudgedRun => ({
  condition,
  seed,
  undertrained: false,
  tokens: 0,
  dev: [],
  rows: { wilson: rows(plans, traces) },
});

const wilson = (runs: readonly JudgedRun[]) => doseResponses(runs, ['wilson'])[0].fits[0];

describe('rates of one condition', () => {
  const shown = (...conditions: Condition[]): unknown[] =>
    dosesOf(conditions).map(({ name, doses }) => [name, doses.map(({ rate, condition }) => `${rate} ${condition}`)]);

  it('are those with its name; correct is rate 0 and the bare name its usual rate', () => {
    expect(shown('swapped', 'solution-only', 'swapped@0.25', 'correct')).toEqual([
      ['swapped', ['0 correct', '0.25 swapped@0.25', '1 swapped']],
    ]);
    expect(shown('correct', 'thinned', 'thinned@1')).toEqual([
      ['thinned', ['0 correct', '0.5 thinned', '1 thinned@1']],
    ]);
  });

  it('need three; a rate 0 of their own takes the place of correct', () => {
    expect(shown('correct', 'swapped', 'solution-only', 'reswapped')).toEqual([]);
    expect(shown('swapped@0.1', 'swapped')).toEqual([]);
    expect(shown('swapped@0', 'correct', 'swapped')).toEqual([]);
    expect(shown('swapped@0', 'correct', 'swapped', 'swapped@0.5')).toEqual([
      ['swapped', ['0 swapped@0', '0.5 swapped@0.5', '1 swapped']],
    ]);
  });

  it('share correct among several conditions, in the order of the table', () => {
    expect(shown('correct', 'filler@0.5', 'swapped@0.5', 'filler', 'swapped')).toEqual([
      ['swapped', ['0 correct', '0.5 swapped@0.5', '1 swapped']],
      ['filler', ['0 correct', '0.5 filler@0.5', '1 filler']],
    ]);
  });
});

describe('the fit', () => {
  // statsmodels 0.15.0 on these 24 outcomes, clustered by problem (tests/base/logistic.test.ts has the call).
  const EIGHT = ['11110010', '10110000', '00100100'];
  const [slope, standardError] = [-1.6294973718853347, 1.2498444399425468];

  it('of one seed is that of statsmodels, clustered by problem', () => {
    const { plan_valid } = wilson([
      run('swapped', EIGHT[2]),
      run('correct', EIGHT[0]),
      run('swapped@0.5', EIGHT[1]),
      run('solution-only', '00000000'),
    ]);
    expect(plan_valid).toMatchObject({ n: 8 });
    const fit = plan_valid as DoseFit;
    expect(fit.slope).toBeCloseTo(slope, 9);
    expect(fit.interval[0]).toBeCloseTo(slope - 1.959963984540054 * standardError, 8);
    expect(fit.interval[1]).toBeCloseTo(slope + 1.959963984540054 * standardError, 8);
    expect(fit.p).toBeCloseTo(0.1923153743746977, 9);
  });

  it('of several seeds is the mean of their slopes, widened to the t interval over seeds', () => {
    const seeds = [EIGHT, ['11111110', '10000001', '00000100'], ['11100000', '00111000', '00011000']];
    const ofSeed = (marks: readonly string[], seed: number): JudgedRun[] =>
      (['correct', 'swapped@0.5', 'swapped'] as const).map((condition, i) => run(condition, marks[i], { seed }));
    const alone = seeds.map((marks) => wilson(ofSeed(marks, 1)).plan_valid as DoseFit);
    const all = wilson(seeds.flatMap((marks, i) => ofSeed(marks, i + 1))).plan_valid as DoseFit;
    const slopes = alone.map((fit) => fit.slope);
    const mean = slopes.reduce((sum, value) => sum + value, 0) / 3;
    expect(all.slope).toBeCloseTo(mean, 12);
    expect(all.n).toBe(8);
    const deviation = Math.sqrt(slopes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
    // 4.302652729911275: quantile of t with 2 degrees of freedom at 0.975, from tables.
    const half = (4.302652729911275 * deviation) / Math.sqrt(3);
    const over = [0, 1].map((end) => alone.reduce((sum, { interval }) => sum + interval[end] / 3, 0));
    expect(half).toBeGreaterThan((over[1] - over[0]) / 2);
    expect(all.interval[0]).toBeCloseTo(Math.min(over[0], mean - half), 8);
    expect(all.interval[1]).toBeCloseTo(Math.max(over[1], mean + half), 8);
    // Two-sided p of t with 2 degrees of freedom: 1 - t / sqrt(2 + t^2).
    const t = (Math.abs(mean) * Math.sqrt(3)) / deviation;
    expect(all.p).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 8);
  });

  it('of seeds that agree is as wide as that of one of them, and p that over problems', () => {
    const of = (seed: number): JudgedRun[] =>
      (['correct', 'swapped@0.5', 'swapped'] as const).map((condition, i) => run(condition, EIGHT[i], { seed }));
    const one = wilson(of(1)).plan_valid as DoseFit;
    const three = wilson([1, 2, 3].flatMap(of)).plan_valid as DoseFit;
    expect(three.slope).toBeCloseTo(one.slope, 12);
    expect(three.interval[0]).toBeCloseTo(one.interval[0], 12);
    expect(three.p).toBeCloseTo(one.p, 12);
  });

  it('is of strict traces, too, and not defined where no line fits', () => {
    const { plan_valid, trace_valid_strict } = wilson([
      run('correct', '1111', { traces: '1110' }),
      run('swapped@0.5', '1111', { traces: '0000' }),
      run('swapped', '1111', { traces: '0000' }),
    ]);
    expect(plan_valid).toEqual({ fault: 'all' });
    expect(trace_valid_strict).toEqual({ fault: 'separated' });
  });

  it('is not defined where a seed has none', () => {
    const of = (seed: number, marks: readonly string[]): JudgedRun[] =>
      (['correct', 'swapped@0.5', 'swapped'] as const).map((condition, i) => run(condition, marks[i], { seed }));
    expect(wilson([...of(1, EIGHT), ...of(2, ['00000000', '00000000', '00000000'])]).plan_valid).toEqual({
      fault: 'none',
    });
  });

  it('leaves out of the traces what writes none', () => {
    const conditions: Condition[] = ['correct', 'solution-only@0.5', 'solution-only'];
    const [{ name, doses, fits }] = doseResponses(
      conditions.map((condition, i) => run(condition, EIGHT[i])),
      ['wilson'],
    );
    expect([name, doses.map(({ rate }) => rate)]).toEqual(['solution-only', [0, 0.5, 1]]);
    expect(fits[0]).not.toHaveProperty('trace_valid_strict');
  });

  it('is refused where models were tested on other problems', () => {
    const runs = [run('correct', '1100'), run('swapped@0.5', '1010'), run('swapped', '0011')];
    const other = { ...runs[2], rows: { wilson: rows('0011', '0011', 'kruskal') } };
    expect(() => wilson([runs[0], runs[1], other])).toThrow(
      expect.objectContaining({ code: 'FINDINGS_UNPAIRED' }) as Error,
    );
  });
});
