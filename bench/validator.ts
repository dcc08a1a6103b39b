// The validator of the core on gold completions of 30x30 mazes: events a second from token ids and from UTF-8 text, to
// verdict objects.
import { RandomSequence } from '../src/base/random.ts';
import { ARENA_START } from '../src/core/memory.ts';
import {
  ALL_LEVELS,
  judgeIds,
  judgeTexts,
  PAPER_LEVEL,
  type ValidatorRegion,
  wordCodes,
} from '../src/core/validator.ts';
import { solve } from '../src/domain/maze/astar.ts';
import { generateProblem } from '../src/domain/maze/generate.ts';
import { completionText } from '../src/domain/maze/grammar.ts';
import { streamOf } from '../src/domain/splits.ts';
import { judge } from '../src/domain/maze/verdict/judge.ts';
import { createVocabulary } from '../src/domain/maze/vocabulary.ts';
import { checkSame } from './check.ts';
import type { Bench } from './kernel.ts';
import type { RateRow } from './results.ts';
import { timeCalls } from './timing.ts';

const SIZE = 30;
const REGION_BYTES = 32 << 20;

/** @param mazes Wilson mazes judged in one call */
export function measureValidator({ stage, effort }: Pick<Bench, 'stage' | 'effort'>, mazes: number): RateRow[] {
  const stream = streamOf('test', 'wilson');
  const vocabulary = createVocabulary(SIZE);
  const codes = wordCodes(vocabulary.words);
  const encoder = new TextEncoder();
  const gold = Array.from({ length: mazes }, (_, i) => {
    const problem = generateProblem('wilson', SIZE, new RandomSequence(1, stream, i));
    const { trace, plan } = solve(problem);
    return { problem, words: completionText(trace, plan ?? []), events: trace.length };
  });
  const region: ValidatorRegion = { exports: stage.core, memory: stage.memory, base: ARENA_START, bytes: REGION_BYTES };
  const forms = (set: readonly { problem: (typeof gold)[number]['problem']; words: string }[]) => ({
    ids: set.map(({ problem, words }) => ({ problem, ids: vocabulary.encode(words) })),
    texts: set.map(({ problem, words }) => ({ problem, text: encoder.encode(words) })),
  });
  // Gold traces, and the same with one event of the middle taken out, against the readable reference.
  const damaged = gold.map(({ problem, words }) => ({ problem, words: withoutMiddle(words) }));
  for (const set of [gold, damaged]) {
    const { ids, texts } = forms(set);
    for (const verdicts of [judgeIds(region, codes, ids, ALL_LEVELS), judgeTexts(region, texts, ALL_LEVELS)]) {
      for (const [i, { problem, words }] of set.entries())
        checkSame(
          'bench validator',
          `verdict on maze ${i}`,
          JSON.stringify(verdicts[i]),
          JSON.stringify(judge(problem, words)),
        );
    }
  }
  const { ids, texts } = forms(gold);
  const count = gold.reduce((sum, { events }) => sum + events, 0);
  const row = (what: string, call: () => void): RateRow => {
    const timing = timeCalls(call, effort);
    return {
      name: 'validator',
      what: `${what}; gold traces of ${mazes} ${SIZE}x${SIZE} mazes`,
      unit: 'events',
      count,
      timing,
      per_second: count / timing.fastest,
    };
  };
  return [
    row('token ids, paper level', () => {
      judgeIds(region, codes, ids, PAPER_LEVEL);
    }),
    row('token ids, all levels', () => {
      judgeIds(region, codes, ids, ALL_LEVELS);
    }),
    row('text, paper level', () => {
      judgeTexts(region, texts, PAPER_LEVEL);
    }),
  ];
}

/** An event is five words; the one in the middle goes. */
function withoutMiddle(text: string): string {
  const words = text.split(' ');
  const at = Math.floor(words.indexOf('solution') / 10) * 5;
  return [...words.slice(0, at), ...words.slice(at + 5)].join(' ');
}
