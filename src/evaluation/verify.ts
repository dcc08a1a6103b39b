// Verdicts on completions from elsewhere: files of any size, in bounded memory, on all threads. Threads take parts of
// the input in turn; their answers are added up in the order of the input, so neither threads nor their speed change a
// result.
import { type ErrorDetails, TracelabError } from '../base/errors.ts';
import { readBytes } from '../base/files.ts';
import { loadCore } from '../core/module.ts';
import { type Reply, runThreads } from '../core/threads.ts';
import { domainModule } from '../data/domain-module.ts';
import { type Input, inspectInput, STDIN } from '../data/input.ts';
import { checkContent, expectedContent } from '../data/manifest.ts';
import { shownName } from '../data/records.ts';
import { rowChunks } from '../data/rows-of-text.ts';
import { TEXT_COLUMNS } from '../data/rows.ts';
import { type Refusal, Refusals } from './refusals.ts';
import { addGroups, type Groups, type GroupSummary, summarizeGroups } from './verify-tally.ts';
import type { InputPart, PartResult, VerifyShared } from './verify-thread.ts';

export interface VerifyOptions {
  /** Paths; `-` is `stdin`. */
  readonly files: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Cells per side for rows that do not give it. */
  readonly size?: number;
  readonly threads: number;
  /** The first row that cannot be read ends it; by default such rows are left out and counted. */
  readonly strict?: boolean;
}

export interface Verified {
  /** One a generator (or a file, for rows without one), in order of their first rows. */
  readonly groups: GroupSummary[];
  /** Rows that cannot be read. */
  readonly refused: readonly Refusal[];
  /** Completions that end in a word of a tokenizer, of all that were judged. */
  readonly special: { readonly count: number; readonly n: number };
}

export interface VerifyHooks {
  /**
   * @param done bytes of the input behind us
   * @param total of all files; null when one of them is a stream
   */
  progress(done: number, total: number | null): void;
  /** Verdict rows in the order of the input, as JSON lines. */
  readonly verdicts?: (lines: string) => void;
  readonly signal?: AbortSignal;
}

/** Parts in work or waiting for an earlier one, for each thread: what bounds the memory. */
const AHEAD = 4;

/**
 * Judges all rows of all inputs that can be read.
 * @returns null when the signal stopped it
 * @throws TracelabError with `file:line:column` for the first row that cannot be read, if `strict` or if none can;
 * FILE_MISSING, FILE_FORMAT, LINE_TOO_LONG, PARQUET_READ; NO_ROWS; DATASET_DAMAGED for a file that is not what
 * dataset.json in its folder says
 */
export async function verify(
  { files, stdin, size, threads, strict = false }: VerifyOptions,
  hooks: VerifyHooks,
): Promise<Verified | null> {
  const inputs = await Promise.all(files.map((file) => inspectInput(file)));
  const total = inputs.some(({ bytes }) => bytes === null)
    ? null
    : inputs.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const core = loadCore();
  const merger = new Merger((bytes) => {
    hooks.progress(bytes, total);
  }, hooks.verdicts);
  const parts = partsOf(inputs, stdin);
  let ahead = parts.next();
  // The first caller of next() gets a failure; there may be no caller.
  ahead.catch(() => undefined);
  let given = 0;
  const ended: { failure?: { readonly error: unknown } } = {};
  const stopped = (): boolean =>
    hooks.signal?.aborted === true || ended.failure !== undefined || merger.fault !== undefined;
  // A thread may be waiting for input that never comes: a stop must reach it, too.
  const { promise: stop, resolve: tellStop } = Promise.withResolvers<null>();
  const heed = (): void => {
    if (stopped()) tellStop(null);
  };
  hooks.signal?.addEventListener('abort', heed);

  const released = new Set<number>();
  const release = (thread: number, reply: Reply): void => {
    released.add(thread);
    reply(null);
  };
  const serve = async (thread: number, reply: Reply): Promise<void> => {
    while (given - merger.merged >= AHEAD * threads && !stopped()) await merger.progressed();
    if (stopped()) {
      release(thread, reply);
      return;
    }
    const index = given++;
    const taken = ahead;
    ahead = parts.next();
    ahead.catch(() => undefined);
    const next = await Promise.race([taken, stop]);
    if (next === null || next.done === true) {
      release(thread, reply);
      return;
    }
    const { bytes, part } = next.value;
    merger.expect(index, bytes);
    reply({ ...part, index }, part.kind === 'lines' ? [part.bytes.buffer as ArrayBuffer] : []);
  };

  const entry = new URL(import.meta.url.endsWith('.ts') ? './verify-thread.ts' : './verify-thread.js', import.meta.url);
  const shared: VerifyShared = {
    core: { module: core.module, tile: core.tile },
    domainModule: domainModule()?.module ?? null,
    size,
    rows: hooks.verdicts !== undefined,
    strict,
  };
  await runThreads(
    entry,
    threads,
    shared,
    (answer: PartResult | null, thread, reply) => {
      try {
        if (answer) merger.offer(answer);
      } catch (error) {
        // Where verdicts are written to, the disk may be full.
        ended.failure ??= { error };
      }
      heed();
      serve(thread, reply).catch((error: unknown) => {
        ended.failure ??= { error };
        heed();
        release(thread, reply);
      });
    },
    (thread) => {
      // It died: others must not wait for its part. Its own error is reported below.
      if (!released.has(thread)) ended.failure ??= { error: new Error('a verifying thread ended too early') };
      heed();
      merger.wake();
    },
  );
  hooks.signal?.removeEventListener('abort', heed);
  // Not awaited: a stream that says nothing more would never let go.
  parts.return(undefined).catch(() => undefined);
  if (hooks.signal?.aborted === true) return null;
  if (merger.fault) throw new TracelabError(merger.fault);
  if (ended.failure) throw ended.failure.error;
  const groups = summarizeGroups(merger.groups);
  const [first] = merger.refused.all;
  if (groups.length === 0 && merger.refused.count > 0) throw new TracelabError(first.first);
  if (groups.length === 0)
    throw new TracelabError({
      code: 'NO_ROWS',
      kind: 'refused_input',
      where: files.join(', '),
      what: 'nothing to judge',
      expected: 'at least one completion',
      got: '0 rows',
      hint: 'is it the right file?',
    });
  const n = groups.reduce((sum, group) => sum + group.n, 0);
  return { groups, refused: merger.refused.all, special: { count: merger.special, n } };
}

