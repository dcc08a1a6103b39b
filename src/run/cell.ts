// A cell is one piece of work named by the hash of all that can change its result. A finished cell is never computed again.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, hashFile, sha256 } from '../base/hash.ts';
import { readJson, writeFileAtomic } from '../base/files.ts';
import { TracelabError } from '../base/errors.ts';

/** Marks a finished cell. */
export const DONE_FILE = 'done.json';
/** Says what an unfinished one is. */
export const CELL_FILE = 'cell.json';

/** Same key, same bits. Thread count, paths and names of people's choosing have no place here. */
export interface CellKey {
  readonly kind: string;
  /** The part of the resolved configuration that this cell reads. */
  readonly config: unknown;
  /** SHA-256 of each input file, or of another cell's result. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Null for cells that never touch the core. */
  readonly core: { readonly module_sha256: string; readonly kernel_path: 'fused' | 'portable' } | null;
  readonly numeric_version: number;
}

/** A finished cell: `done.json` of its directory. */
export interface FinishedCell<Summary> {
  readonly hash: string;
  /** SHA-256 over its deterministic outputs. */
  readonly result: string;
  /** Working time, over all its starts. */
  readonly seconds: number;
  /** SHA-256 of every output by its path in the cell directory; checked when the cell is reused. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: Summary;
}

export interface CellOutputs<Summary> {
  /** Files that are the same bits whenever the key is the same; they make the result. */
  readonly deterministic: readonly string[];
  /** Files with times in them: kept and checked, no part of the result. */
  readonly timed: readonly string[];
  readonly summary: Summary;
}

export class Cell<Summary> {
  readonly directory: string;
  readonly hash: string;
  private readonly key: CellKey;
  private secondsBefore = 0;

  constructor(directory: string, key: CellKey) {
    this.key = key;
    this.hash = sha256(canonicalJson(key));
    this.directory = directory;
  }

  /** A cell among others of one run directory. @param label readable first part of the folder's name, which ends in the hash */
  static inside<Summary>(runPath: string, label: string, key: CellKey): Cell<Summary> {
    const name = `${label}-${sha256(canonicalJson(key)).slice(0, 12)}`;
    return new Cell(join(runPath, 'cells', name), key);
  }

  /** The finished cell, or undefined. Throws TracelabError CELL_DAMAGED when an output is missing or was changed, or when its own file is not what finish() writes. */
  async finished(): Promise<FinishedCell<Summary> | undefined> {
    const file = join(this.directory, DONE_FILE);
    const cell = await readIfThere(file).catch((error: unknown) => {
      if (error instanceof TracelabError && error.code === 'JSON_SYNTAX') return 'no JSON';
      throw error;
    });
    if (cell === undefined) return undefined;
    if (!isFinishedCell<Summary>(cell))
      throw this.damaged(
        file,
        'not the mark of a finished cell',
        'an object with hash, result, seconds, outputs and summary',
        JSON.stringify(cell).slice(0, 60),
      );
    if (cell.hash !== this.hash) throw await this.other(cell.hash);
    for (const [name, expected] of Object.entries(cell.outputs)) {
      const path = join(this.directory, name);
      const got = await hashFile(path).catch((error: unknown) => {
        if (error instanceof TracelabError && error.code === 'FILE_MISSING') return 'no file';
        throw error;
      });
      if (got !== expected)
        throw this.damaged(
          path,
          'was changed after it was written',
          `sha256 ${expected.slice(0, 16)}`,
          got === 'no file' ? got : `sha256 ${got.slice(0, 16)}`,
        );
    }
    return cell;
  }

  /** Makes the directory and writes the key, so that an unfinished cell tells what it is. Throws TracelabError CELL_OTHER when it holds another one. */
  async start(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const before = (await readIfThere(join(this.directory, CELL_FILE))) as
      { hash?: unknown; seconds?: unknown } | undefined;
    if (before && before.hash !== this.hash) throw await this.other(before.hash);
    this.secondsBefore = typeof before?.seconds === 'number' ? before.seconds : 0;
    // What is being made is not finished, whatever stood here.
    await rm(join(this.directory, DONE_FILE), { force: true });
    await this.write(CELL_FILE, { hash: this.hash, key: this.key, seconds: this.secondsBefore });
  }

  /** Remembers the working time of a start that was stopped. @param seconds of this start */
  async stop(seconds: number): Promise<void> {
    await this.write(CELL_FILE, { hash: this.hash, key: this.key, seconds: this.secondsBefore + seconds });
  }

  /** Hashes the outputs and marks the cell as finished. @param seconds of this start */
  async finish(outputs: CellOutputs<Summary>, seconds: number): Promise<FinishedCell<Summary>> {
    const hashes: Record<string, string> = {};
    for (const name of [...outputs.deterministic, ...outputs.timed].sort())
      hashes[name] = await hashFile(join(this.directory, name));
    const result = sha256(canonicalJson([...outputs.deterministic].sort().map((name) => [name, hashes[name]])));
    const cell: FinishedCell<Summary> = {
      hash: this.hash,
      result,
      seconds: this.secondsBefore + seconds,
      outputs: hashes,
      summary: outputs.summary,
    };
    await this.write(DONE_FILE, cell);
    return cell;
  }

  private async write(name: string, value: unknown): Promise<void> {
    await writeFileAtomic(join(this.directory, name), `${JSON.stringify(value, null, 2)}\n`);
  }

  /** The refusal to mix two results in one folder, with the settings that differ. */
  private async other(hash: unknown): Promise<TracelabError> {
    const before = (await readIfThere(join(this.directory, CELL_FILE))) as { key?: unknown } | undefined;
    const keys = differences(before?.key, this.key);
    return new TracelabError({
      code: 'CELL_OTHER',
      kind: 'refused_input',
      where: this.directory,
      what: `holds the result of other settings${keys.length > 0 ? ` (${keys.slice(0, 4).join(', ')})` : ''}`,
      expected: this.hash.slice(0, 12),
      got: String(hash).slice(0, 12),
      hint: 'give another directory',
    });
  }

  private damaged(where: string, what: string, expected: string, got: string): TracelabError {
    return new TracelabError({
      code: 'CELL_DAMAGED',
      kind: 'damaged_artifact',
      where,
      what,
      expected,
      got,
      hint: `delete ${this.directory} to compute it again`,
    });
  }
}

function isFinishedCell<Summary>(value: unknown): value is FinishedCell<Summary> {
  const cell = value as Partial<FinishedCell<Summary>> | null;
  return (
    typeof cell?.hash === 'string' &&
    typeof cell.result === 'string' &&
    typeof cell.seconds === 'number' &&
    cell.summary !== undefined &&
    typeof cell.outputs === 'object' &&
    (cell.outputs as object | null) !== null &&
    Object.values(cell.outputs).every((hash: unknown) => typeof hash === 'string')
  );
}

/** Dotted paths at which two plain values differ. */
function differences(a: unknown, b: unknown, path = ''): string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b ? [] : [path];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].flatMap((name) =>
    differences(
      (a as Record<string, unknown>)[name],
      (b as Record<string, unknown>)[name],
      path === '' ? name : `${path}.${name}`,
    ),
  );
}

async function readIfThere(path: string): Promise<unknown> {
  try {
    return await readJson(path);
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return undefined;
    throw error;
  }
}
