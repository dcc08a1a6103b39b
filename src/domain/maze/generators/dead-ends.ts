// More or fewer dead-end cells in a tree maze: its prompt gets shorter or longer by a wall, its plan stays the same and
// stays the only one. A control for the position of words, on which models depend more than on walls.
import type { RandomSequence } from '../../../base/random.ts';
import type { Maze } from './maze.ts';

/**
 * Adds dead-end cells, or removes some. A cell that is added was a wall with exactly one floor neighbour; a cell that
 * is removed has one floor neighbour and is neither start nor goal. Each is uniform among all such cells of its moment.
 * @param maze a tree; changed in place
 * @param change cells to add; below 0, to remove
 * @returns the cells that were added; closer to 0 than `change` where no more could be
 */
export function changeDeadEnds(
  { walls, start, goal }: Maze,
  size: number,
  change: number,
  random: RandomSequence,
): number {
  const adding = change > 0;
  const ends = [start, goal].map(({ x, y }) => y * size + x);
  for (let done = 0; done < Math.abs(change); done++) {
    const candidates: number[] = [];
    for (let cell = 0; cell < walls.length; cell++) {
      const fits = walls[cell] === (adding ? 1 : 0) && floorNeighbours(walls, size, cell) === 1;
      if (fits && !ends.includes(cell)) candidates.push(cell);
    }
    if (candidates.length === 0) return adding ? done : 0 - done;
    walls[candidates[random.below(candidates.length)]] = adding ? 0 : 1;
  }
  return change;
}

/**
 * A maze with -most to +most dead-end cells, each number equally likely before those are left out that do not fit.
 * @param most 0 = the maze as it is, without a draw
 */
export function jittered(maze: Maze, size: number, most: number, random: RandomSequence): Maze {
  if (most > 0) changeDeadEnds(maze, size, random.below(2 * most + 1) - most, random);
  return maze;
}

function floorNeighbours(walls: Uint8Array, size: number, cell: number): number {
  const x = cell % size;
  const free = (index: number, inside: boolean): number => (inside && walls[index] === 0 ? 1 : 0);
  return (
    free(cell - size, cell >= size) +
    free(cell + size, cell + size < walls.length) +
    free(cell - 1, x > 0) +
    free(cell + 1, x + 1 < size)
  );
}
