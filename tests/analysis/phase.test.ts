// Differences of a phase diagram, against counts done by hand.
import { describe, expect, it } from 'vitest';
import { phaseDifferences } from '../../src/analysis/phase.ts';
import type { PhaseRun } from '../../src/analysis/phase.ts';
import { mcnemarExact, pairedInterval } from '../../src/base/statistics.ts';
import type { Verdict } from '../../src/domain/types.ts';

const rows = (valid: string, size = 6): PhaseRun['rows'] =>
  valid.split('').map((mark, i) => ({
    id: `wilson-${size}-${i}`,
    verdict: { plan: { valid: mark === '1', optimal: false } } as Verdict,
  }));
const run = (
  condition: PhaseRun['condition'],
  tokens: number,
  valid: string,
  more: Partial<PhaseRun> = {},
): PhaseRun => ({ size: 6, layers: 4, tokens, condition, seed: 1, undertrained: false, rows: rows(valid), ...more });

describe('phaseDifferences', () => {
  it("pairs the models of a point on the same problems, with Tango's interval and the exact McNemar test", () => {
    const [difference] = phaseDifferences([run('solution-only', 5, '1110000000'), run('correct', 5, '1001111110')]);
    expect(difference).toMatchObject({
      size: 6,
      layers: 4,
      tokens: 5,
      condition: 'correct',
      n: 10,
      seeds: [1],
      difference: 0.4,
      undertrained: [],
    });
    expect(difference.interval).toEqual(pairedInterval(2, 6, 10));
    expect(difference.p).toBe(mcnemarExact(2, 6));
    expect(difference.p_holm).toBe(difference.p);
  });

  it('adjusts p over the points of one condition, not over the conditions', () => {
    const differences = phaseDifferences([
      run('solution-only', 5, '0000000000'),
      run('correct', 5, '1111111111'),
      run('swapped', 5, '1111100000'),
      run('solution-only', 9, '0000000000'),
      run('correct', 9, '1111100000'),
      run('swapped', 9, '0000000000'),
    ]);
    expect(differences.map(({ condition, tokens }) => [condition, tokens])).toEqual([
      ['correct', 5],
      ['correct', 9],
      ['swapped', 5],
      ['swapped', 9],
    ]);
    const [first, second] = [mcnemarExact(0, 10), mcnemarExact(0, 5)];
    expect(differences.map(({ p_holm }) => p_holm)).toEqual([2 * first, second, 2 * second, 1]);
  });

  it('averages seeds, and names the conditions with an undertrained model', () => {
    const runs = [1, 2].flatMap((seed) => [
      run('solution-only', 5, '0000000000', { seed, undertrained: seed === 2 }),
      run('correct', 5, seed === 1 ? '1111000000' : '1100000000', { seed }),
    ]);
    const [{ difference, seeds, undertrained }] = phaseDifferences(runs);
    expect(difference).toBeCloseTo(0.3, 12);
    expect([seeds, undertrained]).toEqual([[1, 2], ['solution-only']]);
  });

  it('keeps numbers of layers apart, and adjusts p over all of them', () => {
    const differences = phaseDifferences([
      run('solution-only', 5, '0000000000', { layers: 2 }),
      run('correct', 5, '1111100000', { layers: 2 }),
      run('solution-only', 5, '0000000000', { layers: 8 }),
      run('correct', 5, '1111111111', { layers: 8 }),
    ]);
    expect(differences.map(({ layers, difference }) => [layers, difference])).toEqual([
      [2, 0.5],
      [8, 1],
    ]);
    expect(differences.map(({ p_holm }) => p_holm)).toEqual([mcnemarExact(0, 5), 2 * mcnemarExact(0, 10)]);
  });

  it('keeps sizes apart, and refuses models that were tested on other problems', () => {
    const larger = { size: 8, rows: rows('1111111111', 8) };
    expect(
      phaseDifferences([
        run('solution-only', 5, '1111111111'),
        run('correct', 5, '1111111111'),
        run('solution-only', 5, '', larger),
        run('correct', 5, '', larger),
      ]).map(({ size, difference }) => [size, difference]),
    ).toEqual([
      [6, 0],
      [8, 0],
    ]);
    expect(() =>
      phaseDifferences(
        [run('solution-only', 5, '1111111111'), run('correct', 5, '', larger)].map((each) => ({ ...each, size: 6 })),
      ),
    ).toThrow(expect.objectContaining({ code: 'FINDINGS_UNPAIRED' }) as Error);
  });
});
