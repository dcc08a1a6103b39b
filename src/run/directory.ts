// A run directory: made or opened safely, locked, and marked by a manifest, so that tracelab never writes into a folder that is not its own.
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSystemError, readJson, systemReason, writeFileAtomic } from '../base/files.ts';
import { TracelabError } from '../base/errors.ts';
import { DONE_FILE } from './cell.ts';
import { LOCK_FILE, lockDirectory } from './lock.ts';
import type { RunLock } from './lock.ts';
import { METRICS_FILE } from './metrics-file.ts';

export const MANIFEST_FILE = 'manifest.json';

/** Ends the name of the file that says what the finished rows beside it are. */
export const KEY_SUFFIX = '.key';

/** What a run directory holds; commands refuse a directory of another kind. */
export type RunKind = 'study' | 'dataset' | 'training' | 'rl' | 'evaluation' | 'interventions';

export interface RunManifest {
  readonly tracelab: string;
  readonly kind: RunKind;
  readonly created: string;
  readonly node: string;
}

export interface RunDirectoryOptions {
  readonly path: string;
  readonly kind: RunKind;
  /** Of tracelab, for the manifest. */
  readonly version: string;
  readonly now: () => Date;
}

export interface RunDirectory extends RunLock {
  /** What there was before: no folder, an empty one, or a run. */
  readonly before: 'nothing' | 'empty' | 'run';
}

/**
 * Does work in a run directory under its lock. When the work is refused before it has made anything worth keeping, a directory made for it goes again.
 * Throws what openRunDirectory and the work throw.
 */
export async function withRunDirectory<T>(options: RunDirectoryOptions, work: () => Promise<T>): Promise<T> {
  const { path } = options;
  const directory = await openRunDirectory(options);
  try {
    return await work();
  } catch (error) {
    if (directory.before !== 'run' && error instanceof TracelabError && (await leftNothing(path, error))) {
      if (directory.before === 'nothing') await rm(path, { recursive: true, force: true });
      else for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true });
    }
    throw error;
  } finally {
    directory.release();
  }
}

/** Refused input leaves nothing but what was worked for; damaged input nothing as long as no work has begun. */
async function leftNothing(path: string, error: TracelabError): Promise<boolean> {
  if (error.kind === 'refused_input') return !(await holdsWork(path));
  return (
    error.kind === 'damaged_artifact' &&
    (await readdir(path)).every((name) => name === MANIFEST_FILE || name.startsWith(LOCK_FILE))
  );
}

/** Whether there is a finished cell, a test file's finished rows, or the metrics of a training, which may have diverged after hours. */
async function holdsWork(path: string): Promise<boolean> {
  const entries = await readdir(path, { recursive: true });
  return entries.some(
    (name) => basename(name) === DONE_FILE || basename(name) === METRICS_FILE || name.endsWith(KEY_SUFFIX),
  );
}

/**
 * Opens a run directory and takes its lock; creates it when it is missing or empty.
 * Throws TracelabError RUN_DIRECTORY (refused input) for a file, a folder with other things in it or a run of another kind; RUN_IN_USE and FILE_WRITE (environment).
 */
export async function openRunDirectory({ path, kind, version, now }: RunDirectoryOptions): Promise<RunDirectory> {
  const before = await refuseForeign(path, kind);
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new TracelabError({
      code: 'FILE_WRITE',
      kind: 'environment',
      where: path,
      what: `cannot create the folder (${systemReason(cause)})`,
      cause,
    });
  }
  const lock = await lockDirectory(path, now);
  try {
    if (!(await readManifest(path))) {
      const manifest: RunManifest = {
        tracelab: version,
        kind,
        created: now().toISOString(),
        node: process.versions.node,
      };
      await writeFileAtomic(join(path, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    }
  } catch (error) {
    lock.release();
    throw error;
  }
  return { before, release: lock.release };
}

async function refuseForeign(path: string, kind: RunKind): Promise<RunDirectory['before']> {
  const foreign = (what: string, expected: string, got: string): TracelabError =>
    new TracelabError({
      code: 'RUN_DIRECTORY',
      kind: 'refused_input',
      where: path,
      what,
      expected,
      got,
      hint: 'give another directory',
    });
  const entries = await listing(path);
  if (entries === 'file') throw foreign('the run directory is a file', 'a folder, or nothing yet', 'a file');
  if (entries === 'nothing') return 'nothing';
  const manifest = entries.includes(MANIFEST_FILE) ? await readManifest(path) : undefined;
  if (manifest && manifest.kind !== kind)
    throw foreign('the directory holds a run of another kind', `a ${kind} run`, `a ${manifest.kind} run`);
  // Left by a process that died while it made the directory.
  const strange = entries.filter(
    (name) => !name.startsWith(LOCK_FILE) && !(name.startsWith(`.${MANIFEST_FILE}`) && name.endsWith('.tmp')),
  );
  if (!manifest && strange.length > 0)
    throw foreign(
      'the directory is not a tracelab run',
      'a new or empty folder, or an earlier run',
      `${strange.length} other file${strange.length === 1 ? '' : 's'}, ${strange[0]} among them`,
    );
  return manifest ? 'run' : 'empty';
}

async function listing(path: string): Promise<string[] | 'file' | 'nothing'> {
  try {
    return await readdir(path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code === 'ENOENT' && !(await lstat(path).catch(() => undefined))) return 'nothing';
    if (cause.code === 'ENOTDIR') return 'file';
    throw new TracelabError({
      code: 'FILE_READ',
      kind: 'environment',
      where: path,
      what: `cannot read the folder (${systemReason(cause)})`,
      cause,
    });
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
    throw new TracelabError({
      code: 'RUN_MANIFEST',
      kind: 'damaged_artifact',
      where: file,
      what: 'not the manifest of a run',
      expected: 'an object with tracelab and kind',
      got: JSON.stringify(value).slice(0, 60),
    });
  }
  return manifest as RunManifest;
}
