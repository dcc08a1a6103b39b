// Reads tables back out of what was rendered: HTML, Markdown and terminal text. Every reader gives the rows of a table
// without its headings, each with the text of all its cells. Only titles and ids are asked of the table; the terminal's
// words are also distinguished by the words that the table has.
import { captionOf } from '../../src/tables/table.ts';
import type { Cell, Table } from '../../src/tables/table.ts';

/** The texts of the cells of one row, with runs of blanks made one. */
export type RenderedRow = readonly string[];

const oneBlank = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Text of markup. */
export function textOfMarkup(markup: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  const text = markup.replace(/<[^>]*>/g, ' ').replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => names[name]);
  return oneBlank(text);
}

/** @param document a whole report */
export function htmlRows(document: string, table: Table): RenderedRow[] {
  const markup = elementOf(document, `<table id="table-${table.id}"`, '</table>');
  const caption = textOfMarkup(elementOf(markup, '<caption>', '</caption>'));
  if (plain(caption) !== plain(`${table.title}.${captionOf(table)}`)) throw new Error(`another caption: ${caption}`);
  return [...markup.matchAll(/<tr[^>]*>([^]*?)<\/tr>/g)]
    .map(([, row]) => row)
    .filter((row) => row.includes('<th scope="row"'))
    .map((row) => [...row.matchAll(/<t[hd][^>]*>([^]*?)<\/t[hd]>/g)].map(([, cell]) => textOfMarkup(cell)));
}

function elementOf(document: string, start: string, end: string): string {
  const parts = document.split(start);
  if (parts.length !== 2) throw new Error(`${parts.length - 1} times ${start}`);
  return parts[1].slice(0, parts[1].indexOf(end));
}

/** @param document a whole Markdown report */
export function markdownRows(document: string, table: Table): RenderedRow[] {
  const blocks = `\n${document}`.split('\n### ').map((block) => block.split('\n\n'));
  const found = blocks.filter(([title]) => textOfMarkdown(title) === oneBlank(table.title));
  if (found.length !== 1) throw new Error(`${found.length} times ${table.title}`);
  const [, caption, grid] = found[0];
  if (plain(caption) !== plain(captionOf(table))) throw new Error(`another caption: ${caption}`);
  const [, , ...lines] = grid.trim().split('\n');
  const rows = lines.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(textOfMarkdown),
  );
  // A heading is alone in its row.
  return rows.filter((row) => row.length === 1 || row.slice(1).some((cell) => cell !== ''));
}

function textOfMarkdown(text: string): string {
  return oneBlank(
    text
      .replace(/<br>/g, ' ')
      .replace(/(?<!\\)[*`]/g, '')
      .replace(/\\([\\`*_|[\]<>])/g, '$1'),
  );
}

/** Letters, digits and signs of numbers: what escaping, marks of emphasis and line breaks leave. */
export function plain(text: string): string {
  return text.replace(/[\s\\`*]/g, '');
}

/** The cells of a terminal; values have no percent sign, and a detail is a second text. */
export interface TerminalRow {
  readonly cells: readonly string[];
  /** By column; empty where the cell shows none. */
  readonly details: readonly string[];
  /** What the heads of the columns give as n; empty without one. */
  readonly sizes: readonly string[];
}

const DETAIL = /^(?:p |[\d,]+\/|[\d,]+(?:, [\d,]+)+ of )/;

export function terminalRows(text: string, table: Table): TerminalRow[] {
  const [title, ...blocks] = text.trimEnd().split('\n\n');
  if (!plain(title).startsWith(plain(`${table.title}. ${captionOf(table)}`)))
    throw new Error(`another title: ${title}`);
  const rows = table.groups.flatMap((group) => group.rows);
  const cells = rows.map((): string[] => []);
  const details = rows.map((): string[] => []);
  const sizes: string[] = [];
  for (const block of blocks) {
    const lines = withoutHeadings(block.split('\n'), table);
    for (const [i, span] of spansOf(lines).entries()) {
      if (i === 0 && sizes.length > 0) continue;
      const column = sizes.length;
      const pieces = lines.map((line) => line.slice(...span).trim()).filter((piece) => piece !== '');
      const take = (words: string): string => takeWords(pieces, words);
      take(table.columns[column].label);
      sizes.push(/^n [\d,]+$/.test(pieces[0]) ? (pieces.shift() ?? '').slice(2) : '');
      for (const [at, row] of rows.entries()) {
        const cell = row[column];
        const isText = cell?.kind === 'text';
        cells[at].push(isText ? take(wordsOf(cell)) : (pieces.shift() ?? ''));
        details[at].push(!isText && DETAIL.test(pieces.at(0) ?? '') ? (pieces.shift() ?? '') : '');
      }
      if (pieces.length > 0) throw new Error(`more in column ${column} of ${table.id}: ${pieces.join(' / ')}`);
    }
  }
  return rows.map((_, at) => ({ cells: cells[at], details: details[at], sizes }));
}

/** As a terminal has them. */
const wordsOf = ({ text, mark = '' }: Extract<Cell, { kind: 'text' }>): string =>
  (text + mark).replaceAll('\u2212', '-').replaceAll('\u00a0', ' ');

/** Takes the pieces that the words were broken into. */
function takeWords(pieces: string[], words: string): string {
  const taken: string[] = [];
  while (plain(taken.join('')) !== plain(words)) {
    const piece = pieces.shift();
    if (piece === undefined) throw new Error(`not to be seen: ${words}; instead ${taken.join(' ')}`);
    taken.push(piece);
  }
  return taken.join(' ');
}

/** Headings of groups take the whole line, or several. */
function withoutHeadings(lines: readonly string[], { groups }: Table): string[] {
  const headings = groups.filter(({ rows, heading }) => rows.length > 0 && heading !== '');
  const left = [...lines];
  for (const { heading } of headings) {
    const words = plain(heading);
    const range = left.flatMap((_, from) =>
      [1, 2, 3, 4]
        .filter((length) => plain(left.slice(from, from + length).join('')) === words)
        .map((length) => [from, length]),
    );
    if (range.length === 0) throw new Error(`no heading ${heading}`);
    left.splice(range[0][0], range[0][1]);
  }
  return left;
}

/** Columns are two blanks apart, and some line fills each of them. */
function spansOf(lines: readonly string[]): [from: number, to: number][] {
  const width = Math.max(...lines.map((line) => line.length));
  const isBlank = Array.from({ length: width }, (_, at) => lines.every((line) => (line[at] ?? ' ') === ' '));
  const spans: [number, number][] = [];
  for (let from = 0; from < width;) {
    let to = from;
    while (to < width && !(isBlank[to] && (isBlank[to + 1] ?? true))) to += 1;
    spans.push([from, to]);
    from = to;
    while (from < width && isBlank[from]) from += 1;
  }
  return spans;
}
