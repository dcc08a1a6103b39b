// Events that are possible one by one but form no search together: each could be in a trace of this maze, and none
// equals the event that it replaces.
import type { RandomSequence } from '../../../base/random.ts';
import type { Cell, TraceEvent } from '../types.ts';
import type { MazeTrace, Parts } from './parts.ts';
import { eventText } from './words.ts';

export const randomEvents: MazeTrace = (parts, random, touched) => {
  const floor = floorCells(parts);
  const longest = Math.max(0, ...parts.events.map(({ g }) => g));
  return parts.events
    .map((event, i) => {
      if (touched[i] === 0) return eventText(event);
      let drawn = drawEvent(parts, floor, longest, random);
      // There are two operations and at least two floor cells, so another event is soon found.
      while (eventText(drawn) === eventText(event)) drawn = drawEvent(parts, floor, longest, random);
      return eventText(drawn);
    })
    .join(' ');
};

/**
 * A free cell with its right h, and a g that some path could have: of the right parity, not below the distance from the
 * start.
 */
function drawEvent(
  { problem: { start, goal } }: Parts,
  floor: readonly Cell[],
  longest: number,
  random: RandomSequence,
): TraceEvent {
  const operation = random.below(2) === 0 ? 'create' : 'close';
  const { x, y } = floor[random.below(floor.length)];
  const least = Math.abs(x - start.x) + Math.abs(y - start.y);
  const detours = Math.floor(Math.max(0, longest - least) / 2);
  return { operation, x, y, g: least + 2 * random.below(detours + 1), h: Math.abs(x - goal.x) + Math.abs(y - goal.y) };
}

function floorCells({ problem: { size, walls } }: Parts): Cell[] {
  const cells = Array.from({ length: size * size }, (_, cell) => ({ x: cell % size, y: Math.floor(cell / size) }));
  return cells.filter((_, cell) => walls[cell] === 0);
}
