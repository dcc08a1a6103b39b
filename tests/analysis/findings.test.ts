// The decision rules of F1a, F1b, F2 and F3: each case would change its verdict under a wrong rule.
import { describe, expect, it } from 'vitest';
import { decideFindings } from '../../src/analysis/findings.ts';
import type { Finding, FindingId, JudgedRow, JudgedRun } from '../../src/analysis/findings.ts';
import { normalQuantile, normalUpper } from '../../src/base/probability.ts';
import { mcnemarExact, pairedEquivalence, pairedInterval, pairedScore } from '../../src/base/statistics.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';
import type { GeneratorName, Verdict } from '../../src/domain/types.ts';

function verdict(plan: boolean, strict = plan, paper = strict): Verdict {
  return {
    format: true,
    records: 1,
    exact: false,
    paper: paper ? { valid: true } : { valid: false, rule: 'goal_not_reached', record: 1 },
    strict: strict ? { valid: true } : { valid: false, rule: 'wrong_cost', record: 0 },
    plan: plan ? { valid: true, optimal: true } : { valid: false, optimal: false, error: 'illegal_move' },
  };
}

/** Plans valid on mazes [from, to) of n. */
function plans(n: number, from: number, to: number, shift = 0): JudgedRow[] {
  return Array.from({ length: n }, (_, i) => ({ id: `maze-${i + shift}`, verdict: verdict(i >= from && i < to) }));
}

/** Its dev completions are its test completions, from half of the training on. */
function run(
  condition: Condition,
  rows: Partial<Record<GeneratorName, JudgedRow[]>>,
  seed = 1,
  undertrained = false,
): JudgedRun {
  const dev = [0.5, 1].map((share) => ({ step: 1000 * share, tokens: 27e6 * share, rows: rows.wilson ?? [] }));
  return { condition, seed, undertrained, improving: false, tokens: 27e6, rows, dev };
}

/** The same runs with the seeds 1, 2 and 3: the fewest that decide anything. */
function threeSeeds(runs: readonly JudgedRun[]): JudgedRun[] {
  return [1, 2, 3].flatMap((seed) => runs.map((one) => ({ ...one, seed })));
}

/** One-sided p of "above delta". */
function pairedEquivalenceLow(b: number, c: number, n: number, delta: number): number {
  return normalUpper(pairedScore(b, c, n, delta));
}

function find(findings: readonly Finding[], id: FindingId): Finding {
  const found = findings.find((finding) => finding.id === id);
  if (found === undefined) throw new Error(`no finding ${id}`);
  return found;
}

const decide = (id: FindingId, runs: JudgedRun[]): Finding => find(decideFindings(threeSeeds(runs)), id);
const decideSeeds = (id: FindingId, runs: JudgedRun[]): Finding => find(decideFindings(runs), id);

