// The settings of one run of reinforcement learning: everything that can change an update, and nothing that cannot (thread count, paths).
import { TracelabError } from '../base/errors.ts';

/** What a completion is worth; a truncated one is worth 0, whatever its verdict. `trace` is the strict level. */
export const REWARDS = ['plan', 'plan+trace', 'trace', 'plan-length'] as const;
export type RewardName = (typeof REWARDS)[number];

/** What the loss of a token is divided by, over all kept completions of a step; see completionWeights. */
export const LOSSES = ['token', 'sequence', 'dr_grpo'] as const;
export type LossName = (typeof LOSSES)[number];

export interface RlConfig {
  /** Steps: each draws prompts, completes and judges them, and updates the weights. */
  readonly steps: number;
  /** Prompts a step. */
  readonly prompts: number;
  /** Completions a prompt: one group, whose rewards are compared with each other. */
  readonly group: number;
  /** Updates on the completions of a step, each over all of them. */
  readonly inner_epochs: number;
  readonly temperature: number;
  readonly reward: RewardName;
  /** What `plan-length` subtracts from the reward of a valid plan as long as the cap; of a shorter one, its share. */
  readonly length_penalty: number;
  readonly loss: LossName;
  /** The ratio counts between 1 - clip_low and 1 + clip_high. Before the first update of a step it is 1: the clip needs inner epochs. */
  readonly clip_low: number;
  readonly clip_high: number;
  /** Weight of the KL penalty against the starting checkpoint. */
  readonly kl: number;
  /** KL is measured every so many steps where it is no part of the loss; 0 = never, and no reference is kept. */
  readonly kl_every: number;
  /** Most prompts a step that are drawn in place of those whose group has no spread. */
  readonly resample: number;
  /** Constant after a linear warm-up. */
  readonly lr: number;
  readonly warmup_steps: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
  readonly grad_clip: number;
  /** Most tokens of a completion; null = a quarter above the longest correct one of the training file, within the context. */
  readonly cap: number | null;
  /** Fixed number of gradient accumulators. Changes bits, not meaning. */
  readonly accumulators: number;
  /** Weights are kept every so many steps, and after the last one. */
  readonly checkpoint_every: number;
}

/** A recipe measured at 6x6: from a swapped checkpoint, plan validity 70 -> 78 % in 150 steps; lr 4e-4 was too hot. */
export const RL_DEFAULTS: RlConfig = {
  steps: 150,
  prompts: 64,
  group: 8,
  inner_epochs: 1,
  temperature: 1,
  reward: 'plan',
  length_penalty: 0.1,
  loss: 'token',
  clip_low: 0.2,
  clip_high: 0.2,
  kl: 0,
  kl_every: 10,
  resample: 0,
  lr: 1e-4,
  warmup_steps: 10,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weight_decay: 0,
  grad_clip: 1,
  cap: null,
  accumulators: 8,
  checkpoint_every: 25,
};

type NumberKey = { [K in keyof RlConfig]: RlConfig[K] extends number | null ? K : never }[keyof RlConfig];

/** Least and greatest value of each number, and whether it must be whole. */
export const RL_RANGES: Readonly<Record<NumberKey, readonly [low: number, high: number, kind: 'whole' | 'real']>> = {
  steps: [1, 1_000_000, 'whole'],
  prompts: [1, 65_536, 'whole'],
  group: [2, 1024, 'whole'],
  inner_epochs: [1, 64, 'whole'],
  temperature: [0.01, 10, 'real'],
  length_penalty: [0, 1, 'real'],
  clip_low: [0, 1, 'real'],
  clip_high: [0, 10, 'real'],
  kl: [0, 10, 'real'],
  kl_every: [0, 1_000_000, 'whole'],
  resample: [0, 65_536, 'whole'],
  lr: [0, 1, 'real'],
  warmup_steps: [0, 1_000_000, 'whole'],
  beta1: [0, 0.9999, 'real'],
  beta2: [0, 0.99999, 'real'],
  eps: [1e-12, 1, 'real'],
  weight_decay: [0, 1, 'real'],
  grad_clip: [1e-6, 1e6, 'real'],
  cap: [1, 100_000, 'whole'],
  accumulators: [1, 256, 'whole'],
  checkpoint_every: [1, 1_000_000, 'whole'],
};

/** @throws TracelabError RL_CONFIG for a value outside its range */
export function checkRlConfig(config: RlConfig): void {
  for (const key of Object.keys(RL_RANGES) as NumberKey[]) {
    const value = config[key];
    if (value === null) continue;
    const [low, high, kind] = RL_RANGES[key];
    if (!(value >= low && value <= high) || (kind === 'whole' && !Number.isInteger(value)))
      throw refused(key, `${kind === 'whole' ? 'a whole number' : 'a number'} from ${low} to ${high}`, String(value));
  }
  if (!REWARDS.includes(config.reward)) throw refused('reward', `one of ${REWARDS.join(', ')}`, config.reward);
  if (!LOSSES.includes(config.loss)) throw refused('loss', `one of ${LOSSES.join(', ')}`, config.loss);
}

function refused(where: string, expected: string, got: string): TracelabError {
  return new TracelabError({
    code: 'RL_CONFIG',
    kind: 'refused_input',
    where: `rl.${where}`,
    what: 'out of range',
    expected,
    got,
  });
}

/**
 * The settings as they stand in the keys of results. `plan-length` once charged wrong plans for their length, too: what was learnt by that reward is
 * another result. All others keep their names.
 */
export function keyedSettings(config: RlConfig): Readonly<Record<string, unknown>> {
  return { ...config, ...(config.reward === 'plan-length' && { reward: 'plan-length of valid plans' }) };
}

/** Of keyedSettings those that decide what a sampled group is worth and how it is counted; see observe.ts. */
export function observedSettings(config: RlConfig): Readonly<Record<string, unknown>> {
  const { group, temperature, reward, length_penalty, accumulators } = keyedSettings(config);
  return { group, temperature, reward, ...(config.reward === 'plan-length' && { length_penalty }), accumulators };
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

/** What a setting lacks to have any effect beside the others, or null. */
export function idleFor(key: keyof RlConfig, config: RlConfig): string | null {
  return NEEDS.find((each) => each.key === key && !each.isMet(config))?.need ?? null;
}

/** Steps after which weights are kept: every so many, and the last one. */
export function keptSteps({ steps, checkpoint_every }: RlConfig): number[] {
  const kept: number[] = [];
  for (let step = checkpoint_every; step < steps; step += checkpoint_every) kept.push(step);
  return [...kept, steps];
}

/** @param step 0-based */
export function rlLearningRate({ lr, warmup_steps }: RlConfig, step: number): number {
  return step < warmup_steps ? (lr * (step + 1)) / warmup_steps : lr;
}

/** Whether a step runs the reference over its completions. @param step 0-based */
export function needsReference({ kl, kl_every }: RlConfig, step: number): boolean {
  return kl > 0 || (kl_every > 0 && step % kl_every === 0);
}
