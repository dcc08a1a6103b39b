// Mazes for a page whose models have no test completions at hand: some of each distribution.
import { RandomSequence, STREAMS } from '../../base/random.ts';
import { MAZE_DISTRIBUTIONS } from '../../domain/maze/distributions.ts';
import { generateProblem } from '../../domain/maze/generate.ts';
import { promptText } from '../../domain/maze/grammar.ts';
import type { LiveProblem } from './data.ts';

/**
 * Mazes of each distribution that is no control, without recorded completions. Pure.
 * @param size cells per side
 * @param count of each distribution
 */
export function exampleProblems(size: number, count: number, seed: number): LiveProblem[] {
  return MAZE_DISTRIBUTIONS.filter(({ control }) => control !== true).flatMap(({ name, label }) =>
    Array.from({ length: count }, (_, i) => ({
      id: `${name}-${size}-${i + 1}`,
      group: label,
      size,
      prompt: promptText(generateProblem(name, size, new RandomSequence(seed, STREAMS.test, i))),
      recorded: {},
    })),
  );
}
