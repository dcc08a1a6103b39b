// How long a completion may become: a quarter above the longest gold one, so that a cap that is hit is the model's
// doing.
import { TracelabError } from '../base/errors.ts';
import type { Example } from '../domain/types.ts';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Most new tokens for the prompts of `examples`; never past the context.
 * @param where the examples' file, for errors
 * @throws TracelabError CONTEXT_TOO_SHORT when the longest gold completion does not fit
 */
export function completionCap(
  examples: readonly Pick<Example, 'prompt' | 'completion'>[],
  { model, vocabulary }: Pick<Checkpoint, 'model' | 'vocabulary'>,
  where: string,
): number {
  const words = (text: string): number => vocabulary.encode(text).length;
  const longestPrompt = examples.reduce((longest, { prompt }) => Math.max(longest, words(prompt) + 1), 0);
  const longestGold = examples.reduce((longest, { completion }) => Math.max(longest, words(completion) + 1), 0);
  const room = model.context - longestPrompt;
  if (room < longestGold) {
    throw new TracelabError({
      code: 'CONTEXT_TOO_SHORT',
      kind: 'refused_input',
      where,
      what: 'the longest correct completion does not fit into the context',
      expected: `a context of at least ${longestPrompt + longestGold}`,
      got: String(model.context),
      hint: 'train a model with a larger model.context, or give smaller problems',
    });
  }
  return capWithin(room, longestGold);
}

/**
 * @param room tokens of the context behind the longest prompt
 * @param longestGold tokens of the longest correct completion, <eos> too
 */
export function capWithin(room: number, longestGold: number): number {
  return Math.min(room, Math.ceil(1.25 * longestGold) + 8);
}
