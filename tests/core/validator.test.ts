// The verdicts of the fast validator, on both shipped modules: the golden ones, and agreement with the readable
// validator on chosen and hostile completions. Its memory is validator-memory.test.ts.
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import {
  ALL_LEVELS,
  judgeTexts,
  PLAN_ERROR_CODES,
  regionBytesOfText,
  TRACE_RULE_CODES,
} from '../../src/core/validator.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText } from '../../src/domain/maze/grammar.ts';
import { GENERATORS, PLAN_ERRORS, TRACE_RULES } from '../../src/domain/maze/types.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { HOSTILE } from '../domain/hostile-completions.ts';
import { BEND, BEND_SOLUTION } from '../domain/pictures.ts';
import { PLAN_EXAMPLES } from '../domain/plan-examples.ts';
import { TRACE_EXAMPLES } from '../domain/rule-examples.ts';
import { eventSoup } from './agreement.ts';
import { randomRun } from './random-run.ts';
import { agree, gold, golden, goldenItems, open } from './validator-items.ts';
import { BASE, judgeAll, makeRegion } from './validator-region.ts';

it('rule codes are those of the domain', () => {
  expect([...TRACE_RULE_CODES].sort()).toEqual([...TRACE_RULES].sort());
  expect([...PLAN_ERROR_CODES].sort()).toEqual([...PLAN_ERRORS].sort());
});

