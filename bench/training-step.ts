// The whole training step, on the real training threads: forward, backward, sum of accumulators, clipping, AdamW.
// Random tokens, every next token counted.
import { sha256 } from '../src/base/hash.ts';
import { namedTensors } from '../src/model/named-tensors.ts';
import { countParameters } from '../src/model/config.ts';
import { madeUpWeights } from '../src/model/made-up.ts';
import type { TrainConfig } from '../src/training/config.ts';
import { madeUpExamples, trainMadeUp, type MadeUpRun } from '../src/training/speed.ts';
import { checkEqualBits, checkNear } from './check.ts';
import { flopsPerToken, type Preset, tokensOf } from './presets.ts';
import { referenceLoss } from './reference-model.ts';
import type { TrainingRow } from './results.ts';
import { summarizeTiming } from './timing.ts';

/** Recipe of every measured step. */
export const RECIPE = {
  epochs: 1,
  lr: 1e-3,
  lr_min_ratio: 1,
  warmup_steps: 0,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weight_decay: 0.1,
  grad_clip: 1,
  init_std: 0.02,
  position_offset: 0,
  checkpoints: 1,
} as const;

/** Steps of one turn, on the preset's full batch; every step sees the same sequences. */
export interface StepTurn {
  readonly preset: Preset;
  readonly threads: number;
  /** Steps before the clock counts, and behind it. */
  readonly warmUp: number;
  readonly steps: number;
}

export interface StepTimes {
  /** Seconds of each timed step. */
  readonly seconds: readonly number[];
  /** Loss of every step, the first of them before any update. */
  readonly losses: readonly number[];
  /** Of the parameters after the last step. */
  readonly parameters_sha256: string;
}

/** A row before the peak of the whole run and the speed of one thread are known. */
export type MeasuredStep = Omit<TrainingRow, 'share_of_peak' | 'times_one_thread'>;

/** Trains from fresh weights for one turn. The parameters at its end show whether two turns computed the same bits. */
export async function timeSteps({ preset, threads, warmUp, steps }: StepTurn): Promise<StepTimes> {
  const { rows, parameters } = await run(preset, threads, warmUp + steps, RECIPE.grad_clip);
  return {
    seconds: rows.slice(warmUp).map(({ seconds }) => seconds),
    losses: rows.map(({ loss }) => loss),
    parameters_sha256: sha256(new Uint8Array(parameters)),
  };
}

/**
 * Times steps with several numbers of threads in turns, after the proof that all of them compute the same bits.
 * @param threads at least one number
 * @param turns steps of each turn
 * @throws TracelabError BENCH_CHECK when bits differ
 */
export async function measureTrainingSteps(
  preset: Preset,
  threads: readonly number[],
  turns: readonly number[],
): Promise<MeasuredStep[]> {
  const parameters_sha256 = await proveEqualBits(preset, threads);
  const samples = new Map(threads.map((count) => [count, [] as number[]]));
  for (const steps of turns)
    for (const [count, own] of samples)
      own.push(...(await timeSteps({ preset, threads: count, warmUp: 1, steps })).seconds);
  const tokens = tokensOf(preset),
    flops_per_token = flopsPerToken(preset);
  return Array.from(samples, ([count, own]) => {
    const timing = summarizeTiming(own, 1);
    const tokens_per_second = tokens / timing.fastest;
    return {
      preset: preset.name,
      threads: count,
      parameters: countParameters(preset.model, preset.vocab),
      tokens,
      flops_per_token,
      timing,
      tokens_per_second,
      gflops: (tokens_per_second * flops_per_token) / 1e9,
      parameters_sha256,
    };
  });
}

/**
 * One step with each number of threads, before anything is timed.
 * @returns SHA-256 of the parameters of all of them
 * @throws TracelabError BENCH_CHECK when bits differ
 */
