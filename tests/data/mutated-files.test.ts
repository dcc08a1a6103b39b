// Damaged files: each of thousands is refused with a reason, or read as it was. Nothing loops, nothing is read as
// something else.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { parquetWriteFile } from 'hyparquet-writer';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { RandomSequence } from '../../src/base/random.ts';
import { cardOf, writeDataset } from '../../src/data/dataset.ts';
import { writeFormat } from '../../src/data/formats.ts';
import { candidatesOf, readExamplesOf } from '../../src/data/records.ts';
import type { Example } from '../../src/domain/types.ts';

vi.setConfig({ testTimeout: 600_000 });

let folder: string;
let parquet: Buffer;
let jsonl: Buffer;
let examples: Example[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-mutated-'));
  const data = join(folder, 'data');
  const manifest = await writeDataset(data, {
    domain: 'maze',
    generator: 'wilson',
    size: 6,
    train: 20,
    dev: 10,
    test: 10,
    test_in_distribution: 10,
    distributions: ['wilson'],
    drunkard_coverage: 0.5,
    wall_jitter: 0,
    seed: 3,
  });
  await writeFormat(data, 'parquet', cardOf(manifest));
  parquet = readFileSync(join(data, 'parquet/dev.parquet'));
  jsonl = readFileSync(join(data, 'dev.jsonl'));
  copyFileSync(join(data, 'dataset.json'), join(folder, 'dataset.json'));
  examples = (await read(join(data, 'dev.jsonl'))).examples;
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function read(path: string): Promise<{ readonly examples: Example[]; readonly milliseconds: number }> {
  const started = performance.now();
  const found: Example[] = [];
  for await (const { example } of readExamplesOf(path)) found.push(example);
  return { examples: found, milliseconds: performance.now() - started };
}

/** @returns why it was refused; null when it was read, and is as before */
async function outcome(path: string, bytes: Uint8Array, what: string): Promise<string | null> {
  writeFileSync(path, bytes);
  try {
    const { examples: found } = await read(path);
    expect(found, what).toEqual(examples);
    return null;
  } catch (error) {
    if (!(error instanceof TracelabError)) throw error;
    expect(error.message, what).toMatch(/^error\[[A-Z_]+\] .+; expected .+, got .+/);
    return error.code;
  }
}

/** One to four damages: flipped bits, changed bytes, a cut, a repeated or a lost piece. */
function mutated(whole: Uint8Array, random: RandomSequence): Buffer {
  let bytes: Buffer = Buffer.from(whole);
  const times = 1 + random.below(4);
  for (let i = 0; i < times && bytes.length > 0; i++) {
    const at = random.below(bytes.length);
    switch (random.below(8)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - random.below(50)))]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.below(50))]);
        break;
      case 3:
        bytes[at] = random.below(256);
        break;
      default:
        bytes[at] ^= 1 << random.below(8);
    }
  }
  return bytes;
}

describe('of our own', () => {
  it('the byte that made a reader loop is refused', async () => {
    const bytes = Buffer.from(parquet);
    bytes[111] ^= 1 << 7;
    expect(await outcome(join(folder, 'dev.parquet'), bytes, 'byte 111')).toBe('PARQUET_READ');
  });

  it('every bit of a Parquet file, flipped alone: refused or equal', async () => {
    const codes = new Map<string, number>();
    // A different bit in every byte keeps it at seconds.
    for (let at = 0; at < parquet.length; at++) {
      const bytes = Buffer.from(parquet);
      bytes[at] ^= 1 << (at % 8);
      const code = (await outcome(join(folder, 'dev.parquet'), bytes, `byte ${at}`)) ?? 'equal';
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    process.stdout.write(`${parquet.length} flips: ${JSON.stringify([...codes])}\n`);
    expect(codes.get('PARQUET_READ')).toBeGreaterThan(parquet.length / 2);
  });

  it('10,000 damaged Parquet and JSONL files: each refused with a reason, or read equal', async () => {
    const files = 10_000;
    const codes = new Map<string, number>();
    let slowest = 0;
    for (let i = 0; i < files; i++) {
      const random = new RandomSequence(7, 1, i);
      const [name, whole] = i % 2 === 0 ? (['dev.parquet', parquet] as const) : (['dev.jsonl', jsonl] as const);
      const started = performance.now();
      const code = (await outcome(join(folder, name), mutated(whole, random), `${name} ${i}`)) ?? 'equal';
      slowest = Math.max(slowest, performance.now() - started);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    process.stdout.write(`${files} damaged files: ${JSON.stringify([...codes])}, slowest ${slowest.toFixed(0)} ms\n`);
    expect([...codes.values()].reduce((sum, count) => sum + count, 0)).toBe(files);
    expect(codes.get('PARQUET_READ')).toBeGreaterThan(1000);
    expect(codes.get('DATASET_DAMAGED')).toBeGreaterThan(1000);
  });
});

describe('of others, without checksums', () => {
  it('2,000 damaged tables end, whatever is read', async () => {
    const path = join(folder, 'theirs.parquet');
    parquetWriteFile({
      filename: path,
      columnData: [
        { name: 'size', data: examples.map(() => 6), type: 'INT32' },
        { name: 'prompt', data: examples.map(({ prompt }) => prompt), type: 'STRING' },
        { name: 'completion', data: examples.map(({ completion }) => completion), type: 'STRING' },
      ],
    });
    const whole = readFileSync(path);
    let refused = 0;
    for (let i = 0; i < 2000; i++) {
      writeFileSync(path, mutated(whole, new RandomSequence(8, 1, i)));
      try {
        for await (const { read: readRow } of candidatesOf(path)) readRow();
      } catch (error) {
        if (!(error instanceof TracelabError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});

it('pages of our own tables have the checksums that the format defines', () => {
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
