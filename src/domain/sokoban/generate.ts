// Boards at random, as Searchformer draws them: walls anywhere inside the border, boxes at least two cells from it,
// worker and docks on what is left. A board that cannot be solved, or whose trace would be too long to learn from, is
// drawn again.
import { LIMITS } from '../../base/limits.ts';
import type { RandomSequence } from '../../base/random.ts';
import type { GridCell } from '../types.ts';
import { solve } from './astar.ts';
import type { Board } from './types.ts';

/** At 6 the middle, where boxes are placed, has four cells. */
export const SMALLEST = 6;
/** Costs and coordinates have words up to here. */
export const LARGEST = LIMITS.sokobanSide.most;

/** Longest trace of a drawn board. An event has twelve words, so a trace has at most 1,200. */
export const MOST_EVENTS = 100;

/** @param size cells per side, SMALLEST..LARGEST */
export function generateBoard(size: number, innerWalls: number, random: RandomSequence): Board {
  for (;;) {
    const board = drawBoard(size, innerWalls, random);
    if (board !== null && solve(board, MOST_EVENTS) !== null) return board;
  }
}

/** A board that may have no solution; null when its walls leave no room for two boxes. */
export function drawBoard(size: number, innerWalls: number, random: RandomSequence): Board | null {
  const walls = new Uint8Array(size * size);
  const inside: number[] = [];
  for (let cell = 0; cell < walls.length; cell++) {
    if (borderDistance(cell, size) === 0) walls[cell] = 1;
    else inside.push(cell);
  }
  random.shuffle(inside);
  for (const cell of inside.splice(0, innerWalls)) walls[cell] = 1;
  // What is left is in random order: the first that fit are a uniform draw.
  const middle = inside.filter((cell) => borderDistance(cell, size) >= 2);
  if (middle.length < 2) return null;
  const boxes = middle.slice(0, 2);
  const [worker, ...docks] = inside.filter((cell) => !boxes.includes(cell));
  const cellOf = (cell: number): GridCell => ({ x: cell % size, y: Math.floor(cell / size) });
  const pairOf = (cells: readonly number[]): [GridCell, GridCell] => {
    const [first, second] = [...cells].sort((a, b) => a - b);
    return [cellOf(first), cellOf(second)];
  };
  return { size, walls, worker: cellOf(worker), boxes: pairOf(boxes), docks: pairOf(docks.slice(0, 2)) };
}

/** Steps to the nearest border cell. */
function borderDistance(cell: number, size: number): number {
  const x = cell % size;
  const y = Math.floor(cell / size);
  return Math.min(x, y, size - 1 - x, size - 1 - y);
}
