// Is the plan a legal way to push both boxes onto docks? Replayed move by move from the worker's first cell;
// independent of the trace. Every listed cell counts: Searchformer's own check makes the moves but does not compare, so
// a step into a wall leaves its worker behind unnoticed.
import type { GridCell, PlanVerdict } from '../../types.ts';
import type { Board, State } from '../types.ts';
import { afterStep, isSolved, sameCell } from './board.ts';
import type { PlanError } from './rules.ts';

export interface Replay {
  readonly error: PlanError | null;
  /** Cells up to the first broken one. */
  readonly walked: number;
}

/** Replays a plan from the start of the board, until its first error. */
export function replayPlan(board: Board, plan: readonly GridCell[]): Replay {
  if (plan.length === 0) return { error: 'plan_syntax_error', walked: 0 };
  if (!sameCell(plan[0], board.worker)) return { error: 'illegal_start', walked: 0 };
  let state: State = board;
  for (let i = 1; i < plan.length; i++) {
    const next = afterStep(board, state, plan[i]);
    if (typeof next === 'string') return { error: next, walked: i };
    state = next;
  }
  return { error: isSolved(board, state) ? null : 'goal_not_reached', walked: plan.length };
}

/**
 * @param plan cells from parse.ts, possibly none
 * @param shortest cells of a shortest plan, null when the board cannot be solved
 */
export function judgePlan(board: Board, plan: readonly GridCell[], shortest: number | null): PlanVerdict<PlanError> {
  const { error } = replayPlan(board, plan);
  return error === null ? { valid: true, optimal: plan.length === shortest } : { valid: false, error, optimal: false };
}
