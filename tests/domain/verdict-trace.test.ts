// Every rule of the trace levels on examples that can be checked by eye (pictures.ts), broken and whole, at both levels.
import { describe, expect, it } from 'vitest';
import { TRACE_RULES, type Problem, type TraceRule, type TraceVerdict } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { paperBreaches } from '../../src/domain/maze/verdict/paper.ts';
import { parseCompletionLeniently } from '../../src/domain/maze/verdict/parse.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE, OPEN, OPEN_SOLUTION, OPEN_TRACE, TWO_ENDS, maze } from './pictures.ts';

const VALID: TraceVerdict = { valid: true };

function broken(rule: TraceVerdict['rule'], record: number): TraceVerdict {
  return { valid: false, rule, record };
}

/** A trace with `removed` records taken out at `at`, and others put there. */
function spliced(trace: readonly string[], at: number, removed: number, ...added: string[]): string[] {
  return trace.toSpliced(at, removed, ...added);
}

interface Case {
  readonly name: string;
  readonly problem?: Problem;
  readonly trace: readonly string[];
  readonly solution?: string;
  readonly paper: TraceVerdict;
  readonly strict: TraceVerdict;
  readonly exact?: boolean;
}

const CASES: readonly Case[] = [
  { name: 'the gold trace of the bend', trace: BEND_TRACE, paper: VALID, strict: VALID, exact: true },
  { name: 'the gold trace of the open grid', problem: OPEN, trace: OPEN_TRACE, solution: OPEN_SOLUTION, paper: VALID, strict: VALID, exact: true },
  { name: 'a valid trace with no plan', trace: BEND_TRACE, solution: 'solution end', paper: VALID, strict: VALID, exact: true },

  { name: 'operation_syntax_error: a word that is no keyword', trace: spliced(BEND_TRACE, 2, 0, 'foo'), paper: broken('operation_syntax_error', 2), strict: broken('operation_syntax_error', 2) },
  { name: 'operation_syntax_error: a plan record in the trace', trace: spliced(BEND_TRACE, 2, 0, 'plan 0 1'), paper: broken('operation_syntax_error', 2), strict: broken('operation_syntax_error', 2) },
  { name: 'operation_syntax_error: a record cut short by the next', trace: spliced(BEND_TRACE, 1, 1, 'create 0 1 c1'), paper: broken('operation_syntax_error', 1), strict: broken('operation_syntax_error', 1) },
  { name: 'operation_syntax_error: a cost without its c', trace: spliced(BEND_TRACE, 1, 1, 'create 0 1 1 c3'), paper: broken('operation_syntax_error', 1), strict: broken('operation_syntax_error', 1) },
  { name: 'operation_syntax_error: a coordinate with a c', trace: spliced(BEND_TRACE, 1, 1, 'create c0 1 c1 c3'), paper: broken('operation_syntax_error', 1), strict: broken('operation_syntax_error', 1) },

  { name: 'invalid_coordinates: off the right edge', trace: spliced(BEND_TRACE, 1, 0, 'create 3 0 c1 c1'), paper: broken('invalid_coordinates', 1), strict: broken('invalid_coordinates', 1) },
  { name: 'invalid_coordinates: off the bottom', trace: spliced(BEND_TRACE, 5, 0, 'create 0 3 c3 c5'), paper: broken('invalid_coordinates', 5), strict: broken('invalid_coordinates', 5) },

  { name: 'create_close_wall: create', trace: spliced(BEND_TRACE, 1, 0, 'create 1 0 c1 c1'), paper: broken('create_close_wall', 1), strict: broken('create_close_wall', 1) },
  { name: 'create_close_wall: close', trace: spliced(BEND_TRACE, 3, 0, 'close 1 1 c2 c2'), paper: broken('create_close_wall', 3), strict: broken('create_close_wall', 3) },

  { name: 'first_create_not_last_closed', trace: BEND_TRACE.slice(1), paper: broken('first_create_not_last_closed', 0), strict: broken('first_create_not_last_closed', 0) },

  { name: 'create_non_neighbor: of a cell closed earlier, not last', trace: spliced(OPEN_TRACE, 4, 0, 'create 0 1 c1 c1'), problem: OPEN, solution: OPEN_SOLUTION, paper: broken('create_non_neighbor', 4), strict: broken('create_non_neighbor', 4) },
  { name: 'create_non_neighbor: the last closed cell itself', trace: spliced(BEND_TRACE, 1, 0, 'create 0 0 c1 c2'), paper: broken('create_non_neighbor', 1), strict: broken('create_non_neighbor', 1) },

  { name: 'create_already_closed', trace: spliced(BEND_TRACE, 3, 0, 'create 0 0 c2 c2'), paper: broken('create_already_closed', 3), strict: broken('create_already_closed', 3) },

  { name: 'close_not_in_open_list: never created', trace: spliced(BEND_TRACE, 1, 1), paper: broken('close_not_in_open_list', 1), strict: broken('expansion_incomplete', 1) },
  { name: 'close_not_in_open_list: before anything is closed', trace: ['close 0 1 c1 c3', ...BEND_TRACE], paper: broken('close_not_in_open_list', 0), strict: broken('close_not_in_open_list', 0) },
  { name: 'close_not_in_open_list: closed twice', trace: spliced(BEND_TRACE, 4, 0, 'close 0 1 c1 c3'), paper: broken('close_not_in_open_list', 4), strict: broken('close_not_in_open_list', 4) },

  { name: 'close_not_lowest_f_value', problem: OPEN, trace: spliced(OPEN_TRACE, 6, 0, 'close 2 0 c2 c2'), solution: OPEN_SOLUTION, paper: broken('close_not_lowest_f_value', 6), strict: broken('close_not_lowest_f_value', 6) },

  { name: 'goal_not_reached: no events at all', trace: [], paper: broken('goal_not_reached', 0), strict: broken('goal_not_reached', 0) },
  { name: 'goal_not_reached: stopped in the middle', trace: BEND_TRACE.slice(0, 5), paper: broken('goal_not_reached', 5), strict: broken('goal_not_reached', 5) },
  { name: 'goal_not_reached: created but not closed', trace: BEND_TRACE.slice(0, 12), paper: broken('goal_not_reached', 12), strict: broken('goal_not_reached', 12) },

  { name: 'plan_length_mismatch', trace: BEND_TRACE, solution: 'solution plan 0 0 plan 0 1 end', paper: broken('plan_length_mismatch', 13), strict: VALID, exact: true },

  { name: 'event_after_goal', trace: [...BEND_TRACE, 'create 2 1 c7 c1'], paper: broken('create_already_closed', 13), strict: broken('event_after_goal', 13) },
  { name: 'event_after_goal: one that paper mode takes', problem: OPEN, trace: [...OPEN_TRACE, 'create 2 1 c3 c1'], solution: OPEN_SOLUTION, paper: VALID, strict: broken('event_after_goal', 9) },

  { name: 'wrong_heuristic on a create that is closed later', trace: spliced(BEND_TRACE, 1, 1, 'create 0 1 c1 c2'), paper: broken('close_not_in_open_list', 2), strict: broken('wrong_heuristic', 1) },
  { name: 'wrong_heuristic on a create that is never closed: paper mode does not see it', problem: OPEN, trace: spliced(OPEN_TRACE, 4, 1, 'create 2 0 c2 c9'), solution: OPEN_SOLUTION, paper: VALID, strict: broken('wrong_heuristic', 4) },
  { name: 'wrong_heuristic on a close', trace: spliced(BEND_TRACE, 2, 1, 'close 0 1 c1 c4'), paper: broken('close_not_in_open_list', 2), strict: broken('wrong_heuristic', 2) },

  { name: 'wrong_cost on a create', trace: spliced(BEND_TRACE, 1, 1, 'create 0 1 c2 c3'), paper: broken('close_not_in_open_list', 2), strict: broken('wrong_cost', 1) },
  { name: 'wrong_cost on a create that is never closed: paper mode does not see it', problem: OPEN, trace: spliced(OPEN_TRACE, 4, 1, 'create 2 0 c8 c2'), solution: OPEN_SOLUTION, paper: VALID, strict: broken('wrong_cost', 4) },
  { name: 'wrong_cost on a close', trace: spliced(BEND_TRACE, 2, 1, 'close 0 1 c2 c3'), paper: broken('close_not_in_open_list', 2), strict: broken('wrong_cost', 2) },
  { name: 'wrong_cost on the first close', trace: ['close 0 0 c1 c2', ...BEND_TRACE.slice(1)], paper: broken('close_not_in_open_list', 0), strict: broken('wrong_cost', 0) },

  { name: 'create_not_cheaper: created twice by one expansion', trace: spliced(BEND_TRACE, 2, 0, BEND_TRACE[1]), paper: VALID, strict: broken('create_not_cheaper', 2) },
  { name: 'create_not_cheaper: an equal cost through another cell', problem: OPEN, trace: spliced(OPEN_TRACE, 7, 0, 'create 1 1 c2 c0'), solution: OPEN_SOLUTION, paper: VALID, strict: broken('create_not_cheaper', 7) },

  { name: 'expansion_incomplete: path cells only, which paper mode takes for a search', problem: OPEN, trace: ['close 0 0 c0 c2', 'create 1 0 c1 c1', 'close 1 0 c1 c1', 'create 1 1 c2 c0', 'close 1 1 c2 c0'], solution: OPEN_SOLUTION, paper: VALID, strict: broken('expansion_incomplete', 2) },

  { name: 'another order of neighbours', problem: OPEN, trace: ['close 0 0 c0 c2', 'create 0 1 c1 c1', 'create 1 0 c1 c1', ...OPEN_TRACE.slice(3)], solution: OPEN_SOLUTION, paper: VALID, strict: VALID, exact: false },
  { name: 'another order of ties', problem: OPEN, trace: [...OPEN_TRACE.slice(0, 6), 'close 1 1 c2 c0'], solution: OPEN_SOLUTION, paper: VALID, strict: VALID, exact: false },
];

