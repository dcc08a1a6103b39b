// The completions of one step in shared arrays: whichever thread makes and judges one writes its row, the leader reads
// all of them.
import { TracelabError } from '../base/errors.ts';
import type { Judgement } from '../core/validator.ts';
import type { Verdict } from '../domain/types.ts';
import type { DecodedCompletion } from '../model/slot-decoder.ts';
import type { JudgedCompletion } from './rewards.ts';

/** Groups of a step are stored one after another: completion c belongs to group floor(c / size of a group). */
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

/** Bytes of each array; `groups` at most are drawn in a step. */
function arrayBytes(
  groups: number,
  group: number,
  cap: number,
): Readonly<Record<Exclude<keyof Rollouts, 'cap'>, number>> {
  const completions = groups * group;
  return {
    ids: 2 * completions * cap,
    logProbabilities: 8 * completions * cap,
    tokens: 4 * completions,
    entropies: 8 * completions,
    flags: FLAG_NAMES.length * completions,
    prompts: 4 * groups,
  };
}

/** Bytes of the arrays of createRollouts, which are outside of the wasm memory. */
export function rolloutBytes(groups: number, group: number, cap: number): number {
  return Object.values(arrayBytes(groups, group, cap)).reduce((sum, bytes) => sum + bytes, 0);
}

/** @throws TracelabError MEMORY (environment) when the system refuses the bytes */
export function createRollouts(groups: number, group: number, cap: number): Rollouts {
  const bytes = arrayBytes(groups, group, cap);
  try {
    return {
      cap,
      ids: new Uint16Array(new SharedArrayBuffer(bytes.ids)),
      logProbabilities: new Float64Array(new SharedArrayBuffer(bytes.logProbabilities)),
      tokens: new Int32Array(new SharedArrayBuffer(bytes.tokens)),
      entropies: new Float64Array(new SharedArrayBuffer(bytes.entropies)),
      flags: new Uint8Array(new SharedArrayBuffer(bytes.flags)),
      prompts: new Int32Array(new SharedArrayBuffer(bytes.prompts)),
    };
  } catch (cause) {
    const mebibytes = rolloutBytes(groups, group, cap) / 1024 ** 2;
    throw new TracelabError({
      code: 'MEMORY',
      kind: 'environment',
      where: 'memory',
      what: `the system refused ${mebibytes.toFixed(0)} MiB for the completions of a step`,
      expected: `${mebibytes.toFixed(0)} MiB of free memory`,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'fewer prompts, resampled prompts or completions a group, or a smaller cap',
      cause,
    });
  }
}

/**
 * Writes what was drawn; the verdict follows.
 * @param eosId drawn last where the ids end before the log-probabilities do
 */
export function storeCompletion(
  rollouts: Rollouts,
  { index, ids, logProbabilities, entropy, truncated }: DecodedCompletion,
  eosId: number,
): void {
  const at = index * rollouts.cap;
  rollouts.ids.set(ids, at);
  if (logProbabilities.length > ids.length) rollouts.ids[at + ids.length] = eosId;
  rollouts.logProbabilities.set(logProbabilities, at);
  rollouts.tokens[index] = logProbabilities.length;
  rollouts.entropies[index] = entropy;
  rollouts.flags[index * FLAG_NAMES.length] = Number(truncated);
}

/** By the core, or by the domain itself. */
type RolloutVerdict = Judgement | Verdict;

export function storeVerdict(
  { flags }: Rollouts,
  index: number,
  { format, plan, paper, strict, exact }: RolloutVerdict,
): void {
  flags.set(
    [format, plan.valid, plan.optimal, paper.valid, strict.valid, exact].map(Number),
    index * FLAG_NAMES.length + 1,
  );
}

export function flagOf({ flags }: Rollouts, index: number, name: FlagName): boolean {
  return flags[index * FLAG_NAMES.length + FLAG_NAMES.indexOf(name)] === 1;
}

export function judgedCompletion(rollouts: Rollouts, index: number): JudgedCompletion {
  return {
    plan_valid: flagOf(rollouts, index, 'plan_valid'),
    trace_valid: flagOf(rollouts, index, 'strict'),
    truncated: flagOf(rollouts, index, 'truncated'),
    tokens: rollouts.tokens[index],
  };
}

/**
 * Sum of the log-probabilities of all tokens drawn: finite if each of them is.
 * @param completions at the front of the arrays
 */
export function sumLogProbabilities({ logProbabilities, tokens, cap }: Rollouts, completions: number): number {
  let sum = 0;
  for (let i = 0; i < completions; i++) for (let t = i * cap; t < i * cap + tokens[i]; t++) sum += logProbabilities[t];
  return sum;
}
