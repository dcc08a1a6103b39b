// Damaged files: each is refused with a reason, or read as it was. Nothing loops, nothing is read as something else.
// `npm run foreign-files` reads many more.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { parquetMetadata } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { makeWhole, type MutantCounts, outcome, readMutant, readTheirMutant, type Whole } from './mutants.ts';

vi.setConfig({ testTimeout: 120_000 });

let whole: Whole;
beforeAll(async () => {
  whole = await makeWhole(mkdtempSync(join(tmpdir(), 'tracelab-mutated-')));
});
afterAll(() => {
  rmSync(whole.folder, { recursive: true, force: true });
});

const none = (): MutantCounts => ({ codes: new Map(), slowest: 0 });
const sum = ({ codes }: MutantCounts): number => [...codes.values()].reduce((all, count) => all + count, 0);

it('the byte that made a reader loop is refused', async () => {
  const bytes = Buffer.from(whole.parquet);
  bytes[111] ^= 1 << 7;
  expect(await outcome(whole, 'dev.parquet', bytes, 'byte 111')).toBe('PARQUET_READ');
});

it('one bit of a Parquet file: refused or equal', async () => {
  const { parquet } = whole;
  let refused = 0;
  let files = 0;
  // A prime step meets every part of the file, and a different bit each time.
  for (let at = 0; at < parquet.length; at += 7, files++) {
    const bytes = Buffer.from(parquet);
    bytes[at] ^= 1 << (at % 8);
    if ((await outcome(whole, 'dev.parquet', bytes, `byte ${at}`)) !== null) refused += 1;
  }
  expect(refused).toBeGreaterThan(files / 2);
});

it('damaged Parquet and JSONL files: each refused with a reason, or read equal', async () => {
  const files = 800;
  const counts = none();
  for (let index = 0; index < files; index++) await readMutant(whole, 7, index, counts);
  expect(sum(counts)).toBe(files);
  expect(counts.codes.get('PARQUET_READ')).toBeGreaterThan(files / 10);
  expect(counts.codes.get('DATASET_DAMAGED')).toBeGreaterThan(files / 20);
});

it('damaged tables of others, without checksums, end, whatever is read', async () => {
  const files = 200;
  const counts = none();
  for (let index = 0; index < files; index++) await readTheirMutant(whole, 8, index, counts);
  expect(sum(counts)).toBe(files);
  expect(counts.codes.get('PARQUET_READ')).toBeGreaterThan(files / 3);
});

it('pages of our own tables have the checksums that the format defines', () => {
  const { parquet } = whole;
  const buffer = parquet.buffer.slice(parquet.byteOffset, parquet.byteOffset + parquet.length) as ArrayBuffer;
  const { row_groups } = parquetMetadata(buffer);
  let pages = 0;
  for (const { columns } of row_groups)
    for (const { meta_data } of columns) {
      if (!meta_data) throw new Error('no metadata');
      const begin = Number(meta_data.dictionary_page_offset ?? meta_data.data_page_offset);
      const end = begin + Number(meta_data.total_compressed_size);
      const reader = { view: new DataView(buffer, 0, end), offset: begin };
      while (reader.offset < end) {
        const { crc, compressed_page_size } = parquetHeader(reader);
        const page = new Uint8Array(buffer, reader.offset, compressed_page_size);
        expect((crc ?? 0) >>> 0).toBe(crc32(page));
        reader.offset += compressed_page_size;
        pages += 1;
      }
    }
  expect(pages).toBeGreaterThanOrEqual(5);
});
