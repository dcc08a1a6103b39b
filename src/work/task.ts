// What is to be computed, as plain JSON: tasks, the graph that they form, and files that come from outside. Knows no
// kind of task.
import { isShared } from '../base/hash.ts';

/** A value that survives JSON without change. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/** Settings as they are after a way through a file: what is undefined is left out. Shared values stay what they are. */
export function plain(value: unknown): Json {
  if (isPlain(value)) return value;
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return JSON.parse(JSON.stringify(value)) as Json;
  const copy: Record<string, Json> = {};
  for (const name of Object.keys(value)) {
    const item = (value as Readonly<Record<string, unknown>>)[name];
    if (name === '__proto__') return JSON.parse(JSON.stringify(value)) as Json;
    if (item !== undefined) copy[name] = plain(item);
  }
  return copy;
}

/** What a way through a file would not change, as far as that is known at once. */
function isPlain(value: unknown): value is Json {
  if (typeof value === 'object') return value === null || isShared(value);
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** One piece of work. */
export interface Task {
  /** Unique in its graph; readable: `train-correct-seed1`. */
  readonly id: string;
  /** Name of its kind. */
  readonly kind: string;
  /** What the kind wants to know; no paths and no thread counts. */
  readonly config: Json;
  /** Tasks, or given files, whose results it reads: id by role. */
  readonly needs: Readonly<Record<string, string>>;
}

/** Files that no task of the graph makes: a dataset or a checkpoint that the user named. */
export interface Given {
  /** Absolute path of their folder. */
  readonly directory: string;
  /** SHA-256 of each file by its path in the folder. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Absolute paths of files that are elsewhere. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** Tasks in an order in which each comes after those that it needs. */
export interface Graph {
  readonly format: 1;
  readonly tasks: readonly Task[];
  /** By the id that tasks name in `needs`. */
  readonly given: Readonly<Record<string, Given>>;
  /** The domain from outside that its problems are of. */
  readonly domain?: GraphDomain;
}

/** A domain from outside: where its module is, and what it is. */
export interface GraphDomain extends DomainIdentity {
  /** Absolute path: no part of a key. */
  readonly module: string;
}

/** What decides results. */
export interface DomainIdentity {
  readonly name: string;
  readonly version: string;
  /** Of its sources. */
  readonly sha256: string;
}

/** A finished task: its record and where its files are. Given files have one too. */
export interface Finished<Summary = unknown> {
  /** SHA-256 of the cell's key. */
  readonly hash: string;
  /** SHA-256 over its exact outputs and its summary's exact part. */
  readonly result: string;
  /** Working time over all its starts. */
  readonly seconds: number;
  /** SHA-256 of every output by its path in the folder. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: Summary;
  /** Absolute path of its folder. */
  readonly directory: string;
  /** Of given files only: absolute paths of those that are not in the folder. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}
