// Where a completion breaks and why: the cell that a picture marks, and the sentence that explains it.
import type { Cell, PlanError, Problem, TraceRule } from '../domain/maze/types.ts';
import type { PlanVerdict, TraceVerdict } from '../domain/types.ts';
import { parseCompletionLeniently } from '../domain/maze/verdict/parse.ts';
import { replay, type ReplayStep } from '../domain/maze/verdict/replay.ts';
import { MAZE_WORDS } from '../domain/maze/words.ts';
import { ruleLabel } from '../tables/rules.ts';
import { breachWords, cellText } from './step-words.ts';

export interface Break {
  /**
   * The cell to mark, perhaps off the grid; null when the break has none (bad syntax, most rules checked at the end).
   */
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

/**
 * The first break of a trace; null when it is valid.
 * @param completion the text that the verdict is about
 */
export function traceBreak(problem: Problem, completion: string, verdict: TraceVerdict): Break | null {
  const { rule, record } = verdict;
  if (verdict.valid || rule === undefined || record === undefined) return null;
  const records = parseCompletionLeniently(completion).body.length;
  const step = stepAt(problem, completion, record);
  const words = breachWords(problem, step, rule as TraceRule);
  if (record >= records)
    return { cell: rule === 'goal_not_reached' ? problem.goal : null, words: `at the end of the trace, ${words}` };
  const place = `at event ${record + 1} of ${records}`;
  if (step.event === null) return { cell: null, words: `${place}, ${words}` };
  return { cell: { x: step.event.x, y: step.event.y }, words: `${place} (${step.text}), ${words}` };
}

/** The step of a record; the last one when there are fewer. */
function stepAt(problem: Problem, completion: string, record: number): ReplayStep {
  for (const step of replay(problem, completion)) {
    if (step.record >= record || step.effect === 'end') return step;
  }
  throw new Error('a replay without its last step');
}

function isLegalMove(problem: Problem, from: Cell, to: Cell): boolean {
  return (
    onGrid(problem, to) &&
    problem.walls[to.y * problem.size + to.x] === 0 &&
    Math.abs(from.x - to.x) + Math.abs(from.y - to.y) === 1
  );
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
  const meaning = `${label}: ${MAZE_WORDS.planErrors[verdict.error as PlanError]}`;
  if (plan.length === 0 || verdict.error === 'plan_syntax_error')
    return { cell: null, from: null, walked: 0, words: meaning };
  if (verdict.error === 'illegal_start') {
    return {
      cell: plan[0],
      from: null,
      walked: 0,
      words: `${meaning}; it begins at ${cellText(plan[0])}, the start is ${cellText(problem.start)}`,
    };
  }
  if (verdict.error === 'goal_not_reached') {
    const last = plan[plan.length - 1];
    return {
      cell: last,
      from: null,
      walked: plan.length,
      words: `${meaning}; it ends at ${cellText(last)}, the goal is ${cellText(problem.goal)}`,
    };
  }
  const at = plan.findIndex((cell, i) => i > 0 && !isLegalMove(problem, plan[i - 1], cell));
  if (at < 1) return { cell: null, from: null, walked: plan.length, words: meaning };
  return {
    cell: plan[at],
    from: plan[at - 1],
    walked: at,
    words:
      `${label}: move ${at} goes from ${cellText(plan[at - 1])} to ${cellText(plan[at])}, which is ` +
      `${moveFault(problem, plan[at - 1], plan[at])}`,
  };
}
