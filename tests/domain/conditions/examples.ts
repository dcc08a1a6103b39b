// Correct examples for the tests of conditions, and what the conditions leave of them.
import fc from '../../seeded.ts';
import { RandomSequence } from '../../../src/base/random.ts';
import { solve } from '../../../src/domain/maze/astar.ts';
import type { Condition } from '../../../src/domain/conditions/condition.ts';
import { CONDITION_NAMES, CONDITION_RULES, type ConditionName } from '../../../src/domain/conditions/table.ts';
import { generateProblem } from '../../../src/domain/maze/generate.ts';
import { completionText, parsePrompt, promptText } from '../../../src/domain/maze/grammar.ts';
import { splitCompletion } from '../../../src/domain/completion.ts';
import { GENERATORS, type GeneratorName, type Problem } from '../../../src/domain/maze/types.ts';
import type { Example } from '../../../src/domain/types.ts';

export function examplesOf(generator: GeneratorName, size: number, count: number, seed = 2): Example[] {
  return Array.from({ length: count }, (_, index) => {
    const problem = generateProblem(generator, size, new RandomSequence(seed, 1, index));
    const { trace, plan } = solve(problem);
    return {
      id: `${generator}-${index}`,
      generator,
      size,
      prompt: promptText(problem),
      completion: completionText(trace, plan ?? []),
    };
  });
}

/** Sets of 2 to 8 examples of any generator, 4x4 to 9x9. */
export const EXAMPLES = fc
  .tuple(
    fc.constantFrom(...GENERATORS),
    fc.integer({ min: 4, max: 9 }),
    fc.integer({ min: 2, max: 8 }),
    fc.nat(100_000),
  )
  .map(([generator, size, count, seed]) => examplesOf(generator, size, count, seed));

export const SEEDS = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Conditions whose rule changes something in this way. */
export function conditionsThatChange(change: (typeof CONDITION_RULES)[ConditionName]['change']): ConditionName[] {
  return CONDITION_NAMES.filter((name) => CONDITION_RULES[name].change === change);
}

export function at(name: ConditionName, rate: number): Condition {
  return `${name}@${rate}`;
}

export function problemOf({ prompt, size, generator }: Example): Problem {
  return parsePrompt(prompt, size, generator);
}

export function traceOf({ completion }: Example): string {
  return splitCompletion(completion).trace;
}

export function solutionOf({ completion }: Example): string {
  return splitCompletion(completion).solution;
}

/** Records of five words: every condition writes such, filler too. */
export function recordsOf(example: Example): string[] {
  const words = wordsOf(traceOf(example));
  return Array.from({ length: words.length / 5 }, (_, i) => words.slice(5 * i, 5 * i + 5).join(' '));
}

export function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}
