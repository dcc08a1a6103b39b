// Verdicts on completions of any size: in batches, in a memory of their own, and without any memory, always those of
// the readable validator.
import { describe, expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { createMemory } from '../../src/core/memory.ts';
import { loadCore } from '../../src/core/module.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { CompletionJudge } from '../../src/evaluation/completion-judge.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from '../domain/pictures.ts';

const GOLD = [...BEND_TRACE, BEND_SOLUTION].join(' ');
const LARGE = 1_200_000;
const HUGE_TEXTS: readonly (readonly [string, string])[] = [
  ['one word', 'a'.repeat(LARGE)],
  ['words of one letter', 'x '.repeat(LARGE / 2)],
  ['letters of three bytes', '\u3000'.repeat(LARGE / 2)],
  ['closes of the start', 'close 0 0 c0 c2 '.repeat(LARGE / 16)],
  ['plans', `${GOLD} ${'plan 0 0 '.repeat(LARGE / 9)}`],
  ['a gold completion behind blanks', `${' '.repeat(LARGE)}${GOLD}`],
];

describe('huge completions', () => {
  it.each(HUGE_TEXTS)('%s, as the readable validator does', (_, text) => {
    expect(new CompletionJudge(loadCore()).judge([{ problem: BEND, completion: text }])).toEqual([judge(BEND, text)]);
  });

  it('get one memory each, and stay in their place among others', () => {
    let asked = 0;
    const judged = new CompletionJudge(loadCore(), (bytes) => {
      asked += 1;
      return createMemory(bytes);
    }).judge([GOLD, HUGE_TEXTS[0][1], HUGE_TEXTS[1][1], '', GOLD].map((completion) => ({ problem: BEND, completion })));
    expect(asked).toBe(2);
    expect(judged.map(({ strict, records }) => [strict.valid, records])).toEqual([
      [true, 13],
      [false, 1],
      [false, LARGE / 2],
      [false, 0],
      [true, 13],
    ]);
  });

  it.each(['MEMORY', 'MEMORY_LIMIT'])('are read by the readable validator where there is no memory (%s)', (code) => {
    const refuse = (): never => {
      throw new TracelabError({
        code,
        kind: 'environment',
        where: 'memory',
        what: 'none',
        expected: 'memory',
        got: 'none',
        hint: 'buy some',
      });
    };
    const text = `${' '.repeat(LARGE)}${GOLD}`;
    expect(new CompletionJudge(loadCore(), refuse).judge([{ problem: BEND, completion: text }])).toEqual([
      judge(BEND, text),
    ]);
  });
});

it('any grid with the longest text of a batch fits into the region', () => {
  const size = 100;
  const problem: Problem = {
    generator: 'free',
    size,
    walls: new Uint8Array(size * size),
    start: { x: 0, y: 0 },
    goal: { x: 99, y: 99 },
  };
  const never = (): never => {
    throw new Error('asked for more memory');
  };
  const text = 'x '.repeat(1 << 19);
  expect(new CompletionJudge(loadCore(), never).judge([{ problem, completion: text }])).toMatchObject([
    { records: 1 << 19 },
  ]);
});

it('no completions, no verdicts', () => {
  expect(new CompletionJudge(loadCore()).judge([])).toEqual([]);
});
