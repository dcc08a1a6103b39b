// A completion step by step for the terminal: maze and open list before each event, the event, what it does, which rule
// it breaks.
import { styleText } from 'node:util';
import type { Verdict } from '../domain/types.ts';
import { parseCompletionLeniently } from '../domain/maze/verdict/parse.ts';
import { replay, REPLAY_LEVELS, type ReplayStep } from '../domain/maze/verdict/replay.ts';
import { EFFECT_WORDS } from '../domain/maze/words.ts';
import { levelWords } from '../report/step-words.ts';
import { verdictRows } from '../report/verdict-words.ts';
import type { ExplainedRow } from './explain-source.ts';
import { MAZE_KEY, mazeText, type Paint } from './maze-text.ts';
import { printable, wrap } from '../render/terminal-text.ts';

/** Steps to show, counted from 1, both ends included; the last step is the end of the trace. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** Whether a step, counted from 1, is in one of the ranges. */
export function isShown(ranges: readonly StepRange[], step: number): boolean {
  return ranges.some(({ from, to }) => step >= from && step <= to);
}

/** The last step of all ranges. */
export function lastShown(ranges: readonly StepRange[]): number {
  return Math.max(...ranges.map(({ to }) => to));
}

export interface ExplainTextOptions {
  readonly ranges: readonly StepRange[];
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
}

/** Columns of the open list next to a maze. */
const LIST_WIDTH = 28;
const GAP = 4;
/** Rows of an open list below a maze; next to a maze the maze sets the height. */
const LEAST_ROWS = 8;
/** A record that is no event may be one word of any length. */
const MAXIMUM_CHARACTERS = 200;

/** Piece by piece, so that a trace of any length can be printed. */
export function* explainText(
  row: ExplainedRow,
  verdict: Verdict,
  { ranges, width, color }: ExplainTextOptions,
): Generator<string, void> {
  const { problem, completion, id, place } = row;
  const { size, start, goal } = problem;
  const paint: Paint = (format, text) => (color ? styleText(format, text, { validateStream: false }) : text);
  const records = verdict.records;
  yield [
    paint('bold', oneLine(id)),
    ...wrap(
      oneLine(
        `${place}; ${size} by ${size} maze from (${start.x}, ${start.y}) to (${goal.x}, ${goal.y}); ${records} events`,
      ),
      width,
    ),
    ...wrap(MAZE_KEY, width),
    '',
    '',
  ].join('\n');
  const closed = new Set<number>();
  for (const step of replay(problem, completion)) {
    if (step.record + 1 > lastShown(ranges)) break;
    if (isShown(ranges, step.record + 1)) yield stepText(row, step, closed, records, width, paint);
    if (step.effect === 'closed' && step.event !== null) closed.add(step.event.y * size + step.event.x);
  }
  const rows = verdictRows(problem, completion, verdict)
    .map(({ name, words, broken }) => levelLines(name, words, broken ? 'broken' : 'valid', width, paint))
    .flat();
  yield [paint('bold', 'Verdict'), ...rows, ''].join('\n');
}

function stepText(
  { problem, completion }: ExplainedRow,
  step: ReplayStep,
  closed: ReadonlySet<number>,
  records: number,
  width: number,
  paint: Paint,
): string {
  const { size } = problem;
  const levels = REPLAY_LEVELS.map((level) => ({
    name: level === 'paper' ? 'lenient' : level,
    ...levelWords(problem, step, level),
  }));
  const isEnd = step.effect === 'end';
  const plan = isEnd ? parseCompletionLeniently(completion).plan : [];
  const scene = {
    problem,
    closed,
    broken: levels.some(({ tone }) => tone === 'broken'),
    mark: step.event,
    open: new Set(step.open.map(({ x, y }) => y * size + x)),
    plan: new Set(plan.filter(({ x, y }) => x < size && y < size).map(({ x, y }) => y * size + x)),
  };
  const maze = mazeText(scene, width, paint);
  const isWide = width >= maze.width + GAP + LIST_WIDTH;
  const list = openListLines(step, isWide ? Math.max(LEAST_ROWS, maze.lines.length - 2) : LEAST_ROWS, paint);
  const picture = isWide ? beside(maze.lines, maze.width, list) : [...maze.lines, ...list];
  const title = isEnd ? 'End of the trace' : `Event ${step.record + 1} of ${records}`;
  const text = oneLine(step.text);
  return [
    isEnd
      ? paint('bold', title)
      : `${paint('bold', title)}  ` +
        `${text.length > width - title.length - 2 ? `${text.slice(0, Math.max(8, width - title.length - 3))}…` : text}`,
    ...picture,
    ...wrap(EFFECT_WORDS[step.effect], width),
    ...levels.flatMap(({ name, tone, words }) => levelLines(name, words, tone, width, paint)),
    '',
    '',
  ].join('\n');
}

/** The least f first, as A* takes them, of equal ones the older first. The event's entry is always among the rows. */
function openListLines({ open, event, effect }: ReplayStep, rows: number, paint: Paint): string[] {
  const isTouched = ({ x, y }: { readonly x: number; readonly y: number }): boolean =>
    effect !== 'end' && event !== null && event.x === x && event.y === y;
  const sorted = [...open].sort((a, b) => a.f - b.f);
  const shown = sorted.filter((entry, i) => i < rows || isTouched(entry));
  const cells = shown.map((entry) => {
    const line =
      `${isTouched(entry) ? '▸' : ' '} ` +
      `${`(${entry.x}, ${entry.y})`.padEnd(9)}${[entry.g, entry.h, entry.f]
        .map((cost) => String(cost).padStart(5))
        .join('')}`;
    return isTouched(entry) ? paint('bold', line) : line;
  });
  const more = sorted.length - shown.length;
  return [
    `Open list: ${open.length} ${open.length === 1 ? 'entry' : 'entries'}`,
    paint('dim', `  ${'(x, y)'.padEnd(9)}${['g', 'h', 'f'].map((name) => name.padStart(5)).join('')}`),
    ...cells,
    ...(more > 0 ? [`  … ${more} more`] : []),
  ];
}

/** @param width columns of every left line */
function beside(left: readonly string[], width: number, right: readonly string[]): string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `${left.at(i) ?? ' '.repeat(width)}${i < right.length ? `${' '.repeat(GAP)}${right[i]}` : ''}`.trimEnd(),
  );
}

function levelLines(
  name: string,
  words: string,
  tone: 'valid' | 'broken' | 'behind',
  width: number,
  paint: Paint,
): string[] {
  const indent = 16;
  const [first, ...rest] = wrap(words, width, indent);
  const head = `${{ valid: '✓', broken: '✗', behind: '·' }[tone]} ${name}`.padEnd(indent);
  const format = ({ valid: 'green', broken: 'red', behind: 'gray' } as const)[tone];
  return [paint(format, head + first.slice(indent)), ...rest.map((line) => paint(format, line))];
}

/** Untrusted text on one line, without anything that moves the cursor. */
function oneLine(text: string): string {
  return printable(text.slice(0, MAXIMUM_CHARACTERS)).replace(/\s+/g, ' ');
}
