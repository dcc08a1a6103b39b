// The decision rules of F4 and F5, and their place among the other findings: each case would change its verdict under a
// wrong rule.
import { describe, expect, it } from 'vitest';
import { decideFindings, findingsLeftOut } from '../../src/analysis/findings.ts';
import type { Finding, JudgedRow } from '../../src/analysis/findings.ts';
import type { RlRun } from '../../src/analysis/judged-run.ts';
import type { LengthRow, LengthRun } from '../../src/analysis/lengths.ts';
import { pairedInterval } from '../../src/base/statistics.ts';
import { normalQuantile } from '../../src/base/probability.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import type { Condition } from '../../src/domain/conditions/condition.ts';

/** n mazes, plans valid on the first `plans`, strict traces on the first `traces`. */
function judged(n: number, plans: number, traces: number): JudgedRow[] {
  return Array.from({ length: n }, (_, i) => ({
    id: `maze-${i}`,
    verdict: {
      format: true,
      records: 1,
      exact: false,
      paper: { valid: i < plans },
      strict: { valid: i < traces },
      plan: { valid: i < plans, optimal: i < plans },
    },
  }));
}

function rl(
  condition: Condition,
  before: [plans: number, traces: number],
  after: [plans: number, traces: number],
  seed = 1,
  n = 1000,
): RlRun {
  return {
    condition,
    seed,
    undertrained: false,
    start: 'last',
    before: { wilson: judged(n, ...before) },
    after: { wilson: judged(n, ...after) },
  };
}

/** The same runs with the seeds 1, 2 and 3: the fewest that decide anything. */
function threeSeeds<Run extends { readonly seed: number }>(runs: readonly Run[]): Run[] {
  return [1, 2, 3].flatMap((seed) => runs.map((one) => ({ ...one, seed })));
}

const f4Seeds = (runs: RlRun[]): Finding => decideFindings([], { rl: runs }).filter(({ id }) => id === 'F4')[0];
const f4 = (runs: RlRun[]): Finding => f4Seeds(threeSeeds(runs));

