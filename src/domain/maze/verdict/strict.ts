// Trace validity at the level `strict`: a faithful A* run for SOME order of ties and SOME order of neighbours. Stops at
// the first breach.
import type { Problem } from '../types.ts';
import { manhattan } from './maze.ts';
import type { Breach } from './paper.ts';
import type { BodyRecord } from './parse.ts';
import { firstBreach, type Search } from './walk.ts';

/** A cell is owed where it is reached more cheaply than before, and closed where its f is the least of all. */
export const ASTAR: Search<'create_not_cheaper' | 'close_not_lowest_f_value'> = {
  notOwed: 'create_not_cheaper',
  outOfOrder: 'close_not_lowest_f_value',
  owes: (g, known) => g < (known?.g ?? Infinity),
  mayClose: (entry, open, goal) => {
    const least = entry.g + manhattan(entry.cell, goal);
    return open.every(({ cell, g }) => g + manhattan(cell, goal) >= least);
  },
};

/** The first breach of a faithful A* run, or null. The plan plays no part. */
export function strictBreach(problem: Problem, body: readonly BodyRecord[]): Breach | null {
  return firstBreach(problem, ASTAR, body);
}
