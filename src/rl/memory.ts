// The memory map of a run of reinforcement learning: one shared memory that first decodes, then judges, then learns,
// laid out once.
import { TracelabError } from '../base/errors.ts';
import { Barrier, BARRIER_WORDS } from '../core/barrier.ts';
import type { CoreExports } from '../core/exports.ts';
import { createMemory, MEMORY_LIMIT_BYTES } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { CLAIM_WORDS } from '../core/step-claim.ts';
import { MICRO_BATCH_WORDS } from '../data/batches.ts';
import { countParameters, type ModelConfig } from '../model/config.ts';
import {
  configureDecoding,
  type DecodingRoom,
  type DecodingSizes,
  decodingSizes,
  planDecodingRoom,
} from '../model/generation-memory.ts';
import { microBatchTokens } from '../model/gradient-workspace.ts';
import { layoutOf } from '../model/layout.ts';
import { type MemoryPart, MemoryPlan } from '../model/memory-plan.ts';
import { planUpdateMemory, type UpdateMemory } from '../model/parallel-update.ts';
import { configureModel, placeModel, type PlacedModel } from '../model/place.ts';
import { abortTeams, planTeams, type TeamMemory } from '../model/teams.ts';
import { rolloutBytes } from './rollouts.ts';

/**
 * Words of the control block: messages of the leader, queues of completions and of the reference's work, who
 * decides about the step, whether its completions have a number that is not finite.
 */
export const CONTROL = {
  barrier: 0,
  action: BARRIER_WORDS,
  stop: BARRIER_WORDS + 1,
  rolloutQueue: BARRIER_WORDS + 2,
  rolloutEnd: BARRIER_WORDS + 3,
  referenceQueue: BARRIER_WORDS + 4,
  claim: BARRIER_WORDS + 5,
  unusable: BARRIER_WORDS + 5 + CLAIM_WORDS,
  words: BARRIER_WORDS + 6 + CLAIM_WORDS,
} as const;

/** f64 an accumulator: loss, clipped tokens, largest |ratio - 1|, KL. */
export const SUMS = { loss: 0, clipped: 1, furthest: 2, kl: 3, words: 4 } as const;

/** Sum of one of SUMS over the accumulators, in their order. */
export function sumOver(sums: Float64Array, which: number): number {
  let total = 0;
  for (let at = which; at < sums.length; at += SUMS.words) total += sums[at];
  return total;
}

/** Largest |ratio - 1| of all accumulators. */
export function furthestRatio(sums: Float64Array): number {
  let furthest = 0;
  for (let at = SUMS.furthest as number; at < sums.length; at += SUMS.words) furthest = Math.max(furthest, sums[at]);
  return furthest;
}

/** Bytes in which a thread judges a batch, in addition to the needs of a single completion. */
const VALIDATOR_BYTES = 2 << 20;

/** The lists of a packed step; see batch.ts. */
export const BATCH_LISTS = [
  'tokens',
  'positions',
  'offsets',
  'rows',
  'targets',
  'microBatches',
  'firstMicroBatch',
] as const;
export type BatchList = (typeof BATCH_LISTS)[number];

/** Addresses in bytes. */
export interface RlMemory {
  readonly placed: PlacedModel;
  readonly update: UpdateMemory;
  /** Parameters of the starting checkpoint; null where KL is never wanted. */
  readonly reference: number | null;
  readonly control: number;
  /** i32 [threads]: each thread's count of what it has done. */
  readonly progress: number;
  /** f64 [accumulators, SUMS.words]. */
  readonly sums: number;
  /** i32 lists, and their lengths. */
  readonly batch: Readonly<Record<BatchList, number>>;
  readonly batchLengths: Readonly<Record<BatchList, number>>;
  /** f64 [rows, 4]: advantage, weight, log-probability when drawn, and under the reference. */
  readonly terms: number;
  readonly decoding: DecodingSizes;
  readonly rooms: readonly DecodingRoom[];
  readonly teams: TeamMemory;
  readonly validators: readonly number[];
  readonly validatorBytes: number;
  readonly bytes: number;
  readonly parts: readonly MemoryPart[];
  /** Of the completions of a step, in arrays outside of this memory. */
  readonly rolloutBytes: number;
}

export interface RlSizes {
  readonly model: ModelConfig;
  readonly vocabSize: number;
  /** Cells per side. */
  readonly size: number;
  /**
   * Groups that a step learns from, the most that it samples (those in whose place others were drawn, too), and
   * completions of each.
   */
  readonly groups: number;
  readonly sampledGroups: number;
  readonly group: number;
  readonly longestPrompt: number;
  readonly cap: number;
  readonly accumulators: number;
  readonly threads: number;
  readonly withReference: boolean;
}