describe('F4', () => {
  it('needs plans up and traces not up by 5 points, from every starting condition', () => {
    expect(f4([rl('swapped', [700, 0], [780, 0]), rl('correct', [500, 300], [560, 310])]).verdict).toBe('supported');
    // 10 of 1,000 more plans from correct: two-sided p 0.002; 3 more: not shown.
    expect(f4([rl('swapped', [700, 0], [780, 0]), rl('correct', [500, 300], [503, 300])]).verdict).toBe('undecided');
    expect(f4([rl('swapped', [700, 0], [705, 0]), rl('correct', [500, 300], [560, 310])]).verdict).toBe('undecided');
  });

  it('traces are tested only from starts with 30 to 80 % strictly valid ones', () => {
    // Before 0 and 95 %: plans rise, and nothing can be said of traces.
    const without = f4([rl('swapped', [700, 0], [780, 0]), rl('correct', [960, 950], [980, 950])]);
    expect(without).toMatchObject({ verdict: 'undecided', p: 1 });
    expect(without.detail).toContain('no start has headroom');
    expect(without.detail).toContain('no headroom from correct: 95.0 % strictly valid traces');
    expect(without.rows?.map(({ label, p }) => [label, p === null])).toEqual([
      ['correct, plans', false],
      ['swapped, plans', false],
      ['correct, traces (no headroom)', true],
      ['swapped, traces (no headroom)', true],
    ]);
    // Fewer plans are a breach even so.
    expect(f4([rl('swapped', [700, 0], [600, 0])]).verdict).toBe('contradicted');
    // 300 of 1,000 have headroom, 299 do not.
    expect(f4([rl('correct', [500, 300], [560, 310])]).verdict).toBe('supported');
    expect(f4([rl('correct', [500, 299], [560, 310])]).verdict).toBe('undecided');
  });

  it('an early start is a start of its own', () => {
    const early = { ...rl('correct', [600, 550], [700, 700]), start: 'early' as const };
    const finding = f4([rl('correct', [960, 950], [980, 950]), early]);
    expect(finding.verdict).toBe('contradicted');
    expect(finding.rows?.map(({ label }) => label)).toContain('correct, early, traces');
  });

  it('is contradicted by plans clearly down or traces clearly up by more than 5 points', () => {
    expect(f4([rl('swapped', [700, 0], [640, 0])]).verdict).toBe('contradicted');
    expect(f4([rl('swapped', [700, 0], [780, 0]), rl('correct', [500, 300], [600, 450])]).verdict).toBe('contradicted');
  });

  it('a rise of traces near 5 points decides nothing, and one just below is not "no rise" by itself', () => {
    expect(f4([rl('correct', [500, 300], [600, 355])]).verdict).toBe('undecided');
    expect(f4([rl('correct', [500, 300], [600, 345])]).verdict).toBe('undecided');
    expect(f4([rl('correct', [500, 300], [600, 320])]).verdict).toBe('supported');
  });

  it('shows every part, and the one that decides', () => {
    const finding = f4([rl('swapped', [700, 0], [780, 0]), rl('correct', [500, 300], [560, 340])]);
    expect(finding.rows?.map(({ label, effect }) => [label, effect.value.toFixed(1)])).toEqual([
      ['correct, plans', '6.0'],
      ['correct, traces', '4.0'],
      ['swapped, plans', '8.0'],
      ['swapped, traces (no headroom)', '0.0'],
    ]);
    expect(finding.detail).toContain('shown: correct, traces');
    pairedInterval(0, 40, 1000).forEach((bound, i) => {
      expect(finding.interval?.[i]).toBeCloseTo(100 * bound, 10);
    });
    expect(finding.test).toContain('; the largest p of 3 parts, as all must hold');
  });

  it('names the test of the direction that the data point to: one breach is looked for among all parts', () => {
    // 30 plans fewer from correct: McNemar p far below 0.001, times the three parts.
    const finding = f4([rl('swapped', [700, 0], [780, 0]), rl('correct', [500, 300], [490, 300])]);
    expect(finding.test).toContain('; the smallest p of 3 parts times 3 (Bonferroni), as one breach is enough');
    expect(finding.p).toBeCloseTo(3 * 2 * 0.5 ** 10, 10);
  });

  it('several seeds must agree; an undertrained start proves nothing; other starting conditions are passed over', () => {
    const seeds = (after: number[]): RlRun[] => after.map((plans, i) => rl('correct', [700, 400], [plans, 400], i + 1));
    expect(f4Seeds(seeds([770, 780, 775]))).toMatchObject({ verdict: 'supported', seeds: [1, 2, 3] });
    expect(f4Seeds(seeds([700, 690, 900])).verdict).toBe('undecided');
    expect(f4([{ ...rl('swapped', [700, 0], [780, 0]), undertrained: true }])).toMatchObject({
      verdict: 'undertrained',
      p: null,
    });
    expect(f4([rl('filler', [700, 0], [780, 0])])).toMatchObject({ verdict: 'undecided', p: null });
  });

  it('refuses different mazes before and after', () => {
    const other = { ...rl('swapped', [700, 0], [780, 0]), after: { wilson: judged(999, 780, 0) } };
    expect(() => f4([other])).toThrow(/same mazes/);
  });
});

/** Lengths whose correlation given the plan is about rho. */
function lengths(rho: number, n = 1000, index = 0): LengthRow[] {
  return Array.from({ length: n }, (_, i) => {
    const random = new RandomSequence(17, STREAMS.sampling, 10_000 * index + i);
    const draw = (): number => normalQuantile((random.nextU32() + 0.5) / 2 ** 32);
    const plan = 5 + random.below(10);
    const astar = draw();
    return {
      id: String(i),
      generated: 10 * plan + 5 * (rho * astar + Math.sqrt(1 - rho * rho) * draw()),
      astar: 10 * plan + 5 * astar,
      plan,
      manhattan: plan - 1,
      truncated: false,
      solved: true,
      distance: null,
    };
  });
}

