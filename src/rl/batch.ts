// The completions of a step as ragged micro-batches: prompt and completion are fed, only completion tokens are counted,
// each with its terms.
import { MICRO_BATCH_WORDS, shareOut } from '../data/batches.ts';
import type { BatchList, RlMemory } from './memory.ts';
import { BATCH_LISTS } from './memory.ts';
import type { PromptSet } from './prompts.ts';
import type { Rollouts } from './rollouts.ts';

/** One completion that the loss counts. */
export interface LearntCompletion {
  readonly index: number;
  readonly prompt: number;
  readonly advantage: number;
  /** Of each of its tokens. */
  readonly weight: number;
}

export type PolicyBatch = Readonly<Record<BatchList, Int32Array>> & { readonly terms: Float64Array };

/** Views of the batch regions. */
export function policyBatch(memory: WebAssembly.Memory, { batch, batchLengths, terms }: RlMemory): PolicyBatch {
  const lists = Object.fromEntries(
    BATCH_LISTS.map((name) => [name, new Int32Array(memory.buffer, batch[name], batchLengths[name])]),
  ) as Record<BatchList, Int32Array>;
  return { ...lists, terms: new Float64Array(memory.buffer, terms, 4 * batchLengths.rows) };
}

/**
 * Lays the completions out, shared out to accumulators as training batches are: a function of their lengths alone.
 * @returns tokens with an advantage, which alone the clip can touch
 */
export function packPolicyBatch(
  learnt: readonly LearntCompletion[],
  prompts: PromptSet,
  rollouts: Rollouts,
  accumulators: number,
  microTokens: number,
  out: PolicyBatch,
): number {
  const { ids, starts } = prompts;
  const lengths = learnt.map(({ index, prompt }) => starts[prompt + 1] - starts[prompt] + rollouts.tokens[index]);
  let token = 0,
    offset = 0,
    row = 0,
    micro = 0,
    touched = 0;
  for (const [a, share] of shareOut(lengths, accumulators, microTokens).entries()) {
    out.firstMicroBatch[a] = micro;
    for (const members of share) {
      const first = { token, offset, row };
      out.offsets[offset++] = 0;
      for (const member of members) {
        const { index, prompt, advantage, weight } = learnt[member];
        const from = starts[prompt],
          asked = starts[prompt + 1] - from,
          drawn = rollouts.tokens[index],
          at = index * rollouts.cap;
        // The last token is only a target.
        for (let t = 0; t < asked + drawn - 1; t++) {
          out.tokens[token + t] = t < asked ? ids[from + t] : rollouts.ids[at + t - asked];
          out.positions[token + t] = t;
        }
        for (let t = 0; t < drawn; t++) {
          out.rows[row] = token - first.token + asked - 1 + t;
          out.targets[row] = rollouts.ids[at + t];
          out.terms[4 * row] = advantage;
          out.terms[4 * row + 1] = weight;
          out.terms[4 * row + 2] = rollouts.logProbabilities[at + t];
          out.terms[4 * row + 3] = 0;
          row += 1;
        }
        token += asked + drawn - 1;
        if (advantage !== 0) touched += drawn;
        out.offsets[offset++] = token - first.token;
      }
      out.microBatches.set(
        [first.token, token - first.token, first.offset, members.length, first.row, row - first.row],
        micro * MICRO_BATCH_WORDS,
      );
      micro += 1;
    }
  }
  out.firstMicroBatch[accumulators] = micro;
  return touched;
}
