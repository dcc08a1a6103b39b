// The values of the maze domain: problem -> trace and plan -> words -> verdict. Plain data only.
import type * as shared from '../types.ts';

/** The distributions of the study. */
export const GENERATORS = ['wilson', 'kruskal', 'dfs', 'drunkard', 'searchformer', 'free'] as const;
/** Controls of the length of prompts; see distributions.ts. */
const LENGTH_CONTROLS = ['wilson-shorter', 'wilson-longer', 'drunkard-matched'] as const;
export const ALL_GENERATORS = [...GENERATORS, ...LENGTH_CONTROLS] as const;
/** @public */
export type GeneratorName = (typeof ALL_GENERATORS)[number];

export type Cell = shared.GridCell;

/**
 * A maze with one start and one goal. 4-connected moves of cost 1.
 * @public
 */
export interface Problem {
  /** A label: no rule reads it. */
  readonly generator: string;
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

export type TraceVerdict = shared.TraceVerdict<TraceRule>;
export type PlanVerdict = shared.PlanVerdict<PlanError>;
export type Verdict = shared.Verdict<TraceRule, PlanError>;