describe('F1a', () => {
  const pair = (baseline: number, correct: number): JudgedRun[] => [
    run('solution-only', { wilson: plans(300, 0, baseline) }),
    run('correct', { wilson: plans(300, 0, correct) }),
  ];

  it('is supported, contradicted or undecided by the sign of the difference and McNemar', () => {
    expect(decide('F1a', pair(100, 200)).verdict).toBe('supported');
    expect(decide('F1a', pair(200, 100)).verdict).toBe('contradicted');
    expect(decide('F1a', pair(200, 203)).verdict).toBe('undecided');
    expect(decide('F1a', pair(200, 200)).verdict).toBe('undecided');
  });

  it('reports the paired test and interval, not unpaired ones', () => {
    // Equal margins 150/300 and 160/300 can hide very different pairings.
    const finding = decideSeeds('F1a', [
      run('solution-only', { wilson: plans(300, 0, 150) }),
      run('correct', { wilson: plans(300, 100, 260) }),
    ]);
    expect(finding.p).toBeCloseTo(mcnemarExact(100, 110), 12);
    expect(finding.effect?.value).toBeCloseTo(10 / 3, 10);
    expect(finding.interval).toEqual(pairedInterval(100, 110, 300).map((bound) => 100 * bound));
    expect(finding).toMatchObject({ n: 300, seeds: [1], verdict: 'observed', observed_in: [1] });
  });

  it('is decided at equal tokens; equal epochs are a row that decides nothing', () => {
    const [baseline, correct] = pair(100, 200);
    const unequal = decide('F1a', [{ ...baseline, tokens: 15e6 }, correct]);
    expect(unequal).toMatchObject({ verdict: 'undecided', p: 1 });
    expect(unequal.detail).toContain('equal epochs and different tokens');
    expect(unequal.detail).toContain('15.0 M and 27.0 M training tokens');
    expect(decide('F1a', [{ ...baseline, tokens: 26.9e6 }, correct]).verdict).toBe('supported');
    // A breach needs no equal tokens: fewer tokens and yet better.
    expect(decide('F1a', [{ ...pair(200, 100)[0], tokens: 15e6 }, pair(200, 100)[1]]).verdict).toBe('contradicted');
    // On dev the baseline has 130 of 300 where it has seen the data as often as correct, which has 200.
    const dev = [50, 130, 100].map((count, i) => ({ step: i, tokens: (i + 1) * 9e6, rows: plans(300, 0, count) }));
    const both = decide('F1a', [{ ...baseline, dev, equal_epochs_tokens: 16e6 }, correct]);
    expect(both.rows?.map(({ label, effect, p }) => [label, effect.value.toFixed(2), p === null])).toEqual([
      ['equal tokens', '33.33', false],
      ['equal epochs, on dev', '23.33', true],
    ]);
    expect(both.effect?.value).toBeCloseTo(100 / 3, 10);
  });

  it('refuses runs on different mazes', () => {
    expect(() =>
      decideFindings([
        run('solution-only', { wilson: plans(10, 0, 5) }),
        run('correct', { wilson: plans(10, 0, 5, 1) }),
      ]),
    ).toThrow(/same mazes.*maze-0.*maze-1/);
    expect(() =>
      decideFindings([run('solution-only', { wilson: plans(10, 0, 5) }), run('correct', { wilson: plans(9, 0, 5) })]),
    ).toThrow(/row 10/);
  });
});

