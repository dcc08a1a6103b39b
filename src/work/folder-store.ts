// The store in plain folders: cells of a runs directory that all its studies share (FolderStore), or one cell in a
// folder that the user named (SingleStore). Leases are lease.ts, what a finished cell must be is cell-record.ts.
import { join, resolve } from 'node:path';
import { existsSync, openFile, readdir, readdirSync, removeSync, syncFolders } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { isSystemError, readError, writeAtomically } from '../base/files.ts';
import { WRITTEN_FILE } from '../base/written-files.ts';
import {
  checkOutputs,
  deleteFiles,
  hashOutputs,
  listFiles,
  markOf,
  remainsOf,
  sortFiles,
  temporariesOf,
} from './cell-files.ts';
import {
  CELL_FILE,
  damaged,
  DONE_FILE,
  otherCell,
  readBegun,
  readRecord,
  recordText,
  writeBegun,
} from './cell-record.ts';
import type { CellRecord } from './cell-record.ts';
import { CELLS_FOLDER, deleteFolder } from './folders.ts';
import { folderOf, hashOf } from './key.ts';
import type { CellKey } from './key.ts';
import type { Kind, OutputPattern } from './kind.ts';
import { cellLost } from './failure.ts';
import { lookAtLease, takeLease } from './lease.ts';
import type { Lease, LeaseOptions } from './lease.ts';
import { LEASE_PREFIX } from './lease-file.ts';
import { refuseOldRun } from './old-run.ts';
import type { CellLease, LeaseWait, Store } from './store.ts';
import type { Finished, Json } from './task.ts';

/** What both stores do; they differ in where a cell is. */
abstract class CellFolders implements Store {
  private readonly leaseOptions: LeaseOptions;

  constructor(leaseOptions: LeaseOptions) {
    this.leaseOptions = leaseOptions;
  }

  abstract path(key: CellKey): string;

  abstract survey(): Promise<(key: CellKey) => boolean>;

  /** Whether the name of the folder itself says which cell it is. */
  protected abstract isNamedByKey(): boolean;

  /** Refuses a place that tracelab may not write into or read from. */
  protected abstract checkPlace(): Promise<void>;

  async finished<Summary>(key: CellKey): Promise<Finished<Summary> | undefined> {
    await this.checkPlace();
    const directory = this.path(key);
    const record = await readRecord(directory);
    if (!record) return undefined;
    if (record.hash !== hashOf(key)) throw await this.otherRecord(directory, record, key);
    await checkOutputs(directory, record.outputs);
    return finishedOf(record, directory);
  }

