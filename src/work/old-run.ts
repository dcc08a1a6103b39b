// Run directories of tracelab 0.1.0: recognised by their files and refused, never half-read.
import { join } from 'node:path';
import { existsSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { isSystemError } from '../base/files.ts';
import { CELL_FILE, DONE_FILE, readIfThere } from './cell-record.ts';

const OLD_MANIFEST = 'manifest.json';
const OLD_LOCK = '.lock';
/** All that 0.1.0 wrote into the file of a cell. */
const OLD_KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  [CELL_FILE]: new Set(['hash', 'key', 'seconds']),
  [DONE_FILE]: new Set(['hash', 'result', 'seconds', 'outputs', 'summary']),
};
const OLD_KINDS = new Set(['study', 'dataset', 'training', 'rl', 'evaluation', 'interventions']);

/**
 * @param path of a folder that may not exist
 * @throws TracelabError RUN_OLD_FORMAT (refused input) when it is a study's folder, or the folder of one result, of
 * 0.1.0
 */
export async function refuseOldRun(path: string): Promise<void> {
  if (!(await isOldRun(path))) return;
  throw new TracelabError({
    code: 'RUN_OLD_FORMAT',
    kind: 'refused_input',
    where: path,
    what: 'a run of tracelab 0.1.0',
    expected: 'a run of this version',
    got: 'one of 0.1.0',
    hint: 'finished with 0.1.0; keep it for its report, or give another directory',
  });
}

/** @param path of a folder that may not exist */
export async function isOldRun(path: string): Promise<boolean> {
  // A newer file that lost its format still has more keys, or another newer file in its folder: it is damaged, not old.
  const isOld: boolean[] = [];
  for (const name of [CELL_FILE, DONE_FILE]) {
    const cell = await readOrUnreadable(join(path, name));
    if (isObject(cell)) isOld.push(Object.keys(cell).every((key) => OLD_KEYS[name].has(key)));
  }
  if (isOld.length > 0) return isOld.every(Boolean);
  const manifest = await readOrUnreadable(join(path, OLD_MANIFEST));
  if (manifest === undefined) return false;
  // Cut short by a crash: nothing newer has such a file together with these.
  if (manifest === UNREADABLE) return existsSync(join(path, OLD_LOCK)) || existsSync(join(path, 'cells'));
  return (
    isObject(manifest) &&
    !('format' in manifest) &&
    typeof manifest['tracelab'] === 'string' &&
    OLD_KINDS.has(String(manifest['kind']))
  );
}

const UNREADABLE = Symbol('unreadable');

async function readOrUnreadable(path: string): Promise<unknown> {
  return await readIfThere(path).catch((error: unknown) => {
    if (error instanceof TracelabError && error.kind === 'damaged_artifact') return UNREADABLE;
    const cause = error instanceof TracelabError ? error.cause : undefined;
    // A part of the path is a file: nothing is there.
    if (isSystemError(cause) && cause.code === 'ENOTDIR') return undefined;
    // A disk that failed says nothing about what is there.
    throw error;
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