describe.each(['portable', 'fused'])('%s module', (name) => {
  const region = makeRegion(name);

  it('reproduces every golden verdict', () => {
    const verdicts = judgeAll(region, goldenItems);
    expect(golden).toHaveLength(1965);
    golden.forEach(({ id, case: damageCase, verdict }, i) =>
      expect(verdicts[i], `${id} (${damageCase})`).toEqual(verdict),
    );
  });

  it('names the broken rule of every example that can be checked by eye', () => {
    const traces = judgeAll(
      region,
      TRACE_EXAMPLES.map(({ problem = BEND, trace, solution = BEND_SOLUTION }) => ({
        problem,
        completion: [...trace, solution].join(' '),
      })),
    );
    TRACE_EXAMPLES.forEach(({ name: example, paper, strict, exact = false }, i) =>
      expect(traces[i], example).toMatchObject({ paper, strict, exact }),
    );
    const plans = judgeAll(region, PLAN_EXAMPLES);
    PLAN_EXAMPLES.forEach(({ name: example, plan: expected }, i) => expect(plans[i].plan, example).toEqual(expected));
  });

  it('agrees with the readable validator on faithful runs in random order', () => {
    const items = draw(600, 1, (problem, random) => {
      const { trace, plan } = randomRun(problem, random);
      return completionText(
        trace,
        plan.map(([x, y]) => ({ x, y })),
      );
    });
    const verdicts = agree(region, items);
    expect(verdicts.every(({ strict, paper, plan }) => strict.valid && paper.valid && plan.optimal)).toBe(true);
    const exact = verdicts.filter((verdict) => verdict.exact).length;
    expect(exact).toBeGreaterThan(10);
    expect(exact).toBeLessThan(590);
  });

  it('finds the deterministic trace exact where open cells become cheaper and keep their place', () => {
    const items = Array.from({ length: 60 }, (_, i) => {
      const random = new RandomSequence(20_250, 104, i);
      const problem = generateProblem('searchformer', 20 + random.below(11), random);
      const { trace, plan } = solve(problem);
      return {
        problem,
        completion: completionText(trace, plan ?? []),
        created: trace.filter(({ operation }) => operation === 'create').map(({ x, y }) => `${x} ${y}`),
      };
    });
    const again = items.reduce((sum, { created }) => sum + created.length - new Set(created).size, 0);
    expect(again).toBeGreaterThan(50);
    expect(agree(region, items).every(({ exact }) => exact)).toBe(true);
  });

  it('agrees with the readable validator on random events', () => {
    agree(region, draw(1500, 3, eventSoup));
  });

  const plan = 'plan 0 0 plan 1 0 plan 2 0';

  it.each([
    '',
    ' ',
    'end',
    'solution',
    'solution end',
    `solution ${plan} end`,
    plan,
    `${plan} end`,
    `solution ${plan}`,
    `solution ${plan} end end`,
    `solution ${plan} end x`,
    `solution ${plan} solution end`,
    `end ${plan} solution`,
    `solution plan 0 solution 0 plan 1 0 plan 2 0 end`,
    `solution plan end 0 0 plan 1 0 plan 2 0 end`,
    'plan',
    'plan 0',
    'plan 0 0',
    'plan c0 0',
    'plan 0 0 0',
    'create',
    'create 0 0',
    'create 0 0 c0',
    'close 0 0 c0 c2',
    'close 0 0 0 2',
    'close 0 0 c0 c2 c0',
    'close 0 0 solution c0 c2',
    'close 0 0 c0 plan 0 0',
    'close 9999 9999 c9999 c9999',
    'create 1 0 c1 c1',
    'close 0 0 c0 c2 create 0 0 c0 c2',
    // Entries with the largest f, replaced and closed out of order.
    'close 0 0 c0 c2 create 1 0 c9999 c9999 create 0 1 c9999 c9998 close 1 0 c9999 c9999',
    'close 0 0 c0 c2 create 1 0 c9999 c9999 close 1 0 c9999 c9999',
    'close 0 0 c0 c2 create 1 0 c9999 c9999 create 1 0 c9998 c0 create 1 0 c9999 c0 close 1 0 c9998 c0 create 2 0 c0 c0 close 2 0 c0 c0',
    'close 0 0 c0 c2 create 1 0 c0 c0 create 0 1 c0 c0 close 1 0 c0 c0 create 2 0 c0 c0 close 2 0 c0 c0 close 0 1 c0 c0',
    gold,
    `${gold} ${gold}`,
    `junk ${gold}`,
    gold.replaceAll(' ', '\n'),
    gold.replaceAll(' ', '\u00a0'),
    gold.toUpperCase(),
    gold.slice(0, -5),
    gold.replace(' solution', ''),
    'plan 0 0 plan 0 1 plan 0 0 plan 1 0 plan 2 0',
    'plan 0 0 plan 0 0 plan 1 0 plan 2 0',
    'plan 0 0 plan 1 0 plan 2 0 plan 3 0',
    'plan 0 0 plan 1 0 plan 2 0 plan 3 0 plan 2 0',
    'plan 0 0 close end 0 0 c0 c0',
    'close 0 0 c0 c2 plan 0 0 plan 1 0 create 1 solution 0 c1 c1',
    'plan 0 0 close 0 0 c0 c2',
    'plan 0 0 close end 0 0 c0 c0 plan 0 0',
    'plan 3 0 plan 4 0',
    'plan 0 0 plan 3 1',
    'plan 0 0 plan 4 0',
    '\ud800 \udfff \0',
    'constructor __proto__ toString',
  ])('agrees on %j', (completion) => {
    agree(region, [{ problem: open, completion }]);
  });

  it('agrees where the goal cannot be reached', () => {
    const walls = Uint8Array.from([0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    const shut: Problem = { ...open, walls, goal: { x: 3, y: 0 } };
    const { trace } = solve(shut);
    const completions = [
      completionText(trace, []),
      completionText(trace.slice(0, -1), []),
      completionText([], [shut.start, shut.goal]),
      completionText(trace, [shut.start, { x: 1, y: 0 }]),
    ];
    const verdicts = agree(
      region,
      completions.map((completion) => ({ problem: shut, completion })),
    );
    expect(verdicts.every(({ strict, plan: { valid } }) => strict.rule === 'goal_not_reached' && !valid)).toBe(true);
  });

  it('holds when start and goal are one cell, a wall, or the whole grid', () => {
    const alone: Problem = {
      generator: 'free',
      size: 1,
      walls: new Uint8Array(1),
      start: { x: 0, y: 0 },
      goal: { x: 0, y: 0 },
    };
    const [verdict] = agree(region, [{ problem: alone, completion: 'close 0 0 c0 c0 solution plan 0 0 end' }]);
    expect(verdict).toEqual({
      format: true,
      records: 1,
      paper: { valid: true },
      strict: { valid: true },
      exact: true,
      plan: { valid: true, optimal: true },
    });
    const walled: Problem = { ...alone, walls: Uint8Array.of(1) };
    expect(judgeAll(region, [{ problem: walled, completion: 'close 0 0 c0 c0 create 0 0 c0 c0' }])[0].strict).toEqual({
      valid: false,
      rule: 'create_close_wall',
      record: 0,
    });
    expect(judgeAll(region, [{ problem: walled, completion: '' }])[0].paper).toEqual({
      valid: false,
      rule: 'goal_not_reached',
      record: 0,
    });
  });

  it('opens the start where it is free, whatever the goal is', () => {
    const row: Problem = {
      generator: 'free',
      size: 3,
      walls: Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0, 0),
      start: { x: 0, y: 0 },
      goal: { x: 2, y: 0 },
    };
    const [walledGoal] = agree(region, [
      { problem: row, completion: 'close 0 0 c0 c2 create 1 0 c1 c1 create 0 1 c1 c3 close 1 0 c1 c1' },
    ]);
    expect(walledGoal).toMatchObject({
      paper: { rule: 'goal_not_reached', record: 4 },
      strict: { rule: 'goal_not_reached', record: 4 },
    });
    const [walledStart] = agree(region, [
      { problem: { ...row, start: row.goal, goal: row.start }, completion: 'close 2 0 c0 c2 create 1 0 c1 c1' },
    ]);
    expect(walledStart).toMatchObject({
      paper: { rule: 'create_close_wall', record: 0 },
      strict: { rule: 'create_close_wall', record: 0 },
    });
  });

  it('is not talked into a valid verdict by hostile completions', () => {
    const longest = Math.max(...HOSTILE.map(({ completion }) => completion.length));
    const bytes = regionBytesOfText(region.exports, 3, longest);
    const wide = makeRegion(name, bytes, Math.ceil((BASE + bytes) / 65_536));
    for (const { name: hostile, completion, problem = BEND, expected } of HOSTILE)
      expect(judgeTexts(wide, [{ problem, text: completion }], ALL_LEVELS)[0], hostile).toMatchObject(expected);
    agree(
      region,
      HOSTILE.filter(({ completion }) => completion.length < 100_000).map(({ completion, problem = BEND }) => ({
        problem,
        completion,
      })),
    );
  }, 300_000);
});

/** `count` problems over all generators and sizes 4 to 10, each with a completion; item i is its own random stream. */
function draw(
  count: number,
  stream: number,
  complete: (problem: Problem, random: RandomSequence) => string,
): { problem: Problem; completion: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const random = new RandomSequence(20_250, 100 + stream, i);
    const problem = generateProblem(GENERATORS[i % GENERATORS.length], 4 + random.below(7), random);
    return { problem, completion: complete(problem, random) };
  });
}
