// One line of metrics.jsonl: what the completions of a step were worth, and what the update did with them. Counts keep
// their denominators.
import { flagOf, type FlagName, type Rollouts } from './rollouts.ts';

/**
 * Counts are of sampled completions of training prompts, before the step's update. Those of verdicts are of the text
 * alone: they include truncated completions, whose reward is 0 even where the plan or the trace that was written before
 * the cap is valid.
 */
export interface StepRow {
  /** Steps done, this one included. */
  readonly step: number;
  /** Mean over the completions. */
  readonly reward: number;
  readonly completions: number;
  readonly plan_valid: number;
  readonly plan_optimal: number;
  readonly format: number;
  readonly trace_valid: Readonly<Record<TraceFlag, number>>;
  /** Valid plan and valid trace: with plan_valid and trace_valid all four quadrants. */
  readonly both_valid: Readonly<Record<TraceFlag, number>>;
  readonly truncated: number;
  /** Drawn tokens of all completions. */
  readonly tokens: number;
  readonly longest: number;
  /** Groups sampled, replaced ones too, and those of them whose rewards were all equal. */
  readonly groups: number;
  readonly zero_spread: number;
  /** Completions whose gradient was computed, of those kept. */
  readonly learnt: number;
  readonly kept: number;
  /** Mean over drawn tokens of the entropy that each was drawn from, nats. */
  readonly entropy: number;
  /**
   * Mean over the kept completions' tokens of KL against the starting checkpoint, nats; null in steps that do not
   * measure it.
   */
  readonly kl: number | null;
  /**
   * Tokens whose ratio was clipped, of those with an advantage, over all inner epochs. In the first one no ratio has
   * moved yet.
   */
  readonly clipped: number;
  readonly counted: number;
  /** Largest |ratio - 1| in the first inner epoch, where it must be 0, and in all. */
  readonly furthest_ratio_first: number;
  readonly furthest_ratio: number;
  /** Of the last inner epoch, as the last two. */
  readonly loss: number;
  readonly grad_norm: number;
  readonly lr: number;
  readonly seconds: StepSeconds;
}

type TraceFlag = 'paper' | 'strict' | 'exact';
const TRACE_FLAGS: readonly TraceFlag[] = ['paper', 'strict', 'exact'];

/** Wall time of the step's parts. */
export interface StepSeconds {
  readonly total: number;
  /** Prompts run in and tokens drawn. */
  readonly rollouts: number;
  /** Of the validator, mean over threads. */
  readonly verdicts: number;
  /** Of the leader alone: rewards, advantages, packing, copies. */
  readonly bookkeeping: number;
  readonly reference: number;
  readonly update: number;
}

/** Values that only need the completions. */
export type RolloutCounts = Pick<
  StepRow,
  | 'completions'
  | 'plan_valid'
  | 'plan_optimal'
  | 'format'
  | 'trace_valid'
  | 'both_valid'
  | 'truncated'
  | 'tokens'
  | 'longest'
  | 'entropy'
>;

/** @param completions how many the step has sampled, at the front of the arrays */
export function countRollouts(rollouts: Rollouts, completions: number): RolloutCounts {
  const count = (names: readonly FlagName[]): number => {
    let found = 0;
    for (let i = 0; i < completions; i++) found += Number(names.every((name) => flagOf(rollouts, i, name)));
    return found;
  };
  let tokens = 0,
    longest = 0,
    entropy = 0;
  for (let i = 0; i < completions; i++) {
    tokens += rollouts.tokens[i];
    longest = Math.max(longest, rollouts.tokens[i]);
    entropy += rollouts.entropies[i];
  }
  const perTrace = (names: readonly FlagName[]): Record<TraceFlag, number> =>
    Object.fromEntries(TRACE_FLAGS.map((flag) => [flag, count([...names, flag])])) as Record<TraceFlag, number>;
  return {
    completions,
    plan_valid: count(['plan_valid']),
    plan_optimal: count(['plan_optimal']),
    format: count(['format']),
    trace_valid: perTrace([]),
    both_valid: perTrace(['plan_valid']),
    truncated: count(['truncated']),
    tokens,
    longest,
    entropy: entropy / tokens,
  };
}
