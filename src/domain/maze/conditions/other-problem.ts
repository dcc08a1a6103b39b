// A right search of the wrong problem: A*'s trace in the same maze between another start and another goal.
import { solve } from '../astar.ts';
import { drawEnds } from '../generators/maze.ts';
import type { MazeTrace } from './parts.ts';
import { traceText } from './words.ts';

/** A*'s trace for another start and another goal in the same maze, drawn until they are connected. */
export const otherProblem: MazeTrace = ({ problem }, random) => {
  const { size, walls, start, goal } = problem;
  // Ends: the way back (goal to start) differs in both and can be walked.
  for (;;) {
    const ends = drawEnds(walls, size, random);
    if (same(ends.start, start) || same(ends.goal, goal)) continue;
    const { trace, plan } = solve({ ...problem, start: ends.start, goal: ends.goal });
    if (plan !== null) return traceText(trace);
  }
};

function same(a: { readonly x: number; readonly y: number }, b: { readonly x: number; readonly y: number }): boolean {
  return a.x === b.x && a.y === b.y;
}
