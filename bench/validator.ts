// The validator of the core on gold completions of 30x30 mazes: events a second, words already encoded.
import { RandomSequence } from '../src/base/random.ts';
import { ARENA_START } from '../src/core/memory.ts';
import { encodeWords, judgeCompletions, type ValidatorRegion } from '../src/core/validator.ts';
import { solve } from '../src/domain/astar.ts';
import { generateProblem } from '../src/domain/generate.ts';
import { completionText } from '../src/domain/grammar.ts';
import { streamOf } from '../src/domain/splits.ts';
import { judge } from '../src/domain/verdict/judge.ts';
import { checkSame } from './check.ts';
import type { Bench } from './kernel.ts';
import type { RateRow } from './results.ts';
import { timeCalls } from './timing.ts';

const SIZE = 30;
const REGION_BYTES = 32 << 20;

/** @param mazes Wilson mazes judged in one call */
export function measureValidator({ stage, effort }: Pick<Bench, 'stage' | 'effort'>, mazes: number): RateRow {
  const stream = streamOf('test', 'wilson');
  const gold = Array.from({ length: mazes }, (_, i) => {
    const problem = generateProblem('wilson', SIZE, new RandomSequence(1, stream, i));
    const { trace, plan } = solve(problem);
    return { problem, text: completionText(trace, plan ?? []), events: trace.length };
  });
  const region: ValidatorRegion = { exports: stage.core, memory: stage.memory, base: ARENA_START, bytes: REGION_BYTES };
  // Gold traces, and the same with one event of the middle taken out, against the readable reference.
  const damaged = gold.map(({ problem, text }) => ({ problem, text: withoutMiddle(text) }));
  for (const set of [gold, damaged]) {
    const verdicts = judgeCompletions(region, set.map(({ problem, text }) => ({ problem, words: encodeWords(text) })));
    for (const [i, { problem, text }] of set.entries()) checkSame('bench validator', `verdict on maze ${i}`, JSON.stringify(verdicts[i]), JSON.stringify(judge(problem, text)));
  }
  const completions = gold.map(({ problem, text }) => ({ problem, words: encodeWords(text) }));
  const count = gold.reduce((sum, { events }) => sum + events, 0);
  const timing = timeCalls(() => { judgeCompletions(region, completions); }, effort);
  return { name: 'validator', what: `gold traces of ${mazes} ${SIZE}x${SIZE} mazes, all levels`, unit: 'events', count, timing, per_second: count / timing.median };
}

/** An event is five words; the one in the middle goes. */
function withoutMiddle(text: string): string {
  const words = text.split(' ');
  const at = Math.floor(words.indexOf('solution') / 10) * 5;
  return [...words.slice(0, at), ...words.slice(at + 5)].join(' ');
}
