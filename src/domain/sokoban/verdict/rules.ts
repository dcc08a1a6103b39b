// The names of the rules, in the order in which a record is asked, and of what may be wrong with a plan.

export const TRACE_RULES = [
  'operation_syntax_error',
  'event_after_goal',
  'invalid_coordinates',
  'create_close_wall',
  'invalid_state',
  'first_create_not_last_closed',
  'create_non_neighbor',
  'create_dead_box',
  'create_already_closed',
  'expansion_incomplete',
  'close_not_in_open_list',
  'wrong_heuristic',
  'wrong_cost',
  'create_not_cheaper',
  'close_not_lowest_f_value',
  'goal_not_reached',
  'plan_length_mismatch',
] as const;
export type TraceRule = (typeof TRACE_RULES)[number];

export const PLAN_ERRORS = [
  'plan_syntax_error',
  'illegal_start',
  'illegal_move',
  'illegal_push',
  'goal_not_reached',
] as const;
export type PlanError = (typeof PLAN_ERRORS)[number];

export interface Breach {
  readonly rule: TraceRule;
  /** Index of the body record; the number of body records for rules checked at the end. */
  readonly record: number;
}