describe('F1b', () => {
  /** `valid` valid plans of 400; the first `strict` (`paper`) of them have an invalid trace at that level. */
  const correct = (valid: number, strict: number, paper: number): JudgedRun[] => [
    run('correct', {
      wilson: Array.from({ length: 400 }, (_, i) => ({
        id: String(i),
        verdict: verdict(i < valid, i >= strict, i >= paper),
      })),
    }),
  ];

  it('needs the lower bound above 1 % at both levels', () => {
    expect(decide('F1b', correct(300, 30, 20)).verdict).toBe('supported');
    expect(decide('F1b', correct(300, 30, 4)).verdict).toBe('undecided');
    expect(decide('F1b', correct(300, 4, 30)).verdict).toBe('undecided');
    // 8 of 300: Wilson score interval 1.36 % to 5.2 %, exact p 0.024; 7 of 300: from 1.14 %, but exact p 0.067; 6 of
    // 300: from 0.92 %.
    expect(decideSeeds('F1b', correct(300, 8, 8)).p).toBeLessThan(0.05);
    expect(decideSeeds('F1b', correct(300, 7, 7)).p).toBeGreaterThan(0.05);
    expect(decideSeeds('F1b', correct(300, 6, 6)).p).toBeGreaterThan(0.05);
  });

  it('one invalid trace among few valid plans decides nothing: the score test takes 1 of 10 for p = 0.004', () => {
    const [few] = correct(10, 1, 1);
    const alone = { ...few, dev: [{ step: 1, tokens: 1, rows: few.rows.wilson?.slice(0, 20) ?? [] }] };
    expect(decideSeeds('F1b', [alone]).p).toBeCloseTo(2 * (1 - 0.99 ** 10), 10);
  });

  it('is decided at matched competence: at the first checkpoint with half of dev solved, and at the last', () => {
    const [last] = correct(300, 0, 0);
    const [early] = correct(200, 30, 20);
    const [before] = correct(199, 199, 199);
    const rowsOf = (one: JudgedRun) => one.rows.wilson ?? [];
    const dev = [before, early, last].map((one, i) => ({ step: 100 * i, tokens: i, rows: rowsOf(one) }));
    // Late there is no invalid trace left: the claim is about both.
    const finding = decide('F1b', [{ ...last, dev }]);
    expect(finding.verdict).not.toBe('supported');
    expect(finding.rows?.map(({ label, effect }) => [label, Math.round(effect.value)])).toEqual([
      ['first checkpoint, strict', 15],
      ['first checkpoint, lenient', 10],
      ['last, strict', 0],
      ['last, lenient', 0],
    ]);
    expect(finding.detail).toContain('first checkpoints are of step 100, 100, 100 and judged on dev');
    // One that never gets there has no matched competence.
    const never = decide('F1b', [{ ...last, dev: dev.slice(0, 1) }]);
    expect(never).toMatchObject({ verdict: 'undecided', p: null });
    expect(never.detail).toContain('no checkpoint has 50 % valid plans on dev (seed 1, 2, 3)');
  });

  it('counts only rows with a valid plan', () => {
    const finding = decide('F1b', correct(200, 20, 10));
    // The 200 rows with an invalid plan have valid traces here; they must not dilute the share.
    expect(finding.n).toBe(600);
    expect(finding.rows?.map(({ n }) => n)).toEqual([600, 600, 600, 600]);
    expect(finding.effect?.value).toBeCloseTo(5, 10);
    expect(finding.detail).toContain('last, strict 60/600; last, lenient 30/600');
    expect(finding.detail).toContain('shown: first checkpoint, lenient');
  });

  it('is contradicted when a level is clearly below 1 %', () => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({ id: String(i), verdict: verdict(true, true, i > 100) }));
    const finding = decide('F1b', [run('correct', { wilson: rows })]);
    expect(finding.verdict).toBe('contradicted');
    expect(finding.test).toContain('the smallest p of 4 parts times 4 (Bonferroni)');
    expect(decide('F1b', correct(300, 30, 20)).test).toContain('the largest p of 4 parts, as all must hold');
  });

  it('is undecided without valid plans', () => {
    expect(decide('F1b', correct(0, 0, 0))).toMatchObject({ verdict: 'undecided', p: null, effect: null });
  });
});

describe('F2', () => {
  const pair = (correct: number, swapped: number, n = 1000): JudgedRun[] => [
    run('correct', { wilson: plans(n, 0, correct) }),
    run('swapped', { wilson: plans(n, 0, swapped) }),
  ];

  it('supports a difference shown to be within 10 points', () => {
    const finding = decide('F2', pair(700, 680));
    expect(finding.verdict).toBe('supported');
    expect(finding.detail).toContain('before Holm: p < 0.001 for above -10 points, p < 0.001 for below +10 points');
    // Twice the one-sided p: which side is tested was read off the data.
    expect(decideSeeds('F2', pair(700, 620)).p).toBeCloseTo(2 * pairedEquivalence(80, 0, 1000, 0.1).low, 12);
  });

  it('supports swapped above correct, near and far', () => {
    expect(decide('F2', pair(500, 800)).verdict).toBe('supported');
    expect(decide('F2', pair(500, 800)).detail).toContain('p = 1.000 for below +10 points');
    expect(decide('F2', pair(500, 600)).verdict).toBe('supported');
  });

  it('contradicts swapped clearly more than 10 points below', () => {
    expect(decide('F2', pair(700, 500)).verdict).toBe('contradicted');
  });

  it('does not take "no significant difference" for equivalence', () => {
    // 20 mazes, equal counts: McNemar p = 1, yet 10 points cannot be excluded when models disagree on 12 of 20.
    const rows = [run('correct', { wilson: plans(20, 0, 10) }), run('swapped', { wilson: plans(20, 6, 16) })];
    expect(decide('F2', rows).verdict).toBe('undecided');
    expect(decide('F2', pair(700, 600)).verdict).toBe('undecided');
  });

  it('a significant small deficit is still "about as well"', () => {
    expect(mcnemarExact(50, 0)).toBeLessThan(1e-10);
    expect(decide('F2', pair(700, 650)).verdict).toBe('supported');
  });
});

