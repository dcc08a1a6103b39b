// The settings of one run of reinforcement learning: everything that can change an update, and nothing that cannot
// (thread count, paths). One table gives type, default, range and description; the options of `tracelab rl`, the
// section `rl` of a study and its JSON Schema are made from it. `key` in a description names another setting.
import type * as z from 'zod';
import { TracelabError } from '../base/errors.ts';
import { between, choice, integer, section } from '../base/setting-types.ts';

/** What a completion is worth; a truncated one is worth 0, whatever its verdict. `trace` is the strict level. */
const REWARDS = ['plan', 'plan+trace', 'trace', 'plan-length'] as const;

/** What the loss of a token is divided by, over all kept completions of a step; see completionWeights. */
export const LOSSES = ['token', 'sequence', 'dr_grpo'] as const;
export type LossName = (typeof LOSSES)[number];

/** Defaults measured at 6x6, from a swapped checkpoint: plan validity 70 -> 78 % in 150 steps; lr 4e-4 was too hot. */
export const RL_SETTINGS = section(
  {
    steps: integer(1, 1_000_000)
      .default(150)
      .describe('Number of steps; each draws prompts, generates and judges completions, and updates the weights.'),
    prompts: integer(1, 65_536).default(64).describe('Prompts per step.'),
    group: integer(2, 1024).default(8).describe('Completions per prompt; their rewards are compared with each other.'),
    inner_epochs: integer(1, 64).default(1).describe('Updates per step, each on all completions of the step.'),
    temperature: between(0.01, 10).default(1).describe('Sampling temperature of the completions.'),
    reward: choice(REWARDS)
      .default('plan')
      .describe(
        'What a completion is rewarded for, trace at the strict level; a truncated completion gets 0, even if it is ' +
          'counted as valid.',
      ),
    length_penalty: between(0, 1)
      .default(0.1)
      .describe(
        'Subtracted from the reward of a valid plan as long as the cap, in proportion from that of a shorter one; ' +
          'needs `reward` plan-length.',
      ),
    loss: choice(LOSSES).default('token').describe('How the loss is normalised over the completions of a step.'),
    clip_low: between(0, 1)
      .default(0.2)
      .describe('Ratios below 1 - clip_low are clipped; needs `inner_epochs` above 1.'),
    clip_high: between(0, 10)
      .default(0.2)
      .describe('Ratios above 1 + clip_high are clipped; needs `inner_epochs` above 1.'),
    kl: between(0, 10).default(0).describe('Weight of the KL penalty against the starting checkpoint.'),
    kl_every: integer(0, 1_000_000)
      .default(10)
      .describe('Steps between two measurements of KL; needs `kl` 0, and 0 means never.'),
    resample: integer(0, 65_536)
      .default(0)
      .describe('Most prompts per step that replace prompts whose completions all got the same reward.'),
    lr: between(0, 1).default(1e-4).describe('Learning rate after the warm-up; it stays constant.'),
    warmup_steps: integer(0, 1_000_000).default(10).describe('Steps of linear warm-up.'),
    beta1: between(0, 0.9999).default(0.9).describe('AdamW beta 1.'),
    beta2: between(0, 0.99999).default(0.95).describe('AdamW beta 2.'),
    eps: between(1e-12, 1).default(1e-8).describe('AdamW epsilon.'),
    weight_decay: between(0, 1).default(0).describe('Decoupled weight decay on matrices; vectors have none.'),
    grad_clip: between(1e-6, 1e6).default(1).describe('Largest global norm of the gradient.'),
    cap: integer(1, 100_000)
      .nullable()
      .default(null)
      .describe(
        'Most tokens of a completion; by default a quarter above the longest correct completion of the training set, ' +
          'within the context.',
      ),
    accumulators: integer(1, 256)
      .default(8)
      .describe(
        'Gradient accumulators, which threads share out; with more threads than accumulators, several work on one. ' +
          'Changes bits, not meaning.',
      ),
    // No default and no part of a key, as in training.
    max_skipped_steps: integer(1, 1_000_000)
      .optional()
      .describe(
        'Most steps of a run whose update is skipped because rewards, log-probabilities, KL, loss, gradients, ' +
          'parameters or moments are not finite; left out, the first one ends the run.',
      ),
    checkpoint_every: integer(1, 1_000_000)
      .default(25)
      .describe('Steps between two checkpoints that are kept and tested; the last step always has one.'),
  },
  'reinforcement learning',
);

