// Damaged files of a small dataset: each must be refused with a reason, or be read as it was.
import { deepStrictEqual, match } from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { TracelabError } from '../../src/base/errors.ts';
import { RandomSequence } from '../../src/base/random.ts';
import { cardOf, writeDataset } from '../../src/data/dataset.ts';
import { writeFormat } from '../../src/data/formats.ts';
import { candidatesOf, readExamplesOf } from '../../src/data/records.ts';
import type { Example } from '../../src/domain/types.ts';

/** Files that are damaged, and what is in them. */
export interface Whole {
  readonly folder: string;
  /** With checksums, in a folder with dataset.json. */
  readonly parquet: Buffer;
  readonly jsonl: Buffer;
  /** As pyarrow writes them: without checksums. */
  readonly theirs: Buffer;
  readonly examples: readonly Example[];
}

export async function makeWhole(folder: string): Promise<Whole> {
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
  copyFileSync(join(data, 'dataset.json'), join(folder, 'dataset.json'));
  const examples = await read(join(data, 'dev.jsonl'));
  const theirs = join(folder, 'theirs.parquet');
  parquetWriteFile({
    filename: theirs,
    columnData: [
      { name: 'size', data: examples.map(() => 6), type: 'INT32' },
      { name: 'prompt', data: examples.map(({ prompt }) => prompt), type: 'STRING' },
      { name: 'completion', data: examples.map(({ completion }) => completion), type: 'STRING' },
    ],
  });
  return {
    folder,
    parquet: readFileSync(join(data, 'parquet/dev.parquet')),
    jsonl: readFileSync(join(data, 'dev.jsonl')),
    theirs: readFileSync(theirs),
    examples,
  };
}

async function read(path: string): Promise<Example[]> {
  const found: Example[] = [];
  for await (const { example } of readExamplesOf(path)) found.push(example);
  return found;
}

/**
 * @param name dev.parquet or dev.jsonl
 * @returns why it was refused; null when it was read, and is as before
 * @throws Error for any other ending
 */
export async function outcome(
  { folder, examples }: Whole,
  name: string,
  bytes: Uint8Array,
  what: string,
): Promise<string | null> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  try {
    deepStrictEqual(await read(path), examples, what);
    return null;
  } catch (error) {
    if (!(error instanceof TracelabError)) throw error;
    match(error.message, /^error\[[A-Z_]+\] .+; expected .+, got .+ \(hint: .+\)$/, what);
    return error.code;
  }
}

/** Processor time since then: a busy machine makes no file late. */
function milliseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** What came of damaged files. */
export interface MutantCounts {
  /** By error code, or `equal`. */
  readonly codes: Map<string, number>;
  /** Milliseconds of processor time of the slowest file. */
  slowest: number;
}

/** Damages a Parquet file or a JSONL file of our own and reads it. */
export async function readMutant(whole: Whole, seed: number, index: number, counts: MutantCounts): Promise<void> {
  const [name, bytes] =
    index % 2 === 0 ? (['dev.parquet', whole.parquet] as const) : (['dev.jsonl', whole.jsonl] as const);
  const damaged = mutated(bytes, new RandomSequence(seed, 1, index));
  const started = process.cpuUsage();
  const code = (await outcome(whole, name, damaged, `${name}, seed ${seed}, mutant ${index}`)) ?? 'equal';
  counts.slowest = Math.max(counts.slowest, milliseconds(started));
  counts.codes.set(code, (counts.codes.get(code) ?? 0) + 1);
}

/** Damages a table without checksums and reads what can be read of it. */
export async function readTheirMutant(
  { folder, theirs }: Whole,
  seed: number,
  index: number,
  counts: MutantCounts,
): Promise<void> {
  const path = join(folder, 'theirs.parquet');
  writeFileSync(path, mutated(theirs, new RandomSequence(seed, 2, index)));
  const started = process.cpuUsage();
  let code = 'read';
  try {
    for await (const { read: readRows } of candidatesOf(path)) for (const readRow of readRows()) readRow();
  } catch (error) {
    if (!(error instanceof TracelabError)) throw error;
    ({ code } = error);
  }
  counts.slowest = Math.max(counts.slowest, milliseconds(started));
  counts.codes.set(code, (counts.codes.get(code) ?? 0) + 1);
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
