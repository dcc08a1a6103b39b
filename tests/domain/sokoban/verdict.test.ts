// Every rule of the Sokoban validator by an example that can be checked by eye: valid, and broken in one place.
import { describe, expect, it } from 'vitest';
import { solve } from '../../../src/domain/sokoban/astar.ts';
import { completionText } from '../../../src/domain/sokoban/grammar.ts';
import type { Board } from '../../../src/domain/sokoban/types.ts';
import { judge } from '../../../src/domain/sokoban/verdict/judge.ts';
import { PLAN_ERRORS, TRACE_RULES, type TraceRule } from '../../../src/domain/sokoban/verdict/rules.ts';
import { board, completion, CORRIDOR, CORRIDOR_PLAN, CORRIDOR_TRACE as GOLD } from './boards.ts';

const valid = { valid: true };
const broken = (rule: TraceRule, record: number): object => ({ valid: false, rule, record });
const verdictOf = (events: readonly string[], plan = CORRIDOR_PLAN) => judge(CORRIDOR, completion(events, plan));

describe('the corridor', () => {
  it('is searched as written by hand', () => {
    const solution = solve(CORRIDOR);
    expect(solution && completionText(solution.trace, solution.plan)).toBe(completion(GOLD, CORRIDOR_PLAN));
    expect(verdictOf(GOLD)).toEqual({
      format: true,
      records: GOLD.length,
      paper: valid,
      strict: valid,
      exact: true,
      plan: { valid: true, optimal: true },
    });
  });

  it('may be searched in another order of moves and ties', () => {
    const mirrored = GOLD.map((short) =>
      short.replace(
        /(\d)\|(\d) (\d)/,
        (_, worker: string, low: string, high: string) =>
          `${6 - Number(worker)}|${6 - Number(high)} ${6 - Number(low)}`,
      ),
    );
    expect(verdictOf(mirrored)).toMatchObject({ paper: valid, strict: valid, exact: false, plan: { valid: true } });
  });
});

/** GOLD with some records replaced by others (or by none), and the strict and the paper verdict. */
const DAMAGES: readonly (readonly [
  rule: TraceRule,
  at: number,
  instead: readonly string[],
  strict: object,
  paper: object,
])[] = [
  [
    'operation_syntax_error',
    1,
    ['create worker 4 1 box 2 1'],
    broken('operation_syntax_error', 1),
    broken('operation_syntax_error', 1),
  ],
  ['event_after_goal', 11, ['close 2|1 5|3 0', 'close 4|1 5|3 0'], broken('event_after_goal', 12), valid],
  ['invalid_coordinates', 1, ['create 9|2 5|1 1'], broken('invalid_coordinates', 1), broken('invalid_coordinates', 1)],
  [
    'create_close_wall',
    1,
    ['create worker 3 2 box 2 1 box 4 1 c1 c2'],
    broken('create_close_wall', 1),
    broken('create_close_wall', 1),
  ],
  ['invalid_state', 1, ['create 4|5 2|1 1'], broken('invalid_state', 1), broken('invalid_state', 1)],
  ['invalid_state', 1, ['create 4|2 4|1 1'], broken('invalid_state', 1), broken('invalid_state', 1)],
  [
    'first_create_not_last_closed',
    0,
    [],
    broken('first_create_not_last_closed', 0),
    broken('first_create_not_last_closed', 0),
  ],
  ['create_non_neighbor', 1, ['create 5|2 4|1 2'], broken('create_non_neighbor', 1), broken('create_non_neighbor', 1)],
  // The step is right, but the box stays behind.
  ['create_non_neighbor', 4, ['create 3|2 4|2 2'], broken('create_non_neighbor', 4), broken('create_non_neighbor', 4)],
  [
    'create_already_closed',
    8,
    ['create 4|2 5|3 1'],
    broken('create_already_closed', 8),
    broken('create_already_closed', 8),
  ],
  ['expansion_incomplete', 2, [], broken('expansion_incomplete', 2), broken('close_not_in_open_list', 4)],
  [
    'close_not_in_open_list',
    3,
    ['close 4|1 5|3 0'],
    broken('close_not_in_open_list', 3),
    broken('close_not_in_open_list', 3),
  ],
  ['wrong_heuristic', 1, ['create 4|2 5|1 0'], broken('wrong_heuristic', 1), broken('close_not_in_open_list', 3)],
  ['wrong_heuristic', 3, ['close 4|2 5|1 2'], broken('wrong_heuristic', 3), broken('close_not_in_open_list', 3)],
  ['wrong_cost', 4, ['create 3|2 5|1 1'], broken('wrong_cost', 4), broken('close_not_in_open_list', 7)],
  ['wrong_cost', 3, ['close 4|2 5|2 1'], broken('wrong_cost', 3), broken('close_not_in_open_list', 3)],
  ['create_not_cheaper', 1, ['create 4|2 5|1 1', 'create 4|2 5|1 1'], broken('create_not_cheaper', 2), valid],
  [
    'close_not_lowest_f_value',
    5,
    ['close 3|2 5|2 1'],
    broken('close_not_lowest_f_value', 5),
    broken('close_not_lowest_f_value', 5),
  ],
  ['goal_not_reached', 11, [], broken('goal_not_reached', 11), broken('goal_not_reached', 11)],
];

