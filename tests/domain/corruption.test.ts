// The three conditions, and the derangement that swapped traces are dealt by.
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { solve } from '../../src/domain/astar.ts';
import { applyCondition, derangement } from '../../src/domain/corruption.ts';
import { generateProblem } from '../../src/domain/generate.ts';
import { completionText, parsePrompt, promptText, splitCompletion } from '../../src/domain/grammar.ts';
import type { Example } from '../../src/domain/types.ts';
import { judge } from '../../src/domain/verdict/judge.ts';

const examples: readonly Example[] = Array.from({ length: 200 }, (_, index) => {
  const problem = generateProblem('wilson', 6, new RandomSequence(2, 1, index));
  const { trace, plan } = solve(problem);
  return { id: `wilson-${index}`, generator: 'wilson', size: 6, prompt: promptText(problem), completion: completionText(trace, plan ?? []) };
});

describe('applyCondition', () => {
  it('leaves correct examples as they are', () => {
    expect(applyCondition(examples, 'correct', 1)).toEqual(examples);
  });

  it('solution-only keeps `solution plan ... end` and nothing else', () => {
    for (const [i, { prompt, completion }] of applyCondition(examples, 'solution-only', 1).entries()) {
      expect(prompt).toBe(examples[i].prompt);
      expect(completion).toMatch(/^solution plan .* end$/);
      expect(judge(parsePrompt(prompt, 6, 'wilson'), completion)).toMatchObject({ format: true, records: 0, plan: { valid: true, optimal: true } });
    }
  });

  it('swapped keeps prompt, id, order and plan, and gives each trace to one other problem', () => {
    const swapped = applyCondition(examples, 'swapped', 1);
    expect(swapped.map(({ prompt, id }) => [prompt, id])).toEqual(examples.map(({ prompt, id }) => [prompt, id]));
    const halves = (list: readonly Example[]): ReturnType<typeof splitCompletion>[] => list.map(({ completion }) => splitCompletion(completion));
    expect(halves(swapped).map(({ solution }) => solution)).toEqual(halves(examples).map(({ solution }) => solution));
    expect(halves(swapped).map(({ trace }) => trace).sort()).toEqual(halves(examples).map(({ trace }) => trace).sort());

    const verdicts = swapped.map(({ prompt, completion }) => judge(parsePrompt(prompt, 6, 'wilson'), completion));
    expect(verdicts.every(({ format, plan }) => format && plan.optimal)).toBe(true);
    expect(verdicts.filter(({ strict }) => strict.valid)).toHaveLength(0);
  });

  it('swapped is a function of the seed', () => {
    expect(applyCondition(examples, 'swapped', 7)).toEqual(applyCondition(examples, 'swapped', 7));
    expect(applyCondition(examples, 'swapped', 8)).not.toEqual(applyCondition(examples, 'swapped', 7));
  });

  it('cannot swap a single trace', () => {
    expect(() => applyCondition(examples.slice(0, 1), 'swapped', 1)).toThrow('error[TOO_FEW_EXAMPLES] condition swapped: a single example has no other to swap traces with; expected at least 2 examples, got 1');
    expect(applyCondition([], 'swapped', 1)).toEqual([]);
  });
});

describe('derangement', () => {
  it.each([2, 3, 10, 1_000])('of %d positions moves every one', (length) => {
    for (let seed = 0; seed < 20; seed++) {
      const order = derangement(length, seed);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      expect(order.some((from, to) => from === to)).toBe(false);
    }
  });

  it('takes all 9 derangements of 4 equally often', () => {
    const counts = Map.groupBy(Array.from({ length: 9_000 }, (_, seed) => derangement(4, seed).join('')), (order) => order);
    expect(counts.size).toBe(9);
    // Chi-square with 8 degrees of freedom is below 26.1 in 999 of 1,000 cases.
    expect([...counts.values()].reduce((sum, { length }) => sum + (length - 1_000) ** 2 / 1_000, 0)).toBeLessThan(26.1);
  });
});
