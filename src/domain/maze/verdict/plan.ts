// Is the plan a legal walk from start to goal? Independent of the trace.
import type { Cell, PlanVerdict, Problem } from '../types.ts';
import { areNeighbours, inBounds, isWall, sameCell } from './maze.ts';

/**
 * @param plan cells from parse.ts, possibly none
 * @param shortest cells of a shortest plan, null when the goal cannot be reached
 */
export function judgePlan(problem: Problem, plan: readonly Cell[], shortest: number | null): PlanVerdict {
  if (plan.length === 0) return { valid: false, error: 'plan_syntax_error', optimal: false };
  if (!sameCell(plan[0], problem.start)) return { valid: false, error: 'illegal_start', optimal: false };
  for (let i = 1; i < plan.length; i++) {
    const legal = inBounds(problem, plan[i]) && !isWall(problem, plan[i]) && areNeighbours(plan[i - 1], plan[i]);
    if (!legal) return { valid: false, error: 'illegal_move', optimal: false };
  }
  if (!sameCell(plan[plan.length - 1], problem.goal))
    return { valid: false, error: 'goal_not_reached', optimal: false };
  return { valid: true, optimal: plan.length === shortest };
}
