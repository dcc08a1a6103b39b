// Model output is data: whatever it says, the judge answers, soon, and is never talked into a valid verdict.
import fc from '../seeded.ts';
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText } from '../../src/domain/maze/grammar.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { HOSTILE } from './hostile-completions.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from './pictures.ts';

const GOLD = [...BEND_TRACE, BEND_SOLUTION].join(' ');

describe('hostile completions', () => {
  // Those of many records take the readable validator seconds each; one megabyte is below.
  it.each(HOSTILE.filter(({ completion }) => !completion.startsWith('x ') && !completion.startsWith('plan 0 0 ')))(
    '$name',
    ({ completion, problem = BEND, expected }) => {
      expect(judge(problem, completion)).toMatchObject(expected);
    },
  );

  it.each([4294967296, 4294967297, 18446744073709551616n])('%d does not wrap to a small number', (huge) => {
    for (const text of [GOLD.replace('create 0 1', `create ${huge} 1`), GOLD.replace('c1 c3', `c${huge} c3`)]) {
      expect(judge(BEND, text)).toMatchObject({ format: false, strict: { rule: 'operation_syntax_error', record: 1 } });
    }
    expect(judge(BEND, GOLD.replace('plan 0 0', `plan ${huge} 0`)).plan.error).toBe('illegal_start');
  });

  it.each(['\u00a0', '\u2003', '\u3000', '\u2028', '\u0085', '\ufeff', '\u200b', '\0', '\x1c', '\x1f'])(
    '%j is no blank',
    (blank) => {
      expect(judge(BEND, GOLD.replace('plan 2 0', `plan 2${blank}0`))).toMatchObject({
        format: false,
        plan: { error: 'plan_syntax_error' },
      });
      expect(judge(BEND, `${blank}${GOLD}`)).toMatchObject({ format: false, strict: { valid: false } });
    },
  );

  it.each([
    ['one word', 'a'.repeat(1_000_000)],
    ['one digit', `plan ${'1'.repeat(1_000_000)} 0`],
    ['blanks', ' '.repeat(1_000_000)],
    ['junk words', 'x '.repeat(500_000)],
    ['solutions', 'solution '.repeat(110_000)],
    ['plans that never end', `${'plan 0 0 '.repeat(110_000)}plan`],
    ['keywords', 'create '.repeat(140_000)],
    ['the same close', 'close 0 0 c0 c2 '.repeat(62_500)],
  ])(
    // In a second. One that took a time with the square of the length would pass the limit of a test by far.
    'a megabyte of %s is judged',
    (_, text) => {
      const verdict = judge(BEND, text);
      expect([verdict.format, verdict.paper.valid, verdict.strict.valid, verdict.exact, verdict.plan.valid]).toEqual([
        false,
        false,
        false,
        false,
        false,
      ]);
    },
    300_000,
  );

  it('names of object properties are junk like any other', () => {
    expect(judge(BEND, '__proto__ constructor toString hasOwnProperty')).toMatchObject({
      records: 4,
      paper: { rule: 'operation_syntax_error', record: 0 },
    });
  });

  it('any text gets a verdict that agrees with itself', () => {
    const words = fc.oneof(
      fc.constantFrom(...createVocabulary(3).words, ...BEND_TRACE, 'plan 0 0', 'plan 0 1'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
        const { paper, strict, exact, plan, records } = judge(BEND, parts.join(' '));
        for (const level of [paper, strict]) {
          expect(level.valid).toBe(level.rule === undefined);
          expect(level.record === undefined || (level.record >= 0 && level.record <= records)).toBe(true);
        }
        expect(plan.valid).toBe(plan.error === undefined);
        if (exact) expect(strict.valid).toBe(true);
        if (plan.optimal) expect(plan.valid).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

it('every gold completion is valid at every level, and optimal', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...GENERATORS),
      fc.integer({ min: 4, max: 14 }),
      fc.nat(1_000_000),
      (generator, size, index) => {
        const problem = generateProblem(generator, size, new RandomSequence(4, 0, index));
        const { trace, plan } = solve(problem);
        expect(judge(problem, completionText(trace, plan ?? []))).toEqual({
          format: true,
          records: trace.length,
          paper: { valid: true },
          strict: { valid: true },
          exact: true,
          plan: { valid: true, optimal: true },
        });
      },
    ),
  );
});
