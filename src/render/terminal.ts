// A table for a terminal: as wide as the terminal at most, with columns that do not fit below the others. Nothing is
// cut inside a word.
import stringWidth from 'string-width';
import { cellWords, inOneLine } from '../tables/cell-words.ts';
import { captionOf } from '../tables/table.ts';
import type { Cell, Table } from '../tables/table.ts';
import { integer } from '../tables/format.ts';
import { printable, wrap } from './terminal-text.ts';

export interface TerminalOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Colours a verdict; it keeps its length. */
  readonly paint?: (verdict: string, text: string) => string;
  /** Notes of rows, too. */
  readonly verbose?: boolean;
}

/** A cell, or the heading of a row or column, as lines; `verdict` colours them. */
interface Block {
  readonly lines: readonly string[];
  readonly left: boolean;
  readonly verdict?: string;
}

const GAP = '  ';
/** Widest column of words, in a narrow terminal and in a wide one. */
const MOST_WORDS = { narrow: 22, wide: 34 };
const WIDE = 100;

export function terminalTable(
  table: Table,
  { width, paint = (_, text) => text, verbose = false }: TerminalOptions,
): string {
  const most = width < WIDE ? MOST_WORDS.narrow : MOST_WORDS.wide;
  const sizes = table.columns.map((_, i) => sizeOf(table, i));
  const rows = table.groups.flatMap(({ heading, rows: some }) =>
    some.length === 0
      ? []
      : [
          ...(heading === '' ? [] : [{ heading: oneLine(heading) }]),
          ...some.map((row) => ({ cells: row.map((cell, i) => blockOf(cell, i, sizes[i], table, verbose, most)) })),
        ],
  );
  const cells = rows.flatMap((row) => ('cells' in row ? [row.cells] : []));
  const heads = table.columns.map(({ label, words }, i): Block => {
    const widest = Math.max(0, ...cells.map((row) => widthOf(row[i])), longestWord(label));
    const lines = [
      ...(label === '' ? [] : wrap(oneLine(label), widest)),
      ...(sizes[i] === undefined ? [] : [`n ${integer(sizes[i])}`]),
    ];
    return { lines, left: i === 0 || words === true };
  });
  const widths = heads.map((head, i) => Math.max(widthOf(head), ...cells.map((row) => widthOf(row[i]))));
  const blocks = columnBlocks(widths, width).flatMap((columns, i) => {
    const lineUp = (row: readonly Block[]): string[] =>
      aligned(
        columns.map((column) => [row[column], widths[column]]),
        paint,
      );
    return [
      ...(i === 0 ? [] : ['']),
      ...lineUp(heads.map((head) => ({ ...head, lines: bottom(head.lines, heads, columns) }))),
      ...rows.flatMap((row) => ('heading' in row ? wrap(row.heading, width) : lineUp(row.cells))),
    ];
  });
  const title = wrap(`${oneLine(table.title)}. ${captionOf(table).replaceAll('`', '')}`, width);
  return printable([...title, '', ...blocks.map((line) => line.trimEnd()), ''].join('\n'));
}

/** Words from data do not begin a line of ours. */
function oneLine(text: string): string {
  return text.replace(/[\n\t]/g, '\ufffd');
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

function blockOf(
  cell: Cell | null,
  column: number,
  size: number | undefined,
  table: Table,
  verbose: boolean,
  most: number,
): Block {
  const words = cellWords(cell);
  const left = column === 0 || table.columns[column].words === true;
  if (cell?.kind === 'text') {
    const text = oneLine(words.value) + (verbose && words.detail !== '' ? `: ${oneLine(words.detail)}` : '');
    return { lines: wrap(text, most), left, ...(cell.verdict !== undefined && { verdict: cell.verdict }) };
  }
  // Percent is said by the caption; denominators that differ from the column's are on a line of their own.
  const value = cell?.kind === 'proportion' ? words.value.replace(' %', '') : words.value;
  const known = cell?.kind === 'proportion' && cell.seeds.every(({ n }) => n === size) && !verbose;
  const lines = [ascii(inOneLine({ ...words, value })), ...(known || words.detail === '' ? [] : [ascii(words.detail)])];
  return { lines, left };
}

/** Numbers that other programs read, too. */
function ascii(text: string): string {
  return text.replaceAll('\u2212', '-').replace(/^\u2013/, '-');
}

function widthOf({ lines }: Block): number {
  return Math.max(0, ...lines.map((line) => stringWidth(line)));
}

function longestWord(text: string): number {
  return Math.max(0, ...text.split(' ').map((word) => stringWidth(word)));
}

/** Headings of columns that are side by side end on one line. */
function bottom(lines: readonly string[], heads: readonly Block[], columns: readonly number[]): string[] {
  const most = Math.max(...columns.map((column) => heads[column].lines.length));
  return [...Array.from({ length: most - lines.length }, () => ''), ...lines];
}

/** Columns side by side within a width, the first one with all of them. */
function columnBlocks(widths: readonly number[], width: number): number[][] {
  const blocks: number[][] = [];
  let used = Infinity;
  for (const [column, size] of widths.entries()) {
    if (column === 0) continue;
    if (used + GAP.length + size > width) {
      blocks.push([0]);
      used = widths[0];
    }
    blocks[blocks.length - 1].push(column);
    used += GAP.length + size;
  }
  return blocks.length === 0 ? [[0]] : blocks;
}

function aligned(
  row: readonly (readonly [Block, number])[],
  paint: (verdict: string, text: string) => string,
): string[] {
  const height = Math.max(0, ...row.map(([{ lines }]) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    row
      .map(([{ lines, left, verdict }, width]) => {
        const text = lines[line] ?? '';
        const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
        const painted = verdict === undefined ? text : paint(verdict, text);
        return left ? painted + blanks : blanks + painted;
      })
      .join(GAP),
  );
}
