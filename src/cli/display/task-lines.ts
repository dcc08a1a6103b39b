// One line for each running task, in columns that fit the terminal: whole columns go first, then clauses of the words,
// ids are shortened last.
import stringWidth from 'string-width';
import { duration, integer } from '../../tables/format.ts';
import { counted, printable } from '../../render/terminal-text.ts';
import type { Style } from './style.ts';
import { secondsLeft, type TaskState } from './task-states.ts';

/** Columns of one task as text, but the bar, whose width depends on the others. */
export interface TaskWords {
  readonly id: string;
  readonly share: number;
  readonly percent: string;
  readonly words: string;
  readonly speed: string;
  readonly eta: string;
  readonly threads: string;
}

type Column = Exclude<keyof TaskWords, 'share'> | 'bar';

/** What is shown, from the widest to the narrowest terminal. */
const LAYOUTS: readonly (readonly Column[])[] = [
  ['id', 'bar', 'percent', 'words', 'speed', 'eta', 'threads'],
  ['id', 'bar', 'percent', 'words', 'speed', 'eta'],
  ['id', 'bar', 'percent', 'words', 'eta'],
  ['id', 'percent', 'words', 'eta'],
];
const NARROW: readonly (readonly Column[])[] = [
  ['id', 'percent', 'eta'],
  ['id', 'percent'],
];
const GAP = 2;
const LEAST_BAR = 8;
const MOST_BAR = 24;
/** An id that is shorter than this is not recognised. */
const LEAST_ID = 16;

/**
 * @param width columns of the terminal
 * @param now seconds
 */
export function taskLines(tasks: readonly TaskState[], width: number, now: number, style: Style): string[] {
  const rows = tasks.map((task) => taskWords(task, now));
  const write = (columns: readonly Column[], shown: readonly TaskWords[], spare: number): string[] => {
    const widths = widthsOf(columns, shown);
    const bar = Math.min(MOST_BAR, LEAST_BAR + spare);
    return shown.map((row) =>
      columns
        .filter((column) => column === 'bar' || widths[column] > 0)
        .map((column) => {
          if (column === 'bar') return barOf(row.share, bar, style);
          const blanks = ' '.repeat(widths[column] - stringWidth(row[column]));
          return column === 'percent' || column === 'speed' ? blanks + row[column] : row[column] + blanks;
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  };
  for (const columns of LAYOUTS) {
    const spare = width - widthOf(columns, rows);
    if (spare >= 0) return write(columns, rows, spare);
  }
  const columns = LAYOUTS[LAYOUTS.length - 1];
  const clauses = Math.max(1, ...rows.map(({ words }) => words.split(', ').length));
  for (let kept = clauses - 1; kept >= 1; kept--) {
    const briefer = rows.map((row) => ({ ...row, words: row.words.split(', ').slice(0, kept).join(', ') }));
    if (widthOf(columns, briefer) <= width) return write(columns, briefer, 0);
  }
  const first = rows.map((row) => ({ ...row, words: row.words.split(', ')[0] }));
  for (const narrow of [columns, ...NARROW]) {
    const longest = Math.max(...first.map(({ id }) => id.length));
    const room = longest - (widthOf(narrow, first) - width);
    if (room >= Math.min(longest, LEAST_ID) || narrow === NARROW[NARROW.length - 1])
      return write(
        narrow,
        first.map((row) => ({ ...row, id: shorten(row.id, Math.max(room, 4), style) })),
        0,
      );
  }
  return [];
}

/** @param now seconds */
export function taskWords(task: TaskState, now: number): TaskWords {
  const { id, progress, threads } = task;
  const share = Math.min(1, Math.max(0, progress?.share || 0));
  const speed = progress?.tokens_per_second ?? null;
  const left = secondsLeft(task, now);
  return {
    id: printable(id),
    share,
    percent: progress ? `${Math.floor(100 * share)} %` : '',
    words: printable(progress?.words ?? 'starts')
      .replaceAll(/\s+/g, ' ')
      .trim(),
    speed: speed === null || !Number.isFinite(speed) ? '' : `${integer(speed)} tokens/s`,
    eta: left === null ? '' : `ETA ${duration(left)}`,
    threads: counted(threads, 'thread'),
  };
}

function widthsOf(columns: readonly Column[], rows: readonly TaskWords[]): Record<Column, number> {
  const widths = { id: 0, bar: 0, percent: 0, words: 0, speed: 0, eta: 0, threads: 0 };
  for (const column of columns)
    widths[column] = column === 'bar' ? LEAST_BAR : Math.max(...rows.map((row) => stringWidth(row[column])));
  // Numbers that grow do not move the columns after them.
  if (widths.percent > 0) widths.percent = '100 %'.length;
  return widths;
}

/** With the shortest bar. */
function widthOf(columns: readonly Column[], rows: readonly TaskWords[]): number {
  const widths = Object.values(widthsOf(columns, rows)).filter((width) => width > 0);
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}

function barOf(share: number, width: number, { full, empty }: Style): string {
  const done = Math.floor(share * width);
  return full.repeat(done) + empty.repeat(width - done);
}

/** The beginning and the end of an id say the most: its kind and its seed. */
export function shorten(id: string, width: number, { ellipsis }: Pick<Style, 'ellipsis'>): string {
  if (id.length <= width) return id;
  const kept = Math.max(2, width - ellipsis.length);
  const end = Math.floor(kept / 2);
  return id.slice(0, kept - end) + ellipsis + id.slice(id.length - end);
}