describe('trace levels', () => {
  it('have for every rule a broken example of nine cells, and whole ones', () => {
    const small = CASES.filter(({ problem = BEND }) => problem.size === 3);
    const broken = (level: 'paper' | 'strict') => TRACE_RULES.filter((rule) => small.some((example) => example[level].rule === rule));
    const onlyPaper: readonly TraceRule[] = ['plan_length_mismatch'];
    const onlyStrict: readonly TraceRule[] = ['event_after_goal', 'wrong_heuristic', 'wrong_cost', 'create_not_cheaper', 'expansion_incomplete'];
    const reachable = TRACE_RULES.filter((rule) => rule !== 'plan_extraction_error');
    expect(broken('paper')).toEqual(reachable.filter((rule) => !onlyStrict.includes(rule)));
    expect(broken('strict')).toEqual(reachable.filter((rule) => !onlyPaper.includes(rule)));
    expect(small.filter(({ paper, strict }) => paper.valid && strict.valid).length).toBeGreaterThan(3);
  });

  it.each(CASES)('$name', ({ problem = BEND, trace, solution = BEND_SOLUTION, paper, strict, exact = false }) => {
    const verdict = judge(problem, [...trace, solution].join(' '));
    expect(verdict).toMatchObject({ paper, strict, exact });
  });

  it('follow a cell that is made cheaper while open', () => {
    const gold = [
      'close 0 2 c0 c6', 'create 0 1 c1 c7', 'create 1 2 c1 c5', 'close 1 2 c1 c5', 'create 2 2 c2 c4', 'close 2 2 c2 c4', 'create 3 2 c3 c3',
      'close 3 2 c3 c3', 'create 4 2 c4 c2', 'close 4 2 c4 c2', 'create 4 1 c5 c3', 'close 0 1 c1 c7', 'create 0 0 c2 c8', 'close 4 1 c5 c3',
      'create 4 0 c6 c4', 'close 0 0 c2 c8', 'create 1 0 c3 c7', 'close 4 0 c6 c4', 'create 5 0 c7 c3', 'create 3 0 c7 c5', 'close 1 0 c3 c7',
      'create 2 0 c4 c6', 'close 5 0 c7 c3', 'create 6 0 c8 c2', 'close 2 0 c4 c6', 'create 3 0 c5 c5', 'close 3 0 c5 c5', 'close 6 0 c8 c2',
      'create 6 1 c9 c1', 'close 6 1 c9 c1', 'create 6 2 c10 c0', 'close 6 2 c10 c0',
    ];
    expect(judge(TWO_ENDS, gold.join(' '))).toMatchObject({ paper: VALID, strict: VALID, exact: true });
    // Forgetting the cheaper way is a fault of the expansion that owes it, ...
    const forgotten = gold.filter((record) => record !== 'create 3 0 c5 c5');
    expect(judge(TWO_ENDS, forgotten.join(' ')).strict).toEqual(broken('expansion_incomplete', 25));
    // ... and closing it at the old cost is wrong at every level.
    const old = gold.map((record) => (record === 'close 3 0 c5 c5' ? 'close 3 0 c7 c5' : record));
    expect(judge(TWO_ENDS, old.join(' '))).toMatchObject({ paper: broken('close_not_in_open_list', 26), strict: broken('wrong_cost', 26) });
  });

  it('never call a trace valid when the goal cannot be reached', () => {
    const walled = maze('S # \n # G');
    expect(judge(walled, 'close 0 0 c0 c2 solution plan 0 0 plan 1 1 end')).toEqual({
      format: true, records: 1, paper: broken('goal_not_reached', 1), strict: broken('goal_not_reached', 1), exact: true,
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
    const { body, plan } = parseCompletionLeniently(['close 0 0 c0 c2', 'create 0 1 c1 c3', 'close 0 1 c1 c9', 'create 0 2 c2 c4'].join(' '));
    expect(paperBreaches(BEND, body, plan).map(({ rule }) => rule)).toEqual(['close_not_in_open_list', 'create_non_neighbor', 'goal_not_reached']);
  });
});
