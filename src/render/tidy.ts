// Tidy rows as CSV (RFC 4180) and as Parquet.
import { writeParquet } from '../data/parquet.ts';
import type { ParquetColumn } from '../data/parquet.ts';

/** A column of tidy rows; their order is the order in a file. */
export interface TidyColumn<Row> {
  readonly name: keyof Row & string;
  readonly type: ParquetColumn<Row>['type'];
  /** For docs/tables.md. */
  readonly meaning: string;
}

type Value = string | number | boolean | null | undefined;

/** Lines end with CRLF, as the RFC has it; null is an empty field. */
export function csvText<Row>(columns: readonly TidyColumn<Row>[], rows: Iterable<Row>): string {
  const lines: Value[][] = [columns.map(({ name }) => name)];
  for (const row of rows) lines.push(columns.map(({ name }) => row[name] as Value));
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('');
}

/** @throws TracelabError FILE_WRITE */
export async function writeTidyParquet<Row>(
  path: string,
  columns: readonly TidyColumn<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
): Promise<void> {
  await writeParquet(
    path,
    columns.map(({ name, type }) => ({
      name,
      type,
      value: (row: Row) => (row[name] as Value) ?? undefined,
    })),
    rows,
  );
}

function field(value: Value): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
