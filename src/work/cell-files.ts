// The files of a cell's folder: which are outputs, which only an unfinished cell needs, and their hashes. Each file is
// hashed once a process, as long as it is not touched.
import { join, relative, sep } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { type BigIntStats, entriesBelow, remove, stat } from '../base/disk.ts';
import { isSystemError, readError } from '../base/files.ts';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';
import { WRITTEN_FILE, readWritten } from '../base/written-files.ts';
import { CELL_FILE, DONE_FILE, damaged } from './cell-record.ts';
import { isEventFile } from './event-files.ts';
import { LEASE_PREFIX } from './lease-file.ts';
import type { OutputPattern } from './kind.ts';

/** Left by a process that was killed while it wrote (base/files.ts), at any depth. */
export const TEMPORARY = /(?:^|\/)\.[^/]+\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/;

export interface CellFiles {
  /** Sorted paths, as all of them. */
  readonly exact: readonly string[];
  readonly timed: readonly string[];
  readonly state: readonly string[];
  readonly temporary: readonly string[];
  /** Fit no pattern. */
  readonly strange: readonly string[];
}

/** Sorts what is in a cell's folder by the patterns of its kind. */
export async function sortFiles(
  directory: string,
  outputs: readonly OutputPattern[],
  state: readonly RegExp[],
): Promise<CellFiles> {
  const files = { exact: [], timed: [], state: [], temporary: [], strange: [] } as Record<keyof CellFiles, string[]>;
  for (const path of await listFiles(directory)) {
    if (isOwn(path)) continue;
    const output = outputs.find(({ pattern }) => fits(path, pattern));
    if (TEMPORARY.test(path)) files.temporary.push(path);
    else if (state.some((pattern) => fits(path, pattern))) files.state.push(path);
    else if (!output) files.strange.push(path);
    else files[output.exact ? 'exact' : 'timed'].push(path);
  }
  return files;
}

/** Files about the work itself, and those that no record names. */
function isOwn(path: string): boolean {
  return (
    [CELL_FILE, DONE_FILE, WRITTEN_FILE].includes(path) || path.startsWith(`${LEASE_PREFIX}-`) || isEventFile(path)
  );
}

/** Without the memory that RegExp.test() has of a global pattern. */
function fits(path: string, pattern: RegExp): boolean {
  return path.search(pattern) !== -1;
}

