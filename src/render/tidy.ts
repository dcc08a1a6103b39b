// Rows of numbers as CSV (RFC 4180), JSON lines and Parquet. Rows are written as they come: a file may be larger than
// memory.
import { writeTexts } from '../base/files.ts';
import { writeParquet } from '../data/parquet.ts';
import type { TidyColumn } from '../tables/tidy.ts';

type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;
type Value = string | number | boolean | null;

/** Head, then rows. Lines end with CRLF, as the RFC has it; null is an empty field. */
export async function* csvLines<Row>(columns: readonly TidyColumn<Row>[], rows: Rows<Row>): AsyncGenerator<string> {
  yield csvLine(columns.map(({ name }) => name));
  for await (const row of rows) yield csvLine(columns.map(({ name }) => row[name] as Value));
}

/** An object a row, with all columns in their order. */
export async function* jsonLines<Row>(columns: readonly TidyColumn<Row>[], rows: Rows<Row>): AsyncGenerator<string> {
  for await (const row of rows)
    yield `${JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, row[name]])))}\n`;
}

/** @throws TracelabError FILE_WRITE */
export async function writeTidyCsv<Row>(
  path: string,
  columns: readonly TidyColumn<Row>[],
  rows: Rows<Row>,
): Promise<void> {
  await writeTexts(path, csvLines(columns, rows));
}

/**
 * Integers have 64 bits: a seed may need 33.
 * @throws TracelabError FILE_WRITE
 */
export async function writeTidyParquet<Row>(
  path: string,
  columns: readonly TidyColumn<Row>[],
  rows: Rows<Row>,
): Promise<void> {
  await writeParquet(
    path,
    columns.map(({ name, type }) => ({
      name,
      type: type === 'integer' ? 'long' : type,
      value: (row: Row) => (row[name] as Value) ?? undefined,
    })),
    rows,
  );
}

function csvLine(values: readonly Value[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

function field(value: Value): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
