// Checks a runs directory, or the folder of a single command, file by file: what is whole, what is damaged, and which
// tasks of which studies would be made again. Checking changes nothing; setAside() moves damaged cells out of the way.
import { basename, dirname, join } from 'node:path';
import { existsSync, mkdirs, rename, syncFolder } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { diskRefusal, isSystemError } from '../base/files.ts';
import { checkOutputs, deleteFiles, leftoversOf, temporariesOf } from './cell-files.ts';
import { CELL_FILE, DONE_FILE, readBegun, readRecord } from './cell-record.ts';
import { listCellsNamed } from './cells.ts';
import { CELLS_FOLDER } from './folders.ts';
import { lookAtLease, takeLease } from './lease.ts';
import { refuseOldRun } from './old-run.ts';
import { listStudies, readStudyCells } from './study-cells.ts';

/** Cells that were set aside, in the runs directory. */
const DAMAGED_FOLDER = 'damaged';

export interface Damage {
  readonly what: 'cell' | 'list of cells' | 'result';
  /** The folder of a cell; else the file. */
  readonly path: string;
  /** The refusal that a reader would print. */
  readonly message: string;
  /** Tasks that are computed again, as `study/task`; `study/report` for its results. */
  readonly again: readonly string[];
}

export interface Verified {
  /** Finished cells whose every file has the SHA-256 of its record. */
  readonly whole: number;
  /** Outputs of these cells. */
  readonly files: number;
  /** Folders of cells that are not finished; how far they are whole, their next start says. */
  readonly unfinished: readonly string[];
  /** At work now, and not looked into. */
  readonly in_use: readonly string[];
  readonly studies: readonly string[];
  /** Tasks, as `study/task`, whose cell is not in the store or not finished. */
  readonly missing: readonly string[];
  /** Files in whole cells that no record knows and nothing reads. */
  readonly strange: readonly string[];
  readonly damaged: readonly Damage[];
}

/**
 * Checks what is above the store.
 * @param folder of a study, or of a single command
 * @throws TracelabError of a damaged artefact, with the file as its place
 */
export type CheckResults = (folder: string) => Promise<void>;

/**
 * @param root a runs directory, or the folder of a command; a store below it is checked, too
 * @throws TracelabError RUNS_MISSING, RUN_OLD_FORMAT (refused input)
 */
export async function verifyStore(root: string, checkResults: CheckResults): Promise<Verified> {
  await refuseOldRun(root);
  const isCell = existsSync(join(root, DONE_FILE)) || existsSync(join(root, CELL_FILE));
  const stores = [root, join(root, 'evaluation')].filter((store) => existsSync(join(store, CELLS_FOLDER)));
  const studies = await listStudies(root);
  if (!isCell && stores.length === 0 && studies.length === 0) throw nothing(root);
  const parts = [];
  if (isCell) parts.push(await verifyCell(root));
  for (const store of stores) parts.push(await verifyCells(store));
  if (stores.length === 0 && studies.length > 0) parts.push(await verifyCells(root));
  const damaged = parts.flatMap((part) => part.damaged);
  for (const folder of isCell ? [root] : studies.map((study) => join(root, study))) {
    const error = await damageIn(() => checkResults(folder));
    const again = isCell ? [] : [`${basename(folder)}/report`];
    // A damaged list of cells is named once.
    if (error && damaged.every(({ path }) => path !== error.where))
      damaged.push({ what: 'result', path: error.where, message: error.message, again });
  }
  return {
    whole: parts.reduce((sum, { whole }) => sum + whole, 0),
    files: parts.reduce((sum, { files }) => sum + files, 0),
    unfinished: parts.flatMap(({ unfinished }) => unfinished),
    in_use: parts.flatMap(({ in_use }) => in_use),
    studies,
    missing: parts.flatMap(({ missing }) => missing),
    strange: parts.flatMap(({ strange }) => strange),
    damaged,
  };
}

/** One cell in a folder of the user's choice. */
async function verifyCell(directory: string): Promise<Omit<Verified, 'studies'>> {
  const none = { whole: 0, files: 0, unfinished: [], in_use: [], missing: [], strange: [], damaged: [] };
  if (await isUsed(directory)) return { ...none, in_use: [directory] };
  let files = 0;
  const error = await damageIn(async () => {
    const record = await readRecord(directory);
    await readBegun(directory);
    if (record) await checkOutputs(directory, record.outputs);
    files = Object.keys(record?.outputs ?? {}).length;
  });
  if (error) return { ...none, damaged: [{ what: 'cell', path: directory, message: error.message, again: [] }] };
  if (!existsSync(join(directory, DONE_FILE))) return { ...none, unfinished: [directory] };
  return { ...none, whole: 1, files };
}

