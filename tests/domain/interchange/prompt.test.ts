// Foreign prompts: what is taken beyond our own grammar, where the completion begins, and the place of what is refused.
import fc from '../../seeded.ts';
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../../src/base/random.ts';
import { generateProblem } from '../../../src/domain/maze/generate.ts';
import { parsePrompt, promptText } from '../../../src/domain/maze/grammar.ts';
import { readPrompt } from '../../../src/domain/maze/interchange/prompt.ts';
import { GENERATORS } from '../../../src/domain/maze/types.ts';
import { createVocabulary } from '../../../src/domain/maze/vocabulary.ts';

const place = (index: number): string => `f:1:${index + 1}`;
const refusal = (text: string, size = 4): string => {
  try {
    readPrompt(text, size, place);
    return 'taken';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('takes', () => {
  it('every prompt of ours, as our own reader does', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...GENERATORS),
        fc.integer({ min: 4, max: 14 }),
        fc.nat(1_000_000),
        (generator, size, index) => {
          const problem = generateProblem(generator, size, new RandomSequence(5, 0, index));
          const text = promptText(problem);
          const { problem: read, ...more } = readPrompt(text, size, place);
          expect({ generator, ...read }).toEqual(parsePrompt(text, size, generator));
          expect(more).toEqual({ end: text.length, isSearchformer: false });
        },
      ),
    );
  });

  it('walls in any order, and any ASCII blanks', () => {
    const ours = readPrompt('query start 0 0 goal 3 3 wall 1 0 wall 0 1 reasoning', 4, place);
    expect(readPrompt(' query\tstart 0 0\r\ngoal 3 3 wall  0 1 wall 1 0\vreasoning \f', 4, place).problem).toEqual(
      ours.problem,
    );
  });

  it.each([
    ['query start 0 0 goal 1 0 reasoning close 0 0', ' close 0 0', false],
    ['query start 0 0 goal 1 0 reasoning', '', false],
    ['query start 0 0 goal 1 0 reasoning   ', '', false],
    ['query start 0 0 goal 1 0 reasoning reasoning', ' reasoning', false],
    ['query start 0 0 goal 1 0 solution plan 0 0', ' solution plan 0 0', false],
    ['start 0 0 goal 1 0 create 0 0 c0 c1', ' create 0 0 c0 c1', true],
    ['start 0 0 goal 1 0', '', true],
    ['start 0 0 goal 1 0 reasoning plan', ' plan', false],
  ])('%j: the completion is %j', (text, completion, isSearchformer) => {
    const read = readPrompt(text, 2, place);
    expect([text.slice(read.end), read.isSearchformer]).toEqual([completion, isSearchformer]);
  });
});

describe('refuses, with the place', () => {
  it.each([
    ['', 'f:1:1: not a prompt; expected `query` or `start`, got the end of the text'],
    ['query', 'f:1:6: not a prompt; expected `start`, got the end of the text'],
    ['hello', 'f:1:1: not a prompt; expected `query` or `start`, got `hello`'],
    ['query start 0 0 gaol 1 0', 'f:1:17: unexpected word; expected `goal`, got `gaol`'],
    ['query start 0 4 goal 1 0', 'f:1:15: not a coordinate of this grid; expected 0..3, got `4`'],
    ['query start 0 00 goal 1 0', 'f:1:15: not a coordinate of this grid; expected 0..3, got `00`'],
    ['query start 0 -1 goal 1 0', 'f:1:15: not a coordinate of this grid; expected 0..3, got `-1`'],
    ['query start 0 4294967297 goal 1 0', 'f:1:15: not a coordinate of this grid; expected 0..3, got `4294967297`'],
    [
      'query start 0 18446744073709551617 goal 1 0',
      'f:1:15: not a coordinate of this grid; expected 0..3, got `18446744073709551617`',
    ],
    ['query start 0 \u0661 goal 1 0', 'f:1:15: not a coordinate of this grid; expected 0..3, got `\u0661`'],
    ['query start 0 0 goal 0 0 reasoning', 'f:1:24: start and goal are the same cell; expected two cells, got 0 0'],
    [
      'query start 0 0 goal 1 0 wall 0 0 reasoning',
      'f:1:33: start on a wall; expected each wall once, on a free cell, got wall 0 0',
    ],
    [
      'query start 0 0 goal 1 0 wall 1 0 reasoning',
      'f:1:33: goal on a wall; expected each wall once, on a free cell, got wall 1 0',
    ],
    [
      'query start 0 0 goal 1 0 wall 2 0 wall 2 0 reasoning',
      'f:1:42: wall named twice; expected each wall once, on a free cell, got wall 2 0',
    ],
    [
      'query start 0 0 goal 1 0 wall 2',
      'f:1:32: not a coordinate of this grid; expected 0..3, got the end of the text',
    ],
    [
      'query start 0 0 goal 1 0 foo',
      'f:1:26: unexpected word; expected `wall`, `reasoning` or a completion, got `foo`',
    ],
    ['query\u00a0start 0 0 goal 1 0', 'f:1:1: not a prompt; expected `query` or `start`, got `query\u00a0start`'],
  ])('%j', (text, message) => {
    const hint = message.includes('coordinate')
      ? '--size and `size` are cells per side'
      : (message.includes(' wall') && !message.includes('`wall`')) || message.includes('same cell')
        ? 'leave the row out, or correct its maze'
        : 'a prompt is `query start X Y goal X Y { wall X Y } reasoning`, or that of Searchformer';
    expect(refusal(text)).toBe(`error[PROMPT_SYNTAX] ${message} (hint: ${hint})`);
  });

  it.each([0, -1, 1.5, 101, NaN, 2 ** 32 + 4])('a grid of %d', (size) => {
    expect(refusal('query start 0 0 goal 1 0 reasoning', size)).toMatch(
      /^error\[PROMPT_SIZE\] f:1:1: impossible grid size; expected an integer in 1\.\.100/,
    );
  });

  it('or takes any words, and never fails in another way', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...createVocabulary(3).words), fc.string())), (words) => {
        expect(refusal(['query start 0 0 goal 1 0', ...words].join(' '), 3)).toMatch(
          /^(?:taken$|error\[PROMPT_SYNTAX\] f:1:\d+: )/,
        );
      }),
    );
  });
});
