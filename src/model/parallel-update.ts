// The update that training and reinforcement learning share: gradients in a fixed number of accumulators, their sum by
// a fixed tree, the global norm, and AdamW on chunks of the parameters. Threads draw accumulators and chunks from
// queues; what is computed never depends on who draws.
import { TracelabError } from '../base/errors.ts';
import type { CoreExports } from '../core/exports.ts';
import { type AdamwConstants, adamwArguments, clipFactor } from './update.ts';
import type { ModelLayout } from './layout.ts';
import type { MemoryPlan } from './memory-plan.ts';

/** Words of the control block: the queues that threads draw from. */
const QUEUES = { gradients: 0, sums: 1, update: 2, words: 3 } as const;

/** The leader's f64 numbers for all threads. */
const NUMBERS = { stepSize: 0, root: 1, keep: 2, words: 3 } as const;

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
  readonly queues: number;
  readonly numbers: number;
  /** f64 [chunks]. */
  readonly squareSums: number;
}

/** @param blockBytes of one block, at least layout.bytes */
export function planUpdateMemory(
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
    queues,
    numbers,
    squareSums,
  };
}

/** One thread's part in every update. A barrier stands between any two of open, accumulate, sum and apply. */
export class ParallelUpdate {
  private readonly core: CoreExports;
  private readonly map: UpdateMemory;
  private readonly bytes: SharedArrayBuffer;
  private readonly chunks: readonly Chunk[];
  private readonly queues: Int32Array;
  private readonly numbers: Float64Array;
  private readonly squareSums: Float64Array;

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
    this.numbers.set([step_size, root, keep]);
    for (const queue of [QUEUES.gradients, QUEUES.sums, QUEUES.update]) Atomics.store(this.queues, queue, 0);
  }

  /**
   * Draws accumulators, zeroes each and lets `work` add its micro-batches, in their order.
   * @param work told the accumulator and its address
   */
  accumulate(work: (accumulator: number, gradients: number) => void): void {
    const { map } = this;
    for (let a = this.draw(QUEUES.gradients); a < map.accumulators; a = this.draw(QUEUES.gradients)) {
      const gradients = map.gradients + a * map.gradientStride;
      new Uint8Array(this.bytes, gradients, map.layout.bytes).fill(0);
      work(a, gradients);
    }
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

  /** Every thread adds the squares in the same order; then draws chunks to update. Returns the global gradient norm. */
  apply({ grad_clip, beta1, beta2, eps }: Pick<AdamwConstants, 'grad_clip' | 'beta1' | 'beta2' | 'eps'>): number {
    const { map, numbers } = this;
    let squares = 0;
    for (const sum of this.squareSums) squares += sum;
    const norm = Math.sqrt(squares);
    const factor = clipFactor(norm, grad_clip);
    for (let c = this.draw(QUEUES.update); c < this.chunks.length; c = this.draw(QUEUES.update)) {
      const { offset, floats, decayed } = this.chunks[c];
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
    return norm;
  }

  private draw(queue: number): number {
    return Atomics.add(this.queues, queue, 1);
  }
}

/**
 * @param what is being learnt
 * @param step updates done, this one included
 * @throws TracelabError TRAINING_DIVERGED (refused input) when loss or norm is not finite
 */
export function refuseDivergence(what: string, step: number, loss: number, gradNorm: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
  throw new TracelabError({
    code: 'TRAINING_DIVERGED',
    kind: 'refused_input',
    where: `step ${step}`,
    what: `${what} diverged`,
    expected: 'a finite loss and gradient norm',
    got: `loss ${loss}, gradient norm ${gradNorm}`,
    hint: 'a lower lr',
  });
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
