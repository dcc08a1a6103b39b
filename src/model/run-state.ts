// What a stopped run resumes from: parameters and both moments of AdamW after a step, in a safetensors file, and a line
// in `resume.jsonl` that commits it with its SHA-256. A file without a line, or that does not fit its line, is no
// state. The newest two states are kept.
import { join } from 'node:path';
import { z } from 'zod';
import { copyFile, openFile, readdir, remove, syncFolders } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { diskRefusal, isSystemError, readText, readWhole, writeFileAtomic } from '../base/files.ts';
import { sha256 } from '../base/hash.ts';
import { loadTensors, namedTensors } from './named-tensors.ts';
import type { ModelLayout } from './layout.ts';
import type { UpdateMemory } from './parallel-update.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import type { TensorFile } from './tensor-file.ts';

/** One line a committed state. */
export const STATE_LINES = 'resume.jsonl';
const STATE_FILE = /^resume-\d+\.safetensors$/;
/** Left by a process that died while it wrote. */
const HALF_WRITTEN = /^\.resume[^/]*\.tmp$/;
/** The one file of a run of tracelab 0.1.0, without a hash. */
const OLD_STATE_FILE = 'resume.safetensors';

/** Files of a run directory that only an unfinished run needs. */
export const STATE_PATTERNS: readonly RegExp[] = [/^resume\.jsonl$/, STATE_FILE, HALF_WRITTEN];

const KEPT = 2;

/** Copies of the three blocks. */
export interface StateBlocks {
  readonly parameters: ArrayBuffer;
  readonly firstMoments: ArrayBuffer;
  readonly secondMoments: ArrayBuffer;
}

/** The beginning of metrics.jsonl that belongs to a state: one row a step. */
export interface MetricsMark {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface RunState {
  readonly file: TensorFile;
  /** Updates done. */
  readonly step: number;
  /** Wall time so far. */
  readonly seconds: number;
}

const count = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const lineSchema = z.strictObject({
  file: z.string().regex(STATE_FILE),
  step: count,
  seconds: z.number().nonnegative(),
  sha256: hash,
  bytes: count,
  metrics: z.strictObject({ rows: count, bytes: count, sha256: hash }),
});

/** A line of resume.jsonl. */
export type StateLine = z.infer<typeof lineSchema>;

/** A line that was parsed as JSON; undefined for what is none. */
export function stateLine(value: unknown): StateLine | undefined {
  return lineSchema.safeParse(value).data;
}

const BLOCKS = { parameters: '', firstMoments: 'adamw.first_moment.', secondMoments: 'adamw.second_moment.' } as const;
const NAMES = ['parameters', 'firstMoments', 'secondMoments'] as const;

/** Copies of the blocks. */
export function copyState(memory: WebAssembly.Memory, map: UpdateMemory): StateBlocks {
  const copy = (name: (typeof NAMES)[number]): ArrayBuffer => copyBlock(memory, map[name], map.layout);
  return { parameters: copy('parameters'), firstMoments: copy('firstMoments'), secondMoments: copy('secondMoments') };
}

/** A copy of a parameter block: `layout.bytes` bytes from address `block`. */
export function copyBlock(memory: WebAssembly.Memory, block: number, layout: ModelLayout): ArrayBuffer {
  return Uint8Array.from(new Uint8Array(memory.buffer, block, layout.bytes)).buffer;
}

/**
 * Puts a state into the shared memory.
 * @throws TracelabError CHECKPOINT_DAMAGED
 */
export function loadState({ file }: RunState, memory: WebAssembly.Memory, map: UpdateMemory, where: string): void {
  for (const name of NAMES) loadTensors(file, map.layout, memory, map[name], where, BLOCKS[name]);
}

/** The saved states of a run directory. */
export class RunStates {
  /** The newest two committed states, the newest first; null for a line that is damaged. */
  readonly candidates: readonly (StateLine | null)[];
  /** State files in the directory, committed or not. */
  readonly files: readonly string[];
  private readonly directory: string;
  /** What resume.jsonl has to keep, oldest first. */
  private lines: readonly StateLine[];

  private constructor(directory: string, lines: readonly (StateLine | null)[], files: readonly string[]) {
    this.directory = directory;
    this.files = files;
    this.candidates = newest(lines);
    this.lines = lines.filter((line) => line !== null);
  }

  /** @throws TracelabError FILE_READ; RUN_MISMATCH for a run of tracelab 0.1.0 */
  static async open(directory: string): Promise<RunStates> {
    const names = await readdir(directory);
    if (names.includes(OLD_STATE_FILE))
      throw mismatch(join(directory, OLD_STATE_FILE), 'this directory holds a run of an older tracelab', {
        expected: 'a run of this version',
        got: OLD_STATE_FILE,
      });
    const files = names.filter((name) => STATE_FILE.test(name));
    return new RunStates(directory, await readLines(join(directory, STATE_LINES)), files);
  }

  /**
   * Gives a directory without states one that another run of the same key saved.
   * @param from path of its file
   */
  static async begin(directory: string, from: string, line: StateLine): Promise<void> {
    await copyFile(from, join(directory, line.file));
    await syncFolders(directory);
    await appendLine(join(directory, STATE_LINES), textOf(line));
  }

  /** Path of the file of a saved state. */
  pathOf({ file }: StateLine): string {
    return join(this.directory, file);
  }

