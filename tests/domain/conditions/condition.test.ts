// Conditions as they are written: one text for each, and words for readers.
import { describe, expect, it } from 'vitest';
import {
  PAPER_CONDITIONS,
  compareConditions,
  conditionLabel,
  conditionMeaning,
  hasTraces,
  isOwn,
  nameAndRate,
  ownCondition,
  readCondition,
  searchOf,
} from '../../../src/domain/conditions/condition.ts';
import type { Condition } from '../../../src/domain/conditions/condition.ts';
import { MAZE_WORDS } from '../../../src/domain/maze/words.ts';
import { CONDITION_NAMES, CONDITION_RULES } from '../../../src/domain/conditions/table.ts';

describe('readCondition', () => {
  it.each([
    ['swapped', 'swapped'],
    ['swapped@1', 'swapped'],
    ['swapped@1.0', 'swapped'],
    ['swapped@0', 'swapped@0'],
    ['thinned@0.50', 'thinned'],
    ['thinned@0.250', 'thinned@0.25'],
    ['thinned@1', 'thinned@1'],
    ['solution-only@0.1', 'solution-only@0.1'],
    ['correct', 'correct'],
    ['filler@0.0001', 'filler@0.0001'],
  ])('%s is %s', (text, expected) => {
    expect(readCondition(text)).toBe(expected);
  });

  it.each([
    '',
    'swaped',
    'swapped@',
    '@0.5',
    'swapped@1.5',
    'swapped@-0.5',
    'swapped@.5',
    'swapped@1e-3',
    'swapped@0.00001',
    'swapped@0.5@0.5',
    'swapped@NaN',
    'correct@0.5',
    'correct@1',
    ' swapped',
    'Swapped',
    'toString',
    '__proto__',
  ])('%j is none', (text) => {
    expect(readCondition(text)).toBeNull();
  });

  it('gives a text that it reads as itself, and back as name and rate', () => {
    for (const name of CONDITION_NAMES) {
      for (let tenths = 0; tenths <= 10; tenths++) {
        const condition = readCondition(`${name}@${tenths / 10}`);
        if (condition === null) {
          expect(name).toBe('correct');
          continue;
        }
        expect(readCondition(condition)).toBe(condition);
        if (isOwn(condition)) throw new Error(`${condition} is no name of ours`);
        expect(nameAndRate(condition)).toEqual({ name, rate: tenths / 10 });
      }
    }
  });
});

it('has a file of its own name, a label, and a meaning that fits a sentence, each once', () => {
  for (const of of ['label', 'meaning'] as const)
    expect(new Set(CONDITION_NAMES.map((name) => CONDITION_RULES[name][of])).size).toBe(CONDITION_NAMES.length);
  for (const name of CONDITION_NAMES) expect(CONDITION_RULES[name].label).toMatch(/^[A-Z]/);
  expect(PAPER_CONDITIONS).toEqual(CONDITION_NAMES.slice(0, 3));
});

it('own traces have a name that is no condition, and come last', () => {
  expect(ownCondition('mine')).toBe('own-mine');
  for (const name of ['swapped', 'thinned@0.5', 'own-mine', '', 'Mine', 'a/b', '-', 'x'.repeat(33)])
    expect(ownCondition(name), name).toBeNull();
  expect(readCondition('own-mine')).toBe('own-mine');
  expect(readCondition('own-')).toBeNull();
  expect([conditionLabel('own-mine'), hasTraces('own-mine'), searchOf('own-mine')]).toEqual([
    'Own traces: mine',
    true,
    undefined,
  ]);
  expect((['own-b', 'reswapped', 'own-a', 'solution-only'] as const).toSorted(compareConditions)).toEqual([
    'solution-only',
    'reswapped',
    'own-a',
    'own-b',
  ]);
});

it('says its rate where it is not the usual one', () => {
  expect([
    conditionLabel('swapped'),
    conditionLabel('thinned'),
    conditionLabel('thinned@0.25'),
    conditionLabel('wrong-costs@0.125'),
  ]).toEqual(['Swapped traces', 'Thinned traces', 'Thinned traces, 25 %', 'Wrong costs, 12.5 %']);
  expect(conditionMeaning('correct', MAZE_WORDS)).toBe('A*’s trace on the same maze before the plan');
  expect(conditionMeaning('swapped@0.3', MAZE_WORDS)).toBe(
    'the trace of another maze before the right plan (30 % of the examples)',
  );
  expect(conditionMeaning('thinned', MAZE_WORDS)).toBe('A*’s trace with events left out (50 % of the events)');
});

it('is sorted by the table, then by rate', () => {
  const conditions: Condition[] = [
    'bfs',
    'thinned@0.9',
    'thinned@0.1',
    'swapped',
    'thinned',
    'solution-only',
    'swapped@0.5',
  ];
  expect(conditions.sort(compareConditions)).toEqual([
    'solution-only',
    'swapped@0.5',
    'swapped',
    'thinned@0.1',
    'thinned',
    'thinned@0.9',
    'bfs',
  ]);
});

it('writes traces unless it is solution-only', () => {
  expect([hasTraces('solution-only'), hasTraces('solution-only@0.5'), hasTraces('filler')]).toEqual([
    false,
    true,
    true,
  ]);
});
