// The update that training and reinforcement learning share: gradients in a fixed number of accumulators, their sum by
// a fixed tree, the global norm, and AdamW on chunks of the parameters. Threads draw accumulators and chunks
// from queues; what is computed never depends on who draws.
import type { CoreExports } from '../core/exports.ts';
import { type AdamwConstants, adamwArguments, clipFactor } from './update.ts';
import { elementCount, type ModelLayout } from './layout.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { type NotFinite, tensorNotFinite } from './not-finite.ts';
import type { Team } from './teams.ts';

/** Words of the control block: the queues that threads draw from. */
const QUEUES = { gradients: 0, sums: 1, update: 2, packing: 3, words: 4 } as const;

/** The leader's f64 numbers for all threads. */
const NUMBERS = { stepSize: 0, root: 1, keep: 2, mayOverflow: 3, overflows: 4, words: 5 } as const;

/** Parameters of at most this size have room for rounding below the largest f32. */
const LARGEST_PARAMETER = 2 ** 126;

/** Parameters are shared out in chunks of this many floats. */
const CHUNK_FLOATS = 8192;

interface Chunk {
  /** Bytes from the start of a block. */
  readonly offset: number;
  readonly floats: number;
  readonly decayed: boolean;
}

/** Addresses in bytes. Parameters, both moments and every accumulator share one layout. */
export interface UpdateMemory {
  readonly layout: ModelLayout;
  readonly parameters: number;
  readonly firstMoments: number;
  readonly secondMoments: number;
  /** Accumulator a is at gradients + a * gradientStride. */
  readonly gradients: number;
  readonly gradientStride: number;
  readonly accumulators: number;
  /** The matrices packed for the forward and for the backward pass. */
  readonly packedForward: number;
  readonly packedBackward: number;
  readonly queues: number;
  readonly numbers: number;
  /** f64 [chunks]. */
  readonly squareSums: number;
}

/**
 * @param core configured for the model
 * @param blockBytes of one block, at least layout.bytes
 */
export function planUpdateMemory(
  core: CoreExports,
  plan: MemoryPlan,
  layout: ModelLayout,
  blockBytes: number,
  accumulators: number,
): UpdateMemory {
  const parameters = plan.part('parameters', (arena) => arena.take(blockBytes));
  const [firstMoments, secondMoments] = plan.part('AdamW moments', (arena) => [
    arena.take(blockBytes),
    arena.take(blockBytes),
  ]);
  const gradientStride = Math.ceil(blockBytes / 64) * 64 + 64;
  const gradients = plan.part(`${accumulators} gradient accumulators`, (arena) =>
    arena.take(gradientStride * accumulators),
  );
  const [packedForward, packedBackward] = plan.part('packed parameters', (arena) =>
    [1, 0].map((forward) => arena.take(Math.max(core.packed_weights_bytes(forward) >>> 0, layout.decayed_bytes))),
  );
  const { arena } = plan;
  const [queues, numbers, squareSums] = [
    arena.take(4 * QUEUES.words),
    arena.take(8 * NUMBERS.words),
    arena.take(8 * parameterChunks(layout).length),
  ];
  return {
    layout,
    parameters,
    firstMoments,
    secondMoments,
    gradients,
    gradientStride,
    accumulators,
    packedForward,
    packedBackward,
    queues,
    numbers,
    squareSums,
  };
}

type ClipConstants = Pick<AdamwConstants, 'grad_clip' | 'beta1' | 'beta2' | 'eps'>;

export interface AppliedUpdate {
  /** Global gradient norm. */
  readonly norm: number;
  /** False when a number was not finite: parameters and moments are as they were. */
  readonly applied: boolean;
}

