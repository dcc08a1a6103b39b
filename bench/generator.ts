// Data on one thread: 8x8 Wilson mazes drawn, solved with their trace, written as text and turned into tokens.
import { RandomSequence } from '../src/base/random.ts';
import { tokenizeExamples } from '../src/data/tokens.ts';
import { solve } from '../src/domain/maze/astar.ts';
import { generateProblem } from '../src/domain/maze/generate.ts';
import { completionText, parsePrompt, promptText } from '../src/domain/maze/grammar.ts';
import { streamOf } from '../src/domain/splits.ts';
import type { Example } from '../src/domain/types.ts';
import { judge } from '../src/domain/maze/verdict/judge.ts';
import { createVocabulary } from '../src/domain/maze/vocabulary.ts';
import { checkSame } from './check.ts';
import type { RateRow } from './results.ts';
import { type Effort, timeCalls } from './timing.ts';

const SIZE = 8;

/** @param mazes drawn in one call; every call draws the same ones */
export function measureGenerator(effort: Effort, mazes: number): RateRow {
  const vocabulary = createVocabulary(SIZE);
  const stream = streamOf('train', 'wilson');
  const examples = (): Example[] =>
    Array.from({ length: mazes }, (_, i) => {
      const problem = generateProblem('wilson', SIZE, new RandomSequence(1, stream, i));
      const { trace, plan } = solve(problem);
      return {
        id: String(i),
        generator: 'wilson',
        size: SIZE,
        prompt: promptText(problem),
        completion: completionText(trace, plan ?? []),
      };
    });
  const first = examples();
  const { ids, starts } = tokenizeExamples(first, vocabulary);
  for (const [i, { prompt, completion }] of first.entries()) {
    // The judge shares no code with the generator or A*.
    const { format, strict, exact, plan } = judge(parsePrompt(prompt, SIZE, 'wilson'), completion);
    checkSame(
      'bench generator',
      `maze ${i}: format, strict trace, exact trace, optimal plan`,
      [format, strict.valid, exact, plan.optimal].join(),
      'true,true,true,true',
    );
    checkSame(
      'bench generator',
      `maze ${i}: tokens`,
      vocabulary.decode(ids.subarray(starts[i], starts[i + 1])),
      `<bos> ${prompt} ${completion} <eos>`,
    );
  }
  const timing = timeCalls(() => {
    tokenizeExamples(examples(), vocabulary);
  }, effort);
  return {
    name: 'generator',
    what: `${SIZE}x${SIZE} Wilson, traces and tokens`,
    unit: 'mazes',
    count: mazes,
    timing,
    per_second: mazes / timing.fastest,
  };
}
