// Rows of numbers as CSV, JSON lines and Parquet: escaping, nulls, types, and files that are whole or not there.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvLines, jsonLines, writeTidyCsv, writeTidyParquet } from '../../src/render/tidy.ts';
import { studyRows } from '../../src/tables/study-tables.ts';
import { TIDY_COLUMNS } from '../../src/tables/tidy.ts';
import type { TidyColumn } from '../../src/tables/tidy.ts';
import { readCsv, textOf } from '../csv.ts';
import { fixture } from '../report/fixture.ts';

interface Row {
  readonly name: string | null;
  readonly count: number | null;
  readonly share: number | null;
  readonly valid: boolean | null;
}

const COLUMNS: readonly TidyColumn<Row>[] = [
  { name: 'name', type: 'text', meaning: '' },
  { name: 'count', type: 'integer', meaning: '' },
  { name: 'share', type: 'number', meaning: '' },
  { name: 'valid', type: 'boolean', meaning: '' },
];
const NAMES = ['plain', 'a,b', 'say "yes"', 'two\r\nlines', 'one\nbreak', '"', ' blank ', 'é 迷宮'];
const ROWS: readonly Row[] = [
  ...NAMES.map((name, i) => ({ name, count: i, share: i / 7, valid: i % 2 === 0 })),
  { name: null, count: null, share: null, valid: null },
  { name: 'large', count: 2 ** 32 - 1, share: -1e-300, valid: false },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-tidy-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('CSV', () => {
  it('quotes what needs quotes and nothing else; null is an empty field; lines end with CRLF', async () => {
    expect(await textOf(csvLines(COLUMNS, ROWS.slice(0, 3)))).toBe(
      `name,count,share,valid\r\nplain,0,0,true\r\n"a,b",1,${1 / 7},false\r\n"say ""yes""",2,${2 / 7},true\r\n`,
    );
    expect(await textOf(csvLines(COLUMNS, ROWS.slice(8)))).toBe(
      'name,count,share,valid\r\n,,,\r\nlarge,4294967295,-1e-300,false\r\n',
    );
  });

  it('gives back every name and every bit of a number', async () => {
    const read = readCsv(await textOf(csvLines(COLUMNS, ROWS)));
    expect(read.map(({ name }) => name)).toEqual(ROWS.map(({ name }) => name ?? ''));
    expect(read.map(({ share }) => (share === '' ? null : Number(share)))).toEqual(ROWS.map(({ share }) => share));
  });

  it('has its head without rows', async () => {
    expect(await textOf(csvLines(COLUMNS, []))).toBe('name,count,share,valid\r\n');
  });
});

it('JSON lines have all columns in their order, whatever the order of the row', async () => {
  const turned = ROWS.map(({ valid, share, count, name }) => ({ valid, share, count, name }));
  const lines = (await textOf(jsonLines(COLUMNS, turned))).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines[8]).toBe('{"name":null,"count":null,"share":null,"valid":null}');
  expect(lines.map((line) => JSON.parse(line) as Row)).toEqual(ROWS);
});

describe('Parquet', () => {
  it('gives back what was written, with types that hold every seed', async () => {
    const path = join(folder, 'rows.parquet');
    await writeTidyParquet(path, COLUMNS, ROWS);
    const file = await asyncBufferFromFile(path);
    const { schema } = await parquetMetadataAsync(file);
    expect(schema.slice(1).map(({ name, type }) => [name, type])).toEqual([
      ['name', 'BYTE_ARRAY'],
      ['count', 'INT64'],
      ['share', 'DOUBLE'],
      ['valid', 'BOOLEAN'],
    ]);
    const read = await parquetReadObjects({ file });
    expect(read).toEqual(ROWS.map((row) => ({ ...row, count: row.count === null ? null : BigInt(row.count) })));
  });

  it('has the same numbers as CSV and JSON lines, for all tables of a study', async () => {
    const rows = studyRows(fixture({ seeds: [1, 2, 3] }));
    const path = join(folder, 'metrics.parquet');
    await writeTidyParquet(path, TIDY_COLUMNS, rows);
    const plain = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
    const parquet = (await parquetReadObjects({ file: await asyncBufferFromFile(path) })).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
    );
    const csv = readCsv(await textOf(csvLines(TIDY_COLUMNS, rows))).map((record) =>
      Object.fromEntries(
        TIDY_COLUMNS.map(({ name, type }) => {
          const field = record[name];
          return [name, field === '' ? null : type === 'text' ? field : Number(field)];
        }),
      ),
    );
    const json = (await textOf(jsonLines(TIDY_COLUMNS, rows)))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(parquet).toHaveLength(rows.length);
    expect(csv).toEqual(parquet);
    expect(json).toEqual(parquet);
  });
});

it.each([
  ['csv', writeTidyCsv],
  ['parquet', writeTidyParquet],
] as const)('a failure in the middle of the rows leaves no %s file', async (form, write) => {
  const place = join(folder, `failed-${form}`);
  async function* failing(): AsyncGenerator<Row> {
    yield* ROWS;
    throw new Error('a cell went away');
  }
  await expect(write(join(place, `rows.${form}`), COLUMNS, failing())).rejects.toThrow('a cell went away');
  expect(readdirSync(place)).toEqual([]);
  await write(join(place, `rows.${form}`), COLUMNS, ROWS);
  const before = readFileSync(join(place, `rows.${form}`));
  await expect(write(join(place, `rows.${form}`), COLUMNS, failing())).rejects.toThrow('a cell went away');
  expect(readFileSync(join(place, `rows.${form}`)).equals(before)).toBe(true);
});
