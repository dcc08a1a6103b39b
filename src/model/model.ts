// A model that is open: weights, tables and packed matrices in one memory, and threads that wait for work. It generates
// and scores; nothing is learnt. Calls come one after the other; each lays out its own room behind the weights, and the
// memory grows when a call needs more.
import { join } from 'node:path';
import { hashFile } from '../base/hash.ts';
import { ThreadPool } from '../core/thread-pool.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import type { DraftCounts } from './drafts.ts';
import { type Completion, type CompletionJob, decodeIn, generateIn, type GenerateRequest } from './generate.ts';
import { logProbabilitiesIn, type ScoredSequence, type TokenProbabilities } from './log-probabilities.ts';
import { type ModelRoom, openRoom, packWeights } from './model-memory.ts';
import { type ExampleLoss, scoreIn, type ScoredExample } from './score.ts';

/** A checkpoint in memory that generates completions and scores texts. One call at a time; close it. */
export class Model implements AsyncDisposable {
  /** SHA-256 of the weights file; null for weights that came from no file. */
  readonly weightsHash: string | null;
  private readonly room: ModelRoom;
  /** Threads that end with the model; undefined when they were lent to it. */
  private readonly ownPool: ThreadPool | undefined;
  private drafted = 0;
  private accepted = 0;
  private isPacked = false;
  private isBusy = false;
  private isClosed = false;

  private constructor(checkpoint: Checkpoint, threads: number | ThreadPool, where: string, weightsHash: string | null) {
    const pool = typeof threads === 'number' ? new ThreadPool(threads) : threads;
    this.room = openRoom(checkpoint, pool, where);
    this.ownPool = pool === threads ? undefined : pool;
    this.weightsHash = weightsHash;
  }

  /**
   * Reads a checkpoint folder, all of it checked. Close it when done, or let `await using` do that.
   * @param threads most that a call may use; or threads that several models use in turn, which closing leaves alive
   * @throws TracelabError as readCheckpoint, MEMORY_LIMIT, MEMORY
   */
  static async open(folder: string, threads: number | ThreadPool): Promise<Model> {
    const file = join(folder, 'model.safetensors');
    const checkpoint = await readCheckpoint(folder);
    return new Model(checkpoint, threads, file, await hashFile(file));
  }

  /**
   * Opens weights that are in memory already.
   * @throws TracelabError CHECKPOINT_DAMAGED when a tensor is missing or has another shape, MEMORY_LIMIT, MEMORY
   */
  static of(checkpoint: Checkpoint, threads: number | ThreadPool): Model {
    return new Model(checkpoint, threads, 'weights', null);
  }

  /** Sizes, vocabulary and origin. */
  get checkpoint(): Omit<Checkpoint, 'weights'> {
    return this.room.checkpoint;
  }

  /** Tokens of drafts that generation has tried since the model was opened, and those that it accepted. */
  get draftCounts(): DraftCounts {
    return { drafted: this.drafted, accepted: this.accepted };
  }

  /** For other work on as many threads, between the model's own calls. */
  get pool(): ThreadPool {
    return this.room.pool;
  }

  /**
   * Completions of prompts, each a function of the weights, its prompt, its index, temperature and seed alone.
   * @param onProgress called now and then with the number of completions done and of new tokens so far
   * @returns one completion for each prompt, in order; with several samples the first ones of all prompts, then the
   * second ones of all, and so on; null when the signal stopped it
   * @throws TracelabError PROMPT_WORD and DRAFT_WORD for a word outside the vocabulary, CONTEXT_TOO_SHORT,
   * MEMORY_LIMIT, MEMORY
   */
  async generate(
    request: GenerateRequest,
    onProgress: (done: number, tokens: number) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<Completion[] | null> {
    return this.alone(() => {
      this.pack();
      return generateIn(this.room, request, onProgress, signal, this.countDrafts);
    });
  }

  /**
   * How well the model predicts given completions. An example's bits depend on itself and the weights alone.
   * @param onProgress called now and then with the number of examples done
   * @returns one loss an example, in order; null when the signal stopped it
   * @throws TracelabError EXAMPLE_WORD, EXAMPLE_FORM, CONTEXT_TOO_SHORT, MEMORY_LIMIT, MEMORY
   */
  async score(
    examples: readonly ScoredExample[],
    onProgress: (done: number) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<ExampleLoss[] | null> {
    return this.alone(() => scoreIn(this.room, examples, onProgress, signal));
  }

  /**
   * Completions of prompts given as token ids, each with a cap, temperature, seed and index of its own. A completion is
   * a function of the weights, its prompt and these alone, and equals that of `generate` for the same ones.
   * @param prompts <bos> first; each fits into the context with the new tokens of its jobs
   * @param signal stops all; the signal of a job gives that job up
   * @returns a completion for each job, in order; null for those that were stopped or given up
   * @throws TracelabError MEMORY_LIMIT, MEMORY
   */
  async complete(
    prompts: readonly Uint16Array[],
    jobs: readonly CompletionJob[],
    signal?: AbortSignal,
  ): Promise<(Completion | null)[]> {
    return this.alone(() => {
      this.pack();
      return decodeIn(this.room, prompts, jobs, () => undefined, signal, this.countDrafts);
    });
  }

  /**
   * Log-probabilities of the tokens of sequences, and the likeliest tokens in their places, at temperature 1. The bits
   * of a sequence depend on itself and the weights alone.
   * @param sequences each fits into the context
   * @param top number of likeliest tokens
   * @returns one a sequence, in order; null when the signal stopped it
   * @throws TracelabError MEMORY_LIMIT, MEMORY
   */
  async logProbabilities(
    sequences: readonly ScoredSequence[],
    top: number,
    signal?: AbortSignal,
  ): Promise<TokenProbabilities[] | null> {
    return this.alone(() => logProbabilitiesIn(this.room, sequences, top, signal));
  }

  /** Copies the parameter block, laid out as layoutOf says, to an address of another memory. */
  copyParameters(memory: WebAssembly.Memory, address: number): void {
    const { map, memory: own } = this.room;
    new Uint8Array(memory.buffer).set(new Uint8Array(own.buffer, map.parameters, map.layout.bytes), address);
  }

  /** Ends its threads, unless they were lent to it. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.ownPool?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private readonly countDrafts = ({ drafted, accepted }: DraftCounts): void => {
    this.drafted += drafted;
    this.accepted += accepted;
  };

  private pack(): void {
    if (!this.isPacked) packWeights(this.room);
    this.isPacked = true;
  }

  private async alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.isClosed) throw new Error('the model was closed');
    if (this.isBusy) throw new Error('two calls of one model at once');
    this.isBusy = true;
    try {
      return await work();
    } finally {
      this.isBusy = false;
    }
  }
}