describe('F3', () => {
  type Counts = readonly [drunkard: number, searchformer: number, free: number, matched: number];
  const ood = (correct: Counts, swapped: Counts, n = 1000): JudgedRun[] => {
    const rows = (counts: Counts): Partial<Record<GeneratorName, JudgedRow[]>> => ({
      wilson: plans(n, 0, 700),
      drunkard: plans(n, 0, counts[0]),
      searchformer: plans(n, 0, counts[1]),
      free: plans(n, 0, counts[2]),
      'drunkard-matched': plans(n, 0, counts[3], 5000),
    });
    return [run('correct', rows(correct)), run('swapped', rows(swapped))];
  };

  it('needs one far distribution above, the matched one above, and none more than 2 points below', () => {
    expect(decide('F3', ood([40, 0, 0, 100], [330, 0, 0, 200])).verdict).toBe('supported');
    expect(decide('F3', ood([40, 50, 0, 100], [330, 10, 0, 200])).verdict).toBe('contradicted');
    expect(decide('F3', ood([40, 50, 0, 100], [330, 48, 0, 200])).verdict).toBe('supported');
    expect(decide('F3', ood([40, 0, 0, 100], [40, 0, 0, 100])).verdict).toBe('undecided');
    expect(decide('F3', ood([90, 5, 0, 100], [10, 5, 0, 100])).verdict).toBe('contradicted');
    // 15 points below the matched one is a breach like any other; 1 point below is none.
    expect(decide('F3', ood([40, 0, 0, 300], [330, 0, 0, 150])).verdict).toBe('contradicted');
    expect(decide('F3', ood([40, 0, 0, 100], [330, 0, 0, 90])).verdict).toBe('undecided');
  });

  it('a lead that is one of positions alone is not supported', () => {
    const finding = decide('F3', ood([40, 0, 0, 200], [330, 0, 0, 202]));
    expect(finding.verdict).toBe('undecided');
    const part = (label: string) => finding.rows?.find((row) => row.label === label)?.effect.value;
    expect(part('lead on drunkard: content')).toBeCloseTo(0.2, 10);
    expect(part('lead on drunkard: position')).toBeCloseTo(28.8, 10);
  });

  it('splits the lead over solution-only, too, where it was trained with the same seeds; that decides nothing', () => {
    const [correct, swapped] = ood([40, 0, 0, 200], [330, 0, 0, 300]);
    const [, other] = ood([0, 0, 0, 0], [10, 0, 0, 250]);
    const beside = { ...other, condition: 'solution-only' } as const;
    const finding = decide('F3', [beside, correct, swapped]);
    const part = (label: string) => finding.rows?.find((row) => row.label === label);
    expect(part('lead over solution-only on drunkard: content')).toMatchObject({ p: null, p_holm: null, n: 1000 });
    expect(part('lead over solution-only on drunkard: content')?.effect.value).toBeCloseTo(5, 10);
    expect(part('lead over solution-only on drunkard: position')?.effect.value).toBeCloseTo(27, 10);
    const alone = decide('F3', [correct, swapped]);
    expect(finding).toMatchObject({ verdict: alone.verdict, p: alone.p, effect: alone.effect });
    const rowsOf = (runs: JudgedRun[]) => decideSeeds('F3', runs).rows;
    expect(rowsOf([{ ...beside, seed: 9 }, correct, swapped])).toEqual(rowsOf([correct, swapped]));
  });

  it('the interval of the position part adds the variances of two independent sets and spans the seeds', () => {
    // Independent truth, for one seed: normal variances of paired differences.
    const [correct, swapped] = ood([300, 0, 0, 300], [500, 0, 0, 400]);
    const finding = decideSeeds('F3', [correct, swapped]);
    const row = finding.rows?.find(({ label }) => label === 'lead on drunkard: position');
    const variance = (share: number): number => (share - share * share) / 1000;
    const half = 100 * normalQuantile(0.975) * Math.sqrt(variance(0.2) + variance(0.1));
    expect(row?.effect.value).toBeCloseTo(10, 10);
    expect(Math.abs((row?.interval[0] ?? 0) - (10 - half))).toBeLessThan(0.1);
    expect(Math.abs((row?.interval[1] ?? 0) - (10 + half))).toBeLessThan(0.1);
    const seeds = [100, 300, 500].flatMap((lead, i) =>
      ood([100, 0, 0, 100], [100 + lead, 0, 0, 150]).map((one) => ({ ...one, seed: i + 1 })),
    );
    const wide = decideSeeds('F3', seeds).rows?.find(({ label }) => label === 'lead on drunkard: position');
    expect(wide?.effect.value).toBeCloseTo(25, 10);
    // t interval of 5, 25 and 45 points: 25 -+ 4.303 * 20 / sqrt(3).
    expect(wide?.interval[0]).toBeCloseTo(25 - (4.302652729911275 * 20) / Math.sqrt(3), 8);
  });

  it('without the matched distribution it is never supported, but may be contradicted', () => {
    const without = (runs: JudgedRun[]) =>
      runs.map((one) => ({ ...one, rows: { ...one.rows, 'drunkard-matched': undefined } }));
    const finding = decide('F3', without(ood([40, 0, 0, 0], [330, 0, 0, 0])));
    expect(finding).toMatchObject({ verdict: 'undecided', p: 1 });
    expect(finding.detail).toContain('drunkard-matched was not tested');
    expect(decide('F3', without(ood([330, 0, 0, 0], [40, 0, 0, 0]))).verdict).toBe('contradicted');
    const nowhere = find(decideFindings(threeSeeds(ood([40, 0, 0, 0], [330, 0, 0, 0])), { matched: null }), 'F3');
    expect(nowhere.detail).toContain('this domain has no distribution');
    expect(nowhere.verdict).toBe('undecided');
  });

  it('adjusts over the far distributions (Holm), and doubles what was read off the data', () => {
    const small = decideSeeds('F3', ood([0, 0, 0, 0], [6, 0, 0, 50]));
    // 6 against 0: p = 0.031 alone, 0.094 after Holm over three.
    expect(small.rows?.[0].p).toBeCloseTo(0.03125, 10);
    expect(small.rows?.[0].p_holm).toBeCloseTo(0.09375, 10);
    const below = decideSeeds('F3', ood([100, 0, 0, 0], [60, 0, 0, 0]));
    // One-sided below -2 points, times 2 for the side, times 4 distributions.
    const oneSided = 1 - pairedEquivalenceLow(40, 0, 1000, -0.02);
    expect(below.p).toBeCloseTo(Math.min(1, 8 * oneSided), 10);
  });

  it('does not rest on kruskal and dfs', () => {
    const runs = ood([40, 0, 0, 0], [40, 0, 0, 0]).map((one) => ({
      ...one,
      rows: { ...one.rows, kruskal: plans(100, 0, one.condition === 'swapped' ? 90 : 10) },
    }));
    expect(decide('F3', runs).verdict).toBe('undecided');
    expect(
      decide('F3', runs)
        .rows?.slice(0, 4)
        .map(({ label }) => label),
    ).toEqual(['drunkard', 'searchformer', 'free', 'drunkard-matched']);
  });

  it('claims nothing about a distribution that was not tested', () => {
    const without = ood([40, 0, 0, 100], [330, 0, 5, 200]).map((one) => ({
      ...one,
      rows: { ...one.rows, free: undefined },
    }));
    const finding = decide('F3', without);
    expect(finding.statement).toContain('above correct on drunkard or searchformer, and on drunkard-matched');
    expect(finding.detail).toContain('not tested on free');
    expect(decide('F3', ood([40, 0, 0, 100], [330, 0, 5, 200]))).toMatchObject({
      statement: expect.stringContaining('drunkard, searchformer or free') as string,
      detail: expect.not.stringContaining('not tested') as string,
    });
  });
});

