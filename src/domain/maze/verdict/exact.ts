// The level `exact` and the length of an optimal plan, from the validator's own small A*. It shares nothing with
// src/domain/maze/astar.ts, so that a fault there cannot vouch for itself.
import type { Cell, Problem, TraceEvent } from '../types.ts';
import { cellIndex, inBounds, isWall, manhattan, sameCell } from './maze.ts';
import type { BodyRecord } from './parse.ts';

export interface GoldRun {
  readonly trace: readonly TraceEvent[];
  /** Cells of a shortest plan, both ends included; null when the goal cannot be reached. */
  readonly planLength: number | null;
}

/**
 * The deterministic A* of docs/specification.md, section 3: the first entry of least f in insertion order; neighbours
 * up, right, down, left.
 */
export function goldRun(problem: Problem): GoldRun {
  const { start, goal } = problem;
  const trace: TraceEvent[] = [];
  const cost = new Map<number, number>([[cellIndex(problem, start), 0]]);
  const open: Cell[] = [start];
  const closed = new Set<number>();
  const costOf = (cell: Cell): number => cost.get(cellIndex(problem, cell)) ?? Infinity;
  const emit = (operation: TraceEvent['operation'], { x, y }: Cell): void => {
    trace.push({ operation, x, y, g: costOf({ x, y }), h: manhattan({ x, y }, goal) });
  };

  while (open.length > 0) {
    const estimates = open.map((cell) => costOf(cell) + manhattan(cell, goal));
    const [current] = open.splice(estimates.indexOf(estimates.reduce((a, b) => Math.min(a, b))), 1);
    closed.add(cellIndex(problem, current));
    emit('close', current);
    if (sameCell(current, goal)) return { trace, planLength: costOf(goal) + 1 };
    for (const [dx, dy] of [
      [0, -1],
      [1, 0],
      [0, 1],
      [-1, 0],
    ]) {
      const next = { x: current.x + dx, y: current.y + dy };
      if (!inBounds(problem, next) || isWall(problem, next) || closed.has(cellIndex(problem, next))) continue;
      if (costOf(current) + 1 >= costOf(next)) continue;
      if (costOf(next) === Infinity) open.push(next);
      cost.set(cellIndex(problem, next), costOf(current) + 1);
      emit('create', next);
    }
  }
  return { trace, planLength: null };
}

/** Is the body this very trace, event by event? */
export function isExactTrace(body: readonly BodyRecord[], trace: readonly TraceEvent[]): boolean {
  return (
    body.length === trace.length &&
    trace.every((gold, i) => {
      const event = body[i];
      return (
        event !== null &&
        event.operation === gold.operation &&
        event.x === gold.x &&
        event.y === gold.y &&
        event.g === gold.g &&
        event.h === gold.h
      );
    })
  );
}
