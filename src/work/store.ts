// Where cells are kept: finished ones, which never change, and unfinished ones, which one owner at a time works on.
import type { CellKey } from './key.ts';
import type { Kind, OutputPattern } from './kind.ts';
import type { Finished } from './task.ts';

/** How to wait for a lease whose owner may be dead, on another host, and what to do when the lease is lost later. */
export interface LeaseWait {
  /** Ends the waiting: the lease is refused as if the owner lived. */
  readonly signal?: AbortSignal;
  /** Called with the owner in words when the waiting begins, which lasts no longer than the term of the lease. */
  readonly onWatch?: (owner: string) => void;
  /** Called once when the cell turns out to be another's: whoever works on it must stop to write. */
  readonly onLost?: () => void;
}

export interface Store {
  /**
   * The record of a finished cell, every file checked against its SHA-256 (once a process), or undefined.
   * @throws TracelabError CELL_DAMAGED (damaged artefact) when a file is missing or was changed
   */
  finished<Summary>(key: CellKey): Promise<Finished<Summary> | undefined>;
  /**
   * The process that has a cell and certainly lives, in words; null when it is free, or when only lease() can find out.
   */
  owner(key: CellKey): Promise<string | null>;
  /** One look at all cells: whether the folder of a key was there, finished or not. */
  survey(): Promise<(key: CellKey) => boolean>;
  /**
   * Takes a cell for this process and makes its folder.
   * @throws TracelabError CELL_IN_USE (environment) while a living owner has it; CELL_OTHER; FILE_WRITE
   */
  lease(key: CellKey, wait?: LeaseWait): Promise<CellLease>;
  /**
   * A mark of the newest saved state of an unfinished cell, null without any: another mark means that a try made
   * headway.
   */
  state(key: CellKey, kind: Pick<Kind, 'state' | 'outputs'>): Promise<string | null>;
  /** Deletes what a killed process left in a finished cell: temporary files, and state that nobody needs. */
  tidy(key: CellKey, kind: Pick<Kind, 'state'>): Promise<void>;
  /** Absolute path of a cell's folder, which may not exist. */
  path(key: CellKey): string;
}

/** An unfinished cell in the hands of its one owner. */
export interface CellLease {
  /** Absolute path. */
  readonly directory: string;
  /** Working time of earlier starts. */
  readonly secondsBefore: number;
  /**
   * Remembers the working time of a start that was stopped.
   * @param seconds of this start
   */
  stop(seconds: number): Promise<void>;
  /**
   * Hashes the outputs, compares them with what was noted when they were written (base/written-files.ts), writes the
   * record and sweeps what only an unfinished cell needs.
   * @param seconds of this start
   * @throws TracelabError CELL_DAMAGED when a file is not what was written, or fits no pattern
   */
  commit<Summary>(
    outputs: readonly OutputPattern[],
    state: readonly RegExp[],
    summary: Summary,
    seconds: number,
  ): Promise<Finished<Summary>>;
  /** Gives the cell back; safe to call twice and from an exit handler (synchronous). */
  release(): void;
}
