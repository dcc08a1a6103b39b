// A maze in the terminal: a cell is two columns where they fit, else one; a grid that is wider still shows the columns
// around its mark.
import type { styleText } from 'node:util';
import type { Cell, Problem } from '../domain/maze/types.ts';

export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

/** What is drawn over walls and floor; cell indices, row-major. */
export interface MazeScene {
  readonly problem: Problem;
  readonly open: ReadonlySet<number>;
  readonly closed: ReadonlySet<number>;
  /** Cells of the plan; empty while the trace runs. */
  readonly plan: ReadonlySet<number>;
  /** The event's cell, perhaps off the grid; null when there is none. */
  readonly mark: Cell | null;
  readonly broken: boolean;
}

export interface MazeLines {
  readonly lines: readonly string[];
  /** Columns that each line takes; colours take none. */
  readonly width: number;
}

/** Columns of the row numbers. */
const MARGIN = 3;

/** The signs with their words, for a key. */
export const MAZE_KEY =
  'S start, G goal, █ wall, ○ open, ● closed, ◆ the event’s cell, ✗ where a rule is broken, + plan';

/** @param width columns of the terminal */
export function mazeText(scene: MazeScene, width: number, paint: Paint): MazeLines {
  const {
    problem: { size },
    mark,
  } = scene;
  const cellWidth = MARGIN + 2 * size <= width ? 2 : 1;
  const columns = Math.max(1, Math.min(size, Math.floor((width - MARGIN) / cellWidth)));
  const first = Math.max(0, Math.min(size - columns, (mark?.x ?? 0) - Math.floor(columns / 2)));
  const shown = Array.from({ length: columns }, (_, i) => first + i);
  const head = ' '.repeat(MARGIN) + shown.map((x) => String(x % 10).padEnd(cellWidth)).join('');
  const rows = Array.from(
    { length: size },
    (_, y) => `${String(y).padStart(2)} ${shown.map((x) => cellSign(scene, x, y, cellWidth, paint)).join('')}`,
  );
  const notes = columns < size ? [`columns ${first} to ${first + columns - 1} of ${size}`.slice(0, width)] : [];
  const drawn = MARGIN + columns * cellWidth;
  return { lines: [head, ...rows, ...notes.map((note) => note.padEnd(drawn))], width: drawn };
}

function cellSign(
  { problem, open, closed, plan, mark, broken }: MazeScene,
  x: number,
  y: number,
  cellWidth: number,
  paint: Paint,
): string {
  const index = y * problem.size + x;
  const sign = (text: string, format: Parameters<Paint>[0] | null): string =>
    (format === null ? text : paint(format, text)) + ' '.repeat(cellWidth - 1);
  if (mark?.x === x && mark.y === y) return broken ? sign('✗', ['red', 'bold']) : sign('◆', ['yellow', 'bold']);
  if (problem.walls[index] !== 0) return paint('gray', '█'.repeat(cellWidth));
  const format = open.has(index) ? 'cyan' : closed.has(index) ? 'blue' : null;
  if (x === problem.start.x && y === problem.start.y) return sign('S', ['bold', format ?? 'green']);
  if (x === problem.goal.x && y === problem.goal.y) return sign('G', ['bold', format ?? 'green']);
  if (plan.has(index)) return sign('+', 'green');
  return sign(open.has(index) ? '○' : closed.has(index) ? '●' : '·', format ?? 'gray');
}
