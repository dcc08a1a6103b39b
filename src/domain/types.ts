// The values that flow through the domain: problem -> trace and plan -> words -> verdict. Plain data only.

export const GENERATORS = ['wilson', 'kruskal', 'dfs', 'drunkard', 'searchformer', 'free'] as const;
export type GeneratorName = (typeof GENERATORS)[number];

/** x is the column, y the row; origin top left, y down; both in 0..size-1. */
export interface Cell {
  readonly x: number;
  readonly y: number;
}

/** A maze with one start and one goal. 4-connected moves of cost 1. */
export interface Problem {
  readonly generator: GeneratorName;
  readonly size: number;
  /** size * size bytes, row-major, 1 = wall. */
  readonly walls: Uint8Array;
  readonly start: Cell;
  readonly goal: Cell;
}

export interface TraceEvent {
  readonly operation: 'create' | 'close';
  readonly x: number;
  readonly y: number;
  /** Cost from the start. */
  readonly g: number;
  /** Manhattan distance to the goal. */
  readonly h: number;
}

export interface Solution {
  readonly trace: readonly TraceEvent[];
  /** From start to goal, both included; null when the goal cannot be reached. */
  readonly plan: readonly Cell[] | null;
}

/** One row of a dataset file (JSONL). */
export interface Example {
  readonly id: string;
  readonly generator: GeneratorName;
  readonly size: number;
  readonly prompt: string;
  readonly completion: string;
}

/** Searches other than A* whose traces a model may train on: breadth-first, depth-first, Dijkstra's, greedy best-first. */
export const SEARCHES = ['bfs', 'dfs', 'dijkstra', 'greedy'] as const;
export type SearchName = (typeof SEARCHES)[number];

export const PLAN_ERRORS = ['plan_syntax_error', 'illegal_start', 'illegal_move', 'goal_not_reached'] as const;
export type PlanError = (typeof PLAN_ERRORS)[number];

export const TRACE_RULES = [
  'operation_syntax_error',
  'invalid_coordinates',
  'create_close_wall',
  'first_create_not_last_closed',
  'create_non_neighbor',
  'create_already_closed',
  'close_not_in_open_list',
  'close_not_lowest_f_value',
  'goal_not_reached',
  'plan_extraction_error',
  'plan_length_mismatch',
  'event_after_goal',
  'wrong_heuristic',
  'wrong_cost',
  'create_not_cheaper',
  'expansion_incomplete',
] as const;
export type TraceRule = (typeof TRACE_RULES)[number];

export interface TraceVerdict {
  readonly valid: boolean;
  /** First broken rule; absent when valid. */
  readonly rule?: TraceRule;
  /** Index of the body record that broke it; the number of body records for rules checked at the end. */
  readonly record?: number;
}

export interface PlanVerdict {
  readonly valid: boolean;
  readonly error?: PlanError;
  /** Valid and as long as A*'s plan. */
  readonly optimal: boolean;
}

export interface Verdict {
  /** Exactly events, one `solution`, at least one plan record, one `end`, nothing else. */
  readonly format: boolean;
  /** Number of body records (everything before the final run of plan records). */
  readonly records: number;
  readonly paper: TraceVerdict;
  readonly strict: TraceVerdict;
  /** Equal, event by event, to the deterministic A* trace. */
  readonly exact: boolean;
  readonly plan: PlanVerdict;
}