/** Adds up answers in the order of their parts. */
class Merger {
  readonly groups: Groups = new Map();
  readonly refused = new Refusals();
  /** Completions that end in a word of a tokenizer. */
  special = 0;
  /** Parts added up so far. */
  merged = 0;
  /** Of the first row that could not be read. */
  fault: ErrorDetails | undefined;
  private readonly waiting = new Map<number, PartResult>();
  private readonly bytes = new Map<number, number>();
  private readonly progress: (bytes: number) => void;
  private readonly verdicts: ((lines: string) => void) | undefined;
  private done = 0;
  private listeners: (() => void)[] = [];

  constructor(progress: (bytes: number) => void, verdicts: ((lines: string) => void) | undefined) {
    this.progress = progress;
    this.verdicts = verdicts;
  }

  /**
   * Registers a part that was handed to a thread.
   * @param bytes length of the part in the input
   */
  expect(index: number, bytes: number): void {
    this.bytes.set(index, bytes);
  }

  offer(result: PartResult): void {
    this.waiting.set(result.index, result);
    for (let next = this.waiting.get(this.merged); next && !this.fault; next = this.waiting.get(this.merged)) {
      this.waiting.delete(this.merged);
      addGroups(this.groups, next.groups);
      if (next.verdicts !== '') this.verdicts?.(next.verdicts);
      this.refused.addAll(next.refused);
      this.special += next.special;
      this.fault = next.fault;
      this.done += this.bytes.get(this.merged) ?? 0;
      this.bytes.delete(this.merged);
      this.merged += 1;
    }
    this.progress(this.done);
    this.wake();
  }

  /** Lets those who wait look again. */
  wake(): void {
    const { listeners } = this;
    this.listeners = [];
    for (const wake of listeners) wake();
  }

  /** Resolves at the next answer. */
  async progressed(): Promise<void> {
    return new Promise((resolve) => {
      this.listeners.push(resolve);
    });
  }
}

type Unnumbered<Part> = Part extends unknown ? Omit<Part, 'index'> : never;

async function* partsOf(
  inputs: readonly Input[],
  stdin: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly bytes: number; readonly part: Unnumbered<InputPart> }> {
  for (const { name, kind, bytes } of inputs) {
    if (kind === 'parquet') {
      const { openTexts } = await import('../data/parquet.ts');
      const table = await openTexts(name, TEXT_COLUMNS);
      const share = (bytes ?? 0) / Math.max(1, table.groups.length);
      for (const { from, to } of table.groups) yield { bytes: share, part: { kind: 'table', name, from, to } };
    } else {
      const shown = shownName(name);
      for await (const chunk of rowChunks(name === STDIN ? stdin : readBytes(name), shown)) {
        yield { bytes: chunk.bytes.length, part: { kind: 'lines', name: shown, ...chunk } };
      }
    }
    const expected = name === STDIN ? null : await expectedContent(name);
    if (expected !== null) await checkContent(name, expected);
  }
}