/** @param core any instance: it computes the layout, and is configured for the model by this call */
export function planRlMemory(core: CoreExports, sizes: RlSizes): RlMemory {
  const { model, vocabSize, groups, group, longestPrompt, cap, accumulators, threads } = sizes;
  const completions = groups * group;
  const plan = new MemoryPlan();
  const placed = plan.part('RoPE tables', (arena) => placeModel(arena, model, vocabSize));
  configureModel(core, placed);
  const layout = layoutOf(core, model, vocabSize);
  const blockBytes = Math.max(layout.bytes, 4 * countParameters(model, vocabSize));
  const update = planUpdateMemory(core, plan, layout, blockBytes, accumulators);
  const reference = sizes.withReference ? plan.part('reference', (arena) => arena.take(blockBytes)) : null;
  const [control, progress, sums] = [4 * CONTROL.words, 4 * threads, 8 * SUMS.words * accumulators].map((bytes) =>
    plan.arena.take(bytes),
  );
  const longest = longestPrompt + cap,
    tokens = completions * longest,
    rows = completions * cap;
  const batchLengths = {
    tokens,
    positions: tokens,
    offsets: 2 * completions,
    rows,
    targets: rows,
    microBatches: MICRO_BATCH_WORDS * completions,
    firstMicroBatch: accumulators + 1,
  };
  const [batch, terms] = plan.part('batch', (arena) => {
    const lists = Object.fromEntries(BATCH_LISTS.map((name) => [name, arena.take(4 * batchLengths[name])])) as Record<
      BatchList,
      number
    >;
    return [lists, arena.take(32 * rows)] as const;
  });
  const decoding = decodingSizes(core, { threads, prompts: completions, longest });
  const of = `of ${threads} thread${threads === 1 ? '' : 's'}`;
  const rooms = plan.part(`key/value caches ${of}`, (arena) =>
    Array.from({ length: threads }, () => planDecodingRoom(core, arena, decoding)),
  );
  const teams = planTeams(core, plan, {
    threads,
    accumulators,
    sequences: completions,
    microTokens: microBatchTokens(tokens, accumulators, longest),
    longest,
  });
  const validatorBytes = VALIDATOR_BYTES + 2 * (core.validator_scratch_bytes(sizes.size, cap) >>> 0);
  const validators = plan.part('validator', (arena) =>
    Array.from({ length: threads }, () => arena.take(validatorBytes)),
  );
  return {
    placed,
    update,
    reference,
    control,
    progress,
    sums,
    batch,
    batchLengths,
    terms,
    decoding,
    rooms,
    teams,
    validators,
    validatorBytes,
    bytes: plan.arena.end,
    parts: plan.parts,
    rolloutBytes: rolloutBytes(sizes.sampledGroups, group, cap),
  };
}

/**
 * @param hint what to lower
 * @throws TracelabError MEMORY_LIMIT (refused input) when the memory, or the completions outside of it, are larger than
 * one memory may be
 */
export function checkRlMemory(
  { bytes, parts, rolloutBytes: beside }: Pick<RlMemory, 'bytes' | 'parts' | 'rolloutBytes'>,
  hint: string,
): void {
  const gibibytes = (count: number): string => `${(count / 1024 ** 3).toFixed(2)} GiB`;
  const refuse = (what: string, got: string): TracelabError =>
    new TracelabError({
      code: 'MEMORY_LIMIT',
      kind: 'refused_input',
      where: 'memory plan',
      what,
      expected: 'at most 4.00 GiB',
      got,
      hint,
    });
  const largest = [...parts]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map((part) => `${part.name} ${gibibytes(part.bytes)}`)
    .join(', ');
  if (bytes > MEMORY_LIMIT_BYTES) throw refuse('one wasm memory cannot hold this', `${gibibytes(bytes)} (${largest})`);
  if (beside > MEMORY_LIMIT_BYTES) throw refuse('the completions of a step are too many tokens', gibibytes(beside));
}

/**
 * The plan alone, for people.
 * @param vocab words of the vocabulary
 */
export function planRl({
  vocab,
  ...sizes
}: Omit<RlSizes, 'vocabSize'> & { readonly vocab: number }): Pick<RlMemory, 'bytes' | 'parts' | 'rolloutBytes'> {
  const {
    bytes,
    parts,
    rolloutBytes: beside,
  } = planRlMemory(instantiateCore(loadCore(), createMemory(1 << 16)), { ...sizes, vocabSize: vocab });
  return { bytes, parts, rolloutBytes: beside };
}

/** Releases threads that wait for one that cannot continue, with an error. */
export function abortRl(memory: WebAssembly.Memory, { control, teams }: RlMemory, threads: number): void {
  new Barrier(new Int32Array(memory.buffer, control + 4 * CONTROL.barrier, BARRIER_WORDS), threads).abort();
  abortTeams(memory, teams);
}

/** Configures one thread's instance for decoding; Team does it for gradients. */
export function configureRl(core: CoreExports, { placed, decoding, rooms }: RlMemory, thread: number): void {
  configureModel(core, placed);
  configureDecoding(core, rooms[thread], decoding);
}
