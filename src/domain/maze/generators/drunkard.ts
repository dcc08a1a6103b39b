// Drunkard's walk: carves until a given share of the grid is floor. Open caves with cycles, unlike the trees.
import type { RandomSequence } from '../../../base/random.ts';
import { drawEnds, type Maze } from './maze.ts';

const DX = [0, 1, 0, -1];
const DY = [-1, 0, 1, 0];

/**
 * Floor cells of a drunkard maze.
 * @param coverage share of the grid, 0..1
 */
export function drunkardFloor(size: number, coverage: number): number {
  return Math.max(2, Math.floor(coverage * size * size));
}

/** @param floor cells to carve, 2..size * size */
export function drunkard(size: number, random: RandomSequence, floor: number): Maze {
  const walls = new Uint8Array(size * size).fill(1);
  const first = random.below(size * size);
  let x = first % size;
  let y = (first - x) / size;
  walls[first] = 0;
  for (let left = floor - 1; left > 0;) {
    const direction = random.below(4);
    const nx = x + DX[direction];
    const ny = y + DY[direction];
    // Drawing again keeps the step uniform among the in-bounds directions.
    if (nx < 0 || nx >= size || ny < 0 || ny >= size) continue;
    x = nx;
    y = ny;
    left -= walls[y * size + x];
    walls[y * size + x] = 0;
  }
  return drawEnds(walls, size, random);
}
