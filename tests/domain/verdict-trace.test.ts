// Every rule of the trace levels on examples that can be checked by eye (pictures.ts), broken and whole, at both
// levels.
import { describe, expect, it } from 'vitest';
import { TRACE_RULES, type Problem, type TraceRule } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { paperBreaches } from '../../src/domain/maze/verdict/paper.ts';
import { parseCompletionLeniently } from '../../src/domain/maze/verdict/parse.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE, TWO_ENDS, maze } from './pictures.ts';
import { broken, TRACE_EXAMPLES, VALID } from './rule-examples.ts';

describe('trace levels', () => {
  it('have for every rule that a level knows a broken example of nine cells, and a whole one on the same maze', () => {
    const onlyPaper: readonly TraceRule[] = ['plan_extraction_error', 'plan_length_mismatch'];
    const onlyStrict: readonly TraceRule[] = [
      'event_after_goal',
      'wrong_heuristic',
      'wrong_cost',
      'create_not_cheaper',
      'expansion_incomplete',
    ];
    const known = {
      paper: TRACE_RULES.filter((rule) => !onlyStrict.includes(rule)),
      strict: TRACE_RULES.filter((rule) => !onlyPaper.includes(rule)),
    };
    for (const level of ['paper', 'strict'] as const) {
      const mazesOf = (rule: TraceRule): Problem[] =>
        TRACE_EXAMPLES.filter(
          ({ problem = BEND, [level]: verdict }) => problem.size === 3 && verdict.rule === rule,
        ).map(({ problem = BEND }) => problem);
      // No trace reaches plan_extraction_error: paper.ts says why.
      expect(known[level].filter((rule) => mazesOf(rule).length === 0)).toEqual(
        level === 'paper' ? ['plan_extraction_error'] : [],
      );
      const whole = (maze: Problem): boolean =>
        TRACE_EXAMPLES.some(
          ({ problem = BEND, paper, strict, exact }) =>
            problem === maze && paper.valid && strict.valid && exact === true,
        );
      expect(known[level].flatMap(mazesOf).every(whole)).toBe(true);
    }
  });

  it.each(TRACE_EXAMPLES)(
    '$name',
    ({ problem = BEND, trace, solution = BEND_SOLUTION, paper, strict, exact = false }) => {
      const verdict = judge(problem, [...trace, solution].join(' '));
      expect(verdict).toMatchObject({ paper, strict, exact });
    },
  );

  it('follow a cell that is made cheaper while open', () => {
    const gold = [
      'close 0 2 c0 c6',
      'create 0 1 c1 c7',
      'create 1 2 c1 c5',
      'close 1 2 c1 c5',
      'create 2 2 c2 c4',
      'close 2 2 c2 c4',
      'create 3 2 c3 c3',
      'close 3 2 c3 c3',
      'create 4 2 c4 c2',
      'close 4 2 c4 c2',
      'create 4 1 c5 c3',
      'close 0 1 c1 c7',
      'create 0 0 c2 c8',
      'close 4 1 c5 c3',
      'create 4 0 c6 c4',
      'close 0 0 c2 c8',
      'create 1 0 c3 c7',
      'close 4 0 c6 c4',
      'create 5 0 c7 c3',
      'create 3 0 c7 c5',
      'close 1 0 c3 c7',
      'create 2 0 c4 c6',
      'close 5 0 c7 c3',
      'create 6 0 c8 c2',
      'close 2 0 c4 c6',
      'create 3 0 c5 c5',
      'close 3 0 c5 c5',
      'close 6 0 c8 c2',
      'create 6 1 c9 c1',
      'close 6 1 c9 c1',
      'create 6 2 c10 c0',
      'close 6 2 c10 c0',
    ];
    expect(judge(TWO_ENDS, gold.join(' '))).toMatchObject({ paper: VALID, strict: VALID, exact: true });
    // Forgetting the cheaper way is a fault of the expansion that owes it, ...
    const forgotten = gold.filter((record) => record !== 'create 3 0 c5 c5');
    expect(judge(TWO_ENDS, forgotten.join(' ')).strict).toEqual(broken('expansion_incomplete', 25));
    // ... and closing it at the old cost is wrong at every level.
    const old = gold.map((record) => (record === 'close 3 0 c5 c5' ? 'close 3 0 c7 c5' : record));
    expect(judge(TWO_ENDS, old.join(' '))).toMatchObject({
      paper: broken('close_not_in_open_list', 26),
      strict: broken('wrong_cost', 26),
    });
  });

  it('never call a trace valid when the goal cannot be reached', () => {
    const walled = maze('S # \n # G');
    expect(judge(walled, 'close 0 0 c0 c2 solution plan 0 0 plan 1 1 end')).toEqual({
      format: true,
      records: 1,
      paper: broken('goal_not_reached', 1),
      strict: broken('goal_not_reached', 1),
      exact: true,
      plan: { valid: false, error: 'illegal_move', optimal: false },
    });
  });
});

describe('paperBreaches', () => {
  it('skips a broken record and goes on, so that all breaches can be counted', () => {
    const trace = [BEND_TRACE[0], 'foo', 'create 1 0 c1 c1', ...BEND_TRACE.slice(1), 'close 3 3 c0 c0'];
    const { body, plan } = parseCompletionLeniently([...trace, 'plan 0 0'].join(' '));
    expect(paperBreaches(BEND, body, plan)).toEqual([
      { rule: 'operation_syntax_error', record: 1 },
      { rule: 'create_close_wall', record: 2 },
      { rule: 'invalid_coordinates', record: 15 },
      { rule: 'plan_length_mismatch', record: 16 },
    ]);
  });

  it('puts back nothing that a skipped close would have closed', () => {
    // The wrong close of (0, 1) is skipped: its children are then no neighbours of the last closed cell, the start.
    const { body, plan } = parseCompletionLeniently(
      ['close 0 0 c0 c2', 'create 0 1 c1 c3', 'close 0 1 c1 c9', 'create 0 2 c2 c4'].join(' '),
    );
    expect(paperBreaches(BEND, body, plan).map(({ rule }) => rule)).toEqual([
      'close_not_in_open_list',
      'create_non_neighbor',
      'goal_not_reached',
    ]);
  });
});
