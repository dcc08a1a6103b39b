// Traces that change hands, once or in every epoch, and the derangement that they are dealt by.
import fc from '../../seeded.ts';
import { describe, expect, it } from 'vitest';
import { RandomSequence, STREAMS } from '../../../src/base/random.ts';
import { applyCondition } from '../../../src/domain/conditions/apply.ts';
import { derangement } from '../../../src/domain/conditions/derangement.ts';
import { judge } from '../../../src/domain/maze/verdict/judge.ts';
import { EXAMPLES, SEEDS, examplesOf, problemOf, solutionOf, traceOf } from './examples.ts';

const examples = examplesOf('wilson', 6, 200);
const NAMES = ['swapped', 'reswapped'] as const;

describe('swaps', () => {
  it.each(NAMES)('%s gives each trace to one other problem', (condition) => {
    for (const epoch of [0, 1, 7]) {
      const swapped = applyCondition(examples, condition, 1, epoch);
      expect(swapped.map(traceOf).sort()).toEqual(examples.map(traceOf).sort());
      const verdicts = swapped.map((example) => judge(problemOf(example), example.completion));
      expect(verdicts.every(({ format, plan }) => format && plan.optimal)).toBe(true);
      expect(verdicts.filter(({ strict }) => strict.valid)).toHaveLength(0);
    }
  });

  it('swapped is the same in every epoch, reswapped begins with it and then goes on', () => {
    const of = (condition: (typeof NAMES)[number], epoch: number) => applyCondition(examples, condition, 1, epoch);
    expect(of('swapped', 3)).toEqual(of('swapped', 0));
    expect(of('reswapped', 0)).toEqual(of('swapped', 0));
    const partners = [0, 1, 2, 3].map((epoch) => of('reswapped', epoch).map(traceOf));
    for (const [i, one] of partners.entries()) {
      for (const other of partners.slice(i + 1))
        expect(one.filter((trace, at) => trace === other[at]).length).toBeLessThan(20);
    }
  });

  it.each(NAMES)('%s at a rate swaps among the touched ones, the same in every epoch', (condition) => {
    fc.assert(
      fc.property(EXAMPLES, SEEDS, (some, seed) => {
        fc.pre(some.length >= 4);
        const [first, second] = [0, 1].map((epoch) => applyCondition(some, `${condition}@0.5`, seed, epoch));
        expect(first.map(traceOf).sort()).toEqual(some.map(traceOf).sort());
        expect(first.map(solutionOf)).toEqual(some.map(solutionOf));
        const touched = (list: typeof some) =>
          list.filter((example, i) => traceOf(example) !== traceOf(some[i])).length;
        // Two problems may have the same trace; then nothing shows.
        expect(Math.max(touched(first), touched(second))).toBeLessThanOrEqual(Math.round(some.length / 2));
      }),
      { numRuns: 40 },
    );
  });

  it('swapped is a function of the seed', () => {
    expect(applyCondition(examples, 'swapped', 7)).toEqual(applyCondition(examples, 'swapped', 7));
    expect(applyCondition(examples, 'swapped', 8)).not.toEqual(applyCondition(examples, 'swapped', 7));
  });

  it('cannot swap a single trace', () => {
    expect(() => applyCondition(examples.slice(0, 1), 'swapped', 1)).toThrow(
      'error[TOO_FEW_EXAMPLES] condition swapped: a single example has no other to swap traces with; expected at least 2 examples, got 1',
    );
    expect(() => applyCondition(examples.slice(0, 10), 'reswapped@0.1', 1)).toThrow(
      'error[TOO_FEW_EXAMPLES] condition reswapped@0.1: ',
    );
    expect(applyCondition([], 'swapped', 1)).toEqual([]);
  });
});

// Finished cells are named by condition and seed, so a condition must always do what it did when they were made.
it.each([1, 7])('swapped with seed %d deals traces as in the first release', (seed) => {
  let attempt = 0;
  const order = Uint32Array.from({ length: 200 }, (_, i) => i);
  for (; order.some((from, to) => from === to) || attempt === 0; attempt++) {
    for (let i = 0; i < 200; i++) order[i] = i;
    new RandomSequence(seed, STREAMS.swap, attempt).shuffle(order);
  }
  expect(applyCondition(examples, 'swapped', seed).map(traceOf)).toEqual(
    Array.from(order, (from) => traceOf(examples[from])),
  );
});

describe('derangement', () => {
  const drawn = (length: number, seed: number): Uint32Array =>
    derangement(length, (attempt) => new RandomSequence(seed, STREAMS.swap, attempt));

  it.each([0, 2, 3, 10, 1_000])('of %d positions moves every one', (length) => {
    for (let seed = 0; seed < 20; seed++) {
      const order = drawn(length, seed);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      expect(order.some((from, to) => from === to)).toBe(false);
    }
  });

  it('of one position does not exist', () => {
    expect(() => drawn(1, 1)).toThrow(RangeError);
  });

  it.each(['a fresh sequence an attempt', 'one sequence for all attempts'])(
    'takes all 9 derangements of 4 equally often, with %s',
    (how) => {
      const of = (seed: number): Uint32Array => {
        const one = new RandomSequence(seed, STREAMS.swap, 0);
        return how.startsWith('one') ? derangement(4, () => one) : drawn(4, seed);
      };
      const counts = Map.groupBy(
        Array.from({ length: 9_000 }, (_, seed) => of(seed).join('')),
        (order) => order,
      );
      expect(counts.size).toBe(9);
      // Chi-square with 8 degrees of freedom is below 26.1 in 999 of 1,000 cases.
      expect([...counts.values()].reduce((sum, { length }) => sum + (length - 1_000) ** 2 / 1_000, 0)).toBeLessThan(
        26.1,
      );
    },
  );
});