export type RlConfig = Readonly<z.output<typeof RL_SETTINGS>>;

/** Names of all settings, those without a default too. */
export const RL_KEYS = Object.keys(RL_SETTINGS.shape) as (keyof RlConfig)[];

export const RL_DEFAULTS: RlConfig = RL_SETTINGS.parse({});

/**
 * Checks settings that were put together by hand.
 * @param nameOf what the user calls a setting
 * @throws TracelabError RL_CONFIG for a value outside its range
 */
export function checkRlConfig(config: RlConfig, nameOf = (key: string): string => `rl.${key}`): void {
  const issue = RL_SETTINGS.safeParse(config).error?.issues[0];
  if (issue === undefined) return;
  const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : String(issue.path[0]);
  throw new TracelabError({
    code: 'RL_CONFIG',
    kind: 'refused_input',
    where: nameOf(key),
    what: issue.code === 'unrecognized_keys' ? 'no such setting' : 'out of range',
    expected: issue.code === 'unrecognized_keys' ? `one of ${RL_KEYS.join(', ')}` : issue.message,
    got: String((config as Readonly<Record<string, unknown>>)[key]),
    hint: '`tracelab rl --help` lists the settings and their ranges',
  });
}

/** The settings that decide what a sampled group is worth and how it is counted; see observe.ts. */
export function observedSettings({
  group,
  temperature,
  reward,
  length_penalty,
  accumulators,
}: RlConfig): Pick<RlConfig, 'group' | 'temperature' | 'reward' | 'length_penalty' | 'accumulators'> {
  return { group, temperature, reward, length_penalty, accumulators };
}

/** Settings that need others to have an effect, and which; in words for people. */
const NEEDS: readonly {
  readonly key: keyof RlConfig;
  readonly isMet: (config: RlConfig) => boolean;
  readonly need: string;
}[] = [
  { key: 'length_penalty', isMet: ({ reward }) => reward === 'plan-length', need: 'reward plan-length' },
  { key: 'clip_low', isMet: ({ inner_epochs }) => inner_epochs > 1, need: 'inner_epochs above 1' },
  { key: 'clip_high', isMet: ({ inner_epochs }) => inner_epochs > 1, need: 'inner_epochs above 1' },
  { key: 'kl_every', isMet: ({ kl }) => kl === 0, need: 'kl 0' },
];

/** What a setting lacks to have any effect together with the others, or null. */
export function idleFor(key: keyof RlConfig, config: RlConfig): string | null {
  return NEEDS.find((each) => each.key === key && !each.isMet(config))?.need ?? null;
}

/** Steps after which weights are kept: every `checkpoint_every` steps, and the last step. */
export function keptSteps({ steps, checkpoint_every }: RlConfig): number[] {
  const kept: number[] = [];
  for (let step = checkpoint_every; step < steps; step += checkpoint_every) kept.push(step);
  return [...kept, steps];
}

/** @param step 0-based */
export function rlLearningRate({ lr, warmup_steps }: RlConfig, step: number): number {
  return step < warmup_steps ? (lr * (step + 1)) / warmup_steps : lr;
}

/**
 * Whether a step runs the reference over its completions.
 * @param step 0-based
 */
export function needsReference({ kl, kl_every }: RlConfig, step: number): boolean {
  return kl > 0 || (kl_every > 0 && step % kl_every === 0);
}