describe('trace rules', () => {
  it.each(DAMAGES)('%s at record %i', (rule, at, instead, strict, paper) => {
    const verdict = verdictOf([...GOLD.slice(0, at), ...instead, ...GOLD.slice(at + 1)]);
    expect(verdict.strict).toEqual(strict);
    expect(verdict.strict.rule).toBe(rule);
    expect(verdict.paper).toEqual(paper);
    expect(verdict.exact).toBe(false);
  });

  it('plan_length_mismatch ties the paper level alone to the plan', () => {
    const detour: typeof CORRIDOR_PLAN = [
      [3, 1],
      [4, 1],
      [3, 1],
      [2, 1],
      [3, 1],
    ];
    expect(verdictOf(GOLD, detour)).toMatchObject({
      paper: broken('plan_length_mismatch', GOLD.length),
      strict: valid,
      exact: true,
      plan: { valid: true, optimal: false },
    });
  });

  it('create_dead_box: a push into a corner is legal for the paper level and no part of the search', () => {
    const corner = board('######', '##   #', '# $@.#', '##$ .#', '#    #', '######');
    expect(
      judge(corner, 'close worker 3 2 box 2 2 box 2 3 c0 c4 create worker 2 2 box 1 2 box 2 3 c1 c5'),
    ).toMatchObject({ strict: broken('create_dead_box', 1), paper: { rule: 'goal_not_reached' } });
  });

  it('the paper level takes a trace that searches nothing, the strict level does not', () => {
    const pathOnly = [
      'close 3|2 4|0 2',
      'create 4|2 5|1 1',
      'close 4|2 5|1 1',
      'create 3|2 5|2 1',
      'close 3|2 5|2 1',
      'create 2|1 5|3 0',
      'close 2|1 5|3 0',
    ];
    expect(verdictOf(pathOnly)).toMatchObject({
      paper: valid,
      strict: broken('expansion_incomplete', 2),
      exact: false,
    });
  });

  it('all have an example', () => {
    const named = new Set([...DAMAGES.map(([rule]) => rule), 'plan_length_mismatch', 'create_dead_box']);
    expect(TRACE_RULES.filter((rule) => !named.has(rule))).toEqual([]);
  });
});

const ROOM = board('######', '#@$. #', '#    #', '# $. #', '#    #', '######');

