// Small mazes drawn as text, so that a test can be checked by eye: S start, G goal, # wall, . floor.
import type { Problem } from '../../src/domain/maze/types.ts';

export function maze(picture: string): Problem {
  const rows = picture
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const size = rows.length;
  const cells = rows.flat();
  if (cells.length !== size * size) throw new Error(`not a square picture: ${cells.length} cells in ${size} rows`);
  const find = (letter: string): { x: number; y: number } => {
    const at = cells.indexOf(letter);
    if (at < 0) throw new Error(`no ${letter} in the picture`);
    return { x: at % size, y: Math.floor(at / size) };
  };
  return {
    generator: 'free',
    size,
    walls: Uint8Array.from(cells, (cell) => (cell === '#' ? 1 : 0)),
    start: find('S'),
    goal: find('G'),
  };
}

/** One way around a wall, seven cells: no ties, no choice. */
export const BEND = maze(`
  S # G
  . # .
  . . .
`);

export const BEND_TRACE = [
  'close 0 0 c0 c2',
  'create 0 1 c1 c3',
  'close 0 1 c1 c3',
  'create 0 2 c2 c4',
  'close 0 2 c2 c4',
  'create 1 2 c3 c3',
  'close 1 2 c3 c3',
  'create 2 2 c4 c2',
  'close 2 2 c4 c2',
  'create 2 1 c5 c1',
  'close 2 1 c5 c1',
  'create 2 0 c6 c0',
  'close 2 0 c6 c0',
];
export const BEND_SOLUTION = 'solution plan 0 0 plan 0 1 plan 0 2 plan 1 2 plan 2 2 plan 2 1 plan 2 0 end';

/** No walls: two shortest plans, and ties in f from the first expansion on. */
export const OPEN = maze(`
  S . .
  . G .
  . . .
`);

export const OPEN_TRACE = [
  'close 0 0 c0 c2',
  'create 1 0 c1 c1',
  'create 0 1 c1 c1',
  'close 1 0 c1 c1',
  'create 2 0 c2 c2',
  'create 1 1 c2 c0',
  // (1, 1) has the same f = 2, but (0, 1) is before it in the open list.
  'close 0 1 c1 c1',
  'create 0 2 c2 c2',
  'close 1 1 c2 c0',
];
export const OPEN_SOLUTION = 'solution plan 0 0 plan 1 0 plan 1 1 end';

/**
 * The upper corridor is entered from both ends: (3, 0) is reached from the right at g = 7, then from the left at g = 5
 * while still open.
 */
export const TWO_ENDS = maze(`
  . . . . . . .
  . # # # . # .
  S . . . . # G
  # # # # # # #
  # # # # # # #
  # # # # # # #
  # # # # # # #
`);
