// Files that travel between workers, named by their SHA-256: outputs of finished cells and saved states. And how a cell
// gets from a worker's own store to the artefacts and back.
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { copyFile, existsSync, mkdirs, remove } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { readText, writeFileAtomic } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
import { listFiles, TEMPORARY } from '../work/cell-files.ts';
import { DONE_FILE, readRecord } from '../work/cell-record.ts';
import type { CellRecord } from '../work/cell-record.ts';
import { deleteFolder, MERGE_PREFIX } from '../work/folders.ts';
import { takeLease } from '../work/lease.ts';
import type { Lease } from '../work/lease.ts';
import { LEASE_PREFIX } from '../work/lease-file.ts';
import type { FolderStore } from '../work/folder-store.ts';
import type { CellKey } from '../work/key.ts';
import type { Kind } from '../work/kind.ts';
import type { SavedState } from './engine.ts';

/** Keeps immutable files by their SHA-256. */
export interface Artefacts {
  /** @returns those that are not kept */
  missing(hashes: readonly string[]): Promise<readonly string[]>;
  /**
   * Keeps a file; whole or not at all.
   * @param path whose content has this SHA-256
   */
  put(sha256: string, path: string): Promise<void>;
  /**
   * Writes a kept file to a path, whole or not at all, after its hash was checked.
   * @throws TracelabError ARTEFACT_MISSING, ARTEFACT_DAMAGED (damaged artefact)
   */
  get(sha256: string, path: string): Promise<void>;
  /** Forgets files; those that are not kept are no fault. */
  remove(hashes: readonly string[]): Promise<void>;
}

/** A file that is not what its name says, or not there. */
export function artefactFault(
  code: 'ARTEFACT_MISSING' | 'ARTEFACT_DAMAGED',
  sha256: string,
  got: string,
): TracelabError {
  return new TracelabError({
    code,
    kind: 'damaged_artifact',
    where: `artefact ${sha256.slice(0, 16)}`,
    what: code === 'ARTEFACT_MISSING' ? 'is not kept any more' : 'is not what was kept',
    expected: `sha256 ${sha256.slice(0, 16)}`,
    got,
    hint: 'the store of artefacts was changed by hand: submit the sweep to a new one',
  });
}

/** Keeps all files of a finished cell; those that are kept already do not travel. */
export async function keepCell(artefacts: Artefacts, directory: string): Promise<{ text: string; record: CellRecord }> {
  const text = await readText(join(directory, DONE_FILE));
  const record = await readRecord(directory);
  if (!record) throw new Error(`no record in ${directory}`);
  const paths = new Map(Object.entries(record.outputs).map(([path, hash]) => [hash, path]));
  for (const hash of await artefacts.missing([...paths.keys()]))
    await artefacts.put(hash, join(directory, paths.get(hash) ?? ''));
  return { text, record };
}

