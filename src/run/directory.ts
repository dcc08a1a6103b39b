// A run directory: made or opened safely, locked, and marked by a manifest, so that tracelab never writes into a folder that is not its own.
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, readJson, systemReason, writeFileAtomic } from '../base/files.ts';
import { TracelabError } from '../base/errors.ts';
import { LOCK_FILE, lockDirectory } from './lock.ts';
import type { RunLock } from './lock.ts';

export const MANIFEST_FILE = 'manifest.json';

/** What a run directory holds; commands refuse a directory of another kind. */
export type RunKind = 'study' | 'dataset' | 'training' | 'evaluation';

export interface RunManifest {
  readonly tracelab: string;
  readonly kind: RunKind;
  readonly created: string;
  readonly node: string;
}

export interface RunDirectory extends RunLock {
  readonly path: string;
}

/**
 * Opens a run directory and takes its lock; creates it when it is missing or empty.
 * @param version of tracelab, for the manifest
 * Throws TracelabError RUN_DIRECTORY (refused input) for a file, a folder with other things in it or a run of another kind; RUN_IN_USE and FILE_WRITE (environment).
 */
export async function openRunDirectory(path: string, kind: RunKind, version: string, now: () => Date = () => new Date()): Promise<RunDirectory> {
  await refuseForeign(path, kind);
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new TracelabError({ code: 'FILE_WRITE', kind: 'environment', where: path, what: `cannot create the folder (${systemReason(cause)})`, cause });
  }
  const lock = await lockDirectory(path, now);
  try {
    if (!(await readManifest(path))) {
      const manifest: RunManifest = { tracelab: version, kind, created: now().toISOString(), node: process.versions.node };
      await writeFileAtomic(join(path, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    }
  } catch (error) {
    lock.release();
    throw error;
  }
  return { path, release: lock.release };
}

async function refuseForeign(path: string, kind: RunKind): Promise<void> {
  const foreign = (what: string, expected: string, got: string): TracelabError =>
    new TracelabError({ code: 'RUN_DIRECTORY', kind: 'refused_input', where: path, what, expected, got, hint: 'give another directory' });
  const entries = await listing(path);
  if (entries === 'file') throw foreign('the run directory is a file', 'a folder, or nothing yet', 'a file');
  const manifest = entries.includes(MANIFEST_FILE) ? await readManifest(path) : undefined;
  if (manifest && manifest.kind !== kind) throw foreign('the directory holds a run of another kind', `a ${kind} run`, `a ${manifest.kind} run`);
  // Left by a process that died while it made the directory.
  const strange = entries.filter((name) => !name.startsWith(LOCK_FILE) && !(name.startsWith(`.${MANIFEST_FILE}`) && name.endsWith('.tmp')));
  if (!manifest && strange.length > 0) throw foreign('the directory is not a tracelab run', 'a new or empty folder, or an earlier run', `${strange.length} other file${strange.length === 1 ? '' : 's'}, ${strange[0]} among them`);
}

async function listing(path: string): Promise<string[] | 'file'> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code === 'ENOENT' && !(await lstat(path).catch(() => undefined))) return [];
    if (cause.code === 'ENOTDIR') return 'file';
    throw new TracelabError({ code: 'FILE_READ', kind: 'environment', where: path, what: `cannot read the folder (${systemReason(cause)})`, cause });
  }
}

/** The manifest of a run directory, or undefined when it has none. Throws TracelabError JSON_SYNTAX or RUN_MANIFEST (damaged artefact). */
export async function readManifest(path: string): Promise<RunManifest | undefined> {
  const file = join(path, MANIFEST_FILE);
  let value: unknown;
  try {
    value = await readJson(file);
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return undefined;
    throw error;
  }
  const manifest = value as Partial<RunManifest> | null;
  if (typeof manifest?.tracelab !== 'string' || typeof manifest.kind !== 'string') {
    throw new TracelabError({ code: 'RUN_MANIFEST', kind: 'damaged_artifact', where: file, what: 'not the manifest of a run', expected: 'an object with tracelab and kind', got: JSON.stringify(value).slice(0, 60) });
  }
  return manifest as RunManifest;
}