export async function proveEqualBits(preset: Preset, threads: readonly number[]): Promise<string> {
  const hashes: (readonly [what: string, sha256: string])[] = [];
  for (const count of threads) {
    const { parameters_sha256 } = await timeSteps({ preset, threads: count, warmUp: 0, steps: 1 });
    hashes.push([`${preset.name}, parameters after a step with ${count} threads`, parameters_sha256]);
  }
  return checkEqualBits('bench training-step', hashes);
}

/**
 * A training from fresh weights with one thread and its own memory, until `isEnough` says so after a step. It begins
 * again after MOST_STEPS: on a busy machine another run may not have started until then.
 */
export async function trainAlone(preset: Preset, isEnough: () => boolean): Promise<void> {
  const over = new AbortController();
  while (!over.signal.aborted)
    await run(preset, 1, MOST_STEPS, RECIPE.grad_clip, () => {
      if (isEnough()) over.abort();
      return over.signal.aborted;
    });
}

/** Steps that are scheduled at once: more than a turn of any preset has on an idle machine. */
const MOST_STEPS = 1000;

const CHECKED_TOKENS = 5;
/** Length of the step along the gradient in f64; its error is of the second order. */
const STRIDE = 1e-3;
const LOSS_TOLERANCE = 1e-5;
const SLOPE_TOLERANCE = 1e-3;

/**
 * One step on one short sequence against scalar f64: the loss, and the gradient as the slope of the f64 loss along it,
 * which is its length only if every component is right.
 */
export async function checkTrainingStep(preset: Preset): Promise<void> {
  const { model, vocab, name } = preset;
  // After one step the first moment is (1 - beta1) times the gradient, which nothing has clipped.
  const {
    rows: [row],
    layout,
    firstMoments,
  } = await run({ ...preset, lengths: [CHECKED_TOKENS] }, 1, 1, 1e9);
  const { ids } = madeUpExamples(stepLengths([CHECKED_TOKENS]), vocab);
  const weights = madeUpWeights(model, vocab, RECIPE.init_std);
  const moments = new Map(namedTensors(firstMoments, layout).map(({ name: tensor, values }) => [tensor, values]));
  const gradientOf = (tensor: string): Float64Array =>
    Float64Array.from(moments.get(tensor) ?? [], (value) => value / (1 - RECIPE.beta1));
  const values = (tensor: string): ArrayLike<number> => weights.get(tensor)?.values ?? [];
  checkNear('bench training-step', `${name}, loss`, row.loss, referenceLoss(model, vocab, values, ids), LOSS_TOLERANCE);

  let squares = 0;
  for (const tensor of moments.keys()) for (const value of gradientOf(tensor)) squares += value * value;
  const length = Math.sqrt(squares);
  checkNear('bench training-step', `${name}, gradient norm`, row.grad_norm, length, 1e-5 * length);
  const [ahead, behind] = [STRIDE, -STRIDE].map((step) => {
    // Tensor by tensor, as the model asks for them: a large model in f64 twice over would fill the machine.
    const moved = (tensor: string): Float64Array => {
      const from = values(tensor);
      return gradientOf(tensor).map((value, i) => from[i] + (step * value) / length);
    };
    return referenceLoss(model, vocab, moved, ids);
  });
  checkNear(
    'bench training-step',
    `${name}, slope of the loss along the gradient`,
    (ahead - behind) / (2 * STRIDE),
    length,
    SLOPE_TOLERANCE * length,
  );
}

/** Prompts of one token, so that every next token is counted. */
export function stepLengths(lengths: readonly number[]): { readonly prompt: number; readonly completion: number }[] {
  return lengths.map((completion) => ({ prompt: 1, completion }));
}

async function run(
  { model, vocab, lengths, accumulators }: Preset,
  threads: number,
  steps: number,
  gradClip: number,
  isEnough: () => boolean = () => false,
): Promise<MadeUpRun> {
  const train: TrainConfig = {
    ...RECIPE,
    grad_clip: gradClip,
    batch_tokens: tokensOf({ lengths }) + lengths.length,
    accumulators: Math.min(accumulators, lengths.length),
  };
  return trainMadeUp({ model, vocabSize: vocab, train, threads, lengths: stepLengths(lengths) }, steps, isEnough);
}
