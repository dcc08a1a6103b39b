// One file with finished cells and the folders of the studies that name them: how results travel between machines. A
// gzipped tar with the layout of a runs directory. It is unpacked aside and checked as a whole before the first cell
// gets its place, so a bad archive changes nothing.
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { copyFile, existsSync, mkdirs, rename, syncFolder, syncFolders } from '../base/disk.ts';
import { port } from '../base/file-port.ts';
import { TracelabError } from '../base/errors.ts';
import { diskRefusal, isSystemError, readError, writeAtomically } from '../base/files.ts';
import { LIMITS } from '../base/limits.ts';
import { packFiles, unpackFiles } from './archive-stream.ts';
import { TEMPORARY, checkOutputs, listFiles } from './cell-files.ts';
import { CELL_FILE, DONE_FILE, readIfThere, readRecord } from './cell-record.ts';
import type { CellRecord } from './cell-record.ts';
import { listCells, sweepLeftFolders } from './cells.ts';
import { CELLS_FOLDER, MERGE_PREFIX, deleteFolder, foldersIn } from './folders.ts';
import { folderOf } from './key.ts';
import { takeLease } from './lease.ts';
import type { LeaseOptions } from './lease.ts';
import { LEASE_PREFIX } from './lease-file.ts';
import { refuseOldRun } from './old-run.ts';
import { STUDY_CELLS_FILE, otherStudy, parseStudyCells, readStudyCells, writeStudyCells } from './study-cells.ts';
import type { StudyCells } from './study-cells.ts';

export interface Exported {
  readonly cells: number;
  readonly studies: readonly string[];
}

/**
 * Writes finished cells, and the folders of all studies that name one of them, into one file.
 * @param hashes of the cells
 * @param file path of the archive; written whole or not at all
 * @throws TracelabError CELL_MISSING (refused input) for one that is not finished here; CELL_DAMAGED; FILE_WRITE
 */
export async function exportCells(root: string, hashes: readonly string[], file: string): Promise<Exported> {
  await refuseOldRun(root);
  const entries = new Map((await listCells(root)).map((entry) => [entry.hash, entry]));
  const paths: string[] = [];
  const studies = new Set<string>();
  for (const hash of [...new Set(hashes)].sort()) {
    const entry = entries.get(hash);
    const directory = join(root, CELLS_FOLDER, entry?.folder ?? '');
    const record = entry?.state === 'finished' ? await readRecord(directory) : undefined;
    if (!entry || !record) throw missing(root, hash, entry?.state ?? 'no such cell');
    await checkOutputs(directory, record.outputs);
    const begun = existsSync(join(directory, CELL_FILE)) ? [CELL_FILE] : [];
    for (const path of [DONE_FILE, ...begun, ...Object.keys(record.outputs)])
      paths.push(`${CELLS_FOLDER}/${entry.folder}/${path}`);
    for (const study of entry.studies) studies.add(study);
  }
  if (paths.length === 0) throw missing(root, '', 'none');
  for (const study of [...studies].sort())
    for (const path of await listFiles(join(root, study))) if (travels(path)) paths.push(`${study}/${path}`);
  await writeAtomically(file, async (temporary) => {
    await packFiles(resolve(root), resolve(temporary), paths);
  });
  return { cells: new Set(hashes).size, studies: [...studies].sort() };
}

/** Files of a study's folder that are no business of the process that writes there. */
function travels(path: string): boolean {
  return !path.startsWith(LEASE_PREFIX) && !TEMPORARY.test(path);
}

export interface Merged {
  /** Folders of cells that were not there before. */
  readonly cells: readonly string[];
  /** Folders of cells that were there with the same result. */
  readonly known: readonly string[];
  readonly studies: readonly string[];
}

/**
 * Adds the cells of an archive to the store, and joins the lists of cells of equal studies. Other files of a study's
 * folder are only added if they are missing: a study makes them from its cells. Safe to repeat.
 * @throws TracelabError ARCHIVE_DAMAGED, CELL_DAMAGED; CELL_DIFFERS, STUDY_OTHER (refused input); CELL_IN_USE
 */
