// The conditions of the study, applied to correct examples just before training: what happens to the trace. Prompt and plan always stay.
import { TracelabError } from '../base/errors.ts';
import { RandomSequence, STREAMS } from '../base/random.ts';
import { joinCompletion, splitCompletion } from './grammar.ts';
import type { Condition, Example } from './types.ts';

/**
 * Examples as a condition trains on them, in the same order.
 * @param examples with correct completions @param seed decides the derangement of `swapped`; the other conditions draw nothing
 * @throws TracelabError TOO_FEW_EXAMPLES when `swapped` has a single example, which leaves nothing to swap with
 */
export function applyCondition(examples: readonly Example[], condition: Condition, seed: number): Example[] {
  switch (condition) {
    case 'correct':
      return [...examples];
    case 'solution-only':
      return examples.map((example) => ({ ...example, completion: splitCompletion(example.completion).solution }));
    case 'swapped': {
      const traces = derangement(examples.length, seed);
      const halves = examples.map((example) => splitCompletion(example.completion));
      return examples.map((example, i) => ({ ...example, completion: joinCompletion(halves[traces[i]].trace, halves[i].solution) }));
    }
    default:
      return condition satisfies never;
  }
}

/**
 * A permutation without fixed points, uniform over all of them: shuffles are drawn until one has none (a share of 1/e does).
 * @returns for each position the position whose trace it gets
 */
export function derangement(length: number, seed: number): Uint32Array {
  if (length === 1) {
    throw new TracelabError({
      code: 'TOO_FEW_EXAMPLES', kind: 'refused_input', where: 'condition swapped', what: 'a single example has no other to swap traces with', expected: 'at least 2 examples', got: '1',
    });
  }
  const order = new Uint32Array(length);
  for (let attempt = 0; ; attempt++) {
    for (let i = 0; i < length; i++) order[i] = i;
    new RandomSequence(seed, STREAMS.swap, attempt).shuffle(order);
    if (order.every((from, to) => from !== to)) return order;
  }
}
