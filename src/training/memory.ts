// The memory map of a training run: every region of the one shared memory, laid out once. With no memory behind it, this is the memory plan.
import { BARRIER_WORDS } from '../core/barrier.ts';
import { type CoreExports, WORKSPACE } from '../core/exports.ts';
import { Arena, createMemory, MEMORY_LIMIT_BYTES } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { batchCapacity, type BatchArrays, MICRO_BATCH_WORDS } from '../data/batches.ts';
import { countParameters, type ModelConfig } from '../model/config.ts';
import { layoutOf, type ModelLayout } from '../model/layout.ts';
import { configureModel, placeModel, type PlacedModel } from '../model/place.ts';

/** Words of the control block: what the leader tells the other threads, and the queues that threads draw work from. */
export const CONTROL = { barrier: 0, action: BARRIER_WORDS, gradientQueue: BARRIER_WORDS + 1, reduceQueue: BARRIER_WORDS + 2, updateQueue: BARRIER_WORDS + 3, stop: BARRIER_WORDS + 4, words: BARRIER_WORDS + 5 } as const;

/** Leader's f64 numbers for all threads. */
export const NUMBERS = { lossScale: 0, stepSize: 1, root: 2, keep: 3, words: 4 } as const;

/** Parameters are shared out in chunks of this many floats. */
const CHUNK_FLOATS = 8192;

export interface Chunk {
  /** Bytes from the start of a block. */
  readonly offset: number;
  readonly floats: number;
  readonly decayed: boolean;
}

/** Addresses in bytes. */
export interface TrainingMemory {
  readonly placed: PlacedModel;
  readonly layout: ModelLayout;
  readonly parameters: number;
  readonly firstMoments: number;
  readonly secondMoments: number;
  /** Accumulator a is at gradients + a * gradientStride. */
  readonly gradients: number;
  readonly gradientStride: number;
  readonly accumulators: number;
  readonly control: number;
  readonly numbers: number;
  /** f64 [chunks]. */
  readonly squareSums: number;
  /** f64 [accumulators, 2]: trace and plan loss sums. */
  readonly losses: number;
  readonly batch: Readonly<Record<keyof BatchArrays, number>>;
  readonly batchLengths: Readonly<Record<keyof BatchArrays, number>>;
  readonly workspaces: readonly number[];
  readonly microTokens: number;
  readonly longest: number;
  /** All of it. */
  readonly bytes: number;
  /** What the bytes are for, for the memory plan. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
}

export interface TrainingSizes {
  readonly model: ModelConfig;
  readonly vocabSize: number;
  readonly batchTokens: number;
  readonly accumulators: number;
  readonly threads: number;
  /** Tokens of the longest example. */
  readonly longest: number;
}

/** Tokens of a micro-batch: long enough to keep the matrix products busy, short enough for the cache. Changes no bit. */
function microBatchTokens({ batchTokens, accumulators, longest }: TrainingSizes): number {
  return Math.max(longest, Math.min(1024, Math.ceil(batchTokens / accumulators) + longest));
}

