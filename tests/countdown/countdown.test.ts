// The example domain Countdown against an independent truth: which targets can be reached follows from all ways to
// split the numbers in two, which neither the search nor the validator uses.
import fc from '../seeded.ts';
import { describe, expect, it, test } from 'vitest';
import countdown from '../../examples/countdown/countdown.ts';
import type { Operation, Puzzle } from '../../examples/countdown/game.ts';
import { judge } from '../../examples/countdown/judge.ts';
import { numbersAfter, operationsOf, solve } from '../../examples/countdown/search.ts';
import { completionText } from '../../examples/countdown/texts.ts';
import { RandomSequence } from '../../src/base/random.ts';
import { conditions } from '../../src/index.ts';

/** All results of using every number once. */
function reachable(numbers: readonly number[]): Set<number> {
  if (numbers.length === 1) return new Set(numbers);
  const results = new Set<number>();
  // Every split in two; the first number is always in the first half, and both orders of operands are taken.
  for (let mask = 1; mask < 1 << numbers.length; mask += 2) {
    const first = numbers.filter((_, i) => (mask >> i) & 1);
    const second = numbers.filter((_, i) => !((mask >> i) & 1));
    if (second.length === 0) continue;
    for (const a of reachable(first))
      for (const b of reachable(second))
        for (const value of [a + b, a - b, b - a, a * b, a / b, b / a])
          if (Number.isInteger(value) && value >= 1 && value <= 40) results.add(value);
  }
  return results;
}

const descending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => b - a);
const puzzleOf = (numbers: readonly number[], target: number): Puzzle => ({
  size: numbers.length,
  numbers: descending(numbers),
  target,
});

describe('the search', () => {
  test('solves a puzzle exactly when its target can be reached: all triples to 10', () => {
    let solved = 0;
    for (let a = 1; a <= 10; a++)
      for (let b = a; b <= 10; b++)
        for (let c = b; c <= 10; c++) {
          const targets = reachable([a, b, c]);
          for (let target = 1; target <= 40; target++) {
            const puzzle = puzzleOf([a, b, c], target);
            const solution = solve(puzzle);
            expect(solution !== null, `${a} ${b} ${c} -> ${target}`).toBe(targets.has(target));
            if (solution === null) continue;
            solved += 1;
            const verdict = judge(puzzle, completionText(solution.trace, solution.plan));
            expect(verdict).toMatchObject({
              format: true,
              paper: { valid: true },
              strict: { valid: true },
              exact: true,
              plan: { valid: true, optimal: true },
            });
          }
        }
    expect(solved).toBeGreaterThan(1000);
  });

  test('and of four numbers', () => {
    const random = new RandomSequence(7, 1, 0);
    for (let i = 0; i < 40; i++) {
      const numbers = Array.from({ length: 4 }, () => 1 + random.below(30));
      const targets = reachable(numbers);
      for (let target = 1; target <= 40; target += 3)
        expect(solve(puzzleOf(numbers, target)) !== null, `${numbers.join(' ')} -> ${target}`).toBe(
          targets.has(target),
        );
    }
  });
});

/** A depth-first search with another order of operations at every position. */
function searchInAnyOrder({ numbers, target }: Puzzle, random: RandomSequence): string {
  const events: string[] = [];
  const plan: string[] = [];
  const text = ({ left, sign, right, result }: Operation): string => `${left} ${sign} ${right} = ${result}`;
  const visit = (held: readonly number[]): boolean => {
    const operations = operationsOf(descending(held));
    random.shuffle(operations);
    for (const operation of operations) {
      events.push(`create ${text(operation)}`);
      plan.push(`plan ${text(operation)}`);
      const next = numbersAfter(held, operation);
      if (next.length === 1 ? next[0] === target : visit(next)) return true;
      plan.pop();
      if (next.length > 1) events.push(`close ${text(operation)}`);
    }
    return false;
  };
  visit(numbers);
  return [...events, 'solution', ...plan, 'end'].join(' ');
}

