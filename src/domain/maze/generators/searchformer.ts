// Searchformer-style mazes (Lehnert et al., "Beyond A*", arXiv 2402.14083): scattered walls, and a shortest path that
// is not short.
import type { RandomSequence } from '../../../base/random.ts';
import { drawEnds, type Maze } from './maze.ts';

/** Start and goal draws before the walls are given up. */
const END_DRAWS = 100;

/**
 * Wall count uniform in [3b, 5b], b = floor(size^2 / 10); a shortest path has at least `size` cells, both ends
 * included.
 */
export function searchformer(size: number, random: RandomSequence): Maze {
  const block = Math.floor((size * size) / 10);
  for (;;) {
    const walls = drawWalls(size, 3 * block + random.below(2 * block + 1), random);
    for (let draw = 0; draw < END_DRAWS; draw++) {
      const maze = drawEnds(walls, size, random);
      if (pathCells(maze, size) >= size) return maze;
    }
  }
}

/** A uniform choice of cells: the first steps of a Fisher-Yates shuffle. */
function drawWalls(size: number, count: number, random: RandomSequence): Uint8Array {
  const cells = new Uint16Array(size * size);
  for (let i = 0; i < cells.length; i++) cells[i] = i;
  const walls = new Uint8Array(size * size);
  for (let i = 0; i < count; i++) {
    const j = i + random.below(cells.length - i);
    walls[cells[j]] = 1;
    cells[j] = cells[i];
  }
  return walls;
}

/**
 * Cells of a shortest path, both ends included; 0 when there is none. Breadth-first: A* finds the same length, but here
 * no trace is needed.
 */
function pathCells({ walls, start, goal }: Maze, size: number): number {
  const length = new Uint16Array(size * size);
  const queue = new Uint16Array(size * size);
  const target = goal.y * size + goal.x;
  queue[0] = start.y * size + start.x;
  length[queue[0]] = 1;
  for (let head = 0, tail = 1; head < tail; head++) {
    const cell = queue[head];
    if (cell === target) return length[cell];
    const x = cell % size;
    const visit = (next: number): void => {
      if (walls[next] !== 0 || length[next] !== 0) return;
      length[next] = length[cell] + 1;
      queue[tail++] = next;
    };
    if (cell >= size) visit(cell - size);
    if (x + 1 < size) visit(cell + 1);
    if (cell + size < length.length) visit(cell + size);
    if (x > 0) visit(cell - 1);
  }
  return 0;
}
