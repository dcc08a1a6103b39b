// The seam between workers and whatever shares tasks out to them. An engine keeps graphs, knows which tasks are ready,
// gives each cell to one worker at a time, and keeps finished records and saved states. Files travel through
// artefacts.ts. Every engine has the same meaning: tests/fleet/engine-contract.ts.
import type { TaskFailure } from '../work/executor.ts';
import type { CellKey, CoreIdentity } from '../work/key.ts';
import type { TaskProgress } from '../work/kind.ts';
import type { Json } from '../work/task.ts';

/** A task of a graph, with what workers need to choose well. */
export interface QueuedTask {
  readonly id: string;
  readonly kind: string;
  readonly config: Json;
  /** Ids of the same graph by role. */
  readonly needs: Readonly<Record<string, string>>;
  /** Seconds of the longest chain of tasks that begins with this one, on one thread: the longest goes first. */
  readonly priority: number;
  /** Estimated, on one thread. */
  readonly seconds: number;
  /** Of its process on one thread. */
  readonly bytes: number;
}

/** What decides bits, and what the code of worker and sweep must have in common. */
export interface FleetIdentity {
  /** Of tracelab. */
  readonly version: string;
  readonly numeric_version: number;
  readonly core: CoreIdentity;
}

/** A graph that a fleet shall compute. Tasks come after those that they need. */
export interface Submission {
  /** Of the sweep; unique in the engine. */
  readonly name: string;
  /** SHA-256 of its resolved configuration: another one under the same name is refused, unless it gives way. */
  readonly config_hash: string;
  /** Whether another one gives way. */
  readonly replace: boolean;
  readonly identity: FleetIdentity;
  readonly tasks: readonly QueuedTask[];
}

/** Files of an unfinished cell from which another worker can resume. */
export interface SavedState {
  /** Store.state() of these files on the worker that saved them. */
  readonly mark: string;
  /** SHA-256 by path in the cell's folder. */
  readonly files: Readonly<Record<string, string>>;
}

/** A cell in the hands of one worker. */
export interface Claim {
  /** Names this hold: the same cell in other hands has another one. */
  readonly attempt: string;
  /** SHA-256 of the cell's key. */
  readonly hash: string;
  /** Of a task with this key, for people. */
  readonly id: string;
  readonly kind: string;
  readonly config: Json;
  readonly key: CellKey;
  /** Hashes of finished cells by role. */
  readonly needs: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly bytes: number;
  /** The newest saved state, null without one. */
  readonly state: SavedState | null;
}

