// The empty grid: every monotone path is shortest, so A* has ties everywhere.
import type { RandomSequence } from '../../../base/random.ts';
import { drawEnds, type Maze } from './maze.ts';

/** A maze without walls; start and goal are two different cells. */
export function free(size: number, random: RandomSequence): Maze {
  return drawEnds(new Uint8Array(size * size), size, random);
}