export async function mergeCells(root: string, file: string, leaseOptions: LeaseOptions = {}): Promise<Merged> {
  await refuseOldRun(root);
  await sweepLeftFolders(root);
  const isNew = !existsSync(root);
  const staging = resolve(root, `${MERGE_PREFIX}${randomUUID()}`);
  const lease = await takeLease(staging, leaseOptions);
  try {
    await unpack(file, staging);
    const records = await checkCells(join(staging, CELLS_FOLDER), file);
    const studies = await checkStudies(root, staging, file);
    const known: string[] = [];
    for (const [folder, record] of records) {
      const directory = join(root, CELLS_FOLDER, folder);
      if (await isKnown(directory, record)) known.push(folder);
    }
    const added = [...records.keys()].filter((folder) => !known.includes(folder));
    for (const folder of added)
      await place(join(staging, CELLS_FOLDER, folder), join(root, CELLS_FOLDER, folder), leaseOptions);
    for (const { study, cells } of studies) await mergeStudy(root, join(staging, study), cells);
    return { cells: added, known, studies: studies.map(({ study }) => study) };
  } finally {
    deleteFolder(staging);
    lease.release();
    // An archive that is refused leaves no folder behind.
    if (isNew) removeEmpty(root);
  }
}

/** A folder in which others have begun something stays. */
function removeEmpty(folder: string): void {
  try {
    port().sync.removeFolder(folder);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
  }
}

async function unpack(file: string, staging: string): Promise<void> {
  const faultOf = entryCheck();
  let bad: string | undefined;
  try {
    await unpackFiles(file, staging, (entry) => {
      bad ??= faultOf(entry);
      return bad === undefined;
    });
  } catch (cause) {
    // Of the path to the archive, or of the disk: the archive may be sound. A path that leads through a file, or to one
    // twice, is the archive's.
    if (isSystemError(cause) && /^(?:ENOENT|EISDIR|ENOTDIR)$/.test(cause.code ?? '') && (cause.path ?? file) === file)
      throw readError(file, cause);
    if (isSystemError(cause) && !/^(?:ENOTDIR|EISDIR|EEXIST|ENAMETOOLONG|EINVAL)$/.test(cause.code ?? ''))
      throw diskRefusal('FILE_WRITE', staging, 'cannot unpack', cause);
    // `TAR_BAD_ARCHIVE: Unrecognized archive format`
    const got = cause instanceof Error ? cause.message.replace(/^[A-Z_]+: /, '') : 'another file';
    throw damagedArchive(file, got, cause);
  }
  if (bad !== undefined) throw damagedArchive(file, bad);
}

/** Called for one entry after the other; says what is wrong with the archive from this one on. */
export function entryCheck(): (entry: { readonly type: string; readonly path: string }) => string | undefined {
  const { archiveEntries, archivePath } = LIMITS;
  let entries = 0;
  return ({ type, path }) => {
    entries += 1;
    if (entries > archiveEntries.most) return `more than ${archiveEntries.most} entries`;
    if (path.length > archivePath.most)
      return `a path of ${path.length} characters, where ${archivePath.most} are read`;
    return (type === 'File' || type === 'OldFile') && isInside(path) ? undefined : `an entry ${path}`;
  };
}

