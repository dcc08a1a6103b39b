// Everything about a kind of task in one value. The kinds themselves are src/tasks; src/work calls them through this
// interface alone.
import type { Finished, Json, Task } from './task.ts';

/** A task with the tasks that it needs, for estimates: their settings determine the amount of work. */
export interface TaskNode {
  readonly task: Task;
  /** The task behind a role; undefined for given files. */
  readonly need: (role: string) => TaskNode | undefined;
}

/** Files of a finished task whose path in its folder fits the pattern. */
export interface OutputPattern {
  readonly pattern: RegExp;
  /** Decided to the bit by the key: part of the result. Others hold times: kept and checked, no part of the result. */
  readonly exact: boolean;
}

/** What a kind counts its work in. */
export type Unit = 'problems' | 'trained tokens' | 'generated tokens' | 'read tokens';

/** What a task costs on this machine. */
export interface Estimate {
  /** In the unit of the kind. */
  readonly tokens: number;
  /** Floating-point operations. */
  readonly flops: number;
  /** On one thread. */
  readonly seconds: number;
  /**
   * Ascending numbers of threads that are worth having; a number between two is no faster than the lower one. Starts
   * with 1.
   */
  readonly threads: readonly number[];
  /** Whether more threads would be of use, but one memory of the core has no addresses for them; default false. */
  readonly addressBound?: boolean;
  /** Memory of its process, in bytes. */
  readonly bytes: (threads: number) => number;
}

/** What a running task reports; the display needs no more. */
export interface TaskProgress {
  /** Of the whole task, 0 to 1. */
  readonly share: number;
  readonly tokens_per_second: number | null;
  readonly seconds_left: number | null;
  /** A few words: `loss 0.312`, `drunkard 120/300`. */
  readonly words: string;
  /** The kind's own numbers, for `--json`. */
  readonly detail: Json;
}

/** What a kind is given to run one task. */
export interface Work<Config> {
  readonly config: Config;
  /** Its folder in the store: absolute, exists, holds what an earlier start left. */
  readonly directory: string;
  readonly need: (role: string) => Finished;
  /** Role is optional in some graphs. */
  readonly needIfAny: (role: string) => Finished | undefined;
  readonly threads: number;
  /** Aborted: save and return null at the next safe point. */
  readonly signal: AbortSignal;
  readonly progress: (progress: TaskProgress) => void;
  /** One line for the user: `resumes at step 257 of 4,344`, or a warning. */
  readonly say: (text: string, level?: 'note' | 'warning') => void;
}

/** Method syntax, so that a table of kinds with different settings is one type. */
export interface Kind<Config = unknown, Summary = unknown, Facts = unknown> {
  readonly name: string;
  /** Raised when the same key would give another result. */
  readonly version: number;
  /** Whether its numbers come from the core, whose hash is then part of the key. */
  readonly usesCore: boolean;
  /** Of the tokens that its tasks are estimated to take. */
  readonly unit: Unit;
  readonly outputs: readonly OutputPattern[];
  /** Files that only an unfinished task needs; deleted once it is finished. A change of one of them is newer state. */
  readonly state: readonly RegExp[];
  /** SHA-256 by name of all that it reads of its needs. */
  inputs(config: Config, needs: Readonly<Record<string, Finished>>): Readonly<Record<string, string>>;
  /** The part of the settings that decides a result; default all. */
  keyed?(config: Config): Json;
  /** Of the whole task, as if nothing were done yet. */
  estimate(node: TaskNode, facts: Facts): Estimate;
  /** The part of the settings that decides an estimate, of this task and of all that need it; default all. */
  estimated?(config: Config): Json;
  /** Bytes of the files that it writes and keeps while it runs, where these are many. */
  disk?(node: TaskNode): number;
  /** Share of the estimated work that an unfinished cell has behind it, 0 to 1; default 0. */
  done?(directory: string, estimate: Estimate): Promise<number>;
  /** @returns the summary, or null when the signal stopped it */
  run(work: Work<Config>): Promise<Summary | null>;
}

/** Kinds by name. */
export type Kinds = ReadonlyMap<string, Kind>;
