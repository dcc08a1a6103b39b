// What holds for every condition of the table: prompt and plan stay, no new word, the rate means what it says, the seed
// decides all.
import fc from '../../seeded.ts';
import { describe, expect, it } from 'vitest';
import { applyCondition, changesByEpoch, keepsLengths } from '../../../src/domain/conditions/apply.ts';
import { CONDITION_NAMES, CONDITION_RULES } from '../../../src/domain/conditions/table.ts';
import { createVocabulary } from '../../../src/domain/maze/vocabulary.ts';
import {
  EXAMPLES,
  SEEDS,
  at,
  conditionsThatChange,
  examplesOf,
  recordsOf,
  solutionOf,
  traceOf,
  wordsOf,
} from './examples.ts';

const RATES = fc.integer({ min: 0, max: 10_000 }).map((tenThousandths) => tenThousandths / 10_000);
const RATED = CONDITION_NAMES.filter((name) => CONDITION_RULES[name].change !== 'nothing');

describe.each(RATED)('%s', (name) => {
  /** A swap needs two traces. */
  const canApply = (count: number, rate: number): boolean =>
    CONDITION_RULES[name].change !== 'owner' || Math.round(rate * count) !== 1;

  it('changes neither prompt nor plan nor order, and uses no word from outside the vocabulary', () => {
    fc.assert(
      fc.property(EXAMPLES, RATES, SEEDS, fc.nat(20), (examples, rate, seed, epoch) => {
        fc.pre(canApply(examples.length, rate));
        const changed = applyCondition(examples, at(name, rate), seed, epoch);
        const rest = (list: typeof examples) =>
          list.map((example) => ({ ...example, completion: solutionOf(example) }));
        expect(rest(changed)).toEqual(rest(examples));
        const vocabulary = createVocabulary(examples[0].size);
        for (const { completion } of changed) expect(vocabulary.encode(completion)).not.toContain(vocabulary.unk);
      }),
      { numRuns: 60 },
    );
  });

  it('is a function of examples, rate and seed', () => {
    fc.assert(
      fc.property(EXAMPLES, RATES, SEEDS, (examples, rate, seed) => {
        fc.pre(canApply(examples.length, rate));
        const before = structuredClone(examples);
        expect(applyCondition(examples, at(name, rate), seed)).toEqual(applyCondition(examples, at(name, rate), seed));
        expect(examples).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });

  it('touches nothing at rate 0', () => {
    fc.assert(
      fc.property(EXAMPLES, SEEDS, (examples, seed) => {
        expect(applyCondition(examples, at(name, 0), seed)).toEqual(examples);
      }),
      { numRuns: 20 },
    );
  });

  it('at its usual rate is what the bare name does', () => {
    const examples = examplesOf('wilson', 6, 20);
    expect(applyCondition(examples, at(name, CONDITION_RULES[name].usualRate), 3)).toEqual(
      applyCondition(examples, name, 3),
    );
  });

  // The mean length of traces is no whole number of events.
  const wholeEvents = name !== 'filler-constant';

  it(keepsLengths(name) ? 'keeps the number of words' : 'writes whole events, unless it has a mean length', () => {
    fc.assert(
      fc.property(EXAMPLES, RATES, SEEDS, (examples, rate, seed) => {
        fc.pre(canApply(examples.length, rate));
        applyCondition(examples, at(name, rate), seed).forEach((changed, i) => {
          if (wholeEvents) expect(wordsOf(traceOf(changed)).length % 5).toBe(0);
          if (keepsLengths(name))
            expect(wordsOf(changed.completion)).toHaveLength(wordsOf(examples[i].completion).length);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('differs between epochs only when it says so', () => {
    const examples = examplesOf('drunkard', 6, 20);
    const epochs = [0, 1, 2].map((epoch) => JSON.stringify(applyCondition(examples, name, 5, epoch)));
    expect(new Set(epochs).size).toBe(changesByEpoch(name) ? 3 : 1);
  });
});

describe.each([...conditionsThatChange('trace'), ...conditionsThatChange('owner')])(
  '%s: the rate is the share of examples',
  (name) => {
    // Only examples that have another trace under the condition: a search in a corridor is the same for every
    // algorithm.
    const pool = examplesOf('searchformer', 8, 400);
    const alone = applyCondition(pool, name, 4);
    const examples = pool.filter((example, i) => alone[i].completion !== example.completion).slice(0, 60);

    it.each([0.1, 0.25, 1 / 3, 0.5, 0.999, 1])('%d of 60, rounded', (rate) => {
      const changed = applyCondition(examples, at(name, rate), 4);
      const touched = changed.filter((example, i) => example.completion !== examples[i].completion);
      expect(touched).toHaveLength(Math.round(rate * 60));
    });

    it('examples of a lower rate are among those of a higher one', () => {
      const touched = [0.2, 0.5, 0.8].map((rate) =>
        applyCondition(examples, at(name, rate), 4).flatMap((example, i) =>
          example.completion === examples[i].completion ? [] : [i],
        ),
      );
      expect(touched[1]).toEqual(expect.arrayContaining(touched[0]));
      expect(touched[2]).toEqual(expect.arrayContaining(touched[1]));
    });
  },
);

describe.each(conditionsThatChange('events'))('%s: the rate is the share of events of each example', (name) => {
  it('touches Math.round(rate * events) of them, and all at rate 1', () => {
    fc.assert(
      fc.property(EXAMPLES, fc.oneof(RATES, fc.constant(1)), SEEDS, (examples, rate, seed) => {
        applyCondition(examples, at(name, rate), seed).forEach((changed, i) => {
          const before = recordsOf(examples[i]),
            after = recordsOf(changed);
          const asked = Math.round(rate * before.length);
          const touched = keepsLengths(name)
            ? after.filter((record, e) => record !== before[e]).length
            : before.length - after.length;
          // One event alone cannot change places.
          expect(touched).toBe(name === 'shuffled' && asked === 1 ? 0 : asked);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('draws for each example by its place, whatever the others are', () => {
    const examples = examplesOf('kruskal', 8, 10);
    const others = examples.map((example, i) => (i === 7 ? example : examples[0]));
    expect(applyCondition(others, at(name, 0.5), 9)[7]).toEqual(applyCondition(examples, at(name, 0.5), 9)[7]);
  });
});

it('correct is every example as it is', () => {
  const examples = examplesOf('wilson', 6, 5);
  expect(applyCondition(examples, 'correct', 1)).toEqual(examples);
});
