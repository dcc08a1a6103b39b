// From verdicts to what the loss needs: a completion's reward, its advantage within its group, and its tokens' weight
// in the loss. Pure.
import type { LossName, RlConfig } from './config.ts';

/** What a reward is made of. */
export interface JudgedCompletion {
  readonly plan_valid: boolean;
  /** Strict level. */
  readonly trace_valid: boolean;
  /** The cap was reached before `end` or <eos>. */
  readonly truncated: boolean;
  /** Tokens drawn. */
  readonly tokens: number;
}

/**
 * plan: 1 for a valid plan. trace: 1 for a strictly valid trace. plan+trace: their sum. plan-length: 1 - penalty *
 * tokens / cap for a valid plan. A truncated completion counts as without plan and trace. Only valid plans pay for
 * their length (Arora & Zanette, arXiv 2502.04463): charged to wrong ones too, a group without any valid plan would be
 * taught at full strength to be short, and no group would be without spread.
 * @param cap most tokens of a completion
 */
export function rewardOf(
  { plan_valid, trace_valid, truncated, tokens }: JudgedCompletion,
  { reward, length_penalty }: Pick<RlConfig, 'reward' | 'length_penalty'>,
  cap: number,
): number {
  const plan = plan_valid && !truncated ? 1 : 0,
    trace = trace_valid && !truncated ? 1 : 0;
  switch (reward) {
    case 'plan':
      return plan;
    case 'trace':
      return trace;
    case 'plan+trace':
      return plan + trace;
    case 'plan-length':
      return plan === 1 ? 1 - (length_penalty * tokens) / cap : 0;
    default:
      return reward satisfies never;
  }
}

/** Whether traces earn nothing by themselves. */
export function rewardsPlansOnly({ reward }: Pick<RlConfig, 'reward'>): boolean {
  return reward === 'plan' || reward === 'plan-length';
}

/** What a completion earns, in words. */
export function rewardWords({ reward, length_penalty }: Pick<RlConfig, 'reward' | 'length_penalty'>): string {
  switch (reward) {
    case 'plan':
      return '1 for a valid plan';
    case 'trace':
      return '1 for a strictly valid trace';
    case 'plan+trace':
      return '1 for a valid plan and 1 for a strictly valid trace';
    case 'plan-length':
      return `for a valid plan 1 less ${length_penalty} times the share of the cap that the completion takes, else 0`;
    default:
      return reward satisfies never;
  }
}

/** Whether the rewards of a group differ at all: a group without spread teaches nothing. */
export function hasSpread(rewards: ArrayLike<number>): boolean {
  for (let i = 1; i < rewards.length; i++) if (rewards[i] !== rewards[0]) return true;
  return false;
}

/**
 * (r - mean) / (sample standard deviation + 1e-4), for dr_grpo r - mean; exactly 0 without spread.
 * @param rewards of one group
 */
export function advantagesOf(rewards: ArrayLike<number>, loss: LossName): number[] {
  const values = Array.from(rewards);
  if (!hasSpread(values)) return values.map(() => 0);
  const mean = values.reduce((sum, reward) => sum + reward, 0) / values.length;
  if (loss === 'dr_grpo') return values.map((reward) => reward - mean);
  const deviation = Math.sqrt(
    values.reduce((sum, reward) => sum + (reward - mean) * (reward - mean), 0) / (values.length - 1),
  );
  return values.map((reward) => (reward - mean) / (deviation + 1e-4));
}

/**
 * Weight of each token of each completion. All kept completions count in the denominators, those of groups without
 * spread and truncated ones too: a step in which few groups teach something takes a smaller step, instead of a few
 * groups speaking for all. token: 1 / tokens of all completions, so that every token weighs the same (DAPO).
 * sequence: 1 / (completions * own tokens), so that every completion weighs the same (GRPO).
 * dr_grpo: 1 / (completions * cap), a constant, so that length neither helps nor hurts (Dr. GRPO).
 * @param tokens drawn tokens of each kept completion
 */
export function completionWeights(tokens: readonly number[], loss: LossName, cap: number): number[] {
  const total = tokens.reduce((sum, count) => sum + count, 0);
  switch (loss) {
    case 'token':
      return tokens.map(() => 1 / total);
    case 'sequence':
      return tokens.map((count) => 1 / (tokens.length * count));
    case 'dr_grpo':
      return tokens.map(() => 1 / (tokens.length * cap));
    default:
      return loss satisfies never;
  }
}
