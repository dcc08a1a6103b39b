// How fast this machine trains: the real training threads on made-up sequences of the right lengths, for a few seconds,
// nothing written.
import { RandomSequence, STREAMS } from '../base/random.ts';
import { createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { runThreads } from '../core/threads.ts';
import { scheduleBatches } from '../data/batches.ts';
import type { TokenizedExamples } from '../data/tokens.ts';
import type { ModelConfig } from '../model/config.ts';
import type { ModelLayout } from '../model/layout.ts';
import { initialiseWeights, writeRopeTables } from '../model/place.ts';
import type { TrainConfig } from './config.ts';
import { CONTROL, planTrainingMemory } from './memory.ts';
import { TRAINING_THREAD } from './thread-entry.ts';
import type { StepRow } from './step-row.ts';
import type { TrainingMessage, TrainingShared } from './thread.ts';

export interface TrainingSpeedRequest {
  readonly model: ModelConfig;
  readonly vocabSize: number;
  readonly train: TrainConfig;
  readonly threads: number;
  /** Tokens of typical examples: prompt up to `reasoning` with <bos>, completion with <eos>. */
  readonly lengths: readonly { readonly prompt: number; readonly completion: number }[];
  /** How long to measure. */
  readonly seconds: number;
}

/** Steps before the clock counts: the engine optimises the kernels meanwhile. */
const WARM_UP_STEPS = 3;

/** Tokens (prompt and completion) per second of forward, backward and update. */
export async function measureTrainingSpeed(request: TrainingSpeedRequest): Promise<number> {
  const { train, lengths, seconds } = request;
  const epochTokens = lengths.reduce((sum, { prompt, completion }) => sum + prompt + completion, 0);
  let started = 0;
  // More epochs than any machine does in the time; `isEnough` ends it.
  const { rows } = await trainMadeUp(request, Math.ceil((200 * train.batch_tokens) / epochTokens), (done) => {
    if (done === WARM_UP_STEPS) started = performance.now();
    return done > WARM_UP_STEPS && performance.now() - started > 1000 * seconds;
  });
  const measured = rows.length > WARM_UP_STEPS ? rows.slice(WARM_UP_STEPS) : rows;
  const tokens = measured[measured.length - 1].tokens - (rows[rows.length - measured.length - 1]?.tokens ?? 0);
  return tokens / measured.reduce((sum, row) => sum + row.seconds, 0);
}

/** What a run on made-up sequences leaves behind. */
export interface MadeUpRun {
  readonly rows: readonly StepRow[];
  readonly layout: ModelLayout;
  /** Blocks of `layout` after the last step. */
  readonly parameters: ArrayBuffer;
  readonly firstMoments: ArrayBuffer;
}

/**
 * Trains from the weights of seed 0 on made-up sequences with the real threads; writes nothing.
 * @param isEnough asked after every step with the number of steps done; true ends the run before its epochs are over
 */
export async function trainMadeUp(
  { model, vocabSize, train, threads, lengths }: Omit<TrainingSpeedRequest, 'seconds'>,
  epochs: number,
  isEnough: (steps: number) => boolean,
): Promise<MadeUpRun> {
  const examples = madeUpExamples(lengths, vocabSize);
  const schedule = scheduleBatches(examples, { epochs }, train.batch_tokens, 0);
  const core = loadCore();
  const longest = lengths.reduce((most, { prompt, completion }) => Math.max(most, prompt + completion), 0);
  const map = planTrainingMemory(instantiateCore(core, createMemory(1 << 16)), {
    model,
    vocabSize,
    batchTokens: train.batch_tokens,
    accumulators: train.accumulators,
    threads,
    longest,
    positionOffset: train.position_offset,
  });
  const memory = createMemory(map.bytes);
  writeRopeTables(memory, map.placed);
  initialiseWeights(
    instantiateCore(core, memory),
    memory,
    map.update.layout,
    map.update.parameters,
    model,
    0,
    train.init_std,
  );
  const control = new Int32Array(memory.buffer, map.control, CONTROL.words);
  const rows: StepRow[] = [];
  let state: Extract<TrainingMessage, { kind: 'state' }> | undefined;
  const shared: TrainingShared = {
    core: { module: core.module, tile: core.tile },
    memory,
    map,
    train,
    examples,
    schedule,
    seed: 0,
    firstStep: 0,
    lastStep: schedule.steps,
    skipped: 0,
    checkpointSteps: [],
    stateSeconds: Infinity,
  };
  await runThreads(TRAINING_THREAD, threads, shared, (message: TrainingMessage) => {
    if (message.kind === 'state') state = message;
    if (message.kind !== 'step') return;
    rows.push(message.row);
    if (isEnough(rows.length)) Atomics.store(control, CONTROL.stop, 1);
  });
  if (state === undefined) throw new Error('training ended without its state');
  return {
    rows,
    layout: map.update.layout,
    parameters: state.blocks.parameters,
    firstMoments: state.blocks.firstMoments,
  };
}

/** Random ids, the same ones for the same lengths; half of a completion counts as trace. */
export function madeUpExamples(lengths: TrainingSpeedRequest['lengths'], vocabSize: number): TokenizedExamples {
  const random = new RandomSequence(0, STREAMS.shuffle, 0);
  const starts = new Uint32Array(new SharedArrayBuffer(4 * (lengths.length + 1)));
  const reasoning = new Uint32Array(new SharedArrayBuffer(4 * lengths.length));
  const solution = new Uint32Array(new SharedArrayBuffer(4 * lengths.length));
  for (const [i, { prompt, completion }] of lengths.entries()) {
    starts[i + 1] = starts[i] + prompt + completion;
    reasoning[i] = prompt - 1;
    solution[i] = prompt + Math.floor(completion / 2);
  }
  const ids = new Uint16Array(new SharedArrayBuffer(2 * starts[lengths.length]));
  for (let i = 0; i < ids.length; i++) ids[i] = random.below(vocabSize);
  return { count: lengths.length, ids, starts, reasoning, solution };
}