/** One thread's part in every update. A barrier separates open, pack, accumulate, sum and apply. */
export class ParallelUpdate {
  private readonly core: CoreExports;
  private readonly map: UpdateMemory;
  private readonly bytes: SharedArrayBuffer;
  private readonly chunks: readonly Chunk[];
  private readonly queues: Int32Array;
  private readonly numbers: Float64Array;
  private readonly squareSums: Float64Array;
  /** Leader: no parameter is larger after the next update. */
  private bound: number | undefined;
  /** Leader: what the update would make, of one that was tried out. */
  private overflow: NotFinite | null = null;

  /** @param core this thread's instance over the memory of the map */
  constructor(core: CoreExports, memory: WebAssembly.Memory, map: UpdateMemory) {
    this.core = core;
    this.map = map;
    this.bytes = memory.buffer;
    this.chunks = parameterChunks(map.layout);
    this.queues = new Int32Array(memory.buffer, map.queues, QUEUES.words);
    this.numbers = new Float64Array(memory.buffer, map.numbers, NUMBERS.words);
    this.squareSums = new Float64Array(memory.buffer, map.squareSums, this.chunks.length);
  }

  /** Leader, while nobody works: the constants of the next update, and full queues. */
  open(constants: AdamwConstants): void {
    const { step_size, root, keep } = adamwArguments(constants);
    // |first moment| stays below the clipped norm, twice that with rounding; the denominator is at least eps.
    const change = (2 * step_size * constants.grad_clip) / Math.fround(constants.eps);
    const next = (largest: number): number => largest * Math.max(1, Math.abs(keep)) + change;
    // Grows by the largest change that is possible, not by the real one: a look at all parameters is hardly ever due.
    let bound = next(this.bound ?? this.largestParameter());
    if (!(bound <= LARGEST_PARAMETER)) bound = next(this.largestParameter());
    this.bound = bound;
    this.overflow = null;
    this.numbers.set([step_size, root, keep, Number(!(bound <= LARGEST_PARAMETER))]);
    for (const queue of [QUEUES.gradients, QUEUES.sums, QUEUES.update]) Atomics.store(this.queues, queue, 0);
  }

  /** Leader, while nobody works and after every update: the matrices are to be packed again. */
  openPacking(): void {
    Atomics.store(this.queues, QUEUES.packing, 0);
  }

  /** Draws matrices: packs each for both passes, which use them from then on. A barrier follows. */
  pack(): void {
    const { core, map } = this;
    const count = core.packed_weights_count();
    for (let i = this.draw(QUEUES.packing); i < 2 * count; i = this.draw(QUEUES.packing)) {
      const forward = Number(i < count);
      core.pack_weight(map.parameters, forward ? map.packedForward : map.packedBackward, forward, i % count);
    }
    core.use_packed_weights(map.packedForward, map.packedBackward);
  }

  /**
   * Draws accumulators, zeroes each and lets `work` add its micro-batches, in their order; helps other threads until
   * all accumulators are done.
   * @param work called with the accumulator and its address
   * @param bump called when this thread has helped
   */
  accumulate(team: Team, work: (accumulator: number, gradients: number) => void, bump: () => void): void {
    const { map } = this;
    const lead = (a: number): void => {
      const gradients = map.gradients + a * map.gradientStride;
      this.core.clear_gradients(gradients);
      work(a, gradients);
    };
    team.work(map.accumulators, () => this.draw(QUEUES.gradients), lead, bump);
  }

  /** Draws chunks: sums the accumulators into the first one and notes the squares. */
  sum(): void {
    const { map } = this;
    for (let c = this.draw(QUEUES.sums); c < this.chunks.length; c = this.draw(QUEUES.sums)) {
      const { offset, floats } = this.chunks[c];
      const first = map.gradients + offset;
      this.squareSums[c] = this.core.reduce_gradients(first, first, map.gradientStride, map.accumulators, floats);
    }
  }

