// What is in a runs directory, and what of it may be deleted. Functions without printing, for `tracelab runs`.
import { basename, join, relative, sep } from 'node:path';
import { remove, stat } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { checkOutputs, leftoversOf, listFiles, temporariesOf } from './cell-files.ts';
import { type CellRecord, damaged, DONE_FILE, readBegun, readRecord } from './cell-record.ts';
import { CELLS_FOLDER, MERGE_PREFIX, TRASH_PREFIX, deleteFolder, foldersIn } from './folders.ts';
import { folderOf } from './key.ts';
import { lookAtLease, takeLease } from './lease.ts';
import { listStudies, readStudyCells } from './study-cells.ts';

export interface CellEntry {
  /** Name in the folder of cells. */
  readonly folder: string;
  /** Null where damage hides it, as for the kind. */
  readonly hash: string | null;
  readonly kind: string | null;
  readonly state: 'finished' | 'unfinished' | 'in use' | 'damaged';
  /** In words, of one in use. */
  readonly owner: string | null;
  /** What is wrong, of a damaged one. */
  readonly damage: string | null;
  /** Working time so far. */
  readonly seconds: number;
  readonly bytes: number;
  /** That name it. */
  readonly studies: readonly string[];
}

/**
 * All cells of a runs directory, sorted by folder.
 * @param check also hashes every output of the finished ones
 * @throws TracelabError STUDY_CELLS (damaged artefact)
 */
export async function listCells(root: string, check = false): Promise<CellEntry[]> {
  return listCellsNamed(root, await namedCells(root), check);
}

/** The folder of a cell by its hash; undefined without one. */
export async function cellFolder(root: string, hash: string): Promise<string | undefined> {
  const folder = (await foldersIn(join(root, CELLS_FOLDER))).find((name) => name.endsWith(`-${hash.slice(0, 16)}`));
  return folder === undefined ? undefined : join(root, CELLS_FOLDER, folder);
}

/**
 * The same with what is known of studies already.
 * @param named studies by the hash of the cells that they name
 */
export async function listCellsNamed(
  root: string,
  named: ReadonlyMap<string, readonly string[]>,
  check: boolean,
): Promise<CellEntry[]> {
  const entries: CellEntry[] = [];
  for (const folder of await foldersIn(join(root, CELLS_FOLDER)))
    if (!folder.startsWith('.')) entries.push(await entryOf(root, folder, named, check));
  return entries;
}

async function entryOf(
  root: string,
  folder: string,
  named: ReadonlyMap<string, readonly string[]>,
  check: boolean,
): Promise<CellEntry> {
  const directory = join(root, CELLS_FOLDER, folder);
  const { state: leaseState, owner = null } = await lookAtLease(directory);
  const used = leaseState === 'alive' || leaseState === 'watch';
  const bytes = await bytesOf(directory);
  const nothing = { folder, hash: null, kind: null, owner: null, damage: null, seconds: 0, bytes, studies: [] };
  try {
    const record = await readRecord(directory);
    if (record && folderOf(record.key) !== folder) throw misplaced(directory, record);
    if (record && check) await checkOutputs(directory, record.outputs);
    const cell = record ?? (await readBegun(directory));
    if (!cell) return used ? { ...nothing, state: 'in use', owner } : { ...nothing, state: 'unfinished' };
    const state = record ? 'finished' : used ? 'in use' : 'unfinished';
    const { hash, seconds } = cell;
    const studies = named.get(hash) ?? [];
    return { ...nothing, hash, kind: cell.key.kind, state, owner: used ? owner : null, seconds, studies };
  } catch (error) {
    if (!(error instanceof TracelabError) || error.code !== 'CELL_DAMAGED') throw error;
    if (used) return { ...nothing, state: 'in use', owner };
    return { ...nothing, state: 'damaged', damage: error.message };
  }
}

/** A record that got into the folder of another cell. */
function misplaced(directory: string, record: CellRecord): TracelabError {
  const where = join(directory, DONE_FILE);
  return damaged(directory, where, 'is the record of another cell', basename(directory), folderOf(record.key));
}

/** One thing that can go. */
export interface Sweep {
  /** Absolute path of a folder or a file. */
  readonly path: string;
  readonly why: 'no study names it' | 'unfinished' | 'damaged' | 'left by a process that was killed';
  readonly bytes: number;
}