/** @param core any instance: it computes the layout, and is configured for the model by this call */
export function planTrainingMemory(core: CoreExports, sizes: TrainingSizes): TrainingMemory {
  const { model, vocabSize, accumulators, threads, longest } = sizes;
  const arena = new Arena();
  const parts: { name: string; bytes: number }[] = [];
  const part = <T>(name: string, take: () => T): T => {
    const before = arena.end;
    const value = take();
    parts.push({ name, bytes: arena.end - before });
    return value;
  };
  const placed = part('RoPE tables', () => placeModel(arena, model, vocabSize));
  configureModel(core, placed);
  const layout = layoutOf(core, model, vocabSize);
  // Offsets inside the module wrap at 4 GiB; the count of parameters does not.
  const blockBytes = Math.max(layout.bytes, 4 * countParameters(model, vocabSize));
  const parameters = part('parameters', () => arena.take(blockBytes));
  const [firstMoments, secondMoments] = part('AdamW moments', () => [arena.take(blockBytes), arena.take(blockBytes)]);
  const gradientStride = Math.ceil(blockBytes / 64) * 64 + 64;
  const gradients = part(`${accumulators} gradient accumulators`, () => arena.take(gradientStride * accumulators));
  const control = arena.take(4 * CONTROL.words);
  const numbers = arena.take(8 * NUMBERS.words);
  const squareSums = arena.take(8 * parameterChunks(layout).length);
  const losses = arena.take(16 * accumulators);
  const capacity = batchCapacity(sizes.batchTokens, accumulators);
  const batchLengths = {
    tokens: capacity.tokens, positions: capacity.tokens, offsets: capacity.offsets, rows: capacity.tokens, targets: capacity.tokens, classes: capacity.tokens,
    microBatches: capacity.microBatches * MICRO_BATCH_WORDS, firstMicroBatch: accumulators + 1,
  };
  const batch = part('batch', () => mapValues(batchLengths, (length) => arena.take(4 * length)));
  const microTokens = microBatchTokens(sizes);
  const workspaces = part(`activations of ${threads} thread${threads === 1 ? '' : 's'}`, () => Array.from({ length: threads }, () => {
    const base = arena.end;
    arena.skipTo(base + workspaceBytes(core, microTokens, longest));
    return base;
  }));
  return { placed, layout, parameters, firstMoments, secondMoments, gradients, gradientStride, accumulators, control, numbers, squareSums, losses, batch, batchLengths, workspaces, microTokens, longest, bytes: arena.end, parts };
}

/** The memory plan of a training run that nothing has been allocated for. */
export function planMemory({ model, vocab, batch_tokens, accumulators, threads, longest }: { model: ModelConfig; vocab: number; batch_tokens: number; accumulators: number; threads: number; longest: number }): Pick<TrainingMemory, 'bytes' | 'parts'> {
  const planner = instantiateCore(loadCore(), createMemory(0));
  const { bytes, parts } = planTrainingMemory(planner, { model, vocabSize: vocab, batchTokens: batch_tokens, accumulators, threads, longest });
  return { bytes, parts };
}

/**
 * Bytes of one thread's activations. The module's addresses are 32 bits wide and would wrap for a plan beyond 4 GiB, which must be refused
 * with its true size; the layout is linear in the tokens, but for the padding of its few dozen regions.
 */
function workspaceBytes(core: CoreExports, microTokens: number, longest: number): number {
  const [few, more] = [64, 128].map((tokens) => configureTrainingWorkspace(core, 0, tokens, longest));
  const linear = few + ((microTokens - 64) * (more - few)) / 64;
  return linear < MEMORY_LIMIT_BYTES / 2 ? configureTrainingWorkspace(core, 0, microTokens, longest) : Math.ceil(linear);
}

/** Lays out one thread's activations; returns their end. */
export function configureTrainingWorkspace(core: CoreExports, base: number, microTokens: number, longest: number): number {
  return core.configure_workspace(base, microTokens, microTokens, longest, WORKSPACE.gradients) >>> 0;
}

/** The parameter block in chunks that threads draw from a queue; weight decay ends at a chunk's edge. */
export function parameterChunks(layout: ModelLayout): Chunk[] {
  const chunks: Chunk[] = [];
  for (const [from, to, decayed] of [[0, layout.decayed_bytes, true], [layout.decayed_bytes, layout.bytes, false]] as const) {
    for (let offset = from; offset < to; offset += 4 * CHUNK_FLOATS) chunks.push({ offset, floats: Math.min(CHUNK_FLOATS, (to - offset) / 4), decayed });
  }
  return chunks;
}

/** Views of the batch regions. */
export function batchViews(memory: WebAssembly.Memory, { batch, batchLengths }: TrainingMemory): BatchArrays {
  const words = (name: Exclude<keyof BatchArrays, 'classes'>): Int32Array => new Int32Array(memory.buffer, batch[name], batchLengths[name]);
  return {
    tokens: words('tokens'), positions: words('positions'), offsets: words('offsets'), rows: words('rows'), targets: words('targets'),
    classes: new Uint8Array(memory.buffer, batch.classes, batchLengths.classes), microBatches: words('microBatches'), firstMicroBatch: words('firstMicroBatch'),
  };
}

function mapValues<K extends string, A, B>(record: Readonly<Record<K, A>>, map: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, map(value)])) as Record<K, B>;
}
