// The files that commands read, in a form that tasks read: a file of a dataset folder as it is, any other one as the
// reader of other people's files reads it, written anew into a scratch folder where its form differs.
import { join } from 'node:path';
import { existsSync, isFolderSync, readdirSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { readJsonl, writeJsonl } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
import { expectedContent } from '../data/manifest.ts';
import { type ExampleSettings, readExamplesOf } from '../data/records.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import { noteCopy } from './scratch.ts';

export type RowDefaults = Pick<ExampleSettings, 'size' | 'generator'>;

export interface DataFile {
  /** What tasks read. */
  readonly file: string;
  readonly rows: number;
  /** Of the first row; null without rows. */
  readonly generator: GeneratorName | null;
}

/** Endings of the files that the reader takes. */
const ENDING = /\.(?:jsonl|json|txt|parquet)(?:\.(?:gz|zst))?$/;

/** The names of files in a folder that may hold rows. */
export function rowFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => ENDING.test(name) && !NO_ROWS.has(name))
    .sort();
}

/** Files that hold no rows. */
const NO_ROWS = new Set(['dataset.json', 'cell.json', 'done.json', 'evaluation.json', 'samples.json', 'metrics.jsonl']);

/**
 * The training file of a folder, or the file itself.
 * @throws TracelabError TRAIN_FILE when a folder has none, or several
 */
export function trainFileOf(path: string): string {
  if (!isFolderSync(path)) return path;
  const own = join(path, 'train.jsonl');
  if (existsSync(own)) return own;
  const found = rowFiles(path).filter((name) => name.startsWith('train.'));
  if (found.length === 1) return join(path, found[0]);
  throw new TracelabError({
    code: 'TRAIN_FILE',
    kind: 'refused_input',
    where: path,
    what: found.length === 0 ? 'no training file' : 'several training files',
    expected: 'train.jsonl, or one other file train.*',
    got: (found.length === 0 ? rowFiles(path) : found).join(', ').slice(0, 200) || 'no file with rows',
    hint: 'give the path of the file',
  });
}

/**
 * @param copy where the file is written anew, when its form is another
 * @throws TracelabError as readExamplesOf
 */
export async function dataFile(path: string, defaults: RowDefaults, copy: string): Promise<DataFile> {
  const expected = await expectedContent(path);
  if (expected !== null) {
    for await (const example of readJsonl(path, (row) => row as Partial<Example> | null))
      return { file: path, rows: expected.count, generator: example?.generator ?? null };
    return { file: path, rows: 0, generator: null };
  }
  let rows = 0;
  let generator: GeneratorName | null = null;
  async function* examples(): AsyncGenerator<Example> {
    for await (const { example } of readExamplesOf(path, defaults)) {
      rows += 1;
      generator ??= example.generator;
      yield example;
    }
  }
  noteCopy(copy, path);
  await writeJsonl(copy, examples());
  return { file: await sameOr(path, copy), rows, generator };
}

/** The path itself where both files are equal, so that messages name it. */
export async function sameOr(path: string, copy: string): Promise<string> {
  return (await hashFile(path)) === (await hashFile(copy)) ? path : copy;
}
