// Plan rules and the lenient parser around them, each with a whole and a broken example.
import { describe, expect, it } from 'vitest';
import { PLAN_ERRORS } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { parseCompletionLeniently } from '../../src/domain/maze/verdict/parse.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from './pictures.ts';
import { PLAN_EXAMPLES } from './plan-examples.ts';

describe('plans', () => {
  it.each(PLAN_EXAMPLES)('$name', ({ problem, completion, plan }) => {
    expect(judge(problem, completion).plan).toEqual(plan);
  });

  it('have a broken example of nine cells for every rule, and whole ones on the same maze', () => {
    for (const rule of PLAN_ERRORS) {
      const mazes = PLAN_EXAMPLES.filter(({ problem, plan: { error } }) => problem.size === 3 && error === rule).map(
        ({ problem }) => problem,
      );
      expect(mazes, rule).not.toEqual([]);
      for (const problem of mazes)
        expect(PLAN_EXAMPLES.some((whole) => whole.problem === problem && whole.plan.valid)).toBe(true);
    }
  });
});

describe('the plan is the unbroken run at the very end', () => {
  it.each([
    ['plan 0 0 plan 1 0', 0, 2],
    ['plan 0 0 foo plan 1 0', 2, 1],
    ['plan 0 0 plan 1 plan 1 1', 2, 1],
    ['plan 0 0 close 0 0 c0 c0', 2, 0],
    ['plan 0 0 foo', 2, 0],
    // `solution` and `end` are dropped wherever they are, even inside a record.
    ['plan 0 end 0 solution plan end 1 0', 0, 2],
    ['solution end end solution', 0, 0],
    // The arguments of a record are taken whatever they are: one broken record, not three junk words.
    ['create foo bar baz qux plan 1 1', 1, 1],
    ['close 0 0 c0 plan 1 1', 1, 1],
    ['plan 1 1 create', 2, 0],
  ] as const)('%j: %d body records, %d cells', (text, records, cells) => {
    const parsed = parseCompletionLeniently(text);
    expect([parsed.body.length, parsed.plan.length]).toEqual([records, cells]);
  });
});

describe('numbers are 0 or [1-9][0-9]{0,3}', () => {
  it.each(['0', '7', '10', '9999'])('%s is one', (number) => {
    expect(parseCompletionLeniently(`plan ${number} 0`).plan).toEqual([{ x: Number(number), y: 0 }]);
    expect(parseCompletionLeniently(`close 0 0 c${number} c0`).body).toEqual([
      { operation: 'close', x: 0, y: 0, g: Number(number), h: 0 },
    ]);
  });

  it.each([
    '00',
    '01',
    '10000',
    '4294967297',
    '-1',
    '+1',
    '1.0',
    '1e0',
    '0x1',
    '١',
    '１',
    'c1',
    'NaN',
    ''.padEnd(400, '9'),
  ])('%s is none', (word) => {
    expect(parseCompletionLeniently(`plan ${word} 0`)).toMatchObject({ body: [null], plan: [] });
    expect(parseCompletionLeniently(`close 0 0 c${word} c0`).body).toEqual([null]);
  });
});

describe('format', () => {
  const gold = [...BEND_TRACE, BEND_SOLUTION].join(' ');
  it.each([
    ['gold', gold],
    ['solution-only', BEND_SOLUTION],
    ['any ASCII blanks', `\r\n ${gold.replaceAll(' ', '\t\v\f ')} `],
    ['events that are wrong but well-formed', `close 9 9 c9 c9 ${BEND_SOLUTION}`],
  ])('%s has it', (_, text) => {
    expect(judge(BEND, text).format).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['two solutions', gold.replace('solution', 'solution solution')],
    ['no solution', gold.replace('solution ', '')],
    ['solution too early', `solution ${gold.replace('solution ', '')}`],
    ['solution inside a record', BEND_SOLUTION.replace('plan 0 0', 'plan 0 solution 0')],
    ['two ends', `${gold} end`],
    ['no end', gold.replace(' end', '')],
    ['end before the plan', 'solution end plan 0 0'],
    ['no plan', `${BEND_TRACE.join(' ')} solution end`],
    ['junk', gold.replace('solution', 'foo solution')],
    ['a broken event', gold.replace('c0 c2', 'c00 c2')],
    ['an event after the plan', gold.replace(' end', ' close 0 0 c0 c2 end')],
    ['a special word', `${gold} <eos>`],
  ])('%s has not', (_, text) => {
    expect(judge(BEND, text).format).toBe(false);
  });
});