describe('families and seeds', () => {
  it('Holm over the findings can take a decision away', () => {
    // F1a alone: p = 0.031 (6 against 0).
    const baseline = run('solution-only', { wilson: plans(40, 0, 20) });
    const correct = run('correct', { wilson: plans(40, 0, 26) });
    const swapped = run('swapped', { wilson: plans(40, 10, 30) });
    const without = decideFindings(threeSeeds([baseline, correct]));
    expect(find(without, 'F1a').p).toBeCloseTo(0.03125, 10);
    // Six findings, whether they are tested or not.
    expect(find(without, 'F1a').p_holm).toBeCloseTo(0.1875, 10);
    expect(find(without, 'F1a').verdict).toBe('undecided');
    expect(find(without, 'F2')).toMatchObject({ verdict: 'undecided', p: null, p_holm: null });
    expect(find(without, 'F2').detail).toBe('no model of this study was trained on swapped');
    expect(find(decideFindings(threeSeeds([baseline, correct, swapped])), 'F1a').p_holm).toBeCloseTo(0.1875, 10);
  });

  it('one undertrained run makes every finding that uses it undertrained, and leaves the family', () => {
    const runs = [
      run('solution-only', { wilson: plans(300, 0, 100) }),
      run('correct', { wilson: plans(300, 0, 200) }),
      run('swapped', { wilson: plans(300, 0, 250) }, 1, true),
    ];
    const findings = decideFindings(threeSeeds(runs));
    expect(findings.map(({ verdict: decided }) => decided)).toEqual([
      'supported',
      'undecided',
      'undertrained',
      'undertrained',
    ]);
    expect(find(findings, 'F2')).toMatchObject({ p: null, effect: null, interval: null });
    expect(find(findings, 'F2').detail).toContain('swapped (seeds 1, 2, 3)');
  });

  it('one undertrained seed is not quietly dropped', () => {
    const runs = [1, 2, 3].flatMap((seed) => [
      run('solution-only', { wilson: plans(300, 0, 100) }, seed),
      run('correct', { wilson: plans(300, 0, 200 + seed) }, seed, seed === 2),
    ]);
    expect(decideSeeds('F1a', runs)).toMatchObject({ verdict: 'undertrained', seeds: [1, 2, 3] });
  });

  it('several seeds: a difference must hold over seeds too', () => {
    const study = (correct: number[]): Finding =>
      decideSeeds(
        'F1a',
        correct.flatMap((count, i) => [
          run('solution-only', { wilson: plans(1000, 0, 500) }, i + 1),
          run('correct', { wilson: plans(1000, 0, count) }, i + 1),
        ]),
      );
    const steady = study([600, 610, 605]);
    expect(steady).toMatchObject({ verdict: 'supported', seeds: [1, 2, 3], n: 1000 });
    expect(steady.effect?.value).toBeCloseTo(10.5, 10);
    // Pooled over mazes this is overwhelming; over three seeds it is one lucky run.
    const lucky = study([510, 495, 900]);
    expect(lucky.p).toBeGreaterThan(0.05);
    expect(lucky.verdict).toBe('undecided');
    expect(lucky.interval?.[0]).toBeLessThan(0);
  });

  it('several seeds: a difference must hold over mazes too', () => {
    // Three seeds agree to the digit on 2 of 40 mazes: no spread over seeds, nothing shown over mazes.
    const runs = [1, 2, 3].flatMap((seed) => [
      run('solution-only', { wilson: plans(40, 0, 20) }, seed),
      run('correct', { wilson: plans(40, 0, 22) }, seed),
    ]);
    const finding = decideSeeds('F1a', runs);
    expect(finding.p).toBeCloseTo(0.5, 10);
    expect(finding.verdict).toBe('undecided');
    expect(finding.interval?.[0]).toBeLessThan(0);
    expect(finding.interval?.[1]).toBeGreaterThan(5);
  });

  it('several seeds: equivalence and shares', () => {
    const trace = (count: number): JudgedRow[] =>
      Array.from({ length: 500 }, (_, i) => ({ id: `maze-${i}`, verdict: verdict(i < 350, i >= count) }));
    const runs = [0, 4, 8].flatMap((shift, i) => [
      run('correct', { wilson: trace(40 + shift) }, i + 1),
      run('swapped', { wilson: plans(500, 0, 345 + shift) }, i + 1),
    ]);
    expect(decideSeeds('F2', runs).verdict).toBe('supported');
    const invalid = decideSeeds('F1b', runs);
    expect(invalid).toMatchObject({ verdict: 'supported', n: 1050 });
    expect(invalid.effect?.value).toBeCloseTo((100 * 44) / 350, 10);
    const split = [300, 350, 420].flatMap((count, i) => [
      run('correct', { wilson: plans(500, 0, 350) }, i + 1),
      run('swapped', { wilson: plans(500, 0, count) }, i + 1),
    ]);
    expect(decideSeeds('F2', split).verdict).toBe('undecided');
  });

  it('pairs by seed and drops seeds without a partner', () => {
    const runs = [
      run('solution-only', { wilson: plans(300, 0, 100) }, 2),
      run('correct', { wilson: plans(300, 0, 5) }, 1),
      run('correct', { wilson: plans(300, 0, 200) }, 2),
    ];
    expect(decideSeeds('F1a', runs)).toMatchObject({ verdict: 'observed', observed_in: [2], seeds: [2] });
  });

  it('fewer than three seeds: in how many runs it was observed, whatever p says', () => {
    const runs = [200, 90].flatMap((count, i) => [
      run('solution-only', { wilson: plans(300, 0, 100) }, i + 1),
      run('correct', { wilson: plans(300, 0, count) }, i + 1),
    ]);
    expect(decideSeeds('F1a', runs)).toMatchObject({ verdict: 'observed', observed_in: [1], seeds: [1, 2] });
    expect(decideSeeds('F1a', runs.slice(0, 2)).p_holm).toBeLessThan(0.001);
    expect(decideSeeds('F1a', runs.slice(0, 2)).verdict).toBe('observed');
    expect(decideSeeds('F1a', runs.slice(2))).toMatchObject({ verdict: 'observed', observed_in: [] });
  });

  it('names the models that were still improving, with every finding that uses them', () => {
    const runs = threeSeeds([
      run('solution-only', { wilson: plans(300, 0, 100) }),
      run('correct', { wilson: plans(300, 0, 200) }),
      run('swapped', { wilson: plans(300, 0, 200) }),
    ]).map((one) => ({ ...one, improving: one.condition === 'swapped' && one.seed === 2 }));
    const findings = decideFindings(runs);
    expect(findings.map(({ id, still_improving }) => [id, still_improving])).toEqual([
      ['F1a', []],
      ['F1b', []],
      ['F2', ['swapped (seed 2)']],
      ['F3', ['swapped (seed 2)']],
    ]);
    const all = decideFindings(runs.map((one) => ({ ...one, improving: true })));
    expect(all[2].still_improving).toEqual(['correct (seeds 1, 2, 3)', 'swapped (seeds 1, 2, 3)']);
  });
});

