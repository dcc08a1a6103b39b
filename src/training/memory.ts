// The memory map of a training run: every region of the one shared memory, laid out once. With no memory behind it,
// this is the memory plan.
import { Barrier, BARRIER_WORDS } from '../core/barrier.ts';
import type { CoreExports } from '../core/exports.ts';
import { createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { CLAIM_WORDS } from '../core/step-claim.ts';
import { batchCapacity, type BatchArrays, MICRO_BATCH_WORDS } from '../data/batches.ts';
import { countParameters, type ModelConfig } from '../model/config.ts';
import { microBatchTokens } from '../model/gradient-workspace.ts';
import { layoutOf } from '../model/layout.ts';
import { type MemoryPart, MemoryPlan } from '../model/memory-plan.ts';
import { planUpdateMemory, type UpdateMemory } from '../model/parallel-update.ts';
import { configureModel, placeModel, type PlacedModel } from '../model/place.ts';
import { abortTeams, planTeams, type TeamMemory, usefulTeamThreads } from '../model/teams.ts';

/** Words of the control block: messages of the leader to the other threads, and who decides about the step. */
export const CONTROL = {
  barrier: 0,
  action: BARRIER_WORDS,
  stop: BARRIER_WORDS + 1,
  claim: BARRIER_WORDS + 2,
  words: BARRIER_WORDS + 2 + CLAIM_WORDS,
} as const;

/** Leader's f64 numbers for all threads. */
export const NUMBERS = { lossScale: 0, words: 1 } as const;

type BatchAddresses = Readonly<Record<keyof BatchArrays, number>>;

/** Addresses in bytes. */
export interface TrainingMemory {
  readonly placed: PlacedModel;
  readonly update: UpdateMemory;
  readonly control: number;
  /** i32 [threads]: each thread's count of what it has done. */
  readonly progress: number;
  readonly numbers: number;
  /** f64 [accumulators, 2]: trace and plan loss sums. */
  readonly losses: number;
  /** Of even and of odd steps: the leader lays the next batch out while gradients of this one are computed. */
  readonly batches: readonly [BatchAddresses, BatchAddresses];
  readonly batchLengths: Readonly<Record<keyof BatchArrays, number>>;
  readonly teams: TeamMemory;
  /** All of it. */
  readonly bytes: number;
  /** What the bytes are for, for the memory plan. */
  readonly parts: readonly MemoryPart[];
}

export interface TrainingSizes {
  readonly model: ModelConfig;
  readonly vocabSize: number;
  readonly batchTokens: number;
  readonly accumulators: number;
  readonly threads: number;
  /** Tokens of the longest example. */
  readonly longest: number;
  /** The most that training shifts positions by. */
  readonly positionOffset: number;
}

/** @param core any instance: it computes the layout, and is configured for the model by this call */
export function planTrainingMemory(core: CoreExports, sizes: TrainingSizes): TrainingMemory {
  const { model, vocabSize, accumulators, threads, longest, positionOffset } = sizes;
  const plan = new MemoryPlan();
  const positions = model.context + positionOffset;
  const placed = plan.part(positionOffset === 0 ? 'RoPE tables' : `RoPE tables of ${positions} positions`, (arena) =>
    placeModel(arena, model, vocabSize, positions),
  );
  configureModel(core, placed);
  const layout = layoutOf(core, model, vocabSize);
  // Offsets inside the module wrap at 4 GiB; the count of parameters does not.
  const update = planUpdateMemory(
    core,
    plan,
    layout,
    Math.max(layout.bytes, 4 * countParameters(model, vocabSize)),
    accumulators,
  );
  const [control, progress, numbers, losses] = [
    4 * CONTROL.words,
    4 * threads,
    8 * NUMBERS.words,
    16 * accumulators,
  ].map((bytes) => plan.arena.take(bytes));
  const capacity = batchCapacity(sizes.batchTokens, accumulators);
  const batchLengths = {
    tokens: capacity.tokens,
    positions: capacity.tokens,
    offsets: capacity.offsets,
    rows: capacity.tokens,
    targets: capacity.tokens,
    classes: capacity.tokens,
    microBatches: capacity.microBatches * MICRO_BATCH_WORDS,
    firstMicroBatch: accumulators + 1,
  };
  const batches = plan.part('two batches', (arena) => {
    const place = (): BatchAddresses => mapValues(batchLengths, (length) => arena.take(4 * length));
    return [place(), place()] as const;
  });
  const teams = planTeams(core, plan, {
    threads,
    accumulators,
    sequences: Math.floor(sizes.batchTokens / longest),
    microTokens: microBatchTokens(sizes.batchTokens, accumulators, longest),
    longest,
  });
  return {
    placed,
    update,
    control,
    progress,
    numbers,
    losses,
    batches,
    batchLengths,
    teams,
    bytes: plan.arena.end,
    parts: plan.parts,
  };
}

/** What a training run needs to be planned for. */
interface PlannedSizes {
  readonly model: ModelConfig;
  readonly vocab: number;
  readonly batch_tokens: number;
  readonly accumulators: number;
  readonly longest: number;
  readonly position_offset: number;
}

/** Numbers of threads that make a run faster than the number before. */
export function trainingThreads({ model, vocab, batch_tokens, accumulators, longest }: PlannedSizes): number[] {
  const core = instantiateCore(loadCore(), createMemory(0));
  configureModel(core, placeModel(new MemoryPlan().arena, model, vocab));
  return usefulTeamThreads(core, {
    accumulators,
    sequences: Math.floor(batch_tokens / longest),
    microTokens: microBatchTokens(batch_tokens, accumulators, longest),
    longest,
  });
}

/** The memory plan of a training run that nothing has been allocated for. */
export function planMemory({
  model,
  vocab,
  batch_tokens,
  accumulators,
  threads,
  longest,
  position_offset,
}: PlannedSizes & { readonly threads: number }): Pick<TrainingMemory, 'bytes' | 'parts'> {
  const planner = instantiateCore(loadCore(), createMemory(0));
  const { bytes, parts } = planTrainingMemory(planner, {
    model,
    vocabSize: vocab,
    batchTokens: batch_tokens,
    accumulators,
    threads,
    longest,
    positionOffset: position_offset,
  });
  return { bytes, parts };
}

/** Releases threads that wait for one that cannot continue, with an error. */
export function abortTraining(memory: WebAssembly.Memory, { control, teams }: TrainingMemory, threads: number): void {
  new Barrier(new Int32Array(memory.buffer, control + 4 * CONTROL.barrier, BARRIER_WORDS), threads).abort();
  abortTeams(memory, teams);
}

/** Views of the regions of one of the two batches. */
export function batchViews(
  memory: WebAssembly.Memory,
  { batchLengths }: Pick<TrainingMemory, 'batchLengths'>,
  batch: BatchAddresses,
): BatchArrays {
  const words = (name: Exclude<keyof BatchArrays, 'classes'>): Int32Array =>
    new Int32Array(memory.buffer, batch[name], batchLengths[name]);
  return {
    tokens: words('tokens'),
    positions: words('positions'),
    offsets: words('offsets'),
    rows: words('rows'),
    targets: words('targets'),
    classes: new Uint8Array(memory.buffer, batch.classes, batchLengths.classes),
    microBatches: words('microBatches'),
    firstMicroBatch: words('firstMicroBatch'),
  };
}

function mapValues<K extends string, A, B>(record: Readonly<Record<K, A>>, map: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, map(value)])) as Record<K, B>;
}
