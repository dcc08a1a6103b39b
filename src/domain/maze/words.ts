// What mazes, their plans and the rules that a trace breaks are, in words for a reader who has not read the validator.
import type { DomainWords } from '../domain.ts';
import type { PlanError, TraceRule } from './types.ts';
import type { ReplayEffect } from './verdict/replay.ts';

const TRACE_RULE_MEANINGS: Readonly<Record<TraceRule, string>> = {
  operation_syntax_error: 'the record is not a well-formed create or close event',
  invalid_coordinates: 'the cell lies outside the grid',
  create_close_wall: 'the cell is a wall',
  first_create_not_last_closed: 'a cell is created before any cell was closed',
  create_non_neighbor: 'the created cell is no neighbour of the cell closed last',
  create_already_closed: 'the created cell was closed before',
  close_not_in_open_list: 'the closed entry is not in the open list',
  close_not_lowest_f_value: 'another open entry has a lower f = g + h',
  goal_not_reached: 'the trace ends before the goal is closed',
  plan_extraction_error: 'the parents do not lead from the goal back to the start',
  plan_length_mismatch: 'the plan and the path that the trace found differ in length',
  event_after_goal: 'the search continues after the goal was closed',
  wrong_heuristic: 'h is not the Manhattan distance to the goal',
  wrong_cost: 'g is not the cost that the search has reached the cell with',
  create_not_cheaper: 'the expansion does not owe this create: the cell is already known at no higher cost',
  expansion_incomplete: 'a cell is closed while neighbours of the last closed cell still have to be created',
};

const PLAN_ERROR_MEANINGS: Readonly<Record<PlanError, string>> = {
  plan_syntax_error: 'the completion does not end with plan records',
  illegal_start: 'the plan does not begin at the start cell',
  illegal_move: 'the next cell is a wall, off the grid, or not adjacent',
  goal_not_reached: 'the plan ends before the goal',
};

/** What a record does, in words that hold for every record of its kind. */
export const EFFECT_WORDS: Readonly<Record<ReplayEffect, string>> = {
  opened: 'The cell enters the open list.',
  cheaper: 'The cell is in the open list already; this way to it is cheaper.',
  kept: 'The cell is in the open list at no higher cost: nothing changes.',
  closed: 'The cell leaves the open list and is closed.',
  skipped: 'The record is skipped.',
  end: 'The trace has ended.',
};

export const MAZE_WORDS = {
  problem: 'maze',
  problems: 'mazes',
  validPlan: 'it begins at the start, moves between adjacent free cells and ends at the goal',
  planClause: 'plan leads from start to goal through free neighbours',
  paperLevel: 'the published validator',
  paperDetails:
    ', which skips records that break a rule, accepts a trace that only closes the cells of the path, and refuses ' +
    'one whose path differs in length from the plan',
  freeOrder: 'ties and neighbours',
  search: 'A*',
  heuristic: 'the Manhattan heuristic',
  distance: 'Manhattan',
  identity: 'walls, start and goal',
  near:
    'On small grids the tree families (Wilson, Kruskal, DFS) share wall layouts, so Kruskal and DFS are ' +
    'near-distribution there',
  far: 'Drunkard, SF-style and free space',
  farPrompts: 'prompts of drunkard mazes are shorter by some words, those of free space by nearly all, SF-style varies',
  grammar: '`query start X Y goal X Y { wall X Y } reasoning`, the trace, `solution { plan X Y } end`',
  notation: 'x is the column, y the row, both from 0 at the top left; moves go up, right, down and left and cost 1.',
  events: '`create X Y cG cH` puts a cell on the open list, `close` expands it',
  pictures:
    '`#` wall, blank floor, `S` start, `E` goal, `X` the cells of the plan. The border is not part of the grid.',
  traceRules: TRACE_RULE_MEANINGS,
  planErrors: PLAN_ERROR_MEANINGS,
} as const satisfies DomainWords;
