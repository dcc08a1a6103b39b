// The whole training step, on the real training threads: forward, backward, sum of accumulators, clipping, AdamW.
// Random tokens, sequences of one length, every next token counted.
import { sha256 } from '../src/base/hash.ts';
import { namedTensors } from '../src/model/checkpoint.ts';
import { countParameters } from '../src/model/config.ts';
import { madeUpWeights } from '../src/model/made-up.ts';
import type { TrainConfig } from '../src/training/config.ts';
import { madeUpExamples, trainMadeUp, type MadeUpRun } from '../src/training/speed.ts';
import { checkNear } from './check.ts';
import { flopsPerToken, type Preset } from './presets.ts';
import { referenceLoss } from './reference-model.ts';
import type { TrainingRow } from './results.ts';
import { summarizeTiming } from './timing.ts';

const RECIPE = {
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

export interface StepsRequest {
  readonly preset: Preset;
  readonly threads: number;
  /** Sequences a step; every step sees the same ones. */
  readonly batch: number;
  /** Steps before the clock counts, and behind it. */
  readonly warmUp: number;
  readonly steps: number;
}

/** Times whole steps. The parameters at the end show whether two runs computed the same bits. */
export async function measureTrainingStep({
  preset,
  threads,
  batch,
  warmUp,
  steps,
}: StepsRequest): Promise<Omit<TrainingRow, 'share_of_peak'>> {
  const { rows, parameters } = await run(preset, threads, batch, preset.sequence, warmUp + steps, RECIPE.grad_clip);
  const timing = summarizeTiming(
    rows.slice(warmUp).map(({ seconds }) => seconds),
    1,
  );
  const tokens = batch * preset.sequence,
    flops = flopsPerToken(preset);
  const tokens_per_second = tokens / timing.median,
    gflops = (tokens_per_second * flops) / 1e9;
  return {
    preset: preset.name,
    threads,
    parameters: countParameters(preset.model, preset.vocab),
    tokens,
    flops_per_token: flops,
    timing,
    tokens_per_second,
    gflops,
    parameters_sha256: sha256(new Uint8Array(parameters)),
  };
}

/** Operations of a step that is long enough to be timed. */
export interface StepBudget {
  readonly flops: number;
  readonly warmUp: number;
  readonly steps: number;
}

/**
 * The preset's batch, or the largest power of two of its sequences that fits the budget, so that threads can share it
 * out evenly; at least 2.
 */
export function batchFor(preset: Preset, budget: StepBudget): number {
  const fits = Math.max(2, Math.floor(budget.flops / (flopsPerToken(preset) * preset.sequence)));
  return fits >= preset.batch ? preset.batch : 2 ** Math.floor(Math.log2(fits));
}

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
  } = await run(preset, 1, 1, CHECKED_TOKENS, 1, 1e9);
  const { ids } = madeUpExamples(lengths(1, CHECKED_TOKENS), vocab);
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
function lengths(batch: number, sequence: number): { readonly prompt: number; readonly completion: number }[] {
  return Array.from({ length: batch }, () => ({ prompt: 1, completion: sequence }));
}

async function run(
  { model, vocab, accumulators }: Preset,
  threads: number,
  batch: number,
  sequence: number,
  steps: number,
  gradClip: number,
): Promise<MadeUpRun> {
  const train: TrainConfig = {
    ...RECIPE,
    grad_clip: gradClip,
    batch_tokens: batch * (sequence + 1),
    accumulators: Math.min(accumulators, batch),
  };
  return trainMadeUp(
    { model, vocabSize: vocab, train, threads, lengths: lengths(batch, sequence) },
    steps,
    () => false,
  );
}