function isInside(path: string): boolean {
  const parts = path.replace(/^\.\//, '').split('/');
  return !parts[0].startsWith('.') && parts.every((part) => !['', '.', '..'].includes(part));
}

/**
 * Each cell in itself.
 * @returns records by folder
 */
async function checkCells(cells: string, file: string): Promise<ReadonlyMap<string, CellRecord>> {
  const records = new Map<string, CellRecord>();
  for (const folder of await foldersIn(cells)) {
    const directory = join(cells, folder);
    const record = await readRecord(directory);
    if (!record || folderOf(record.key) !== folder) throw damagedArchive(file, `no record in cell ${folder}`);
    await checkOutputs(directory, record.outputs);
    const expected = new Set([DONE_FILE, CELL_FILE, ...Object.keys(record.outputs)]);
    const strange = (await listFiles(directory)).find((path) => !expected.has(path));
    if (strange) throw damagedArchive(file, `file ${strange} in cell ${folder}, which its record does not know`);
    records.set(folder, record);
  }
  if (records.size === 0) throw damagedArchive(file, 'no cells');
  return records;
}

interface MergedStudy {
  readonly study: string;
  readonly cells: StudyCells;
}

async function checkStudies(root: string, staging: string, file: string): Promise<MergedStudy[]> {
  const studies: MergedStudy[] = [];
  for (const study of (await foldersIn(staging)).filter((folder) => folder !== CELLS_FOLDER)) {
    const path = join(staging, study, STUDY_CELLS_FILE);
    const value = await readIfThere(path);
    if (value === undefined) throw damagedArchive(file, `no ${STUDY_CELLS_FILE} of study ${study}`);
    const cells = parseStudyCells(value, study, path);
    const before = await readStudyCells(root, study);
    if (before) joined(root, before, cells);
    studies.push({ study, cells });
  }
  return studies;
}

/**
 * Both lists in one.
 * @throws TracelabError STUDY_OTHER (refused input)
 */
function joined(root: string, before: StudyCells, cells: StudyCells): StudyCells {
  const hint = 'merge it into another runs directory';
  if (before.config_hash !== cells.config_hash) throw otherStudy(root, before, cells.config_hash, hint);
  for (const [task, hash] of Object.entries(cells.cells))
    if (task in before.cells && before.cells[task] !== hash)
      throw otherStudy(root, { ...before, config_hash: before.cells[task] }, hash, `task ${task} differs; ${hint}`);
  return { ...before, cells: { ...before.cells, ...cells.cells } };
}

/** @throws TracelabError CELL_DIFFERS when the same key has another result here: one of the two machines is wrong */
async function isKnown(directory: string, record: CellRecord): Promise<boolean> {
  const here = await readRecord(directory);
  if (!here) return false;
  await checkOutputs(directory, here.outputs);
  if (here.hash === record.hash && here.result === record.result) return true;
  throw new TracelabError({
    code: 'CELL_DIFFERS',
    kind: 'refused_input',
    where: directory,
    what: 'the archive has another result of the same cell',
    expected: `result ${here.result.slice(0, 12)}`,
    got: `result ${record.result.slice(0, 12)}`,
    hint: 'one of the two machines computed it wrongly: compare the files, delete one, compute it again',
  });
}

/** Moves a checked cell into its place; an unfinished one there gives way, unless somebody works on it. */
async function place(from: string, to: string, leaseOptions: LeaseOptions): Promise<void> {
  await mkdirs(dirname(to));
  for (let attempt = 0; attempt < 10; attempt++) {
    if (existsSync(to)) {
      const lease = await takeLease(to, leaseOptions);
      try {
        if (await readRecord(to)) return;
        deleteFolder(to);
      } finally {
        lease.release();
      }
    }
    try {
      // Under its final name a cell is believed to be whole.
      await syncFolders(from);
      await rename(from, to);
      await syncFolder(dirname(to));
      return;
    } catch (cause) {
      // Somebody began it in this moment.
      if (!isSystemError(cause) || !/^(?:ENOTEMPTY|EEXIST|EPERM)$/.test(cause.code ?? '')) throw cause;
    }
  }
  throw new TracelabError({
    code: 'CELL_IN_USE',
    kind: 'environment',
    where: to,
    what: 'other processes keep beginning this cell',
    expected: 'a cell that nobody works on',
    got: 'another owner at every try',
    hint: 'merge again when they have stopped',
  });
}

async function mergeStudy(root: string, from: string, cells: StudyCells): Promise<void> {
  const to = join(root, cells.study);
  for (const path of await listFiles(from)) {
    if (path === STUDY_CELLS_FILE || existsSync(join(to, path))) continue;
    await writeAtomically(join(to, path), async (temporary) => {
      await copyFile(join(from, path), temporary);
    });
  }
  const before = await readStudyCells(root, cells.study);
  await writeStudyCells(root, before ? joined(root, before, cells) : cells);
}

function missing(root: string, hash: string, got: string): TracelabError {
  return new TracelabError({
    code: 'CELL_MISSING',
    kind: 'refused_input',
    where: root,
    what: hash ? `cell ${hash.slice(0, 12)} is not finished here` : 'there is nothing to export',
    expected: 'finished cells',
    got,
    hint: '`tracelab runs list` shows them',
  });
}

function damagedArchive(file: string, got: string, cause?: unknown): TracelabError {
  return new TracelabError({
    code: 'ARCHIVE_DAMAGED',
    kind: 'damaged_artifact',
    where: file,
    what: 'is not a whole archive of cells',
    expected: 'what `tracelab runs export` writes',
    got,
    hint: 'export and copy it again; nothing was changed here',
    cause,
  });
}
