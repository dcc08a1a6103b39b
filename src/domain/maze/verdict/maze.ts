// What every rule of the validator asks of a maze. Kept apart from the generators and from A*, which the validator must
// not trust.
import type { Cell, Problem } from '../types.ts';

/** Whether a cell is inside the grid. */
export function inBounds({ size }: Problem, { x, y }: Cell): boolean {
  return x >= 0 && x < size && y >= 0 && y < size;
}

/** Index of a cell of the grid, row by row. */
export function cellIndex({ size }: Problem, { x, y }: Cell): number {
  return y * size + x;
}

/** @param cell in bounds */
export function isWall(problem: Problem, cell: Cell): boolean {
  return problem.walls[cellIndex(problem, cell)] !== 0;
}

/** Whether two cells are equal. */
export function sameCell(a: Cell, b: Cell): boolean {
  return a.x === b.x && a.y === b.y;
}

/** Whether two cells share a side. */
export function areNeighbours(a: Cell, b: Cell): boolean {
  return manhattan(a, b) === 1;
}

/** Manhattan distance of two cells. */
export function manhattan(a: Cell, b: Cell): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}
