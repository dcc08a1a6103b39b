// The three lengths of a filler: the right trace's, another trace's, one for all; and how much of the plan's length
// each gives away.
import { beforeAll, describe, expect, it } from 'vitest';
import { pearson } from '../../../src/base/correlation.ts';
import { applyCondition } from '../../../src/domain/conditions/apply.ts';
import type { Condition } from '../../../src/domain/conditions/condition.ts';
import { judge } from '../../../src/domain/maze/verdict/judge.ts';
import type { Example } from '../../../src/domain/types.ts';
import { examplesOf, problemOf, solutionOf, traceOf, wordsOf } from './examples.ts';

const FILLERS = ['filler', 'filler-swapped', 'filler-constant'] as const;
const SEED = 3;

let examples: Example[];
beforeAll(() => {
  examples = examplesOf('wilson', 6, 2_000);
});

const wordCounts = (of: (example: Example) => string, list: readonly Example[]): number[] =>
  list.map((example) => wordsOf(of(example)).length);
const lengths = (condition: Condition): number[] => wordCounts(traceOf, applyCondition(examples, condition, SEED));
/** Of the length of the filler with the length of the plan, over 2,000 mazes. */
const correlation = (condition: Condition) => pearson(lengths(condition), wordCounts(solutionOf, examples));

it('filler has the length of the right trace, which gives much of the length of the plan away', () => {
  expect(lengths('filler')).toEqual(lengths('correct'));
  expect(correlation('filler')?.estimate).toBeGreaterThan(0.9);
});

describe('filler-swapped', () => {
  it('has the lengths of the right traces, each once, in another order', () => {
    expect(lengths('filler-swapped').toSorted()).toEqual(lengths('correct').toSorted());
    expect(Math.abs(correlation('filler-swapped')?.estimate ?? 1)).toBeLessThan(0.1);
  });

  it.each(['', '@0.5', '@0.01'] as const)('gives to every example the length that swapped%s gives', (rate) => {
    expect(lengths(`filler-swapped${rate}` as Condition)).toEqual(lengths(`swapped${rate}` as Condition));
  });

  it('cannot take the length of another trace where there is none', () => {
    expect(() => applyCondition(examples.slice(0, 1), 'filler-swapped', SEED)).toThrow(
      'error[TOO_FEW_EXAMPLES] condition filler-swapped: ',
    );
  });
});

describe('filler-constant', () => {
  const words = (count: number): string => Array<string>(count).fill('close').join(' ');
  const traces = (counts: readonly number[]): Example[] =>
    counts.map((count, i) => ({ ...examples[i], completion: `${words(count)} ${solutionOf(examples[i])}` }));

  it('has one length, whatever the seed', () => {
    expect(new Set(lengths('filler-constant')).size).toBe(1);
    expect(applyCondition(examples, 'filler-constant', 1)).toEqual(applyCondition(examples, 'filler-constant', 2));
  });

  it.each([
    [[10, 20], 15],
    [[5, 5, 10], 7],
    [[5, 10, 10], 8],
  ])('of traces of %j words it has %d', (counts, expected) => {
    const changed = applyCondition(traces(counts), 'filler-constant', SEED);
    expect(wordCounts(traceOf, changed)).toEqual(counts.map(() => expected));
  });

  it('has the mean length of all right traces at every rate', () => {
    const [constant] = lengths('filler-constant');
    const right = lengths('correct');
    const touched = lengths('filler-constant@0.25').flatMap((length, i) => (length === right[i] ? [] : [length]));
    expect(new Set(touched)).toEqual(new Set([constant]));
  });

  it('of no examples is none', () => {
    expect(applyCondition([], 'filler-constant', SEED)).toEqual([]);
  });
});

it.each(FILLERS)('%s is one word, no well-formed completion and no trace, before an optimal plan', (condition) => {
  for (const changed of applyCondition(examples.slice(0, 100), condition, SEED)) {
    expect(new Set(wordsOf(traceOf(changed)))).toEqual(new Set(['reasoning']));
    const { format, plan, paper, strict, exact } = judge(problemOf(changed), changed.completion);
    expect([format, plan.optimal, paper.valid, strict.valid, exact]).toEqual([false, true, false, false, false]);
  }
});

it.each(FILLERS.slice(1))(
  '%s at a rate is a filler in that share of the examples, and the right trace elsewhere',
  (name) => {
    const changed = applyCondition(examples, `${name}@0.5`, SEED).map(traceOf);
    const fillers = changed.filter((trace) => trace.startsWith('reasoning '));
    expect(fillers).toHaveLength(1_000);
    expect(changed.filter((trace, i) => trace === traceOf(examples[i]))).toHaveLength(1_000);
  },
);