export interface Sweepable {
  readonly sweeps: readonly Sweep[];
  /** Folders at work now: as long as there is one, finished cells stay, since their study may be about to name them. */
  readonly working: readonly string[];
}

/**
 * What may be deleted: damaged cells, finished ones that no study names, what killed processes left, and, if wanted,
 * unfinished cells.
 * Cells of a living owner are never deleted, nor cells of an owner on another machine that may be alive.
 */
export async function sweepable(root: string, options: { readonly unfinished?: boolean } = {}): Promise<Sweepable> {
  const cells = join(root, CELLS_FOLDER);
  const sweeps: Sweep[] = [];
  const entries = await listCells(root, true);
  const working = entries.filter(({ owner }) => owner !== null).map(({ folder }) => join(cells, folder));
  for (const study of await listStudies(root)) if (await isUsed(join(root, study))) working.push(join(root, study));
  for (const { folder, state, owner, bytes, studies } of entries) {
    const path = join(cells, folder);
    if (owner !== null) continue;
    if (state === 'damaged') sweeps.push({ path, why: 'damaged', bytes });
    else if (state === 'finished' && studies.length === 0 && working.length === 0)
      sweeps.push({ path, why: 'no study names it', bytes });
    else if (state === 'unfinished' && options.unfinished) sweeps.push({ path, why: 'unfinished', bytes });
    else sweeps.push(...(await leftIn(path)));
  }
  return { sweeps: [...sweeps, ...(await leftFolders(root))], working };
}

/** Folders on their way out or in when their process was killed. */
async function leftFolders(root: string): Promise<Sweep[]> {
  const sweeps: Sweep[] = [];
  const why = 'left by a process that was killed';
  for (const [folder, prefix] of [
    [join(root, CELLS_FOLDER), TRASH_PREFIX] as const,
    [root, TRASH_PREFIX] as const,
    [root, MERGE_PREFIX] as const,
  ])
    for (const name of await foldersIn(folder)) {
      const path = join(folder, name);
      if (name.startsWith(prefix) && !(await isUsed(path))) sweeps.push({ path, why, bytes: await bytesOf(path) });
    }
  return sweeps;
}

/**
 * Deletes folders that killed processes left on their way out of a runs directory or into it.
 * @throws TracelabError FILE_WRITE (environment)
 */
export async function sweepLeftFolders(root: string): Promise<void> {
  await sweep(root, await leftFolders(root));
}

/** Files in a cell that stays. */
async function leftIn(directory: string): Promise<Sweep[]> {
  const record = await readRecord(directory);
  const paths = record ? await leftoversOf(directory, record.outputs) : await temporariesOf(directory);
  const sweeps: Sweep[] = [];
  for (const name of paths) {
    const path = join(directory, name);
    sweeps.push({ path, why: 'left by a process that was killed', bytes: await sizeOf(path) });
  }
  return sweeps;
}

/**
 * Deletes what sweepable() found. A folder that was taken in between stays.
 * @returns what was deleted
 */
export async function sweep(root: string, sweeps: readonly Sweep[]): Promise<Sweep[]> {
  const swept: Sweep[] = [];
  for (const each of sweeps) {
    const [top, cell] = relative(root, each.path).split(sep);
    const folder = top === CELLS_FOLDER ? join(root, top, cell) : each.path;
    const lease = await takeLease(folder).catch((error: unknown) => {
      if (error instanceof TracelabError && error.code === 'CELL_IN_USE') return undefined;
      throw error;
    });
    if (!lease) continue;
    try {
      if (folder === each.path) deleteFolder(folder);
      else await remove(each.path);
      swept.push(each);
    } finally {
      lease.release();
    }
  }
  return swept;
}

/** Studies by the hash of the cells that they name. */
async function namedCells(root: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const named = new Map<string, string[]>();
  for (const study of await listStudies(root))
    for (const hash of new Set(Object.values((await readStudyCells(root, study))?.cells ?? {})))
      named.set(hash, [...(named.get(hash) ?? []), study]);
  return named;
}

async function isUsed(folder: string): Promise<boolean> {
  const { state } = await lookAtLease(folder);
  return state === 'alive' || state === 'watch';
}

async function bytesOf(directory: string): Promise<number> {
  let bytes = 0;
  for (const path of await listFiles(directory)) bytes += await sizeOf(join(directory, path));
  return bytes;
}

/** 0 for a file that went in this moment. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path);
  return Number(found?.size ?? 0);
}
