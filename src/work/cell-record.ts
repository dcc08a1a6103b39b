// The two files that say what a cell is: `cell.json` of one that was begun, `done.json` of one that is finished. Both
// are strict schemas: a damaged one is named as such and never half-read.
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { differences } from '../base/differences.ts';
import { TracelabError } from '../base/errors.ts';
import { readJson, writeFileAtomic } from '../base/files.ts';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { issueText } from '../base/schema-issue.ts';
import { CELLS_FOLDER } from './folders.ts';
import { hashOf } from './key.ts';
import type { CellKey } from './key.ts';
import type { Json } from './task.ts';

/** Says what an unfinished cell is. */
export const CELL_FILE = 'cell.json';
/** Marks a finished cell. */
export const DONE_FILE = 'done.json';

export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.number().min(0);
const json: z.ZodType<Json> = z.json();

/** A path inside a folder, with forward slashes; never out of it. */
const pathSchema = z
  .string()
  .refine((path) => path.split('/').every((part) => !['', '.', '..'].includes(part) && !/[\\\0]/.test(part)), {
    message: 'expected a path inside the folder',
  });

const keySchema = z.strictObject({
  kind: z.string().regex(/^[a-z][a-z0-9-]*$/),
  version: z.int(),
  config: json,
  inputs: z.record(z.string(), z.string()),
  core: z.strictObject({ module_sha256: z.string(), kernel_path: z.enum(['fused', 'portable']) }).nullable(),
  numeric_version: z.int(),
  domain: z.strictObject({ name: z.string(), version: z.string(), sha256: hashSchema }).optional(),
});

const begunSchema = z.strictObject({ format: z.literal(1), hash: hashSchema, key: keySchema, seconds });

const recordSchema = z.strictObject({
  format: z.literal(1),
  hash: hashSchema,
  key: keySchema,
  /** Over the exact outputs. */
  result: hashSchema,
  seconds,
  outputs: z.record(pathSchema, hashSchema),
  summary: json,
  /** Over all fields above. */
  record_sha256: hashSchema,
  /** Over the same in the order of the file: what is printed keeps its order. Absent from older records. */
  text_sha256: hashSchema.optional(),
});

export type BegunCell = z.infer<typeof begunSchema>;
export type CellRecord = Omit<z.infer<typeof recordSchema>, 'text_sha256'>;

/**
 * @param directory of the cell
 * @throws TracelabError CELL_DAMAGED
 */
export async function readBegun(directory: string): Promise<BegunCell | undefined> {
  const path = join(directory, CELL_FILE);
  const cell = (await readChecked(directory, path, begunSchema, 'the begin of a cell'))?.data;
  if (cell && hashOf(cell.key) !== cell.hash)
    throw damaged(directory, path, 'its key is not the one it was begun with', cell.hash.slice(0, 16), 'another key');
  return cell;
}

/**
 * The record of a finished cell, checked in itself; its files are not looked at.
 * @param directory of the cell
 * @throws TracelabError CELL_DAMAGED
 */
export async function readRecord(directory: string): Promise<CellRecord | undefined> {
  const path = join(directory, DONE_FILE);
  const read = await readChecked(directory, path, recordSchema, 'the record of a finished cell');
  if (!read) return undefined;
  const { text_sha256, ...record } = read.data;
  const { record_sha256, ...rest } = record;
  const got = sha256(canonicalJson(rest));
  const gotText = sha256(JSON.stringify(withoutHashes(read.value)));
  if (text_sha256 !== undefined && text_sha256 !== gotText)
    throw damaged(directory, path, 'was changed after it was written', text_sha256.slice(0, 16), gotText.slice(0, 16));
  if (got !== record_sha256 || hashOf(record.key) !== record.hash)
    throw damaged(directory, path, 'was changed after it was written', record_sha256.slice(0, 16), got.slice(0, 16));
  return record;
}

/** Writes cell.json, complete or absent. */
export async function writeBegun(directory: string, cell: BegunCell): Promise<void> {
  await writeFileAtomic(join(directory, CELL_FILE), text(cell));
}

/** The text of done.json. */
export function recordText(record: Omit<CellRecord, 'record_sha256'>): string {
  // What JSON leaves out or rounds is no part of the hash either.
  const plain = JSON.parse(JSON.stringify(record)) as typeof record;
  return text({
    ...plain,
    record_sha256: sha256(canonicalJson(plain)),
    text_sha256: sha256(JSON.stringify(plain)),
  });
}

function withoutHashes(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !/^(record|text)_sha256$/.test(name)));
}

function text(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function readChecked<T>(
  directory: string,
  path: string,
  schema: z.ZodType<T>,
  what: string,
): Promise<{ readonly data: T; /** As it is in the file. */ readonly value: object } | undefined> {
  const value = await readIfThere(path).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'JSON_SYNTAX')
      throw damaged(directory, path, `is not ${what}`, 'a complete JSON document', error.details.got);
    throw error;
  });
  if (value === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return { data: parsed.data, value: value as object };
  throw damaged(directory, path, `is not ${what}`, 'format 1', issueText(parsed.error));
}

/** JSON of a file, or undefined without that file. */
export async function readIfThere(path: string): Promise<unknown> {
  try {
    return await readJson(path);
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return undefined;
    throw error;
  }
}

/** What to do with a damaged cell: of a store, or of a single command in a folder of the user's choice. */
function wayOut(directory: string): string {
  const store = dirname(resolve(directory));
  return basename(store) === CELLS_FOLDER
    ? `run \`tracelab runs verify --repair --runs-dir ${dirname(store)}\`, or delete ${directory}, and give the ` +
        'command again'
    : `delete ${directory}, and give the command that made it again`;
}

/**
 * A cell that is not what was written.
 * @param where the file
 */
export function damaged(directory: string, where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({
    code: 'CELL_DAMAGED',
    kind: 'damaged_artifact',
    where,
    what,
    expected,
    got,
    hint: wayOut(directory),
  });
}

/**
 * The refusal to mix two results in one folder, with the settings that differ.
 * @param before what the folder holds
 */
export function otherCell(directory: string, before: Pick<CellRecord, 'hash' | 'key'>, key: CellKey): TracelabError {
  const names = differences(before.key, key).map(({ path }) => path);
  return new TracelabError({
    code: 'CELL_OTHER',
    kind: 'refused_input',
    where: directory,
    what: `holds the result of other settings${names.length > 0 ? ` (${names.slice(0, 4).join(', ')})` : ''}`,
    expected: hashOf(key).slice(0, 12),
    got: before.hash.slice(0, 12),
    hint: 'give another directory',
  });
}
