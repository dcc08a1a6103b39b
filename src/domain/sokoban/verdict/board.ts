// What every rule of the validator asks of a board. Kept apart from the generator and from A*, which the validator must
// not trust.
import type { GridCell } from '../../types.ts';
import type { Board, State } from '../types.ts';

export type MoveFault = 'illegal_move' | 'illegal_push';

export function inBounds({ size }: Board, { x, y }: GridCell): boolean {
  return x >= 0 && x < size && y >= 0 && y < size;
}

/** @param cell in bounds */
export function isWall({ size, walls }: Board, { x, y }: GridCell): boolean {
  return walls[y * size + x] !== 0;
}

export function sameCell(a: GridCell, b: GridCell): boolean {
  return a.x === b.x && a.y === b.y;
}

function isDock({ docks }: Board, cell: GridCell): boolean {
  return docks.some((dock) => sameCell(dock, cell));
}

export function isSolved(board: Board, { boxes }: State): boolean {
  return boxes.every((box) => isDock(board, box));
}

/** Is `a` before `b` row by row? */
export function isBefore(a: GridCell, b: GridCell): boolean {
  return a.y < b.y || (a.y === b.y && a.x < b.x);
}

/** A text that two states share exactly when they are the same. */
export function stateKey({ worker, boxes: [first, second] }: State): string {
  return [worker.x, worker.y, first.x, first.y, second.x, second.y].join(' ');
}

function manhattan(a: GridCell, b: GridCell): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}

/** Sum over the boxes of the Manhattan distance to the nearest dock. */
export function heuristic({ docks }: Board, { boxes }: State): number {
  return boxes.reduce((sum, box) => sum + Math.min(...docks.map((dock) => manhattan(box, dock))), 0);
}

/** What the worker's step to a cell makes of a state whose cells are on the board, or why it cannot be made. */
export function afterStep(board: Board, { worker, boxes }: State, to: GridCell): State | MoveFault {
  if (manhattan(worker, to) !== 1 || !inBounds(board, to) || isWall(board, to)) return 'illegal_move';
  const at = boxes.findIndex((box) => sameCell(box, to));
  if (at < 0) return { worker: to, boxes };
  const other = boxes[1 - at];
  const pushed = { x: 2 * to.x - worker.x, y: 2 * to.y - worker.y };
  if (!inBounds(board, pushed) || isWall(board, pushed) || sameCell(pushed, other)) return 'illegal_push';
  return { worker: to, boxes: isBefore(pushed, other) ? [pushed, other] : [other, pushed] };
}

/** Whether a box is in a corner where it can never be moved again, and not on a dock. */
export function hasDeadBox(board: Board, { boxes }: State): boolean {
  return boxes.some(({ x, y }) => {
    const blocked = (dx: number, dy: number): boolean => isWall(board, { x: x + dx, y: y + dy });
    return !isDock(board, { x, y }) && (blocked(-1, 0) || blocked(1, 0)) && (blocked(0, -1) || blocked(0, 1));
  });
}

/** The states that one step leads to, dead ones left out: up, right, down, left. */
export function successors(board: Board, state: State): State[] {
  const { x, y } = state.worker;
  return [
    { x, y: y - 1 },
    { x: x + 1, y },
    { x, y: y + 1 },
    { x: x - 1, y },
  ].flatMap((to) => {
    const next = afterStep(board, state, to);
    return typeof next === 'string' || hasDeadBox(board, next) ? [] : [next];
  });
}
