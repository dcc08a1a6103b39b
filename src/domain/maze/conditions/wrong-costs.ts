// A*'s cells in A*'s order with other costs: g and h of a touched event are both wrong, and both are numbers that
// traces of this size hold.
import type { RandomSequence } from '../../../base/random.ts';
import type { MazeTrace } from './parts.ts';
import { traceText } from './words.ts';

/** Gives each touched event another g and another h; cells and order stay. */
export const wrongCosts: MazeTrace = ({ problem: { size }, events }, random, touched) => {
  // Start and goal differ, so g goes up to 1 at least; a grid of two cells a side has Manhattan distances up to 2.
  const longest = Math.max(1, ...events.map(({ g }) => g));
  return traceText(
    events.map((event, i) =>
      touched[i] === 0
        ? event
        : { ...event, g: otherThan(event.g, longest, random), h: otherThan(event.h, 2 * (size - 1), random) },
    ),
  );
};

/** Uniform over 0..most without `value`. */
function otherThan(value: number, most: number, random: RandomSequence): number {
  const drawn = random.below(most);
  return drawn < value ? drawn : drawn + 1;
}