describe('the validator', () => {
  test('accepts a faithful search in any order at the strict and the lenient level', () => {
    let others = 0;
    for (let i = 0; i < 300; i++) {
      const puzzle = countdown.draw('countdown', 3 + (i % 2), new RandomSequence(3, 1000, i), {});
      const verdict = judge(puzzle, searchInAnyOrder(puzzle, new RandomSequence(4, 1, i)));
      expect(verdict).toMatchObject({ format: true, strict: { valid: true }, paper: { valid: true } });
      expect(verdict.plan.valid).toBe(true);
      others += Number(!verdict.exact);
    }
    expect(others).toBeGreaterThan(200);
  });

  // 8 5 2 -> 11: the search writes 8 + 5 = 13, 13 + 2 = 15, 13 - 2 = 11.
  const puzzle = puzzleOf([8, 5, 2], 11);
  const plan = 'plan 8 + 5 = 13 plan 13 - 2 = 11';
  const right = 'create 8 + 5 = 13 create 13 + 2 = 15 create 13 - 2 = 11';
  const judged = (trace: string, planned = plan) => judge(puzzle, `${trace} solution ${planned} end`);

  test('the example is what the search writes', () => {
    const solution = solve(puzzle);
    expect(solution && completionText(solution.trace, solution.plan)).toBe(`${right} solution ${plan} end`);
  });

  const toEnd = 'create 13 + 2 = 15 create 13 * 2 = 26';
  test.each([
    ['operation_syntax_error', 'create 8 + 5 13', 0],
    ['operation_syntax_error', `${right} seven`, 3],
    ['event_after_goal', `${right} create 13 * 2 = 26`, 3],
    ['number_not_available', 'create 8 + 8 = 16', 0],
    ['number_not_available', 'create 8 + 5 = 13 create 8 + 2 = 10', 1],
    ['illegal_operation', 'create 8 / 5 = 1', 0],
    ['illegal_operation', 'create 5 - 8 = 3', 0],
    ['wrong_result', 'create 8 + 5 = 14', 0],
    ['smaller_first', 'create 5 + 8 = 13', 0],
    ['tried_before', 'create 8 + 5 = 13 create 13 + 2 = 15 create 13 + 2 = 15', 2],
    ['close_not_last', 'create 8 + 5 = 13 close 8 + 2 = 10', 1],
    ['close_not_last', 'close 8 + 5 = 13', 0],
    ['close_too_early', `create 8 + 5 = 13 ${toEnd} close 8 + 5 = 13`, 3],
    ['goal_not_reached', 'create 8 + 5 = 13 create 13 + 2 = 15', 2],
    ['goal_not_reached', '', 0],
  ])('strict: %s', (rule, trace, record) => {
    expect(judged(trace).strict).toEqual({ valid: false, rule, record });
  });

  test.each([
    ['operation_syntax_error', 'create 8 + 5 = x', 0],
    ['number_not_available', 'create 9 + 5 = 14', 0],
    ['illegal_operation', 'create 5 / 2 = 2', 0],
    ['wrong_result', 'create 8 + 5 = 14', 0],
    ['close_not_open', 'create 8 + 5 = 13 close 8 + 2 = 10', 1],
    ['goal_not_reached', 'create 8 + 5 = 13 create 13 + 2 = 15', 2],
  ])('lenient: %s', (rule, trace, record) => {
    expect(judged(trace).paper).toEqual({ valid: false, rule, record });
  });

  test('lenient: a plan that is not the path', () => {
    expect(judged(right, 'plan 8 - 2 = 6 plan 6 + 5 = 11').paper).toEqual({
      valid: false,
      rule: 'plan_mismatch',
      record: 3,
    });
  });

  test.each([
    ['repetition', 'create 8 + 5 = 13 create 13 + 2 = 15 create 13 + 2 = 15 create 13 - 2 = 11'],
    ['an early end', 'create 8 - 2 = 6 close 8 - 2 = 6 create 8 + 5 = 13 create 13 - 2 = 11'],
    ['a smaller number first', 'create 5 + 8 = 13 create 13 - 2 = 11', 'plan 5 + 8 = 13 plan 13 - 2 = 11'],
    ['events behind the goal', `${right} create 13 + 2 = 15`],
  ])('lenient lets %s pass, strict does not', (_, trace, planned = plan) => {
    const verdict = judged(trace, planned);
    expect([verdict.paper.valid, verdict.strict.valid, verdict.plan.valid]).toEqual([true, false, true]);
  });

  test.each([
    ['plan_syntax_error', ''],
    ['plan_syntax_error', 'plan 8 + 5'],
    ['number_not_available', 'plan 8 + 8 = 16'],
    ['illegal_operation', 'plan 8 / 5 = 1 plan 2 + 1 = 3'],
    ['wrong_result', 'plan 8 + 5 = 12 plan 12 - 2 = 10'],
    ['numbers_left', 'plan 8 + 5 = 13'],
    ['target_missed', 'plan 8 + 5 = 13 plan 13 + 2 = 15'],
  ])('plan: %s', (error, planned) => {
    expect(judged(right, planned).plan).toEqual({ valid: false, error, optimal: false });
  });

  test('a plan is valid exactly when arithmetic says so: all plans of two operations', () => {
    const numbers = [6, 3, 2];
    const values = [1, 2, 3, 4, 5, 6, 8, 9, 12, 18, 36];
    for (const target of [1, 4, 7, 11, 36])
      for (const sign of '+-*/')
        for (const second of '+-*/')
          for (const middle of values) {
            const mine = (a: number, s: string, b: number): number =>
              s === '+' ? a + b : s === '-' ? a - b : s === '*' ? a * b : a / b;
            const isRight = mine(6, sign, 3) === middle && mine(middle, second, 2) === target;
            const text = `solution plan 6 ${sign} 3 = ${middle} plan ${middle} ${second} 2 = ${target} end`;
            expect(judge(puzzleOf(numbers, target), text).plan.valid, text).toBe(isRight);
          }
  });

  it('never throws, and a changed trace changes nothing about the plan', () => {
    const word = fc.constantFrom(
      ...'create close plan solution end + - * / = 0 1 2 5 8 11 13 15 99 100 -1 1.5 c1 <eos> number query'.split(' '),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const trace = words.filter((each) => each !== 'plan').join(' ');
        const { plan: found, format, exact } = judge(puzzle, `${trace} create 8 + 5 = 13 solution ${plan} end`);
        expect(found).toEqual({ valid: true, optimal: true });
        expect(exact).toBe(false);
        judge(puzzle, words.join(' '));
        expect(typeof format).toBe('boolean');
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});

describe('the puzzles', () => {
  test.each([
    ['countdown', (numbers: readonly number[]) => new Set(numbers).size === 3 && Math.max(...numbers) <= 20],
    ['countdown-twins', (numbers: readonly number[]) => new Set(numbers).size === 2 && Math.max(...numbers) <= 20],
    ['countdown-large', (numbers: readonly number[]) => numbers.filter((number) => number > 20).length === 1],
  ])('of %s have its numbers, so the far layouts are those of no training puzzle', (name, isOf) => {
    for (let i = 0; i < 300; i++) {
      const { numbers, target } = countdown.draw(name, 3, new RandomSequence(1, 1000, i), {});
      expect(isOf(numbers), numbers.join(' ')).toBe(true);
      expect(reachable(numbers).has(target)).toBe(true);
    }
  });

  test('a prompt is read back; others are refused', () => {
    const prompt = 'query number 8 number 5 number 2 target 11 reasoning';
    expect(countdown.parse(prompt, 3)).toEqual(puzzleOf([8, 5, 2], 11));
    for (const [wrong, size] of [
      [prompt, 4],
      ['query number 5 number 8 number 2 target 11 reasoning', 3],
      ['query number 8 number 5 number 2 target 41 reasoning', 3],
      ['query number 0 number 5 number 2 target 11 reasoning', 3],
      [`${prompt} create`, 3],
    ] as const)
      expect(() => countdown.parse(wrong, size), wrong).toThrow();
  });

  test('every condition keeps prompts and plans', () => {
    const examples = Array.from({ length: 20 }, (_, i) =>
      countdown.solve(countdown.draw('countdown', 3, new RandomSequence(2, 1000, i), {})),
    );
    const halves = (text: string): string => text.slice(text.indexOf('solution'));
    const names = conditions(countdown).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['swapped', 'thinned', 'shuffled', 'no-search', 'random-events']));
    for (const condition of conditions(countdown)) {
      const changed = condition.apply(examples, 3, 1);
      expect(changed.map(({ prompt, completion }) => [prompt, halves(completion)])).toEqual(
        examples.map(({ prompt, completion }) => [prompt, halves(completion)]),
      );
    }
  });

  test('swapped traces are wrong, random events are possible but no search, a plan alone is its path', () => {
    const puzzles = Array.from({ length: 50 }, (_, i) =>
      countdown.draw('countdown', 3, new RandomSequence(2, 1000, i), {}),
    );
    const examples = puzzles.map((each) => countdown.solve(each));
    const verdicts = (name: string) => {
      const changed =
        conditions(countdown)
          .find((each) => each.name === name)
          ?.apply(examples, 3, 1) ?? [];
      return changed.map(({ completion }, i) => judge(puzzles[i], completion));
    };
    expect(verdicts('swapped').filter(({ paper }) => paper.valid).length).toBeLessThan(3);
    expect(verdicts('random-events').filter(({ strict }) => strict.valid).length).toBeLessThan(3);
    expect(verdicts('random-events').every(({ paper }) => paper.rule !== 'wrong_result')).toBe(true);
    expect(verdicts('no-search').every(({ paper }) => paper.valid)).toBe(true);
  });
});