/** Waits for the lease of a cell that another process of this machine installs or computes. */
async function leaseOf(directory: string, signal: AbortSignal): Promise<Lease> {
  for (;;) {
    try {
      return await takeLease(directory, { signal });
    } catch (error) {
      if (!(error instanceof TracelabError) || error.code !== 'CELL_IN_USE' || signal.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/**
 * Brings a finished cell into a worker's own store, unless it is there.
 * @param text of its record
 */
export async function bringCell(
  artefacts: Artefacts,
  store: FolderStore,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const record = JSON.parse(text) as CellRecord;
  const directory = store.path(record.key);
  if (existsSync(join(directory, DONE_FILE)) && (await store.finished(record.key))) return;
  const lease = await leaseOf(directory, signal);
  try {
    if (existsSync(join(directory, DONE_FILE)) && (await store.finished(record.key))) return;
    for (const [path, hash] of Object.entries(record.outputs)) {
      signal.throwIfAborted();
      const file = join(directory, path);
      // An earlier try of this worker, or a state that it saved, may have made it.
      if (existsSync(file) && (await hashFile(file)) === hash) continue;
      await artefacts.get(hash, file);
    }
    await writeFileAtomic(join(directory, DONE_FILE), text);
  } finally {
    lease.release();
  }
}

/** Files of an unfinished cell that another worker needs to resume. */
async function filesOf(directory: string): Promise<string[]> {
  return (await listFiles(directory)).filter(
    (path) => !path.startsWith(LEASE_PREFIX) && !TEMPORARY.test(path) && path !== DONE_FILE,
  );
}

/**
 * Keeps the files of an unfinished cell, which may be written to meanwhile: a copy is taken that lies between two equal
 * marks, so that no newer state came in between.
 * @returns undefined without a state, or when newer ones came faster than they could be copied
 */
export async function keepState(
  artefacts: Artefacts,
  store: FolderStore,
  key: CellKey,
  kind: Pick<Kind, 'state' | 'outputs'>,
): Promise<SavedState | undefined> {
  const directory = store.path(key);
  for (let attempt = 0; attempt < 3; attempt++) {
    const mark = await store.state(key, kind);
    if (mark === null) return undefined;
    const copy = join(store.root, `${MERGE_PREFIX}${randomUUID()}`);
    const lease = await takeLease(copy);
    try {
      const files: Record<string, string> = {};
      for (const path of await filesOf(directory)) {
        await mkdirs(join(copy, path, '..'));
        await copyFile(join(directory, path), join(copy, path));
        files[path] = await hashFile(join(copy, path));
      }
      if ((await store.state(key, kind)) !== mark) continue;
      const paths = new Map(Object.entries(files).map(([path, hash]) => [hash, path]));
      for (const hash of await artefacts.missing([...paths.keys()]))
        await artefacts.put(hash, join(copy, paths.get(hash) ?? ''));
      return { mark, files };
    } catch (error) {
      // A file went while the copy was taken: an older state that gave way to a newer one.
      if (existsSync(directory) && isMissing(error)) continue;
      throw error;
    } finally {
      deleteFolder(copy);
      lease.release();
    }
  }
  return undefined;
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOENT' || code === 'FILE_MISSING';
}

/**
 * Files of a state that nothing needs any more: a newer state or the result has taken its place. Only files that belong
 * to unfinished cells alone; small outputs may be the same in many cells.
 * @param kept SHA-256 of files that stay
 */
export function outdated(
  before: SavedState | null,
  kind: Pick<Kind, 'state'>,
  kept: readonly string[],
): readonly string[] {
  return Object.entries(before?.files ?? {})
    .filter(([path, hash]) => kind.state.some((pattern) => path.search(pattern) !== -1) && !kept.includes(hash))
    .map(([, hash]) => hash);
}

/** Deletes what a worker has of an unfinished cell, so that it begins anew. */
export async function dropState(store: FolderStore, key: CellKey, signal: AbortSignal): Promise<void> {
  const directory = store.path(key);
  const lease = await leaseOf(directory, signal);
  try {
    if (existsSync(join(directory, DONE_FILE))) return;
    for (const path of await filesOf(directory)) await remove(join(directory, path));
  } finally {
    lease.release();
  }
}

/** Replaces what a worker has of an unfinished cell by a saved state. */
export async function bringState(
  artefacts: Artefacts,
  store: FolderStore,
  key: CellKey,
  { files }: SavedState,
  signal: AbortSignal,
): Promise<void> {
  const directory = store.path(key);
  const lease = await leaseOf(directory, signal);
  try {
    if (existsSync(join(directory, DONE_FILE))) return;
    for (const path of await filesOf(directory)) if (!(path in files)) await remove(join(directory, path));
    for (const [path, hash] of Object.entries(files)) {
      signal.throwIfAborted();
      const file = join(directory, path);
      if (existsSync(file) && (await hashFile(file)) === hash) continue;
      await artefacts.get(hash, file);
    }
  } finally {
    lease.release();
  }
}
