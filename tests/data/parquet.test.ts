// Tables in Parquet, out and in again; and files that are none.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteFile } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTexts, type ParquetColumn, ParquetTable, writeParquet } from '../../src/data/parquet.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracelab-parquet-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Row {
  readonly name: string;
  readonly count?: number;
  readonly isOdd: boolean;
}

const COLUMNS: readonly ParquetColumn<Row>[] = [
  { name: 'name', type: 'text', value: ({ name }) => name },
  { name: 'count', type: 'integer', value: ({ count }) => count },
  { name: 'is_odd', type: 'boolean', value: ({ isOdd }) => isOdd },
];
const ROWS: readonly Row[] = Array.from({ length: 4_500 }, (_, i) => ({
  name: `n\u00e4me ${i}\n`,
  ...(i % 3 > 0 && { count: i }),
  isOdd: i % 2 === 1,
}));

it('gives back what was written, a row group at a time', async () => {
  const path = join(folder, 'rows.parquet');
  await writeParquet(path, COLUMNS, ROWS);
  const table = await ParquetTable.open(path);
  expect(table.groups).toEqual([
    { from: 0, to: 2000 },
    { from: 2000, to: 4000 },
    { from: 4000, to: 4500 },
  ]);
  const read = [];
  for (const { from, to } of table.groups)
    read.push(...(await table.rows(from, to, ['name', 'count', 'is_odd', 'no such column'])));
  expect(read.map(({ name, count, is_odd }) => ({ name, ...(count !== null && { count }), isOdd: is_odd }))).toEqual(
    ROWS,
  );
  expect(await table.rows(4_000, 4_001, ['count'])).toEqual([{ count: 4_000 }]);
});

it('writes equal bytes for equal rows, and leaves nothing else behind', async () => {
  const path = join(folder, 'again', 'rows.parquet');
  await writeParquet(path, COLUMNS, ROWS);
  expect((await readFile(path)).equals(await readFile(join(folder, 'rows.parquet')))).toBe(true);
  expect(await readdir(join(folder, 'again'))).toEqual(['rows.parquet']);
});

it('reads 64-bit integers as numbers, and tables that are compressed with gzip', async () => {
  const path = join(folder, 'foreign.parquet');
  parquetWriteFile({
    filename: path,
    codec: 'GZIP',
    compressors: { GZIP: (bytes) => new Uint8Array(gzipSync(bytes)) },
    columnData: [
      { name: 'size', data: [6n, 7n], type: 'INT64' },
      { name: 'text', data: ['a'.repeat(2000), 'b'], type: 'STRING' },
    ],
  });
  expect(await (await ParquetTable.open(path)).rows(0, 2, ['size', 'text'])).toEqual([
    { size: 6, text: 'a'.repeat(2000) },
    { size: 7, text: 'b' },
  ]);
});

it('explains what is no Parquet file, and one that was cut', async () => {
  const text = join(folder, 'text.parquet');
  await writeFile(text, 'PAR1 only at the beginning');
  await expect(ParquetTable.open(text)).rejects.toMatchObject({ code: 'PARQUET_READ', exitCode: 2 });
  const bytes = await readFile(join(folder, 'rows.parquet'));
  await writeFile(text, bytes.subarray(0, bytes.length / 2));
  await expect(ParquetTable.open(text)).rejects.toThrow(
    /^error\[PARQUET_READ\] .*text\.parquet: cannot be read as Parquet; expected a whole Parquet file, got /,
  );
  const damaged = Buffer.from(bytes);
  damaged.fill(0xff, 4, 2_000);
  await writeFile(text, damaged);
  const table = await ParquetTable.open(text);
  await expect(table.rows(0, 2000, ['name'])).rejects.toMatchObject({ code: 'PARQUET_READ' });
});

it('a table without texts is refused with its columns, one with another compression by its name', async () => {
  const path = join(folder, 'columns.parquet');
  await writeParquet(path, COLUMNS, ROWS.slice(0, 2));
  await expect(openTexts(path, ['prompt', 'text'])).rejects.toThrow(
    `error[PARQUET_COLUMNS] ${path}: the table has no texts; expected columns \`prompt\` and \`completion\`, or \`text\`, got name, count, is_odd (hint: rename its columns)`,
  );
  parquetWriteFile({
    filename: path,
    codec: 'LZO',
    // What is in it plays no part.
    compressors: { LZO: (bytes) => bytes },
    columnData: [{ name: 'text', data: ['a'], type: 'STRING' }],
  });
  await expect((await openTexts(path, ['text'])).rows(0, 1, ['text'])).rejects.toThrow(
    /^error\[PARQUET_READ\] .*: its compression cannot be unpacked here; expected one of UNCOMPRESSED, SNAPPY, GZIP, BROTLI(?:, ZSTD)?, LZ4, LZ4_RAW, got LZO \(hint: write the table again with Snappy or Zstandard\)$/,
  );
});
