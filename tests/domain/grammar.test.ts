// Prompt and completion text, both ways, and the refusals of the strict readers.
import fc from '../seeded.ts';
import { describe, expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { RandomSequence } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { completionText, parseCompletion, parsePrompt, promptText } from '../../src/domain/maze/grammar.ts';
import { joinCompletion, splitCompletion } from '../../src/domain/completion.ts';
import { GENERATORS } from '../../src/domain/maze/types.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { BEND } from './pictures.ts';

const problems = fc
  .record({
    generator: fc.constantFrom(...GENERATORS),
    size: fc.integer({ min: 4, max: 14 }),
    index: fc.nat(1_000_000),
  })
  .map(({ generator, size, index }) => generateProblem(generator, size, new RandomSequence(3, 0, index)));

const BEND_PROMPT = 'query start 0 0 goal 2 0 wall 1 0 wall 1 1 reasoning';

describe('prompts', () => {
  it('list the walls row by row', () => {
    expect(promptText(BEND)).toBe(BEND_PROMPT);
  });

  it('come back as the problem they were written from', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        expect(parsePrompt(promptText(problem), problem.size, problem.generator)).toEqual(problem);
      }),
    );
  });

  it.each([
    ['', 'error[PROMPT_SYNTAX] prompt, word 1: unexpected word; expected `query`, got the end of the text'],
    ['query goal 0 0', 'error[PROMPT_SYNTAX] prompt, word 2: unexpected word; expected `start`, got `goal`'],
    [
      'query start 0 3 goal 2 0 reasoning',
      'error[PROMPT_SYNTAX] prompt, word 4: not a number of this grid; expected 0..2, got `3`',
    ],
    [
      'query start 0 00 goal 2 0 reasoning',
      'error[PROMPT_SYNTAX] prompt, word 4: not a number of this grid; expected 0..2, got `00`',
    ],
    [
      'query start 0 4294967296 goal 2 0 reasoning',
      'error[PROMPT_SYNTAX] prompt, word 4: not a number of this grid; expected 0..2, got `4294967296`',
    ],
    [
      'query start 0 0 goal 2 0',
      'error[PROMPT_SYNTAX] prompt, word 8: unexpected word; expected `reasoning`, got the end of the text',
    ],
    [
      'query start 0 0 goal 2 0 wall 1 1 wall 1 0 reasoning',
      'error[PROMPT_SYNTAX] prompt, word 14: walls out of order; expected walls row by row, each once, got wall 1 0 after wall 1 1',
    ],
    [
      'query start 0 0 goal 2 0 wall 1 0 wall 1 0 reasoning',
      'error[PROMPT_SYNTAX] prompt, word 14: walls out of order; expected walls row by row, each once, got wall 1 0 after wall 1 0',
    ],
    [
      'query start 1 0 goal 2 0 wall 1 0 reasoning',
      'error[PROMPT_SYNTAX] prompt, word 12: start on a wall; expected a free cell, got 1 0',
    ],
    [
      'query start 0 0 goal 2 0 wall 2 0 reasoning',
      'error[PROMPT_SYNTAX] prompt, word 12: goal on a wall; expected a free cell, got 2 0',
    ],
    [
      'query start 0 0 goal 0 0 reasoning',
      'error[PROMPT_SYNTAX] prompt, word 9: start and goal are the same cell; expected two cells, got 0 0',
    ],
    [
      `${BEND_PROMPT} close`,
      'error[PROMPT_SYNTAX] prompt, word 15: words after the last one; expected the end of the text, got `close`',
    ],
  ])('%j is refused', (text, refused) => {
    const message = `${refused} (hint: write it as docs/specification.md says, or leave the row out)`;
    expect(() => parsePrompt(text, 3, 'free')).toThrow(expect.objectContaining({ message, exitCode: 2 }));
  });

  it.each([0, -1, 101, 2.5, Number.NaN])('size %d is refused', (size) => {
    expect(() => parsePrompt(BEND_PROMPT, size, 'free', 'a.jsonl:3')).toThrow(
      /^error\[PROMPT_SIZE\] a\.jsonl:3: impossible grid size; expected an integer in 1\.\.100/,
    );
  });
});

describe('completions', () => {
  it('come back as the trace and plan they were written from', () => {
    fc.assert(
      fc.property(problems, fc.boolean(), (problem, withTrace) => {
        const { trace, plan } = solve(problem);
        const text = completionText(withTrace ? trace : null, plan ?? []);
        expect(parseCompletion(text, problem.size)).toEqual({ trace: withTrace ? trace : [], plan });
      }),
    );
  });

  it('use only words of the vocabulary', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { trace, plan } = solve(problem);
        const text = `${promptText(problem)} ${completionText(trace, plan ?? [])}`;
        const vocabulary = createVocabulary(problem.size);
        expect(vocabulary.encode(text)).not.toContain(vocabulary.unk);
        expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
      }),
    );
  });

  it.each([
    ['', /word 1: unexpected word; expected `solution`, got the end/],
    ['solution end', /word 2: unexpected word; expected `plan`, got `end`/],
    ['solution plan 0 0', /word 5: unexpected word; expected `end`, got the end/],
    ['close 0 0 0 c1 solution plan 0 0 end', /word 4: not a number of this grid; expected c0\.\.c8, got `0`/],
    ['close 0 0 c0 c9 solution plan 0 0 end', /word 5: not a number of this grid; expected c0\.\.c8, got `c9`/],
    ['solution plan 0 0 end end', /word 6: words after the last one/],
    ['solution solution plan 0 0 end', /word 2: unexpected word; expected `plan`, got `solution`/],
  ])('%j is refused', (text, message) => {
    expect(() => parseCompletion(text, 3)).toThrow(message);
    expect(() => parseCompletion(text, 3)).toThrow(TracelabError);
  });

  it('split at `solution` and join again', () => {
    for (const [trace, solution] of [
      ['close 0 0 c0 c1', 'solution plan 0 0 end'],
      ['', 'solution plan 0 0 end'],
    ]) {
      expect(splitCompletion(joinCompletion(trace, solution))).toEqual({ trace, solution });
    }
    expect(() => splitCompletion('plan 0 0 end')).toThrow(
      /no solution in it; expected events, then `solution plan X Y \.\.\. end`, got `plan 0 0 end`/,
    );
  });
});