  /**
   * @param key names the run: settings, data, core
   * @throws TracelabError CHECKPOINT_DAMAGED when the file is not the one of the line, RUN_MISMATCH when it belongs to
   * other settings, FILE_READ
   */
  async read(line: StateLine, key: string): Promise<RunState> {
    const where = this.pathOf(line);
    const damaged = (expected: string, got: string): TracelabError =>
      new TracelabError({
        code: 'CHECKPOINT_DAMAGED',
        kind: 'damaged_artifact',
        where,
        what: 'the saved state was changed after it was written',
        expected,
        got,
        hint: `delete ${this.directory} to begin anew`,
      });
    const bytes = await readWhole(where).catch((error: unknown) => {
      if (error instanceof TracelabError && error.code === 'FILE_MISSING') throw damaged('a file', 'no file');
      throw error;
    });
    if (bytes.length !== line.bytes) throw damaged(`${line.bytes} bytes`, String(bytes.length));
    const got = sha256(bytes);
    if (got !== line.sha256) throw damaged(`sha256 ${line.sha256.slice(0, 16)}`, got.slice(0, 16));
    const file = decodeSafetensors(bytes, where);
    const { key: found, step, seconds } = file.metadata;
    if (found !== key)
      throw mismatch(where, 'this directory holds a run with other settings, data or core', {
        expected: key.slice(0, 12),
        got: found.slice(0, 12),
      });
    // The file is whole; the line may not be.
    if (Number(step) !== line.step || line.metrics.rows !== line.step) throw damaged(`step ${line.step}`, step);
    return { file, step: Number(step), seconds: Number(seconds) };
  }

  /** Resumes from a state, or from none: whatever is newer, or was never committed, is deleted. */
  async resumeFrom(line: StateLine | null): Promise<void> {
    this.lines = line === null ? [] : this.lines.slice(0, this.lines.lastIndexOf(line) + 1);
    this.lines = newest(this.lines).reverse();
    const path = join(this.directory, STATE_LINES);
    const text = this.lines.map(textOf).join('');
    // A rewritten file looks like newer state: a task that fails at every start would be retried endlessly.
    if (text !== (await readTextIfThere(path))) await writeFileAtomic(path, text);
    await this.sweep();
  }

  /**
   * Writes a state, commits it and deletes all but the newest two.
   * @param key names the run
   * @param metrics of the rows up to the step
   */
  async write(
    layout: ModelLayout,
    blocks: StateBlocks,
    { key, step, seconds }: { readonly key: string; readonly step: number; readonly seconds: number },
    metrics: MetricsMark,
  ): Promise<void> {
    const tensors = NAMES.flatMap((name) => namedTensors(blocks[name], layout, BLOCKS[name]));
    const bytes = encodeSafetensors(tensors, { key, step: String(step), seconds: String(seconds) });
    const file = `resume-${step}.safetensors`;
    await writeFileAtomic(join(this.directory, file), bytes);
    // A state must not outlive the checkpoints before it: their folders are synced by nobody else.
    await syncFolders(this.directory);
    const line = { file, step, seconds, sha256: sha256(bytes), bytes: bytes.length, metrics };
    await appendLine(join(this.directory, STATE_LINES), textOf(line));
    this.lines = newest([...this.lines, line]).reverse();
    await this.sweep();
  }

  private async sweep(): Promise<void> {
    const kept = new Set(this.lines.map(({ file }) => file));
    for (const name of await readdir(this.directory))
      if ((STATE_FILE.test(name) && !kept.has(name)) || HALF_WRITTEN.test(name))
        await remove(join(this.directory, name));
  }
}

/** Deletes what only a resume needs; for finished runs. */
export async function dropState(runDir: string): Promise<void> {
  for (const name of await readdir(runDir))
    if (STATE_PATTERNS.some((pattern) => pattern.test(name))) await remove(join(runDir, name));
}

/** The newest first; a state that was written again counts once. */
function newest<Line extends StateLine | null>(lines: readonly Line[]): Line[] {
  const found: Line[] = [];
  for (const line of [...lines].reverse())
    if (found.length < KEPT && (line === null || found.every((other) => other?.file !== line.file))) found.push(line);
  return found;
}

function textOf(line: StateLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Empty without the file. */
async function readTextIfThere(path: string): Promise<string> {
  return readText(path).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return '';
    throw error;
  });
}

/** A last line that a crash cut short commits nothing and is left out; any other that is no state is null. */
async function readLines(path: string): Promise<(StateLine | null)[]> {
  const text = await readTextIfThere(path);
  const lines = text.split('\n').map(parseLine);
  const last = lines.pop() ?? null;
  return last === null ? lines : [...lines, last];
}

function parseLine(text: string): StateLine | null {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** @throws TracelabError FILE_WRITE (environment) */
async function appendLine(path: string, text: string): Promise<void> {
  try {
    const file = await openFile(path, 'a');
    try {
      await file.write(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw diskRefusal('FILE_WRITE', path, 'cannot write', cause);
  }
}

function mismatch(
  where: string,
  what: string,
  contrast: { readonly expected: string; readonly got: string },
): TracelabError {
  return new TracelabError({
    code: 'RUN_MISMATCH',
    kind: 'refused_input',
    where,
    what,
    ...contrast,
    hint: 'use another run directory, or delete this one',
  });
}
