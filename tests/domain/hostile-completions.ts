// Completions that try to crash, stall or talk over a validator, with the parts of the verdict that each is about. The
// readable validator, the core and the commands are shown all of them.
import type { Problem } from '../../src/domain/maze/types.ts';
import { BEND_SOLUTION, BEND_TRACE, maze } from './pictures.ts';

const TRACE = BEND_TRACE.join(' ');
const GOLD = `${TRACE} ${BEND_SOLUTION}`;
const PLAN = BEND_SOLUTION.slice('solution '.length, -' end'.length);

/** Where a search opens more than the path: two rows of floor. */
const WIDE = maze(`
  S . G
  . . .
  # # #
`);

export interface HostileCase {
  readonly name: string;
  readonly completion: string;
  /** Default: BEND. */
  readonly problem?: Problem;
  /** Of the parts that the case is about. */
  readonly expected: object;
}

export const HOSTILE: readonly HostileCase[] = [
  {
    name: 'gold, for comparison',
    completion: GOLD,
    expected: { format: true, exact: true, strict: { valid: true }, plan: { valid: true, optimal: true } },
  },
  {
    name: 'empty',
    completion: '',
    expected: {
      format: false,
      records: 0,
      strict: { valid: false },
      plan: { valid: false, error: 'plan_syntax_error', optimal: false },
    },
  },
  {
    name: 'ten megabytes of one word',
    completion: 'a'.repeat(10_000_000),
    expected: { format: false, records: 1, plan: { error: 'plan_syntax_error' } },
  },
  {
    name: 'ten megabytes of one digit',
    completion: `plan ${'1'.repeat(10_000_000)} 0`,
    expected: { format: false, plan: { error: 'plan_syntax_error' } },
  },
  {
    name: 'ten megabytes of words of one letter',
    completion: 'x '.repeat(5_000_000),
    expected: { format: false, records: 5_000_000 },
  },
  {
    name: 'ten megabytes of plans',
    completion: 'plan 0 0 '.repeat(1_111_111),
    expected: { format: false, plan: { error: 'illegal_move' } },
  },
  {
    name: '2^32 + 1 is not 1',
    completion: GOLD.replace('create 0 1', 'create 0 4294967297'),
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
  },
  {
    name: '2^64 + 1 is not 1',
    completion: GOLD.replace('create 0 1', 'create 0 18446744073709551617'),
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
  },
  {
    name: 'a cost of 2^32 + 1',
    completion: GOLD.replace('c1 c3', 'c4294967297 c3'),
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
  },
  {
    name: 'a cost of 400 nines',
    completion: GOLD.replace('c1 c3', `c${'9'.repeat(400)} c3`),
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
  },
  {
    name: 'a plan cell of 2^32',
    completion: GOLD.replace('plan 0 0', 'plan 4294967296 0'),
    expected: { format: false, plan: { valid: false } },
  },
  {
    name: 'four digits beyond the grid',
    completion: GOLD.replace('create 0 1', 'create 0 9999'),
    expected: { format: true, strict: { rule: 'invalid_coordinates', record: 1 } },
  },
  {
    name: 'a sign',
    completion: GOLD.replace('create 0 1', 'create 0 +1'),
    expected: { strict: { rule: 'operation_syntax_error', record: 1 } },
  },
  {
    name: 'a leading zero',
    completion: GOLD.replace('create 0 1', 'create 0 01'),
    expected: { strict: { rule: 'operation_syntax_error', record: 1 } },
  },
  {
    name: 'repeated plans',
    completion: `${TRACE} solution ${PLAN} ${PLAN} end`,
    expected: { format: true, plan: { valid: false, error: 'illegal_move' } },
  },
  {
    name: 'the plan before the trace',
    completion: `solution ${PLAN} ${TRACE} end`,
    expected: {
      format: false,
      plan: { valid: false, error: 'plan_syntax_error' },
      strict: { rule: 'operation_syntax_error', record: 0 },
    },
  },
  {
    name: 'only the path is searched: the published validator takes it, strict does not',
    problem: WIDE,
    completion:
      'close 0 0 c0 c2 create 1 0 c1 c1 close 1 0 c1 c1 create 2 0 c2 c0 close 2 0 c2 c0 solution plan 0 0 plan 1 0 plan 2 0 end',
    expected: {
      format: true,
      paper: { valid: true },
      strict: { valid: false, rule: 'expansion_incomplete', record: 2 },
      exact: false,
      plan: { valid: true, optimal: true },
    },
  },
  ...['\u00a0', '\u2003', '\u3000', '\u2028', '\u0085', '\ufeff', '\u200b'].map((blank): HostileCase => ({
    name: `U+${blank.charCodeAt(0).toString(16)} is no blank`,
    completion: GOLD.replace('plan 2 0', `plan 2${blank}0`),
    expected: { format: false, plan: { valid: false, error: 'plan_syntax_error' } },
  })),
  {
    name: 'a Cyrillic c',
    completion: GOLD.replace('c1 c3', '\u04411 c3'),
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
  },
  {
    name: 'a keyword with a Cyrillic letter',
    completion: GOLD.replace('close 0 1', 'cl\u043ese 0 1'),
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 2 } },
  },
  {
    name: 'a keyword with a joiner of no width',
    completion: GOLD.replace('plan 2 0', 'pl\u200dan 2 0'),
    expected: { format: false, plan: { valid: false, error: 'plan_syntax_error' } },
  },
  {
    name: 'a number that is written otherwise',
    completion: GOLD.replace('create 0 1', 'create 0 1e0'),
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 1 } },
  },
  {
    name: 'full-width digits',
    completion: GOLD.replace('plan 0 1', 'plan \uff10 \uff11'),
    expected: { format: false, plan: { valid: false } },
  },
  {
    name: 'upper case',
    completion: GOLD.toUpperCase(),
    expected: { format: false, plan: { error: 'plan_syntax_error' } },
  },
  {
    name: 'lone surrogates',
    completion: `\ud800 ${GOLD}`,
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 0 } },
  },
  {
    name: 'a zero byte',
    completion: GOLD.replace('plan 2 0', 'plan 2\u00000'),
    expected: { format: false, plan: { error: 'plan_syntax_error' } },
  },
  {
    name: 'control characters',
    completion: `\u001b[2J\u001b]0;owned\u0007 ${GOLD}`,
    expected: { format: false, strict: { rule: 'operation_syntax_error', record: 0 } },
  },
  {
    name: 'two solution words',
    completion: GOLD.replace('solution', 'solution solution'),
    expected: { format: false, paper: { valid: true }, strict: { valid: true }, plan: { valid: true } },
  },
  {
    name: 'no solution word',
    completion: GOLD.replace('solution ', ''),
    expected: { format: false, paper: { valid: true }, strict: { valid: true }, plan: { valid: true } },
  },
  {
    name: 'end before the plan',
    completion: GOLD.replace('solution', 'end solution').slice(0, -4),
    expected: { format: false, paper: { valid: true }, plan: { valid: true } },
  },
  {
    name: 'many ends',
    completion: `${GOLD}${' end'.repeat(1000)}`,
    expected: { format: false, paper: { valid: true }, strict: { valid: true }, plan: { valid: true } },
  },
  {
    name: 'no end',
    completion: GOLD.slice(0, -4),
    expected: { format: false, paper: { valid: true }, plan: { valid: true } },
  },
  {
    name: 'an end inside a record',
    completion: GOLD.replace('close 0 1', 'close end 0 1'),
    expected: { format: false, paper: { valid: true }, strict: { valid: true } },
  },
];
