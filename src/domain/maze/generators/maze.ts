// What every generator returns, and the uniform draw of start and goal that most of them share.
import type { RandomSequence } from '../../../base/random.ts';
import type { Problem } from '../types.ts';

export type Maze = Pick<Problem, 'walls' | 'start' | 'goal'>;

/**
 * Draws two distinct floor cells, uniform over all ordered pairs.
 * @param walls size * size, at least two cells free
 */
export function drawEnds(walls: Uint8Array, size: number, random: RandomSequence): Maze {
  const floor = new Uint16Array(walls.length);
  let count = 0;
  for (let cell = 0; cell < walls.length; cell++) {
    if (walls[cell] === 0) floor[count++] = cell;
  }
  const first = random.below(count);
  const second = random.below(count - 1);
  const start = floor[first];
  // The second draw is over the other count - 1 cells.
  const goal = floor[second < first ? second : second + 1];
  return {
    walls,
    start: { x: start % size, y: Math.floor(start / size) },
    goal: { x: goal % size, y: Math.floor(goal / size) },
  };
}
