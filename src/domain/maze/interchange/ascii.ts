// Mazes as pictures in the letters of maze-dataset's `as_ascii`: # wall, blank floor, S start, E end, X the cells of
// the plan between them. A picture has a border of walls, so an n x n grid is a square of n + 2 lines; n is odd for the
// lattices of maze-dataset, here it need not be.
import { TracelabError } from '../../../base/errors.ts';
import { MAXIMUM_SIZE } from '../grammar.ts';
import type { Cell, GeneratorName, Problem } from '../types.ts';

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

/** A problem and where its picture begins. */
export interface DrawnMaze {
  readonly problem: Problem;
  /** `file:line`. */
  readonly where: string;
}

/**
 * Reads pictures that empty lines separate. The cells of a plan are floor.
 * @param generator label of the problems
 * @param file named by errors
 * @throws TracelabError ASCII_MAZE with `file:line:column`: no square with a border of #, another letter, not one S and
 * one E
 */
export function readMazes(text: string, generator: GeneratorName, file: string): DrawnMaze[] {
  const mazes: DrawnMaze[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (end < lines.length && lines[end] !== '') end++;
    if (end > at)
      mazes.push({
        problem: readMaze(lines.slice(at, end), generator, (line, column) => `${file}:${at + line + 1}:${column + 1}`),
        where: `${file}:${at + 1}`,
      });
    at = end + 1;
  }
  return mazes;
}

/** @param place of a line and a column of the picture, from 0 */
function readMaze(
  lines: readonly string[],
  generator: GeneratorName,
  place: (line: number, column: number) => string,
): Problem {
  const side = lines.length;
  const size = side - 2;
  if (size < 1 || size > MAXIMUM_SIZE)
    throw refused(place(0, 0), 'impossible grid size', `3..${MAXIMUM_SIZE + 2} lines`, `${side}`);
  const walls = new Uint8Array(size * size);
  const ends = new Map<string, Cell>();
  for (const [line, row] of lines.entries()) {
    if (row.length !== side)
      throw refused(
        place(line, Math.min(row.length, side)),
        'not a square',
        `${side} letters, as many as lines`,
        `${row.length}`,
      );
    for (let column = 0; column < side; column++) {
      const letter = row[column];
      const x = column - 1,
        y = line - 1;
      const isBorder = x < 0 || y < 0 || x >= size || y >= size;
      if (!(isBorder ? '#' : '# SEX').includes(letter))
        throw refused(
          place(line, column),
          isBorder ? 'no wall around the maze' : 'unknown letter',
          isBorder ? '#' : '#, a blank, S, E or X',
          JSON.stringify(letter),
        );
      if (isBorder) continue;
      if (letter === '#') walls[y * size + x] = 1;
      if (letter !== 'S' && letter !== 'E') continue;
      if (ends.has(letter)) throw refused(place(line, column), `a second ${letter}`, `one ${letter}`, 'two');
      ends.set(letter, { x, y });
    }
  }
  const start = ends.get('S'),
    goal = ends.get('E');
  if (!start || !goal)
    throw refused(
      place(0, 0),
      `no ${start ? 'E' : 'S'} in the picture`,
      'one S and one E',
      start ? 'S alone' : goal ? 'E alone' : 'neither',
    );
  return { generator, size, walls, start, goal };
}

function refused(where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({ code: 'ASCII_MAZE', kind: 'refused_input', where, what, expected, got });
}
