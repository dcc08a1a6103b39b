// A table for a terminal, as wide as the terminal at most; columns that do not fit are below the others. Nothing is cut
// inside a word, except the long word of a heading.
import stringWidth from 'string-width';
import { cellWords, inOneLine } from '../tables/cell-words.ts';
import { captionOf } from '../tables/table.ts';
import type { Cell, Table } from '../tables/table.ts';
import { integer } from '../tables/format.ts';
import { oneLine, wrap } from './terminal-text.ts';

export interface TerminalOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Colours a verdict; it keeps its length. */
  readonly paint?: Paint;
  /** Also notes of rows, the count of every proportion and p of correlations. */
  readonly verbose?: boolean;
}

export type Paint = (verdict: string, text: string) => string;

/** A cell, or the heading of a row or column, as lines; `verdict` colours them. */
interface Block {
  readonly lines: readonly string[];
  readonly left: boolean;
  readonly verdict?: string;
}

/** Columns side by side, as blocks with their widths; rows are cells, or the heading of a group. */
interface Layout {
  readonly widths: readonly number[];
  readonly heads: readonly Block[];
  readonly rows: readonly (string | readonly Block[])[];
}

const GAP = '  ';
/** Widest column of words where not all columns fit, in a narrow terminal and in a wide one. */
const MOST_WORDS = { narrow: 22, wide: 34 };
const WIDE = 100;
/** About as many lines has a heading. */
const MOST_LINES = 3;

