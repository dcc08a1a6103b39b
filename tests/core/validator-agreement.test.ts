// The core and the readable validator on seeded damaged traces, in every form. `npm run agree-validator` does the same
// for millions; its last result is in tests/README.md.
import { describe, expect, it } from 'vitest';
import { ALL_LEVELS, judgeTexts } from '../../src/core/validator.ts';
import { PLAN_ERRORS, TRACE_RULES } from '../../src/domain/maze/types.ts';
import { damagedTrace, disagreements } from './agreement.ts';
import { EDITS, GARBAGE, damage } from './damage.ts';
import { RandomSequence } from '../../src/base/random.ts';
import { makeRegion } from './validator-region.ts';

const SEED = 3;

describe.each([
  ['portable', 0, 50_000],
  ['fused', 50_000, 200_000],
] as const)('%s module', (name, from, to) => {
  const region = makeRegion(name, 60 * 65_536, 64);

  it(`agrees on damaged traces ${from} to ${to}`, () => {
    for (let at = from; at < to; at += 1000) expect(disagreements(region, SEED, at, at + 1000)).toEqual([]);
  });
});

describe('the damage', () => {
  const region = makeRegion('portable', 60 * 65_536, 64);
  const traces = Array.from({ length: 20_000 }, (_, i) => damagedTrace(SEED, i));
  const verdicts = judgeTexts(
    region,
    traces.map(({ problem, completion }) => ({ problem, text: completion })),
    ALL_LEVELS,
  );

  it('reaches every rule that can be reached', () => {
    const reached = (rules: readonly (string | undefined)[]): (string | undefined)[] => [...new Set(rules)].sort();
    const ofPaper = ['plan_extraction_error', 'plan_length_mismatch'];
    const ofStrict = [
      'event_after_goal',
      'wrong_heuristic',
      'wrong_cost',
      'create_not_cheaper',
      'expansion_incomplete',
    ];
    expect(reached(verdicts.map(({ strict }) => strict.rule))).toEqual(
      [...TRACE_RULES.filter((rule) => !ofPaper.includes(rule)), undefined].sort(),
    );
    expect(reached(verdicts.map(({ paper }) => paper.rule))).toEqual(
      [...TRACE_RULES.filter((rule) => !ofStrict.includes(rule) && rule !== 'plan_extraction_error'), undefined].sort(),
    );
    expect(reached(verdicts.map(({ plan }) => plan.error))).toEqual([...PLAN_ERRORS, undefined].sort());
  });

  it('leaves some completions valid at each level, and most not', () => {
    for (const valid of [
      verdicts.filter(({ exact }) => exact),
      verdicts.filter(({ strict, exact }) => strict.valid && !exact),
      verdicts.filter(({ paper, strict }) => paper.valid && !strict.valid),
      verdicts.filter(({ format }) => format),
    ]) {
      expect(valid.length).toBeGreaterThan(100);
      expect(valid.length).toBeLessThan(10_000);
    }
  });

  it('uses every edit and every word of garbage, and grids of 2 to 30', () => {
    expect(Object.keys(EDITS).length).toBeGreaterThan(25);
    const texts = traces.map(({ completion }) => completion).join(' ');
    expect(GARBAGE.filter((word) => !texts.includes(word))).toEqual([]);
    const sizes = new Set(traces.map(({ problem: { size } }) => size));
    expect(Array.from({ length: 11 }, (_, i) => i + 2).filter((size) => !sizes.has(size))).toEqual([]);
    expect(Math.max(...sizes)).toBeGreaterThan(25);
  });

  it('is a function of seed and index', () => {
    const first = damagedTrace(SEED, 17);
    expect(damagedTrace(SEED, 170).completion).not.toBe(first.completion);
    expect(damagedTrace(SEED, 17)).toEqual(first);
    expect(damagedTrace(SEED, 17)).not.toEqual(damagedTrace(SEED, 18));
    expect(damagedTrace(SEED + 1, 17)).not.toEqual(damagedTrace(SEED, 17));
  });

  it('bears texts without a record or a word', () => {
    for (let i = 0; i < 500; i++) {
      for (const text of ['', 'x', 'solution end', 'plan 0', 'close'])
        expect(typeof damage(text, 'solution plan 0 0 end', 4, new RandomSequence(SEED, 0, i))).toBe('string');
    }
  });
});

it('a disagreement is found and told', () => {
  const region = makeRegion('portable', 60 * 65_536, 64);
  const { exports, memory } = region;
  const broken: typeof region = {
    ...region,
    exports: {
      ...exports,
      validator_judge: (...args: Parameters<typeof exports.validator_judge>) => {
        exports.validator_judge(...args);
        const [count, form, , , , , , verdicts, , all] = args;
        // The number of records of the fourth completion, where ids are judged at all levels.
        if (form === 1 && all === 1 && count > 3) new Int32Array(memory.buffer, verdicts)[3 * 9 + 1] += 1;
      },
    },
  };
  const found = disagreements(broken, SEED, 0, 50);
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(found.map(({ path }) => path))).toEqual(new Set(['ids']));
});
