// Which problems of a test set share their walls (their layout, as their domain says) with a training problem. On small
// grids most do, and every table has to say so.
import { domainOf } from '../domain/domains.ts';
import type { Example } from '../domain/types.ts';

/** The walls of an example as text: two are equal exactly when size and walls are. */
export function wallsOf(example: Example): string {
  return domainOf(example.domain).layout(example);
}

/** The different walls of a training set. */
export function collectWalls(examples: Iterable<Example>): Set<string> {
  const walls = new Set<string>();
  for (const example of examples) walls.add(wallsOf(example));
  return walls;
}

/** How many of n examples have walls that occur in `walls`. */
export function countWallsSeen(
  examples: Iterable<Example>,
  walls: ReadonlySet<string>,
): { readonly count: number; readonly n: number } {
  let count = 0;
  let n = 0;
  for (const example of examples) {
    n += 1;
    if (walls.has(wallsOf(example))) count += 1;
  }
  return { count, n };
}
