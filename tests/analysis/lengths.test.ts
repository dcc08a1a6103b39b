// Lengths of completions and of A*'s traces: what is counted, what is held fixed, and which mazes fall into which bin.
import { describe, expect, it } from 'vitest';
import { analyseLengths, type LengthRow, lengthRow, type LengthRun } from '../../src/analysis/lengths.ts';
import { partialCorrelation } from '../../src/base/correlation.ts';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import type { GeneratorName } from '../../src/domain/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { countEvents, parseCompletionLeniently } from '../../src/domain/maze/verdict/parse.ts';

/** Lengths of n mazes; `generated` from A*'s events and a draw in [0, 1). */
function rows(
  n: number,
  generated: (astar: number, draw: number, i: number) => number,
  changes: (i: number) => Partial<LengthRow> = () => ({}),
): LengthRow[] {
  return Array.from({ length: n }, (_, i) => {
    const random = new RandomSequence(3, STREAMS.sampling, i);
    const manhattan = 2 + random.below(8);
    const plan = manhattan + 1 + 2 * random.below(4);
    const astar = 2 * plan + random.below(20);
    return {
      id: String(i),
      generated: generated(astar, random.uniform(), i),
      astar,
      plan,
      manhattan,
      truncated: false,
      solved: true,
      distance: null,
      ...changes(i),
    };
  });
}

function run(byDistribution: Partial<Record<GeneratorName, LengthRow[]>>): LengthRun {
  return { condition: 'correct', seed: 1, undertrained: false, rows: byDistribution };
}

describe('one maze', () => {
  const problem: Problem = {
    generator: 'free',
    size: 4,
    walls: new Uint8Array(16),
    start: { x: 0, y: 0 },
    goal: { x: 2, y: 1 },
  };
  const { trace, plan } = solve(problem);

  it('counts well-formed events of the completion, right or wrong, and takes the gold lengths from the maze', () => {
    // One event is broken, a create of nothing that exists takes its part, and there are stray words around; none of
    // these is an event.
    const completion = `junk junk ${completionText(trace, plan ?? []).replace('close', 'create 3 3 c9 c9 create 0 0 closed')}`;
    const row = lengthRow(
      {
        id: 'a',
        generator: 'free',
        size: 4,
        prompt: promptText(problem),
        truncated: false,
        completion,
        verdict: judge(problem, completion),
      },
      0.5,
    );
    expect(row.generated).toBe(trace.length);
    expect(judge(problem, completion).records).toBeGreaterThan(trace.length + 5);
    expect(row).toMatchObject({
      astar: trace.length,
      plan: 4,
      manhattan: 3,
      solved: true,
      truncated: false,
      distance: 0.5,
    });
  });

  it('a solution without a trace has no events', () => {
    const completion = completionText(null, plan ?? []);
    const verdict = judge(problem, completion);
    expect(
      lengthRow(
        { id: 'a', generator: 'free', size: 4, prompt: promptText(problem), truncated: false, completion, verdict },
        null,
      ).generated,
    ).toBe(0);
  });

  it('a plan that was cut short is no trace, and one word repeated is none either', () => {
    const count = (completion: string): number => countEvents(parseCompletionLeniently(completion).body);
    expect(
      count(
        completionText(trace, plan ?? [])
          .split(' ')
          .slice(0, -2)
          .join(' '),
      ),
    ).toBe(trace.length);
    expect(count('wall wall wall wall wall solution plan 0 0 end')).toBe(0);
  });

  it('refuses a prompt that is none', () => {
    expect(() =>
      lengthRow(
        {
          id: 'a',
          generator: 'free',
          size: 4,
          prompt: 'query',
          truncated: false,
          completion: '',
          verdict: judge(problem, ''),
        },
        null,
      ),
    ).toThrow(/prompt of a/);
  });
});