  /**
   * Adds the squares in the same order in every thread. If the update leaves all numbers finite, draws chunks to
   * update; else no parameter and no moment changes a bit. A gradient that is not finite shows in the norm. Finite
   * gradients can only overflow parameters where open() says so, and then the leader tries the update out before.
   * @param known numbers of the step that must be finite, too: the same ones in every thread
   * @param leads whether this thread is the leader
   * @param meet waits for all threads
   */
  apply(constants: ClipConstants, known: readonly number[], leads: boolean, meet: () => void): AppliedUpdate {
    let squares = 0;
    for (const sum of this.squareSums) squares += sum;
    const norm = Math.sqrt(squares);
    if (!Number.isFinite(norm) || !known.every(Number.isFinite)) return { norm, applied: false };
    const factor = clipFactor(norm, constants.grad_clip);
    if (this.numbers[NUMBERS.mayOverflow] === 1) {
      if (leads) this.numbers[NUMBERS.overflows] = Number(this.tryOut(constants, factor));
      meet();
      if (this.numbers[NUMBERS.overflows] === 1) return { norm, applied: false };
    }
    for (let c = this.draw(QUEUES.update); c < this.chunks.length; c = this.draw(QUEUES.update))
      this.updateChunk(this.chunks[c], constants, factor);
    return { norm, applied: true };
  }

  /** Leader, before the next gradients: why the last update was not applied; null when all tensors are finite. */
  notFinite(): NotFinite | null {
    return this.overflow ?? tensorNotFinite('gradient', this.tensors(this.map.gradients));
  }

  /** @returns whether the update makes parameters or moments that are not finite; changes nothing */
  private tryOut(constants: ClipConstants, factor: number): boolean {
    const { map, bytes } = this;
    const blocks = [map.parameters, map.firstMoments, map.secondMoments].map(
      (at) => new Uint8Array(bytes, at, map.layout.bytes),
    );
    const before = blocks.map((block) => Uint8Array.from(block));
    for (const chunk of this.chunks) this.updateChunk(chunk, constants, factor);
    this.overflow =
      tensorNotFinite('parameter', this.tensors(map.parameters)) ??
      tensorNotFinite('first moment', this.tensors(map.firstMoments)) ??
      tensorNotFinite('second moment', this.tensors(map.secondMoments));
    for (const [i, block] of blocks.entries()) block.set(before[i]);
    return this.overflow !== null;
  }

  private updateChunk({ offset, floats, decayed }: Chunk, { beta1, beta2, eps }: ClipConstants, factor: number): void {
    const { map, numbers } = this;
    this.core.adamw(
      map.parameters + offset,
      map.gradients + offset,
      map.firstMoments + offset,
      map.secondMoments + offset,
      floats,
      factor,
      beta1,
      beta2,
      eps,
      numbers[NUMBERS.stepSize],
      numbers[NUMBERS.root],
      decayed ? numbers[NUMBERS.keep] : 1,
    );
  }

  /** Views of a block's tensors. */
  private *tensors(block: number): Generator<{ readonly name: string; readonly values: Float32Array }> {
    for (const place of this.map.layout.tensors)
      yield { name: place.name, values: new Float32Array(this.bytes, block + place.offset, elementCount(place)) };
  }

  /** Largest absolute parameter. */
  private largestParameter(): number {
    let largest = 0;
    for (const { values } of this.tensors(this.map.parameters))
      for (const value of values) largest = Math.max(largest, Math.abs(value));
    return largest;
  }

  private draw(queue: number): number {
    return Atomics.add(this.queues, queue, 1);
  }
}

/** The parameter block in chunks that threads draw from a queue; weight decay ends at a chunk's edge. */
function parameterChunks(layout: ModelLayout): Chunk[] {
  const chunks: Chunk[] = [];
  for (const [from, to, decayed] of [
    [0, layout.decayed_bytes, true],
    [layout.decayed_bytes, layout.bytes, false],
  ] as const) {
    for (let offset = from; offset < to; offset += 4 * CHUNK_FLOATS)
      chunks.push({ offset, floats: Math.min(CHUNK_FLOATS, (to - offset) / 4), decayed });
  }
  return chunks;
}
