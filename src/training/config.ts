// The recipe of one training run: everything that can change an update, and nothing that cannot (thread count, paths).
// One table gives type, default, range and description of each setting.
import type * as z from 'zod';
import { isShared, shareJson } from '../base/hash.ts';
import { above0, between, integer, section } from '../base/setting-types.ts';
import type { TrainLength } from '../data/batches.ts';

const RECIPE = section(
  {
    epochs: integer(1, 10_000).optional().describe('Passes over the training set; this or train.tokens.'),
    tokens: integer(16, 1e12)
      .optional()
      .describe('Training tokens, prompt and completion, in any number of passes; this or train.epochs.'),
    batch_tokens: integer(16, 16_777_216).describe('Token budget of one batch, prompt and completion.'),
    lr: above0(1).describe('Peak learning rate.'),
    lr_min_ratio: between(0, 1).default(0.1).describe('The cosine ends at lr * lr_min_ratio.'),
    warmup_steps: integer(0, 1_000_000).default(100).describe('Steps of linear warm-up.'),
    beta1: between(0, 0.9999).default(0.9).describe('AdamW beta 1.'),
    beta2: between(0, 0.999999).default(0.95).describe('AdamW beta 2.'),
    eps: above0(0.01).default(1e-8).describe('AdamW epsilon.'),
    weight_decay: between(0, 10).default(0.1).describe('Decoupled weight decay on matrices; vectors have none.'),
    grad_clip: above0(1e6).default(1).describe('Largest global norm of the gradient.'),
    init_std: above0(1)
      .default(0.02)
      .describe('Standard deviation of the initial matrices; output projections get init_std / sqrt(2 * n_layer).'),
    // The tables of rotations hold model.context + position_offset positions.
    position_offset: integer(0, 131_072)
      .default(0)
      .describe(
        'Control of prompt length: each training sequence has its positions from `reasoning` on shifted by a number ' +
          'drawn uniformly from 0 to position_offset, again in every epoch. Evaluation never shifts.',
      ),
    // Micro-batches add to accumulators, which threads draw.
    accumulators: integer(1, 256)
      .default(8)
      .describe(
        'Gradient accumulators, which threads share out; with more threads than accumulators, several work on one. ' +
          'Changes bits, not meaning.',
      ),
    // No default: recipes without it keep their hash. No part of a key: see tasks/train.ts.
    max_skipped_steps: integer(1, 1_000_000)
      .optional()
      .describe(
        'Most steps of a run whose update is skipped because loss, gradients, parameters or moments are not finite; ' +
          'left out, the first one ends the run.',
      ),
    checkpoints: integer(1, 1000)
      .default(8)
      .describe('Evenly spaced checkpoints kept for the learning curve; the last one is the result.'),
  },
  'training',
);

/** Exactly one of epochs and tokens is given. */
export const TRAIN_SETTINGS = RECIPE.superRefine(({ epochs, tokens }, context) => {
  if (epochs === undefined && tokens === undefined)
    context.addIssue({ code: 'custom', path: ['epochs'], message: 'train.epochs or train.tokens' });
  if (epochs !== undefined && tokens !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['tokens'],
      message: 'nothing, because train.epochs is given (one of the two)',
    });
});

export type TrainConfig = TrainLength & Readonly<Omit<z.output<typeof RECIPE>, keyof TrainLength>>;

type TrainWork = Pick<
  TrainConfig,
  'epochs' | 'tokens' | 'batch_tokens' | 'accumulators' | 'position_offset' | 'checkpoints'
>;

/** Of recipes that cannot change: many tasks have the same one. */
const WORKS = new WeakMap<TrainConfig, TrainWork>();

/** The part of a recipe that decides how much work and memory a run takes. */
export function workOf(recipe: TrainConfig): TrainWork {
  const known = WORKS.get(recipe);
  if (known !== undefined) return known;
  const { epochs, tokens, batch_tokens, accumulators, position_offset, checkpoints } = recipe;
  const work = {
    ...(epochs !== undefined && { epochs }),
    ...(tokens !== undefined && { tokens }),
    batch_tokens,
    accumulators,
    position_offset,
    checkpoints,
  };
  if (!isShared(recipe)) return work;
  WORKS.set(recipe, shareJson(work));
  return work;
}

/** Progress that train() reports to its caller. Losses are means over counted targets, in nats per token. */
export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  /** Tokens of prompt and completion consumed so far. */
  readonly tokens: number;
  readonly total_tokens: number;
  readonly loss: number;
  readonly trace_loss: number;
  readonly plan_loss: number;
  readonly lr: number;
  readonly grad_norm: number;
  /** Over the last few steps. */
  readonly tokens_per_second: number;
}