  /** As the interface says. Another process may have finished the cell just before: ask finished() once more. */
  async lease(key: CellKey, wait?: LeaseWait): Promise<CellLease> {
    await this.checkPlace();
    const directory = this.path(key);
    const hash = hashOf(key);
    // Before the lease: a cell of other settings is not even touched.
    const before = (await readRecord(directory)) ?? (await readBegun(directory));
    if (before && before.hash !== hash) throw await this.otherRecord(directory, before, key);
    const made = !existsSync(directory);
    let lost = false;
    const onLost = (): void => {
      lost = true;
      this.leaseOptions.onLost?.();
      wait?.onLost?.();
    };
    const lease = await takeLease(directory, { ...this.leaseOptions, ...wait, onLost });
    try {
      const begun = await readBegun(directory);
      if (begun && begun.hash !== hash) throw otherCell(directory, begun, key);
      await deleteFiles(directory, await temporariesOf(directory));
      if (!begun) await writeBegun(directory, { format: 1, hash, key, seconds: 0 });
      return new FolderLease(directory, key, { begun: begun?.seconds, made }, lease, () => lost);
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /** A record of other settings: another result in a folder of the user's choice, or one in a wrong folder. */
  private async otherRecord(directory: string, record: Pick<CellRecord, 'hash' | 'key'>, key: CellKey): Promise<Error> {
    const begun = await readBegun(directory);
    if (!this.isNamedByKey() && begun?.hash !== hashOf(key)) return otherCell(directory, record, key);
    const [expected, got] = [hashOf(key).slice(0, 16), record.hash.slice(0, 16)];
    return damaged(directory, join(directory, DONE_FILE), 'is the record of another cell', expected, got);
  }

  async owner(key: CellKey): Promise<string | null> {
    const { state, owner } = await lookAtLease(this.path(key));
    return state === 'alive' ? (owner ?? null) : null;
  }

  async tidy(key: CellKey, kind: Pick<Kind, 'state'>): Promise<void> {
    const directory = this.path(key);
    const left = await remainsOf(directory, kind.state);
    if (left.length === 0 || (await lookAtLease(directory)).state === 'alive') return;
    try {
      const lease = await takeLease(directory, { ...this.leaseOptions, patienceSeconds: 0 });
      try {
        await deleteFiles(directory, left);
      } finally {
        lease.release();
      }
    } catch (error) {
      // The result is whole: what cannot be swept now is swept by a later run.
      if (!isSystemError(error) && !(error instanceof TracelabError)) throw error;
    }
  }

  async state(key: CellKey, kind: Pick<Kind, 'state' | 'outputs'>): Promise<string | null> {
    return await markOf(this.path(key), kind.outputs, kind.state);
  }
}

/** Cells of a runs directory, each in a folder named after its kind and hash. */
export class FolderStore extends CellFolders {
  readonly root: string;

  /** @param root the runs directory, which may not exist yet */
  constructor(root: string, leaseOptions: LeaseOptions = {}) {
    super(leaseOptions);
    this.root = resolve(root);
  }

  override path(key: CellKey): string {
    return join(this.root, CELLS_FOLDER, folderOf(key));
  }

  override async survey(): Promise<(key: CellKey) => boolean> {
    await this.checkPlace();
    const folder = join(this.root, CELLS_FOLDER);
    const found = await readdir(folder).catch((cause: unknown) => {
      if (isSystemError(cause) && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return [];
      throw readError(folder, cause);
    });
    const names = new Set(found);
    return (key) => names.has(folderOf(key));
  }

  protected override isNamedByKey(): boolean {
    return true;
  }

  protected override async checkPlace(): Promise<void> {
    await refuseOldRun(this.root);
  }
}

/** One cell, in a folder of the user's choice. */
export class SingleStore extends CellFolders {
  readonly directory: string;

  constructor(directory: string, leaseOptions: LeaseOptions = {}) {
    super(leaseOptions);
    this.directory = resolve(directory);
  }

  override path(): string {
    return this.directory;
  }

  override async survey(): Promise<() => boolean> {
    const isThere = existsSync(this.directory);
    return Promise.resolve(() => isThere);
  }

  protected override isNamedByKey(): boolean {
    return false;
  }

  protected override async checkPlace(): Promise<void> {
    await refuseOldRun(this.directory);
    const files = await listFiles(this.directory).catch((cause: unknown) => {
      if (isSystemError(cause) && cause.code === 'ENOTDIR') throw foreign(this.directory, 'a file');
      throw cause;
    });
    if (files.includes(CELL_FILE) || files.includes(DONE_FILE)) return;
    // Left by a process that died while it began the cell.
    const strange = files.filter(
      (path) => !path.startsWith(LEASE_PREFIX) && !new RegExp(`^\\.${CELL_FILE}\\.[0-9a-f-]+\\.tmp$`).test(path),
    );
    if (strange.length > 0)
      throw foreign(
        this.directory,
        `${strange.length} other file${strange.length === 1 ? '' : 's'}, ${strange[0]} among them`,
      );
  }
}

class FolderLease implements CellLease {
  readonly directory: string;
  readonly secondsBefore: number;
  private readonly key: CellKey;
  private readonly lease: Lease;
  private readonly wasLost: () => boolean;
  private readonly made: boolean;
  /** Nothing is in the cell yet that is worth keeping. */
  private fresh: boolean;

  /** @param before seconds that the cell was begun with, and whether its folder was made for it now */
  constructor(
    directory: string,
    key: CellKey,
    before: { readonly begun: number | undefined; readonly made: boolean },
    lease: Lease,
    wasLost: () => boolean,
  ) {
    this.directory = directory;
    this.key = key;
    this.secondsBefore = before.begun ?? 0;
    this.made = before.made;
    this.fresh = before.begun === undefined;
    this.lease = lease;
    this.wasLost = wasLost;
  }

  async stop(seconds: number): Promise<void> {
    this.mustHold();
    this.fresh = false;
    const { key } = this;
    await writeBegun(this.directory, { format: 1, hash: hashOf(key), key, seconds: this.secondsBefore + seconds });
  }

  async commit<Summary>(
    outputs: readonly OutputPattern[],
    state: readonly RegExp[],
    summary: Summary,
    seconds: number,
  ): Promise<Finished<Summary>> {
    this.mustHold();
    this.fresh = false;
    const files = await sortFiles(this.directory, outputs, state);
    const hashed = await hashOutputs(this.directory, files, state);
    const record = {
      format: 1 as const,
      hash: hashOf(this.key),
      key: this.key,
      ...hashed,
      seconds: this.secondsBefore + seconds,
      summary: summary as Json,
    };
    // The record must not outlive a file that it names: names of folders within the cell are synced by nobody else.
    await syncFolders(this.directory);
    await writeAtomically(join(this.directory, DONE_FILE), async (temporary) => {
      const file = await openFile(temporary, 'wx');
      try {
        await file.write(recordText(record));
        await file.sync();
      } finally {
        await file.close();
      }
      // As late as can be; and a file was just created here, so that newer leases are seen on a network, too.
      this.mustHold();
    });
    // Only now: a crash before the record must not lose the state from which the work can resume.
    await deleteFiles(this.directory, [...files.state, ...files.temporary, WRITTEN_FILE]);
    await this.lease.sweepOlder();
    return finishedOf(record, this.directory);
  }

  release(): void {
    // Refused work leaves nothing behind.
    try {
      if (this.fresh && this.lease.held() && holdsNothing(this.directory)) {
        if (this.made) deleteFolder(this.directory);
        else removeSync(join(this.directory, CELL_FILE));
      }
    } catch (cause) {
      // Why the work failed is reported; what stays here is swept by the next run.
      if (!isSystemError(cause) && !(cause instanceof TracelabError)) throw cause;
    } finally {
      this.fresh = false;
      this.lease.release();
    }
  }

  private mustHold(): void {
    if (this.lease.held()) return;
    if (!this.lease.isOver())
      throw new TracelabError({
        code: 'FILE_READ',
        kind: 'environment',
        where: this.directory,
        what: 'cannot read the lease of this cell',
        expected: 'the lease of this process',
        got: 'an error of the disk or the network',
        hint: 'run the command again',
      });
    const lost = this.wasLost();
    throw cellLost(
      this.directory,
      lost ? 'another process has taken over this cell' : 'the lease of this cell was given back',
      lost ? 'that of another' : 'none',
    );
  }
}

function holdsNothing(directory: string): boolean {
  return readdirSync(directory).every((name) => name === CELL_FILE || name.startsWith(LEASE_PREFIX));
}

function finishedOf<Summary>(record: Omit<CellRecord, 'record_sha256'>, directory: string): Finished<Summary> {
  const { hash, result, seconds, outputs, summary } = record;
  return { hash, result, seconds, outputs, summary: summary as Summary, directory };
}

function foreign(directory: string, got: string): TracelabError {
  return new TracelabError({
    code: 'RUN_DIRECTORY',
    kind: 'refused_input',
    where: directory,
    what: 'the directory is not a tracelab run',
    expected: 'a new or empty folder, or an earlier run',
    got,
    hint: 'give another directory',
  });
}
