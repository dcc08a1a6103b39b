// What each broken rule means, in words for a reader who has not read the validator.
import type { PlanError, TraceRule } from '../domain/types.ts';

export const TRACE_RULE_MEANINGS: Readonly<Record<TraceRule, string>> = {
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
  event_after_goal: 'the search goes on after the goal was closed',
  wrong_heuristic: 'h is not the Manhattan distance to the goal',
  wrong_cost: 'g is not the cost that the search has reached the cell with',
  create_not_cheaper: 'the expansion does not owe this create: the cell is already known at no higher cost',
  expansion_incomplete: 'a cell is closed while neighbours of the last closed cell still have to be created',
};

export const PLAN_ERROR_MEANINGS: Readonly<Record<PlanError, string>> = {
  plan_syntax_error: 'the completion does not end with plan records',
  illegal_start: 'the plan does not begin at the start cell',
  illegal_move: 'the next cell is a wall, off the grid, or not adjacent',
  goal_not_reached: 'the plan ends before the goal',
};

/** `close_not_in_open_list` -> `close not in open list`. */
export function ruleLabel(rule: TraceRule | PlanError): string {
  return rule.replaceAll('_', ' ');
}