/** Plans as lists of cells, from right to wrong. */
const PLANS: readonly (readonly [name: string, on: Board, cells: string, error: string | null, optimal: boolean])[] = [
  ['a shortest way', ROOM, '11 21 11 12 13 23', null, true],
  ['a longer way', ROOM, '11 12 11 21 11 12 13 23', null, false],
  ['no plan', ROOM, '', 'plan_syntax_error', false],
  ['another beginning', ROOM, '12 13 23', 'illegal_start', false],
  ['a jump', ROOM, '11 13 23', 'illegal_move', false],
  ['standing still', ROOM, '11 11', 'illegal_move', false],
  ['a step into the wall that is not taken back', ROOM, '11 10 11 21 11 12 13 23', 'illegal_move', false],
  ['off the board', ROOM, '11 21 11 01', 'illegal_move', false],
  ['a push into a wall', ROOM, '11 21 31 41', 'illegal_push', false],
  [
    'a push into the other box',
    board('######', '#    #', '#  ..#', '#@$$ #', '#    #', '######'),
    '13 23',
    'illegal_push',
    false,
  ],
  ['one box left', ROOM, '11 21', 'goal_not_reached', false],
];

describe('plans are replayed move by move', () => {
  it.each(PLANS)('%s', (_, on, cells, error, optimal) => {
    const plan = cells === '' ? [] : cells.split(' ').map((cell) => [Number(cell[0]), Number(cell[1])] as const);
    const verdict = judge(on, completion([], plan)).plan;
    expect(verdict).toEqual(error === null ? { valid: true, optimal } : { valid: false, error, optimal: false });
  });

  it('every error has an example', () => {
    expect(PLAN_ERRORS.filter((name) => !PLANS.some(([, , , error]) => error === name))).toEqual([]);
  });
});

describe('hostile completions', () => {
  const gold = completion(GOLD, CORRIDOR_PLAN);
  it.each([
    ['nothing', '', { format: false, records: 0, plan: { error: 'plan_syntax_error' } }],
    ['blanks', ' \t\n\v\f\r ', { format: false, records: 0, plan: { error: 'plan_syntax_error' } }],
    [
      'the plan before the trace',
      `${gold.slice(gold.indexOf('plan'), -4)} solution ${GOLD.length} end`,
      { format: false, plan: { error: 'plan_syntax_error' } },
    ],
    [
      'no-break spaces',
      gold.replaceAll(' ', '\u00a0'),
      { format: false, records: 1, plan: { error: 'plan_syntax_error' } },
    ],
    [
      'an ideographic space in a record',
      gold.replace('box 2', 'box\u30002'),
      { format: false, strict: { rule: 'operation_syntax_error', record: 0 } },
    ],
    [
      'five digits',
      gold.replace('c0', 'c00000'),
      { format: false, strict: { rule: 'operation_syntax_error', record: 0 } },
    ],
    [
      'a number that would wrap',
      gold.replace('worker 4', 'worker 4294967300'),
      { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
    ],
    [
      'four digits',
      gold.replace('worker 4', 'worker 9999'),
      { format: true, strict: { rule: 'invalid_coordinates', record: 1 } },
    ],
    [
      'full-width digits',
      gold.replace('worker 4', 'worker \uff14'),
      { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
    ],
    [
      'names of object properties',
      `constructor __proto__ toString ${gold}`,
      {
        format: false,
        records: GOLD.length + 3,
        strict: { rule: 'operation_syntax_error', record: 0 },
        plan: { valid: true },
      },
    ],
    [
      'two solutions',
      gold.replace('solution', 'solution solution'),
      { format: false, strict: { valid: true }, plan: { valid: true } },
    ],
    ['no end', gold.slice(0, -4), { format: false, strict: { valid: true }, plan: { valid: true } }],
    ['an end within', gold.replace('solution', 'end solution').slice(0, -4), { format: false, plan: { valid: true } }],
    [
      'words swapped',
      gold.replace('worker 4 1 box 2 1', 'box 2 1 worker 4 1'),
      { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
    ],
  ])('%s', (_, text, expected) => {
    expect(judge(CORRIDOR, text)).toMatchObject(expected);
  });

  it('a huge one is read in one pass', () => {
    const events = Array.from({ length: 20_000 }, () => GOLD[0]);
    expect(verdictOf(events)).toMatchObject({ records: 20_000, strict: broken('expansion_incomplete', 1) });
  });
});