function lengthRun(rows: LengthRun['rows'], seed = 1, condition: Condition = 'correct'): LengthRun {
  return { condition, seed, undertrained: false, rows };
}

const f5Seeds = (runs: LengthRun[]): Finding =>
  decideFindings([], { lengths: runs }).filter(({ id }) => id === 'F5')[0];
const f5 = (runs: LengthRun[]): Finding => f5Seeds(threeSeeds(runs));

describe('F5', () => {
  it('needs the upper bound below 0.5 on every distribution out of distribution', () => {
    const finding = f5([lengthRun({ wilson: lengths(0.9), drunkard: lengths(0.1), free: lengths(-0.1, 1000, 1) })]);
    expect(finding.verdict).toBe('supported');
    expect(finding.detail).toMatch(/in distribution 0\.(89|90|91)/);
    expect(finding.rows?.map(({ label }) => label)).toEqual(['drunkard, solved', 'free, solved']);
    expect(finding.effect?.unit).toBe('r');
    expect(f5([lengthRun({ drunkard: lengths(0.1), free: lengths(0.48, 1000, 1) })]).verdict).toBe('undecided');
    expect(f5([lengthRun({ drunkard: lengths(0.1), free: lengths(0.7, 1000, 1) })]).verdict).toBe('contradicted');
  });

  it('is not about wilson, kruskal and dfs, nor about other conditions', () => {
    expect(
      f5([lengthRun({ wilson: lengths(0.9), kruskal: lengths(0.9), dfs: lengths(0.9), free: lengths(0) })]).rows?.map(
        ({ label }) => label,
      ),
    ).toEqual(['free, solved']);
    expect(f5([lengthRun({ free: lengths(0) }, 1, 'swapped')])).toMatchObject({
      verdict: 'undecided',
      p: null,
      detail: 'no model of this study was trained on correct',
    });
  });

  it('holds plan length fixed: lengths that both follow the plan alone are supported', () => {
    const finding = f5([lengthRun({ free: lengths(0) })]);
    expect(finding.verdict).toBe('supported');
    expect(Math.abs(finding.effect?.value ?? 1)).toBeLessThan(0.1);
  });

  it('is tested on the solved mazes of each far distribution: at one competence', () => {
    // The unsolved half has traces of any length: with them the correlation is small, without them 0.9.
    const rows = lengths(0.9).map((row, i) =>
      i % 2 === 0 ? row : { ...row, generated: (i * 7919) % 300, solved: false },
    );
    expect(f5([lengthRun({ free: rows })]).verdict).toBe('contradicted');
    expect(f5([lengthRun({ free: rows.map((row) => ({ ...row, solved: true })) })]).verdict).not.toBe('contradicted');
    // Fewer than 30 solved mazes in one seed: the distribution is left out, and said to be.
    const few = rows.map((row, i) => ({ ...row, solved: i < 29 }));
    expect(
      f5Seeds([lengthRun({ free: rows }), lengthRun({ free: few }, 2), lengthRun({ free: rows }, 3)]),
    ).toMatchObject({
      verdict: 'undecided',
      p: null,
      detail: expect.stringContaining('free, solved: only 29 mazes') as string,
    });
  });

  it('is tested on all mazes of the matched distribution, with truncated completions and without', () => {
    // Half of the completions hit the cap: with them the correlation is small, without them it is 0.9.
    const rows = lengths(0.9).map((row, i) => (i % 2 === 0 ? row : { ...row, generated: 900, truncated: true }));
    const finding = f5([lengthRun({ free: lengths(0), 'drunkard-matched': rows })]);
    expect(finding.rows?.map(({ label }) => label)).toEqual([
      'free, solved',
      'drunkard-matched',
      'drunkard-matched, not cut off',
    ]);
    expect(finding.verdict).toBe('contradicted');
    // The bootstrap is of the completions that the number is of.
    expect(finding.detail).toMatch(/shown: drunkard-matched, not cut off, bootstrap over mazes of seed 1 0\.(8|9)/);
    const ended = lengths(0).map((row) => ({ ...row, solved: false }));
    expect(f5([lengthRun({ free: lengths(0), 'drunkard-matched': ended })]).rows?.map(({ label }) => label)).toEqual([
      'free, solved',
      'drunkard-matched',
    ]);
  });

  it('is contradicted for a model that writes exactly the trace of A*', () => {
    const faithful = lengths(0).map((row) => ({ ...row, generated: row.astar }));
    expect(f5([lengthRun({ drunkard: faithful, 'drunkard-matched': faithful })]).verdict).toBe('contradicted');
  });

  it('few mazes and lengths without variation decide nothing', () => {
    expect(f5([lengthRun({ free: lengths(0.3, 8) })]).verdict).toBe('undecided');
    const flat = lengths(0).map((row) => ({ ...row, generated: 4 }));
    expect(f5([lengthRun({ free: flat })])).toMatchObject({ verdict: 'undecided', p: null });
    expect(f5([lengthRun({ free: flat, drunkard: lengths(0) })]).detail).toContain(
      'not defined on free, solved; not tested on searchformer',
    );
  });

  it('several seeds: over mazes and over seeds', () => {
    expect(f5Seeds([0.1, 0.12, 0.08].map((rho, i) => lengthRun({ free: lengths(rho, 1000, i) }, i + 1)))).toMatchObject(
      {
        verdict: 'supported',
        seeds: [1, 2, 3],
      },
    );
    expect(f5Seeds([-0.6, 0.1, 0.75].map((rho, i) => lengthRun({ free: lengths(rho, 1000, i) }, i + 1))).verdict).toBe(
      'undecided',
    );
    const perfect = [1, 2, 3].map((seed) =>
      lengthRun({ free: lengths(0).map((row) => ({ ...row, generated: row.astar })) }, seed),
    );
    expect(f5Seeds(perfect).verdict).toBe('contradicted');
    expect(JSON.parse(JSON.stringify(f5Seeds(perfect)))).toEqual(f5Seeds(perfect));
  });

  it('an undertrained run proves nothing', () => {
    expect(f5([{ ...lengthRun({ free: lengths(0) }), undertrained: true }])).toMatchObject({
      verdict: 'undertrained',
      p: null,
    });
  });
});

