// Compares what is shown of a table with the rows of the CSV, cell by cell.
import type { Cell, Table } from '../../src/tables/table.ts';
import { plain } from './rendered-tables.ts';
import type { RenderedRow, TerminalRow } from './rendered-tables.ts';
import { waysToShow } from './shown-numbers.ts';
import type { CsvRow, Shown } from './shown-numbers.ts';

interface NumberedCell {
  readonly cell: Cell | null;
  /** Of the CSV; empty for what is no number of the study. */
  readonly rows: readonly CsvRow[];
}

/**
 * What is wrong with HTML or Markdown, a line each.
 * @param rendered rows of the table, read back
 * @param csv all rows of the CSV
 */
export function documentFaults(rendered: readonly RenderedRow[], table: Table, csv: readonly CsvRow[]): string[] {
  return faultsOf(rendered, table, csv, ({ cell, rows }, text) => {
    const shown = unmarked(text);
    if (rows.length > 0)
      return among(
        shown,
        waysToShow(rows).map(({ value, interval, detail }) => joined(value, interval, detail)),
      );
    if (cell === null) return among(shown, ['–']);
    if (cell.kind === 'text') return among(plain(shown), textsOf(cell));
    return null;
  });
}

/** What is wrong with a table in a terminal, a line each. */
export function terminalFaults(rendered: readonly TerminalRow[], table: Table, csv: readonly CsvRow[]): string[] {
  const texts = rendered.map(({ cells }) => cells);
  return faultsOf(texts, table, csv, ({ cell, rows }, text, at, column) => {
    const shown = unmarked(text);
    if (cell === null) return among(shown, ['-']);
    if (rows.length === 0) return null;
    const detail = rendered[at].details[column];
    // The denominator is in the head of the column where all seeds have it.
    const size = rendered[at].sizes[column].replaceAll(',', '');
    const isCounted = rows[0].k !== '';
    const mayLackDetail = isCounted && rows.every(({ k, n }) => k === '' || n === size);
    const write = (way: Shown): string => {
      const value = isCounted ? way.value.replace(' %', '') : way.value;
      // A table shows the p of a correlation only when it is asked for details.
      const lacksDetail = detail === '' && (mayLackDetail || cell.kind === 'correlation');
      return ascii(`${joined(value, way.interval)} | ${lacksDetail ? '' : way.detail}`);
    };
    return among(`${shown} | ${detail}`, waysToShow(rows).map(write));
  });
}

function faultsOf(
  rendered: readonly RenderedRow[],
  table: Table,
  csv: readonly CsvRow[],
  check: (cell: NumberedCell, text: string, row: number, column: number) => string | null,
): string[] {
  const left = csv.filter((row) => row.table === table.id);
  const faults: string[] = [];
  let at = 0;
  for (const { rows, published } of table.groups)
    for (const cells of rows) {
      const shown = rendered.at(at) ?? [];
      if (shown.length !== table.columns.length) faults.push(`row ${at}: ${shown.length} cells are shown`);
      for (const [column, cell] of cells.entries()) {
        const count = published ? 0 : rowsOf(cell);
        const own = left.splice(0, count);
        const fault =
          own.length < count ? 'the CSV ends before' : check({ cell, rows: own }, shown.at(column) ?? '', at, column);
        if (fault !== null) faults.push(`row ${at}, column ${column}: ${fault}`);
      }
      at += 1;
    }
  if (rendered.length !== at) faults.push(`${rendered.length} rows are shown of ${at}`);
  if (left.length > 0) faults.push(`${left.length} rows of the CSV are not shown`);
  return faults;
}

/** How many rows of the CSV a cell has: one a seed, and their mean. */
function rowsOf(cell: Cell | null): number {
  if (cell === null || cell.kind === 'text') return 0;
  if (cell.kind !== 'proportion') return 1;
  return cell.seeds.length > 1 ? cell.seeds.length + 1 : cell.seeds.length;
}

const textsOf = ({ text, note = '' }: Extract<Cell, { kind: 'text' }>): string[] =>
  [text, text + note].map((each) => plain(unmarked(each)));
const among = (shown: string, ways: readonly string[]): string | null =>
  ways.includes(shown) ? null : `${shown} is shown, not ${[...new Set(ways)].join(' or ')}`;
const joined = (...parts: string[]): string => parts.filter((part) => part !== '').join(' ');
const unmarked = (text: string): string => text.replaceAll('†', '').replace(/ +/g, ' ').trim();
/** What a terminal has in the place of typographic signs. */
const ascii = (text: string): string => text.replaceAll('−', '-').replace(/^–/, '-');
