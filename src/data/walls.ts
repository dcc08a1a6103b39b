// Which mazes of a test set share their walls with a training maze. On small grids most do, and every table has to say so.
import type { Example } from '../domain/types.ts';

/** The walls of an example as text: two are equal exactly when size and walls are, since a prompt lists its walls row by row. */
export function wallsOf({ size, prompt }: Example): string {
  const first = prompt.indexOf(' wall ');
  return `${size}${first < 0 ? '' : prompt.slice(first)}`;
}

/** The different walls of a training set. */
export function collectWalls(examples: Iterable<Example>): Set<string> {
  const walls = new Set<string>();
  for (const example of examples) walls.add(wallsOf(example));
  return walls;
}

/** How many of n examples have walls that occur in `walls`. */
export function countWallsSeen(examples: Iterable<Example>, walls: ReadonlySet<string>): { readonly count: number; readonly n: number } {
  let count = 0;
  let n = 0;
  for (const example of examples) {
    n += 1;
    if (walls.has(wallsOf(example))) count += 1;
  }
  return { count, n };
}
