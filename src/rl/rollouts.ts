// The completions of one step in shared arrays: whichever thread makes and judges one writes its row, the leader reads all of them.
import type { Judgement } from '../core/validator.ts';
import type { DecodedCompletion } from '../model/slot-decoder.ts';
import type { JudgedCompletion } from './rewards.ts';

/** Groups of a step lie one after the other: completion c belongs to group floor(c / size of a group). */
export interface Rollouts {
  /** Most tokens of a completion. */
  readonly cap: number;
  /** [completions, cap]: every token drawn, <eos> too. */
  readonly ids: Uint16Array<SharedArrayBuffer>;
  /** [completions, cap]: log-probability of each when it was drawn. */
  readonly logProbabilities: Float64Array<SharedArrayBuffer>;
  /** [completions]: tokens drawn. */
  readonly tokens: Int32Array<SharedArrayBuffer>;
  /** [completions]: entropy that its tokens were drawn from, summed, nats. */
  readonly entropies: Float64Array<SharedArrayBuffer>;
  /** [completions, FLAGS]. */
  readonly flags: Uint8Array<SharedArrayBuffer>;
  /** [groups]: the prompt of each. */
  readonly prompts: Int32Array<SharedArrayBuffer>;
}

/** 0 or 1 each. */
const FLAG_NAMES = ['truncated', 'format', 'plan_valid', 'plan_optimal', 'paper', 'strict', 'exact'] as const;
export type FlagName = (typeof FLAG_NAMES)[number];

export function createRollouts(groups: number, group: number, cap: number): Rollouts {
  const completions = groups * group;
  return {
    cap, ids: new Uint16Array(new SharedArrayBuffer(2 * completions * cap)), logProbabilities: new Float64Array(new SharedArrayBuffer(8 * completions * cap)), tokens: new Int32Array(new SharedArrayBuffer(4 * completions)),
    entropies: new Float64Array(new SharedArrayBuffer(8 * completions)), flags: new Uint8Array(new SharedArrayBuffer(FLAG_NAMES.length * completions)), prompts: new Int32Array(new SharedArrayBuffer(4 * groups)),
  };
}

/** Writes what was drawn; the verdict follows. @param eosId drawn last where the ids end before the log-probabilities do */
export function storeCompletion(rollouts: Rollouts, { index, ids, logProbabilities, entropy, truncated }: DecodedCompletion, eosId: number): void {
  const at = index * rollouts.cap;
  rollouts.ids.set(ids, at);
  if (logProbabilities.length > ids.length) rollouts.ids[at + ids.length] = eosId;
  rollouts.logProbabilities.set(logProbabilities, at);
  rollouts.tokens[index] = logProbabilities.length;
  rollouts.entropies[index] = entropy;
  rollouts.flags[index * FLAG_NAMES.length] = Number(truncated);
}

export function storeVerdict({ flags }: Rollouts, index: number, { format, plan, paper, strict, exact }: Judgement): void {
  flags.set([format, plan.valid, plan.optimal, paper.valid, strict.valid, exact].map(Number), index * FLAG_NAMES.length + 1);
}

export function flagOf({ flags }: Rollouts, index: number, name: FlagName): boolean {
  return flags[index * FLAG_NAMES.length + FLAG_NAMES.indexOf(name)] === 1;
}

export function judgedCompletion(rollouts: Rollouts, index: number): JudgedCompletion {
  return { plan_valid: flagOf(rollouts, index, 'plan_valid'), trace_valid: flagOf(rollouts, index, 'strict'), truncated: flagOf(rollouts, index, 'truncated'), tokens: rollouts.tokens[index] };
}
