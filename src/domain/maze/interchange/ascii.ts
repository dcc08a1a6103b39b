// Mazes as pictures in the letters of maze-dataset's `as_ascii`: # wall, blank floor, S start, E end, X the cells of
// the plan between them. A picture of ours has a border of walls, so an n x n grid is a square of n + 2 lines; n is odd
// for the lattices of maze-dataset, here it need not be.
import { TracelabError } from '../../../base/errors.ts';
import { MAXIMUM_SIZE } from '../grammar.ts';
import type { Cell, Problem } from '../types.ts';
import type { ForeignProblem } from './prompt.ts';

/**
 * The picture without a final line end.
 * @param plan may be empty; its ends are drawn as S and E
 */
export function drawMaze({ size, walls, start, goal }: Problem, plan: readonly Cell[]): string {
  const rows = Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_unused, x): string => (walls[y * size + x] !== 0 ? '#' : ' ')),
  );
  for (const { x, y } of plan) rows[y][x] = 'X';
  rows[start.y][start.x] = 'S';
  rows[goal.y][goal.x] = 'E';
  const border = '#'.repeat(size + 2);
  return [border, ...rows.map((row) => `#${row.join('')}#`), border].join('\n');
}

/** A maze as it was drawn. */
export interface Picture {
  readonly problem: ForeignProblem;
  /** From S to E along the letters X; empty where none are drawn. */
  readonly plan: readonly Cell[];
}

/**
 * Reads one picture. Blanks before all lines and behind the last column are no part of it. The cells of a plan are
 * floor. A picture whose border has a gap (a gate, or S or E in the border) is read as it is drawn: then the cells of
 * the border belong to the grid, too, which is two cells wider.
 * @param place of a line and a column of the picture, from 0
 * @throws TracelabError ASCII_MAZE: no square, another letter, not one S and one E, letters X that are no path
 */
export function readPicture(lines: readonly string[], place: (line: number, column: number) => string): Picture {
  const side = lines.length;
  const indent = lines.reduce((least, line) => Math.min(least, /^[ \t]*/.exec(line)?.[0].length ?? 0), Infinity);
  const at = (line: number, column: number): string => place(line, indent + column);
  if (side < 3 || side > MAXIMUM_SIZE + 2)
    throw refused(at(0, 0), 'impossible grid size', `3..${MAXIMUM_SIZE + 2} lines`, `${side}`);
  const rows = lines.map((line) => line.slice(indent));
  for (const [line, row] of rows.entries()) {
    if (row.length >= side && row.slice(side).trim() === '') continue;
    const length = row.length < side ? row.length : row.trimEnd().length;
    throw refused(at(line, Math.min(length, side)), 'not a square', `${side} letters, as many as lines`, `${length}`);
  }
  for (const [line, row] of rows.entries()) {
    const column = Array.from({ length: side }, (_, i) => i).find((i) => !'# SEX'.includes(row[i]));
    if (column !== undefined)
      throw refused(at(line, column), 'unknown letter', '#, a blank, S, E or X', JSON.stringify(row[column]));
  }
  const isClosed = rows.every((row, y) =>
    y === 0 || y === side - 1 ? row.slice(0, side) === '#'.repeat(side) : row[0] === '#' && row[side - 1] === '#',
  );
  const border = isClosed ? 1 : 0;
  if (side - 2 * border > MAXIMUM_SIZE)
    throw refused(
      at(0, 0),
      'impossible grid size',
      `at most ${MAXIMUM_SIZE} lines with a gap in the border`,
      `${side}`,
    );
  return readGrid(
    rows.slice(border, side - border).map((row) => row.slice(border, side - border)),
    (y, x) => at(y + border, x + border),
    at(0, 0),
  );
}

function readGrid(rows: readonly string[], place: (y: number, x: number) => string, origin: string): Picture {
  const size = rows.length;
  const walls = new Uint8Array(size * size);
  const ends = new Map<string, Cell>();
  const drawn = new Set<number>();
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < size; x++) {
      const letter = row[x];
      if (letter === '#') walls[y * size + x] = 1;
      if (letter === 'X') drawn.add(y * size + x);
      if (letter !== 'S' && letter !== 'E') continue;
      if (ends.has(letter)) throw refused(place(y, x), `a second ${letter}`, `one ${letter}`, 'two');
      ends.set(letter, { x, y });
    }
  }
  const start = ends.get('S'),
    goal = ends.get('E');
  if (!start || !goal)
    throw refused(
      origin,
      `no ${start ? 'E' : 'S'} in the picture`,
      'one S and one E',
      start ? 'S alone' : goal ? 'E alone' : 'neither',
    );
  const problem = { size, walls, start, goal };
  if (drawn.size === 0) return { problem, plan: [] };
  const plan = pathAlong(drawn, problem);
  if (plan?.length !== drawn.size + 2)
    throw refused(
      place(start.y, start.x),
      'the letters X are no path from S to E',
      'one path without side branches, or no X',
      `${drawn.size} X`,
    );
  return { problem, plan };
}

/** A shortest path from start to goal over these cells (row-major indexes); null when there is none. */
function pathAlong(cells: ReadonlySet<number>, { size, start, goal }: ForeignProblem): Cell[] | null {
  const indexOf = ({ x, y }: Cell): number => y * size + x;
  const parents = new Map<number, number>([[indexOf(start), -1]]);
  const end = indexOf(goal);
  for (const at of parents.keys()) {
    if (at === end) break;
    const x = at % size;
    const next = [at - size, x < size - 1 ? at + 1 : -1, at + size, x > 0 ? at - 1 : -1];
    for (const cell of next) if ((cell === end || cells.has(cell)) && !parents.has(cell)) parents.set(cell, at);
  }
  if (!parents.has(end)) return null;
  const path: Cell[] = [];
  for (let at = end; at >= 0; at = parents.get(at) ?? -1) path.unshift({ x: at % size, y: Math.floor(at / size) });
  return path;
}

function refused(where: string, what: string, expected: string, got: string): TracelabError {
  const hint = '# is wall, a blank floor, S start, E goal, X plan; a blank line ends a picture';
  return new TracelabError({ code: 'ASCII_MAZE', kind: 'refused_input', where, what, expected, got, hint });
}
