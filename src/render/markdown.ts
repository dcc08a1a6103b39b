// A table as Markdown (GitHub's), with its title as a heading and its caption as a paragraph.
import { cellWords } from '../tables/cell-words.ts';
import { captionOf } from '../tables/table.ts';
import type { Cell, Table } from '../tables/table.ts';
import { cleanText } from './markup.ts';

/** Heading of the third level, to be used inside a section of a README. */
export function markdownTable(table: Table): string {
  const { title, columns, groups } = table;
  const head = columns.map(({ label, note }) => markdownWords(label) + (note ? `<br>${markdownWords(note)}` : ''));
  const rows = groups.flatMap(({ heading, rows: some, published }) => [
    ...(heading === '' || some.length === 0
      ? []
      : [[`**${markdownWords(heading)}**`, ...columns.slice(1).map(() => '')]]),
    ...some.map((row) => row.map((cell) => (published ? italic(markdownCell(cell)) : markdownCell(cell)))),
  ]);
  return [`### ${markdownWords(title)}`, inline(captionOf(table)), markdownGrid(head, rows)].join('\n\n');
}

/** A grid of cells that are Markdown already. */
function markdownGrid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text of any origin as a block of code: its fence is longer than any run of backticks in it. */
export function markdownCode(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${cleanText(text)}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}

/** One line of plain text: no markup, no table cell, no link can begin in it. */
export function markdownWords(text: string): string {
  return cleanText(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_|[\]<>]/g, '\\$&');
}

/** Plain words in which `backticks` set code. */
function inline(text: string): string {
  return text
    .split('`')
    .map((part, i) => (i % 2 === 1 ? `\`${cleanText(part)}\`` : part === '' ? '' : keepBlanks(part)))
    .join('');
}

function keepBlanks(part: string): string {
  return `${/^\s/.test(part) ? ' ' : ''}${markdownWords(part.trim())}${/\s$/.test(part) ? ' ' : ''}`;
}

function markdownCell(cell: Cell | null): string {
  const { value, interval, detail } = cellWords(cell);
  if (cell?.kind === 'text') {
    // Only what cannot end a code span or a cell is set as code.
    const words = cell.code && /^[\w.:-]+$/.test(value) ? `\`${value}\`` : markdownWords(value);
    const said = cell.verdict === undefined ? words : `**${words}**`;
    return detail === '' ? said : `${said}<br>${markdownWords(detail)}`;
  }
  const strong = interval === '' ? value : `**${value}**`;
  return [strong, interval, detail].filter((part) => part !== '').join('<br>');
}

function italic(text: string): string {
  return text === '' ? '' : `*${text}*`;
}