describe('smoke-size studies', () => {
  const conditions: Condition[] = ['solution-only', 'correct', 'swapped'];

  it.each([0, 1, 5])('everything is undertrained with n = %i', (n) => {
    const rows = {
      wilson: plans(n, 0, 1),
      drunkard: plans(n, 0, 0),
      searchformer: plans(n, 0, 0),
      free: plans(n, 0, 0),
    };
    const findings = decideFindings(conditions.map((condition) => run(condition, rows, 1, true)));
    expect(findings.map(({ id, verdict: decided }) => `${id} ${decided}`)).toEqual([
      'F1a undertrained',
      'F1b undertrained',
      'F2 undertrained',
      'F3 undertrained',
    ]);
  });

  it.each([0, 1, 2])('trained with n = %i: undecided, and every number survives JSON', (n) => {
    for (const seeds of [[1], [1, 2]]) {
      const findings = decideFindings(
        seeds.flatMap((seed) =>
          conditions.map((condition) => run(condition, { wilson: plans(n, 0, 0), free: plans(n, 0, 1) }, seed)),
        ),
      );
      expect(findings.every(({ verdict: decided }) => ['undecided', 'observed'].includes(decided))).toBe(true);
      expect(JSON.parse(JSON.stringify(findings))).toEqual(findings);
    }
  });

  it('no runs at all', () => {
    expect(decideFindings([]).map(({ verdict: decided }) => decided)).toEqual(Array(4).fill('undecided'));
  });
});