/** All that is no folder, by path with forward slashes, sorted; nothing for a folder that does not exist. */
export async function listFiles(directory: string): Promise<string[]> {
  const entries = await entriesBelow(directory).catch((cause: unknown) => {
    if (isSystemError(cause) && cause.code === 'ENOENT') return [];
    // Who asked says what a file in the place of the folder means.
    if (isSystemError(cause) && cause.code === 'ENOTDIR') throw cause;
    throw readError(directory, cause);
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/**
 * Temporary files of killed processes in a folder that this process has the lease of. A taker of the lease whose
 * temporary file goes looks again (lease-file.ts).
 */
export async function temporariesOf(directory: string): Promise<string[]> {
  return (await listFiles(directory)).filter((path) => TEMPORARY.test(path));
}

/** Files of a finished cell that only an unfinished one needs: its process was killed before it deleted them. */
export async function remainsOf(directory: string, state: readonly RegExp[]): Promise<string[]> {
  return (await listFiles(directory)).filter(
    (path) => path === WRITTEN_FILE || TEMPORARY.test(path) || state.some((pattern) => fits(path, pattern)),
  );
}

/** Files of a finished cell that its record does not know. */
export async function leftoversOf(directory: string, outputs: Readonly<Record<string, string>>): Promise<string[]> {
  return (await listFiles(directory)).filter((path) => !(path in outputs) && (!isOwn(path) || path === WRITTEN_FILE));
}

/**
 * Hashes all outputs and compares them with what was noted as they were written.
 * @returns SHA-256 by path, and the result: SHA-256 over the exact ones
 * @throws TracelabError CELL_DAMAGED
 */
export async function hashOutputs(
  directory: string,
  files: CellFiles,
  state: readonly RegExp[],
): Promise<{ readonly outputs: Record<string, string>; readonly result: string }> {
  if (files.strange.length > 0)
    throw damaged(
      directory,
      join(directory, files.strange[0]),
      'is none of the files that this kind of task makes',
      'declared outputs only',
      `${files.strange.length} other file${files.strange.length === 1 ? '' : 's'}`,
    );
  const outputs: Record<string, string> = {};
  for (const path of [...files.exact, ...files.timed].sort()) {
    const hash = await hashIfThere(join(directory, path));
    if (hash === undefined) throw damaged(directory, join(directory, path), 'is no file', 'a file', 'something else');
    outputs[path] = hash;
  }
  for (const { path, sha256: noted } of (await readWritten(directory)).values())
    // Of states only the newest are kept.
    if (!state.some((pattern) => fits(path, pattern)) && outputs[path] !== noted)
      throw damaged(
        directory,
        join(directory, path),
        'is not what was written',
        `sha256 ${noted.slice(0, 16)}`,
        path in outputs ? `sha256 ${outputs[path].slice(0, 16)}` : 'no file',
      );
  return { outputs, result: resultOf(files.exact, outputs) };
}

function resultOf(exact: readonly string[], outputs: Readonly<Record<string, string>>): string {
  return sha256(canonicalJson([...exact].sort().map((path) => [path, outputs[path]])));
}

/**
 * Compares every file with the hash in the record.
 * @throws TracelabError CELL_DAMAGED
 */
export async function checkOutputs(directory: string, outputs: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, expected] of Object.entries(outputs)) {
    const file = join(directory, path);
    const got = await hashIfThere(file);
    if (got !== expected)
      throw damaged(
        directory,
        file,
        'was changed after it was written',
        `sha256 ${expected.slice(0, 16)}`,
        got === undefined ? 'no file' : `sha256 ${got.slice(0, 16)}`,
      );
  }
}

/** Far above a tick of any file system's clock. */
const YOUNG_MS = 100;
const hashes = new Map<string, { readonly mark: string; readonly sha256: string }>();

/**
 * SHA-256 of a file, which is read once a process as long as it is not touched; undefined for what is no file.
 * @throws TracelabError FILE_READ (environment)
 */
export async function hashIfThere(path: string): Promise<string | undefined> {
  const found = await stat(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  return found?.isFile() ? await hashOnce(path, found) : undefined;
}

/** SHA-256 of a file that this process may have hashed before. */
async function hashOnce(path: string, found: BigIntStats): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs, ctimeMs } = found;
  // ctime too: mtime can be set by hand.
  const mark = [ino, size, mtimeNs, ctimeNs].join(' ');
  const before = hashes.get(path);
  if (before?.mark === mark) return before.sha256;
  const made = await hashFile(path);
  // A change within one tick of the file system's clock leaves the times as they are: a young file is hashed again.
  if (SYSTEM_CLOCK.now().getTime() - Number(ctimeMs) > YOUNG_MS) hashes.set(path, { mark, sha256: made });
  return made;
}

/** A mark of the files that another try could build on; null without any. */
export async function markOf(
  directory: string,
  outputs: readonly OutputPattern[],
  state: readonly RegExp[],
): Promise<string | null> {
  const files = await sortFiles(directory, outputs, state);
  const marks: (readonly [path: string, bytes: number, mtimeNs: string])[] = [];
  for (const path of [...files.state, ...files.exact].sort()) {
    const found = await stat(join(directory, path));
    // Replaced by a newer one in this moment: the next look sees that.
    if (found) marks.push([path, Number(found.size), String(found.mtimeNs)]);
  }
  return marks.length > 0 ? sha256(canonicalJson(marks)) : null;
}

/**
 * Deletes files of a cell.
 * @param paths relative to it
 */
export async function deleteFiles(directory: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await remove(join(directory, path));
}
