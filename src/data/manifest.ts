// dataset.json: what the files of a dataset folder must hold. It is written last, and vouches for the files that it
// names; a file that it does not name is from elsewhere.
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { readJson } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
import { issueText } from '../base/schema-issue.ts';
import type { SplitRequest } from '../domain/split-request.ts';

export const MANIFEST = 'dataset.json';

// 0.1.0 wrote no shortest length.
const lengthsSchema = z.object({ mean: z.number(), min: z.number().default(0), max: z.number() });
const fileSchema = z.object({
  split: z.enum(['train', 'dev', 'test']),
  generator: z.string(),
  /** Rows. */
  count: z.int().min(0),
  /**
   * Random stream; the problems are functions of (config.seed, stream, index), and the index ends the id of a row.
   * Absent in a converted file.
   */
  stream: z.int().optional(),
  sha256: z.string(),
  /** Words, without <bos> and <eos>; 0 for an empty file. */
  prompt_words: lengthsSchema,
  completion_words: lengthsSchema,
  example_words: lengthsSchema,
  /** Rows whose walls occur in train.jsonl; null for train.jsonl itself. */
  walls_seen: z.int().min(0).nullable(),
  /** Rows whose prompt has as many words as some prompt of train.jsonl; null for train.jsonl itself. */
  prompt_lengths_seen: z.int().min(0).nullable().default(null),
});
const manifestSchema = z.object({
  format: z.literal(1),
  /** Null in a folder of converted files. */
  config: z.unknown(),
  // What convert.ts adds to a file stays.
  files: z.record(z.string(), fileSchema.loose()),
});

export type DatasetFile = z.infer<typeof fileSchema>;

/** Content of dataset.json. */
export interface DatasetManifest {
  readonly format: 1;
  readonly config: SplitRequest;
  /** By file name, train first. */
  readonly files: Readonly<Record<string, DatasetFile>>;
}

/**
 * What dataset.json in the same folder says about a file; null if it says nothing or is missing.
 * @throws TracelabError DATASET_DAMAGED, JSON_SYNTAX, FILE_READ
 */
export async function expectedContent(path: string): Promise<DatasetFile | null> {
  return (await readManifest(dirname(path)))?.files[basename(path)] ?? null;
}

/**
 * The manifest of a folder; null when it has none.
 * @throws TracelabError DATASET_DAMAGED, JSON_SYNTAX, FILE_READ
 */
export async function readManifest(folder: string): Promise<z.infer<typeof manifestSchema> | null> {
  const manifestPath = join(folder, MANIFEST);
  let manifest: unknown;
  try {
    manifest = await readJson(manifestPath);
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return null;
    throw error;
  }
  const result = manifestSchema.safeParse(manifest);
  if (!result.success) {
    throw damaged(
      manifestPath,
      'not the description of a dataset',
      'a dataset.json of this version',
      issueText(result.error),
      'generate the dataset again',
    );
  }
  return result.data;
}

/**
 * Refuses a file that is not the one that dataset.json describes.
 * @throws TracelabError DATASET_DAMAGED
 */
export async function checkContent(path: string, { sha256 }: Pick<DatasetFile, 'sha256'>): Promise<void> {
  const hash = await hashFile(path);
  if (hash === sha256) return;
  throw damaged(
    path,
    'not the file that dataset.json describes',
    `sha256 ${sha256}`,
    hash,
    'a file changed by hand belongs in a folder without dataset.json',
  );
}

/** The error for a damaged dataset: DATASET_DAMAGED, exit code 3. */
export function damaged(where: string, what: string, expected: string, got: string, hint: string): TracelabError {
  return new TracelabError({ code: 'DATASET_DAMAGED', kind: 'damaged_artifact', where, what, expected, got, hint });
}
