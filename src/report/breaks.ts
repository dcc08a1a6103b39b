// Where a completion breaks and why: the cell that a picture marks, and the sentence that explains it.
import type { Cell, PlanVerdict, Problem, TraceEvent, TraceVerdict } from '../domain/types.ts';
import type { BodyRecord } from '../domain/verdict/parse.ts';
import { PLAN_ERROR_MEANINGS, ruleLabel, TRACE_RULE_MEANINGS } from './rules.ts';

export interface Break {
  /** The cell to mark, perhaps off the grid; null when the break has none (bad syntax, most rules checked at the end). */
  readonly cell: Cell | null;
  readonly words: string;
}

/** A plan's break, with the cell that the illegal move leaves. */
export interface PlanBreak extends Break {
  readonly from: Cell | null;
  /** Number of plan cells up to the break: those are drawn as walked. */
  readonly walked: number;
}

function onGrid({ size }: Problem, { x, y }: Cell): boolean {
  return x < size && y < size;
}

function cellText({ x, y }: Cell): string {
  return `(${x}, ${y})`;
}

function eventText({ operation, x, y, g, h }: TraceEvent): string {
  return `${operation} ${x} ${y} c${g} c${h}`;
}

function lastClose(body: readonly BodyRecord[], before: number): TraceEvent | null {
  for (let i = before - 1; i >= 0; i--) {
    const event = body[i];
    if (event?.operation === 'close') return event;
  }
  return null;
}

/** What was expected instead, for the rules where one number or cell tells it. Exact at strict level, where all before the break is right. */
function contrast(problem: Problem, body: readonly BodyRecord[], verdict: TraceVerdict, event: TraceEvent): string {
  const last = lastClose(body, verdict.record ?? 0);
  if (verdict.rule === 'wrong_heuristic') {
    return `; here it is ${Math.abs(event.x - problem.goal.x) + Math.abs(event.y - problem.goal.y)}, not ${event.h}`;
  }
  if (verdict.rule === 'wrong_cost' && event.operation === 'create' && last !== null) return `; here it is ${last.g + 1}, not ${event.g}`;
  if (verdict.rule === 'create_non_neighbor' && last !== null) return `, ${cellText(last)}`;
  return '';
}

/** The first break of a trace; null when it is valid. @param body records that the verdict's index counts */
export function traceBreak(problem: Problem, body: readonly BodyRecord[], verdict: TraceVerdict): Break | null {
  const { rule, record } = verdict;
  if (verdict.valid || rule === undefined || record === undefined) return null;
  const meaning = `${ruleLabel(rule)}: ${TRACE_RULE_MEANINGS[rule]}`;
  if (record >= body.length) return { cell: rule === 'goal_not_reached' ? problem.goal : null, words: `at the end of the trace, ${meaning}` };
  const event = body[record];
  const place = `at event ${record + 1} of ${body.length}`;
  if (event === null) return { cell: null, words: `${place}, ${meaning}` };
  return { cell: { x: event.x, y: event.y }, words: `${place} (${eventText(event)}), ${meaning}${contrast(problem, body, verdict, event)}` };
}

function isLegalMove(problem: Problem, from: Cell, to: Cell): boolean {
  return onGrid(problem, to) && problem.walls[to.y * problem.size + to.x] === 0 && Math.abs(from.x - to.x) + Math.abs(from.y - to.y) === 1;
}

function moveFault(problem: Problem, from: Cell, to: Cell): string {
  if (!onGrid(problem, to)) return 'off the grid';
  if (problem.walls[to.y * problem.size + to.x] !== 0) return 'a wall';
  return `not adjacent to ${cellText(from)}`;
}

/** The break of a plan; null when it is valid. */
export function planBreak(problem: Problem, plan: readonly Cell[], verdict: PlanVerdict): PlanBreak | null {
  if (verdict.valid || verdict.error === undefined) return null;
  const label = ruleLabel(verdict.error);
  const meaning = `${label}: ${PLAN_ERROR_MEANINGS[verdict.error]}`;
  if (plan.length === 0 || verdict.error === 'plan_syntax_error') return { cell: null, from: null, walked: 0, words: meaning };
  if (verdict.error === 'illegal_start') {
    return { cell: plan[0], from: null, walked: 0, words: `${meaning}; it begins at ${cellText(plan[0])}, the start is ${cellText(problem.start)}` };
  }
  if (verdict.error === 'goal_not_reached') {
    const last = plan[plan.length - 1];
    return { cell: last, from: null, walked: plan.length, words: `${meaning}; it ends at ${cellText(last)}, the goal is ${cellText(problem.goal)}` };
  }
  const at = plan.findIndex((cell, i) => i > 0 && !isLegalMove(problem, plan[i - 1], cell));
  if (at < 1) return { cell: null, from: null, walked: plan.length, words: meaning };
  return { cell: plan[at], from: plan[at - 1], walked: at, words: `${label}: move ${at} goes from ${cellText(plan[at - 1])} to ${cellText(plan[at])}, which is ${moveFault(problem, plan[at - 1], plan[at])}` };
}
