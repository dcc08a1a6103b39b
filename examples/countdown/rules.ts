// The rules that a trace or a plan can break, each in words.
export const TRACE_RULES = {
  operation_syntax_error: 'the record is not a well-formed create or close event',
  event_after_goal: 'the search continues after the target was reached',
  number_not_available: 'an operand is not among the numbers that are left',
  illegal_operation: 'the result would not be a whole number from 1 to 40',
  wrong_result: 'the result is wrong',
  smaller_first: 'the smaller number is on the left',
  tried_before: 'the operation was tried here before',
  close_not_last: 'the operation that is taken back is not the last one that is open',
  close_not_open: 'the operation that is taken back is not open',
  close_too_early: 'an operation is taken back while others that can follow it were not tried',
  goal_not_reached: 'the trace ends before the target is reached',
  plan_mismatch: 'the plan is not the path that the trace found',
} as const;
export type TraceRule = keyof typeof TRACE_RULES;

export const PLAN_ERRORS = {
  plan_syntax_error: 'the completion does not end with plan records',
  number_not_available: 'an operand is not among the numbers that are left',
  illegal_operation: 'the result would not be a whole number from 1 to 40',
  wrong_result: 'a result is wrong',
  numbers_left: 'not all numbers are used',
  target_missed: 'the last result is not the target',
} as const;
export type PlanError = keyof typeof PLAN_ERRORS;