/** Who works. */
export interface WorkerIdentity {
  /** Unique: host, process and a random part. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly threads: number;
  readonly jobs: number;
  readonly identity: FleetIdentity;
}

/** `waiting` for its needs, `ready`, `finished`; `blocked`: a task that it needs was set aside. */
export type TaskState = 'waiting' | 'ready' | 'finished' | 'set_aside' | 'blocked' | 'cancelled';

/** What became of a task since the last look. */
export interface TaskChange {
  readonly id: string;
  readonly state: TaskState;
  /** Of its cell, once it was ready. */
  readonly hash: string | null;
  /** Of one that was set aside. */
  readonly failure: TaskFailure | null;
}

/** A task that a worker has now. */
export interface RunningTask {
  readonly id: string;
  readonly worker: string;
  readonly host: string;
  readonly threads: number;
  readonly progress: TaskProgress | null;
}

/** What happened to a graph since the last look. */
export interface Changes {
  readonly changed: readonly TaskChange[];
  readonly running: readonly RunningTask[];
  /** To be given at the next look. */
  readonly next: string;
  readonly cancelled: boolean;
  /** Results of one key that were not the same, in words; no sweep should trust either. */
  readonly alarms: readonly string[];
}

/** Where a graph is. */
export interface GraphStatus {
  readonly name: string;
  readonly identity: FleetIdentity;
  readonly cancelled: boolean;
  readonly submitted: Date;
  /** Tasks by state; those that run count as ready. */
  readonly states: Readonly<Record<TaskState, number>>;
  readonly running: number;
  /** Estimated seconds on one thread: of all tasks, and of the finished ones. */
  readonly seconds: { readonly all: number; readonly finished: number };
  /** Ids of its jobs in a cluster that wait or run. */
  readonly jobs?: readonly string[];
}

export interface WorkerStatus {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Null where the engine does not know, as of a shared folder. */
  readonly threads: number | null;
  readonly jobs: number | null;
  readonly identity: FleetIdentity | null;
  /** Seconds since its last sign of life, by the clock of the engine. */
  readonly silent: number;
  readonly tasks: readonly string[];
}

export interface FleetStatus {
  readonly graphs: readonly GraphStatus[];
  readonly workers: readonly WorkerStatus[];
  readonly alarms: readonly string[];
}

/** One line of what workers said about a task. */
export interface LogLine {
  readonly at: Date;
  readonly worker: string;
  readonly text: string;
}

/** Of a worker that found another record under the same key. */
export interface OtherRecord {
  /** Worker that committed first. */
  readonly worker: string;
  readonly result: string;
}

/**
 * All methods reject with TracelabError ENGINE_GONE (environment) when the engine cannot be reached; the call may or
 * may not have taken effect then, and can be repeated.
 */
export interface Engine {
  /**
   * Adds a graph, or the tasks that a graph of the same name does not have. Tasks that were set aside, blocked or
   * cancelled are tried again. What is finished under the same key, by any graph, is finished here at once.
   * @throws TracelabError STUDY_OTHER (refused input) for another configuration under this name
   */
  submit(submission: Submission): Promise<void>;
  /** Makes a worker known, and says that it lives. */
  greet(worker: WorkerIdentity): Promise<void>;
  /** The cell that goes first, or undefined when none is ready. */
  claim(worker: WorkerIdentity): Promise<Claim | undefined>;
  /**
   * Says that the worker lives and still has these cells.
   * @returns those of the attempts that it has no more: lost, cancelled, or finished by another
   */
  renew(worker: WorkerIdentity, attempts: readonly string[]): Promise<readonly string[]>;
  /** For people; may get lost. */
  report(claim: Claim, threads: number, progress: TaskProgress | null): Promise<void>;
  /** Keeps a state; its files are among the artefacts already. False when the cell is another's. */
  saveState(claim: Claim, state: SavedState): Promise<boolean>;
  /**
   * Keeps a finished record, marks the tasks of its key, and makes ready what needs them. Safe to repeat.
   * @param record the text of done.json, whose files are among the artefacts already
   * @returns the other record if there is one with another result; that one stays, and an alarm names both workers
   */
  commit(worker: WorkerIdentity, claim: Claim, record: string, result: string): Promise<OtherRecord | undefined>;
  /** Hands a cell back, to be claimed again; never counts as a failed try. */
  giveBack(claim: Claim): Promise<void>;
  /**
   * Counts a failed try. After three in a row without newer state, or one that is final, tasks of the key are set
   * aside, and those that need them are blocked.
   * @param headway whether this try saved newer state
   * @returns whether the cell was set aside
   */
  fail(
    worker: WorkerIdentity,
    claim: Claim,
    failure: TaskFailure,
    details: { readonly final: boolean; readonly headway: boolean; readonly log: string },
  ): Promise<boolean>;
  /** The text of the record of a finished cell. */
  record(hash: string): Promise<string | undefined>;
  /**
   * @param after `next` of the last look; empty at first
   * @throws TracelabError SWEEP_UNKNOWN (refused input)
   */
  changes(name: string, after: string): Promise<Changes>;
  status(): Promise<FleetStatus>;
  /**
   * What workers said about a task, oldest first.
   * @throws TracelabError SWEEP_UNKNOWN, TASK_UNKNOWN (refused input)
   */
  logs(name: string, id: string): Promise<readonly LogLine[]>;
  /**
   * No task of the graph is begun any more, unless another graph needs it.
   * @param drain whether running tasks continue to their end
   * @throws TracelabError SWEEP_UNKNOWN (refused input)
   */
  cancel(name: string, drain: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Tasks of graphs, for people who look at them. */
export interface GraphReader {
  /**
   * All tasks of a graph, each after those that it needs.
   * @throws TracelabError SWEEP_UNKNOWN (refused input)
   */
  tasks(name: string): Promise<readonly Pick<QueuedTask, 'id' | 'kind' | 'config' | 'needs'>[]>;
}

/** What people ask an engine. */
export type Overview = Pick<Engine, 'status' | 'logs' | 'cancel' | 'close'>;

/** Tries in a row without newer state after which a cell is set aside. */
export const MOST_TRIES = 3;

/** In one line, for refusals and status. */
export function describeIdentity({ version, numeric_version, core }: FleetIdentity): string {
  const { module_sha256, kernel_path } = core;
  return `tracelab ${version}, numeric version ${numeric_version}, core ${module_sha256.slice(0, 12)} (${kernel_path})`;
}
