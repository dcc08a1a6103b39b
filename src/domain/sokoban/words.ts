// What boards, their plans and the rules that a trace breaks are, in words for a reader who has not read the validator.
import type { DomainWords } from '../domain.ts';
import type { PlanError, TraceRule } from './verdict/rules.ts';

const TRACE_RULE_MEANINGS: Readonly<Record<TraceRule, string>> = {
  operation_syntax_error: 'the record is not a well-formed create or close event',
  event_after_goal: 'the search continues after a solved state was closed',
  invalid_coordinates: 'a cell lies outside the board',
  create_close_wall: 'worker or box stands on a wall',
  invalid_state: 'two things stand on one cell, or the boxes are not in row-major order',
  first_create_not_last_closed: 'a state is created before any state was closed',
  create_non_neighbor: 'no step or push leads from the state closed last to the created one',
  create_dead_box: 'a box is pushed into a corner where it can never be moved again; the search leaves such states out',
  create_already_closed: 'the created state was closed before',
  expansion_incomplete: 'a state is closed while successors of the last closed state still have to be created',
  close_not_in_open_list: 'the closed entry is not in the open list',
  wrong_heuristic: 'h is not the sum of the distances from the boxes to their nearest docks',
  wrong_cost: 'g is not the number of moves that the search has reached the state with',
  create_not_cheaper: 'the expansion does not owe this create: the state is already known at no higher cost',
  close_not_lowest_f_value: 'another open entry has a lower f = g + h',
  goal_not_reached: 'the trace ends before a solved state is closed',
  plan_length_mismatch: 'the plan and the path that the trace found differ in length',
};

const PLAN_ERROR_MEANINGS: Readonly<Record<PlanError, string>> = {
  plan_syntax_error: 'the completion does not end with plan records',
  illegal_start: 'the plan does not begin at the worker',
  illegal_move: 'the next cell is a wall, off the board, or not adjacent',
  illegal_push: 'the box cannot be pushed: a wall or the other box is behind it',
  goal_not_reached: 'at the end of the plan a box stands on no dock',
};

export const SOKOBAN_WORDS = {
  problem: 'board',
  problems: 'boards',
  validPlan:
    'replayed move by move, it begins at the worker, every listed cell is reached by a legal step or push, and ' +
    'at its end both boxes stand on docks',
  planClause: 'plan pushes both boxes onto docks by legal moves',
  paperLevel: 'what the published validator asks of mazes, asked of the states of a board',
  paperDetails:
    ', which skips records that break a rule, accepts a trace that only closes the cells of the path, and refuses ' +
    'one whose path differs in length from the plan',
  freeOrder: 'ties and neighbours',
  search: 'A*',
  heuristic: 'the sum over the boxes of the Manhattan distance to the nearest dock as its heuristic',
  identity: 'walls, docks, boxes and worker',
  near:
    'Training boards have two walls inside the border; the open and the dense boards have walls that no training ' +
    'board has',
  far: 'open and dense boards',
  farPrompts: 'prompts of open boards are shorter by six words, those of dense boards longer by nine',
  grammar:
    '`query worker X Y box X Y box X Y dock X Y dock X Y { wall X Y } reasoning`, the trace, `solution { plan X ' +
    'Y } end`',
  notation: 'x is the column, y the row, both from 0 at the top left; moves go up, right, down and left and cost 1.',
  events: '`create worker X Y box X Y box X Y cG cH` puts a state on the open list, `close` expands it',
  pictures:
    '`#` wall, `.` dock, `@` worker, `$` box (`+` and `*` on a dock); below, the moves: u, r, d, l, pushes in ' +
    'capitals.',
  traceRules: TRACE_RULE_MEANINGS,
  planErrors: PLAN_ERROR_MEANINGS,
} as const satisfies DomainWords;