describe('groups', () => {
  it("a model that writes A*'s length correlates fully; one that follows the plan only through the plan", () => {
    const { groups } = analyseLengths([
      run({
        wilson: rows(300, (astar) => astar),
        drunkard: rows(300, (_astar, draw, i) => 3 * rows(300, () => 0)[i].plan + Math.floor(9 * draw)),
      }),
    ]);
    const [wilson, drunkard] = groups;
    expect(wilson.all.pearson?.estimate).toBeCloseTo(1, 12);
    expect(wilson.all.given_plan?.estimate).toBeCloseTo(1, 12);
    expect(drunkard.all.pearson?.estimate).toBeGreaterThan(0.4);
    expect(Math.abs(drunkard.all.given_plan?.estimate ?? 1)).toBeLessThan(0.15);
    expect(drunkard.all.with_plan?.estimate).toBeGreaterThan(0.8);
  });

  it('given plan and Manhattan distance holds both fixed', () => {
    const some = rows(200, (astar, draw) => astar + Math.floor(20 * draw));
    const [group] = analyseLengths([run({ wilson: some })]).groups;
    const take = (name: 'generated' | 'astar' | 'plan' | 'manhattan'): number[] => some.map((row) => row[name]);
    expect(group.all.given_plan_manhattan).toEqual(
      partialCorrelation(take('generated'), take('astar'), [take('plan'), take('manhattan')]),
    );
    expect(group.all.given_plan_manhattan?.controls).toBe(2);
    expect(group.all.given_plan).not.toEqual(group.all.given_plan_manhattan);
  });

  it('truncated completions are counted, and left out of the second set', () => {
    const cut = rows(
      100,
      (astar, _draw, i) => (i < 40 ? 400 : astar),
      (i) => ({ truncated: i < 40, solved: i >= 50 }),
    );
    const [group] = analyseLengths([run({ free: cut })]).groups;
    expect(group).toMatchObject({ n: 100, truncated: { count: 40, n: 100 }, solved: { count: 50, n: 100 } });
    expect(group.all.n).toBe(100);
    expect(group.finished.n).toBe(60);
    expect(group.finished.pearson?.estimate).toBeCloseTo(1, 12);
    expect(group.all.pearson?.estimate).toBeLessThan(0.5);
  });

  it('lengths that never change have no correlation, and an empty run none to tell', () => {
    const [group] = analyseLengths([run({ free: rows(50, () => 7) })]).groups;
    expect(group.all).toMatchObject({ pearson: null, spearman: null, given_plan: null, with_plan: null });
    expect(analyseLengths([run({}), run({ wilson: [] })])).toEqual({ groups: [], gold: [], bins: [] });
  });

  it('the gold baseline belongs to the mazes: one a distribution, whatever the model wrote', () => {
    const two = analyseLengths([
      run({ wilson: rows(80, () => 1) }),
      { ...run({ wilson: rows(80, (astar) => astar) }), seed: 2 },
    ]);
    expect(two.gold).toHaveLength(1);
    expect(two.gold[0].with_plan?.estimate).toBeGreaterThan(0.4);
    expect(two.gold).toEqual(analyseLengths([run({ wilson: rows(80, (astar) => astar) })]).gold);
  });
});

describe('bins by distance', () => {
  it('fifths of all mazes of a run, nearest first, with where they come from', () => {
    const near = rows(
      60,
      (astar) => astar,
      (i) => ({ distance: 0.01 * i }),
    );
    const far = rows(
      40,
      () => 9,
      (i) => ({ distance: 1 + 0.01 * i, solved: false }),
    );
    const { bins, groups } = analyseLengths([run({ wilson: near, free: far })]);
    expect(bins.map(({ n, from }) => [n, from])).toEqual([
      [20, { wilson: 20 }],
      [20, { wilson: 20 }],
      [20, { wilson: 20 }],
      [20, { free: 20 }],
      [20, { free: 20 }],
    ]);
    expect(bins[0]).toMatchObject({ low: 0, high: 0.19, solved: { count: 20 } });
    expect(bins[4].solved.count).toBe(0);
    expect(bins[0].all.pearson?.estimate).toBeCloseTo(1, 12);
    expect(groups.map(({ mean_distance }) => mean_distance?.toFixed(3))).toEqual(['0.295', '1.195']);
  });

  it('holds the distribution fixed: what a pooled fifth shows may be only that distributions differ', () => {
    // Within each distribution nothing is left of A*; between them the one with longer traces gets shorter completions.
    const wilson = rows(
      200,
      (_astar, draw) => 30 + Math.floor(9 * draw),
      () => ({ distance: 1 }),
    );
    const free = rows(
      200,
      (_astar, draw) => Math.floor(9 * draw),
      () => ({ distance: 1 }),
    ).map((row) => ({ ...row, astar: row.astar + 40 }));
    const [bin] = analyseLengths([run({ wilson, free })]).bins.filter(
      ({ from }) => from.wilson !== undefined && from.free !== undefined,
    );
    expect(bin.all.pearson?.estimate).toBeLessThan(-0.7);
    expect(Math.abs(bin.given_distribution?.estimate ?? 1)).toBeLessThan(0.3);
    expect(bin.given_distribution?.controls).toBe(1);
    expect(bin.given_distribution_plan?.controls).toBe(2);
    // One distribution: nothing to hold fixed.
    const [alone] = analyseLengths([run({ wilson })]).bins;
    expect(alone.given_distribution).toEqual(alone.all.pearson);
    expect(alone.given_distribution_plan).toEqual(alone.all.given_plan);
  });

  it('mazes without a distance make no bins', () => {
    expect(analyseLengths([run({ wilson: rows(30, (astar) => astar) })]).bins).toEqual([]);
    expect(analyseLengths([run({ wilson: rows(30, (astar) => astar) })]).groups[0].mean_distance).toBeNull();
  });
});