/** A table as text, fitted to `width` columns: a wide table is split into several blocks. */
export function terminalTable(
  table: Table,
  { width, paint = (_, text) => text, verbose = false }: TerminalOptions,
): string {
  const least = width < WIDE ? MOST_WORDS.narrow : MOST_WORDS.wide;
  const blocks = columnBlocks(table, layoutOf(table, least, verbose).widths, width).flatMap((columns, i) => {
    const part = {
      ...table,
      columns: columns.map((column) => table.columns[column]),
      groups: groupsOf(table, columns),
    };
    const { widths, heads, rows } = widest(part, least, width, verbose);
    const lineUp = (row: readonly Block[]): string[] => aligned(row, widths, paint);
    return [
      ...(i === 0 ? [] : ['']),
      ...lineUp(heads.map((head) => ({ ...head, lines: bottom(head.lines, heads) }))),
      ...rows.flatMap((row) => (typeof row === 'string' ? wrap(row, width) : lineUp(row))),
    ];
  });
  const title = wrap(`${oneLine(table.title)}. ${oneLine(captionOf(table).replaceAll('`', ''))}`, width);
  return [...title, '', ...blocks.map((line) => line.trimEnd()), ''].join('\n');
}

function groupsOf({ groups }: Table, columns: readonly number[]): Table['groups'] {
  return groups.map((group) => ({ ...group, rows: group.rows.map((row) => columns.map((column) => row[column])) }));
}

/** Columns of words share the room that the others leave. */
function widest(table: Table, least: number, width: number, verbose: boolean): Layout {
  let [low, high] = [least, Math.max(least, width)];
  while (low < high) {
    const most = Math.ceil((low + high) / 2);
    if (totalOf(layoutOf(table, most, verbose).widths) <= width) low = most;
    else high = most - 1;
  }
  return layoutOf(table, low, verbose);
}

/** @param most columns of a column of words */
function layoutOf(table: Table, most: number, verbose: boolean): Layout {
  const sizes = table.columns.map((_, i) => sizeOf(table, i));
  const isLeft = table.columns.map(
    ({ words }, i) =>
      i === 0 || words === true || table.groups.every(({ rows }) => rows.every((row) => row[i]?.kind === 'text')),
  );
  const rows = table.groups.flatMap(({ heading, rows: some }) =>
    some.length === 0
      ? []
      : [
          ...(heading === '' ? [] : [oneLine(heading)]),
          ...some.map((row) => row.map((cell, i) => blockOf(cell, isLeft[i], sizes[i], verbose, most))),
        ],
  );
  const cells = rows.filter((row) => typeof row !== 'string');
  const heads = table.columns.map(({ label }, i): Block => {
    const words = breakLongWords(oneLine(label), most);
    const room = Math.max(...cells.map((row) => widthOf(row[i])), longestWord(words), stringWidth(words) / MOST_LINES);
    const lines = [
      ...(words === '' ? [] : wrap(words, room).map(ascii)),
      ...(sizes[i] === undefined ? [] : [`n ${integer(sizes[i])}`]),
    ];
    return { lines, left: isLeft[i] };
  });
  const widths = heads.map((head, i) => Math.max(widthOf(head), ...cells.map((row) => widthOf(row[i]))));
  return { widths, heads, rows };
}

/** The denominator that a column has in common, if its first proportion is of one for all seeds. */
function sizeOf({ groups }: Table, column: number): number | undefined {
  const first = groups
    .flatMap(({ rows }) => rows.map((row) => row[column]))
    .find((cell) => cell?.kind === 'proportion');
  if (first?.kind !== 'proportion') return undefined;
  const sizes = new Set(first.seeds.map(({ n }) => n));
  return sizes.size === 1 ? [...sizes][0] : undefined;
}

function blockOf(cell: Cell | null, left: boolean, size: number | undefined, verbose: boolean, most: number): Block {
  const words = cellWords(cell);
  if (cell?.kind === 'text') {
    const text = words.value + (verbose && words.detail !== '' ? `: ${words.detail}` : '');
    return {
      lines: wrap(oneLine(text), most).map(ascii),
      left,
      ...(cell.verdict !== undefined && { verdict: cell.verdict }),
    };
  }
  // Percent is said by the caption; denominators that differ from the column's are on a line of their own. The interval
  // of a correlation shows what its p tests.
  const isShare = cell?.kind === 'proportion' || (cell?.kind === 'estimate' && cell.unit === 'share');
  const value = isShare ? words.value.replace(' %', '') : words.value;
  const known =
    !verbose &&
    (cell?.kind === 'correlation' || (cell?.kind === 'proportion' && cell.seeds.every(({ n }) => n === size)));
  const lines = [ascii(inOneLine({ ...words, value })), ...(known || words.detail === '' ? [] : [ascii(words.detail)])];
  return { lines, left };
}

/** Numbers that other programs read, too. */
function ascii(text: string): string {
  return text
    .replaceAll('\u2212', '-')
    .replaceAll('\u00a0', ' ')
    .replace(/^\u2013/, '-');
}

function widthOf({ lines }: Block): number {
  return Math.max(0, ...lines.map((line) => stringWidth(line)));
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
}

function longestWord(text: string): number {
  return Math.max(0, ...text.split(' ').map((word) => stringWidth(word)));
}

/** A heading may be the path of a file. */
function breakLongWords(text: string, most: number): string {
  return text.replace(/[^ ]+/g, (word) => {
    const characters = Array.from(word);
    const parts = Math.ceil(characters.length / most);
    return Array.from({ length: parts }, (_, i) => characters.slice(i * most, (i + 1) * most).join('')).join(' ');
  });
}

/** Headings end on one line. */
function bottom(lines: readonly string[], heads: readonly Block[]): string[] {
  const most = Math.max(...heads.map((head) => head.lines.length));
  return [...Array.from({ length: most - lines.length }, () => ''), ...lines];
}

/**
 * Columns side by side within a width, the first one with all of them. Where not all fit, columns of words come last:
 * there they have room.
 */
function columnBlocks({ columns }: Table, widths: readonly number[], width: number): number[][] {
  const others = columns.map((_, column) => column).slice(1);
  const isLast = (column: number): boolean => columns[column].words === true;
  const ordered =
    totalOf(widths) <= width
      ? others
      : [...others.filter((column) => !isLast(column)), ...others.filter((column) => isLast(column))];
  const blocks: number[][] = [];
  let used = Infinity;
  for (const column of ordered) {
    const size = widths[column];
    if (used + GAP.length + size > width) {
      blocks.push([0]);
      used = widths[0];
    }
    blocks[blocks.length - 1].push(column);
    used += GAP.length + size;
  }
  return blocks.length === 0 ? [[0]] : blocks;
}

function aligned(row: readonly Block[], widths: readonly number[], paint: Paint): string[] {
  const height = Math.max(0, ...row.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    row
      .map(({ lines, left, verdict }, column) => {
        const text = lines[line] ?? '';
        const blanks = ' '.repeat(Math.max(0, widths[column] - stringWidth(text)));
        const painted = verdict === undefined ? text : paint(verdict, text);
        return left ? painted + blanks : blanks + painted;
      })
      .join(GAP),
  );
}