describe('among the others', () => {
  it('absent runs leave the finding out, with the reason in words', () => {
    expect(decideFindings([]).map(({ id }) => id)).toEqual(['F1a', 'F1b', 'F2', 'F3']);
    expect(findingsLeftOut({}).map(({ id }) => id)).toEqual(['F4', 'F5']);
    expect(findingsLeftOut({}).every(({ reason }) => reason.length > 20)).toBe(true);
    expect(decideFindings([], { rl: [], lengths: [] }).map(({ id }) => id)).toEqual([
      'F1a',
      'F1b',
      'F2',
      'F3',
      'F4',
      'F5',
    ]);
    expect(findingsLeftOut({ rl: [], lengths: [] })).toEqual([]);
    expect(findingsLeftOut({ lengths: [] }, true)[0].reason).toContain('rewards traces');
  });

  it('belong to the family that Holm adjusts', () => {
    // 6 against 0: p = 0.031, times the six findings, tested or not.
    const small = threeSeeds([rl('correct', [500, 400], [506, 400])]);
    const alone = decideFindings([], { rl: small })[4];
    expect(alone.p).toBeCloseTo(0.03125, 10);
    expect(alone.p_holm).toBeCloseTo(0.1875, 10);
    expect(alone.verdict).toBe('undecided');
    const both = decideFindings([], { rl: small, lengths: threeSeeds([lengthRun({ free: lengths(0) })]) });
    expect(both[4].p_holm).toBeCloseTo(5 * 0.03125, 10);
  });
});