/** A store, and the studies that name its cells. */
async function verifyCells(root: string): Promise<Omit<Verified, 'studies'>> {
  const named: { readonly task: string; readonly study: string; readonly hash: string }[] = [];
  const damaged: Damage[] = [];
  for (const study of await listStudies(root)) {
    const error = await damageIn(async () => {
      const cells = (await readStudyCells(root, study))?.cells ?? {};
      for (const [id, hash] of Object.entries(cells)) named.push({ task: `${study}/${id}`, study, hash });
    });
    if (error) damaged.push({ what: 'list of cells', path: error.where, message: error.message, again: [] });
  }
  const byHash = Map.groupBy(named, ({ hash }) => hash);
  const studies = new Map([...byHash].map(([hash, tasks]) => [hash, tasks.map(({ study }) => study)] as const));
  const cells = await listCellsNamed(root, studies, true);
  // A damaged record hides the hash; the name of its folder has the beginning of it.
  const tasksOf = (folder: string): string[] =>
    named.filter(({ hash }) => folder.endsWith(`-${hash.slice(0, 16)}`)).map(({ task }) => task);
  const finished = new Set<string>();
  const strange: string[] = [];
  let files = 0;
  for (const { folder, state, damage } of cells) {
    const path = join(root, CELLS_FOLDER, folder);
    if (state === 'damaged') damaged.push({ what: 'cell', path, message: damage ?? '', again: tasksOf(folder) });
    const record = state === 'finished' ? await readRecord(path) : undefined;
    if (!record) continue;
    finished.add(record.hash);
    files += Object.keys(record.outputs).length;
    for (const name of await leftoversOf(path, record.outputs)) strange.push(join(path, name));
  }
  const again = new Set(damaged.flatMap((each) => each.again));
  const folders = (wanted: string): string[] =>
    cells.filter(({ state }) => state === wanted).map(({ folder }) => join(root, CELLS_FOLDER, folder));
  return {
    whole: finished.size,
    files,
    unfinished: folders('unfinished'),
    in_use: folders('in use'),
    missing: named.filter(({ task, hash }) => !finished.has(hash) && !again.has(task)).map(({ task }) => task),
    strange,
    damaged,
  };
}

/**
 * Moves damaged cells and results into the folder `damaged` next to the store, where nothing reads them. Lists of cells
 * stay: without them `runs clean` would take the cells for unused.
 * @returns the new path of each that was moved; one that another process works on stays
 * @throws TracelabError FILE_WRITE (environment)
 */
export async function setAside(damaged: readonly Damage[]): Promise<{ readonly from: string; readonly to: string }[]> {
  const moved = [];
  for (const { what, path } of damaged) {
    if (what === 'list of cells') continue;
    const to = freeName(asideOf(what, path));
    // A file is replaced as a whole by its study; only a cell has an owner.
    const lease = what === 'cell' ? await leaseOrNone(path) : undefined;
    if (what === 'cell' && !lease) continue;
    try {
      // What killed processes left; nobody would look for it there.
      if (what === 'cell') {
        await deleteFiles(path, await temporariesOf(path));
        await syncFolder(path);
      }
      await mkdirs(dirname(to));
      // A power cut must not keep the move and lose the folder that it leads to.
      await syncFolder(dirname(dirname(to)));
      await rename(path, to);
      await syncFolder(dirname(to));
      await syncFolder(dirname(path));
      moved.push({ from: path, to });
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      throw diskRefusal('FILE_WRITE', path, 'cannot move', cause);
    } finally {
      lease?.release();
    }
  }
  return moved;
}

function asideOf(what: Damage['what'], path: string): string {
  const folder = dirname(path);
  if (what === 'cell' && basename(folder) === CELLS_FOLDER) return join(folder, '..', DAMAGED_FOLDER, basename(path));
  if (what === 'cell') return `${path}-${DAMAGED_FOLDER}`;
  return join(folder, `${basename(path)}.${DAMAGED_FOLDER}`);
}

function freeName(path: string): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? path : `${path}-${count}`;
    if (!existsSync(name)) return name;
  }
}

async function leaseOrNone(directory: string): Promise<{ readonly release: () => void } | undefined> {
  return takeLease(directory).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'CELL_IN_USE') return undefined;
    throw error;
  });
}

async function isUsed(folder: string): Promise<boolean> {
  const { state } = await lookAtLease(folder);
  return state === 'alive' || state === 'watch';
}

/** The refusal of a damaged artefact; all other failures are failures here, too. */
async function damageIn(check: () => Promise<void>): Promise<TracelabError | null> {
  try {
    await check();
    return null;
  } catch (error) {
    if (error instanceof TracelabError && error.kind === 'damaged_artifact') return error;
    throw error;
  }
}

function nothing(root: string): TracelabError {
  return new TracelabError({
    code: 'RUNS_MISSING',
    kind: 'refused_input',
    where: root,
    what: 'nothing to verify',
    expected: 'a runs directory, or the folder of a command',
    got: existsSync(root) ? 'a folder without cells' : 'no such folder',
    hint: '`tracelab runs verify DIR` names another folder',
  });
}
