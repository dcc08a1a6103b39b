// Files that a command is given by path: compared with the record of the cell that they belong to, where there is one.
// A copy of a file elsewhere has no record and counts as it is.
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { existsSync, readdir } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { hashFile } from '../base/hash.ts';
import { hashIfThere } from './cell-files.ts';
import { damaged, DONE_FILE, readRecord } from './cell-record.ts';
import { CELLS_FOLDER } from './folders.ts';
import { isOldRun } from './old-run.ts';
import type { Finished } from './task.ts';

/** The outputs of a finished cell below one of its folders. */
export interface RecordedFolder {
  /** Path of the cell, as the folder's was given. */
  readonly cell: string;
  /** SHA-256 by path relative to the folder that was asked for. */
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * @param folder a cell, or a folder of its checkpoints or steps
 * @returns null for a folder of no finished cell
 * @throws TracelabError CELL_DAMAGED
 */
export async function recordedFolder(folder: string): Promise<RecordedFolder | null> {
  const cell = cellsAround(folder).find((candidate) => existsSync(join(candidate, DONE_FILE)));
  if (cell === undefined || (await isOldRun(cell))) return null;
  const record = await readRecord(cell);
  if (!record) return null;
  const below = relative(cell, folder).split(sep).join('/');
  const prefix = below === '' ? '' : `${below}/`;
  const outputs = Object.entries(record.outputs).flatMap(([name, hash]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), hash] as const] : [],
  );
  return { cell, outputs: new Map(outputs) };
}

/** The folder itself, then the cells that have folders of its name. */
function cellsAround(folder: string): string[] {
  const path = resolve(folder);
  if (!/^step-\d+$/.test(basename(path))) return [folder];
  const above = [folder, join(folder, '..')];
  return basename(dirname(path)) === 'checkpoints' ? [...above, join(folder, '../..')] : above;
}

/**
 * Compares a file that the user named with the record of its folder, if that has it.
 * @throws TracelabError CELL_DAMAGED
 */
export async function checkRecordedFile(file: string): Promise<void> {
  const recorded = await recordedFolder(dirname(file));
  const expected = recorded?.outputs.get(basename(file));
  if (!recorded || expected === undefined) return;
  const got = await hashIfThere(file);
  if (got !== expected) throw changed(recorded.cell, file, expected, got);
}

/**
 * SHA-256 of a file that the user named.
 * @throws TracelabError as checkRecordedFile; FILE_MISSING, FILE_READ
 */
export async function hashRecorded(file: string): Promise<string> {
  await checkRecordedFile(file);
  return (await hashIfThere(file)) ?? (await hashFile(file));
}

/**
 * Checks the files of a folder that commands find by their names: all that the record has are there, unchanged, and no
 * other file passes for one of them.
 * @param pattern of these names
 * @returns the names, sorted; null for a folder without a record
 * @throws TracelabError CELL_DAMAGED
 */
export async function checkRecorded(folder: string, pattern: RegExp): Promise<string[] | null> {
  const recorded = await recordedFolder(folder);
  if (recorded === null) return null;
  const { cell, outputs } = recorded;
  const names = [...outputs.keys()].filter((name) => name.search(pattern) !== -1).sort();
  for (const name of names) await checkRecordedFile(join(folder, name));
  const strange = (await readdir(folder)).find((name) => name.search(pattern) !== -1 && !outputs.has(name));
  if (strange !== undefined)
    throw refusal(cell, join(folder, strange), 'is none of the files of its record', {
      expected: 'recorded files only',
      got: 'one more',
    });
  return names;
}

/**
 * Compares the files that a task reads with their hashes. Files that were hashed before and not touched since are not
 * read again.
 * @throws TracelabError CELL_DAMAGED, or FILE_CHANGED (damaged artefact) for files that the user named
 */
export async function checkNeeds(needs: Readonly<Record<string, Finished>>): Promise<void> {
  for (const { directory, outputs, elsewhere } of Object.values(needs))
    for (const [name, expected] of Object.entries(outputs)) {
      const file = elsewhere?.[name] ?? join(directory, name);
      const got = await hashIfThere(file);
      if (got === expected) continue;
      if (!elsewhere) throw changed(directory, file, expected, got);
      throw new TracelabError({
        code: 'FILE_CHANGED',
        kind: 'damaged_artifact',
        where: file,
        what: 'was changed while the command read it',
        ...contrast(expected, got),
        hint: 'give the command again when nothing writes to the file',
      });
    }
}

function changed(cell: string, file: string, hash: string, found: string | undefined): TracelabError {
  return refusal(cell, file, 'was changed after it was written', contrast(hash, found));
}

/** Of a cell in the store, or of one that a command alone made in a folder of the user's choice. */
function refusal(
  cell: string,
  file: string,
  what: string,
  { expected, got }: { readonly expected: string; readonly got: string },
): TracelabError {
  const error = damaged(cell, file, what, expected, got);
  if (basename(dirname(resolve(cell))) === CELLS_FOLDER) return error;
  const hint = `put the file back as it was, or delete ${cell} and give the command that made it again`;
  return new TracelabError({ ...error.details, hint });
}

function contrast(expected: string, got: string | undefined): { readonly expected: string; readonly got: string } {
  return {
    expected: `sha256 ${expected.slice(0, 16)}`,
    got: got === undefined ? 'no file' : `sha256 ${got.slice(0, 16)}`,
  };
}
