// Searchformer's word order, both ways.
import { describe, expect, it } from 'vitest';
import { completionText, promptText } from '../../../src/domain/maze/grammar.ts';
import { readPrompt } from '../../../src/domain/maze/interchange/prompt.ts';
import { completionOfSearchformer, searchformerText } from '../../../src/domain/maze/interchange/searchformer.ts';
import { judge } from '../../../src/domain/maze/verdict/judge.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from '../pictures.ts';

const GOLD = [...BEND_TRACE, BEND_SOLUTION].join(' ');
const MAZE = 'start 0 0 goal 2 0 wall 1 0 wall 1 1';
const PLAN = BEND_SOLUTION.slice('solution '.length, -' end'.length);
const TEXT = `${MAZE} create 0 0 c0 c2 ${BEND_TRACE.join(' ')} ${PLAN}`;

const example = (completion: string): Parameters<typeof searchformerText>[0] => ({
  id: 'a',
  generator: 'free',
  size: 3,
  prompt: promptText(BEND),
  completion,
});
const back = (text: string): string => {
  const { problem, end, isSearchformer } = readPrompt(text, 3, String);
  expect(isSearchformer).toBe(true);
  return completionOfSearchformer(problem, text.slice(end));
};

it('writes the create of the start, and none of the four words', () => {
  expect(searchformerText(example(GOLD))).toBe(TEXT);
  expect(searchformerText(example(BEND_SOLUTION))).toBe(`${MAZE} ${PLAN}`);
});

it('reads what it writes', () => {
  for (const completion of [GOLD, BEND_SOLUTION, completionText([], [{ x: 0, y: 0 }])])
    expect(back(searchformerText(example(completion)))).toBe(completion);
});

describe('a text that is not quite in this order fails `format`', () => {
  it.each([
    ['no create of the start', TEXT.replace(' create 0 0 c0 c2', '')],
    ['another heuristic', TEXT.replace('c0 c2', 'c0 c3')],
    ['another cell', TEXT.replace('create 0 0 c0 c2', 'create 0 1 c0 c2')],
    ['no plan', TEXT.slice(0, TEXT.indexOf(' plan '))],
    ['a solution word', TEXT.replace(' plan 0 0', ' solution plan 0 0')],
    ['an end word', `${TEXT} end`],
    ['nothing', MAZE],
  ])('%s', (_, text) => {
    expect(judge(BEND, back(text)).format).toBe(false);
  });

  it('the create of the start twice is well-formed, and no search', () => {
    expect(judge(BEND, back(TEXT.replace('create 0 0 c0 c2', 'create 0 0 c0 c2 create 0 0 c0 c2')))).toMatchObject({
      format: true,
      strict: { rule: 'first_create_not_last_closed', record: 0 },
    });
  });

  it('and the right one does not', () => {
    expect(judge(BEND, back(TEXT))).toMatchObject({ format: true, exact: true, plan: { optimal: true } });
  });
});

// The traces that the tests of Searchformer's own A* expect (github.com/facebookresearch/searchformer,
// test/trace_maze*.json at 63a39b1), in the words of its SimpleMazeTokenizer. Its neighbours come up, down, left, right
// with y upwards, and equal f by row, then column.
describe('traces that Searchformer has published are faithful runs of A*', () => {
  it.each([
    [
      'without walls',
      'start 0 0 goal 2 2',
      [
        'close 0 0 c0 c4',
        'create 0 1 c1 c3',
        'create 1 0 c1 c3',
        'close 1 0 c1 c3',
        'create 1 1 c2 c2',
        'create 2 0 c2 c2',
        'close 2 0 c2 c2',
        'create 2 1 c3 c1',
        'close 0 1 c1 c3',
        'create 0 2 c2 c2',
        'close 1 1 c2 c2',
        'create 1 2 c3 c1',
        'close 2 1 c3 c1',
        'create 2 2 c4 c0',
        'close 0 2 c2 c2',
        'close 1 2 c3 c1',
        'close 2 2 c4 c0',
      ],
      'create 0 0 c0 c4',
      'plan 0 0 plan 1 0 plan 2 0 plan 2 1 plan 2 2',
      false,
    ],
    [
      'around a wall',
      'start 0 0 goal 0 2 wall 0 1',
      [
        'close 0 0 c0 c2',
        'create 1 0 c1 c3',
        'close 1 0 c1 c3',
        'create 1 1 c2 c2',
        'create 2 0 c2 c4',
        'close 1 1 c2 c2',
        'create 1 2 c3 c1',
        'create 2 1 c3 c3',
        'close 1 2 c3 c1',
        'create 0 2 c4 c0',
        'create 2 2 c4 c2',
        'close 0 2 c4 c0',
      ],
      'create 0 0 c0 c2',
      'plan 0 0 plan 1 0 plan 1 1 plan 1 2 plan 0 2',
      false,
    ],
    [
      'around two, with no choice',
      'start 0 0 goal 0 2 wall 0 1 wall 1 1',
      [
        'close 0 0 c0 c2',
        'create 1 0 c1 c3',
        'close 1 0 c1 c3',
        'create 2 0 c2 c4',
        'close 2 0 c2 c4',
        'create 2 1 c3 c3',
        'close 2 1 c3 c3',
        'create 2 2 c4 c2',
        'close 2 2 c4 c2',
        'create 1 2 c5 c1',
        'close 1 2 c5 c1',
        'create 0 2 c6 c0',
        'close 0 2 c6 c0',
      ],
      'create 0 0 c0 c2',
      'plan 0 0 plan 1 0 plan 2 0 plan 2 1 plan 2 2 plan 1 2 plan 0 2',
      true,
    ],
  ])('%s', (_, prompt, trace, first, plan, exact) => {
    const text = [prompt, first, ...trace, plan].join(' ');
    const { problem, end } = readPrompt(text, 3, String);
    expect(judge({ ...problem, generator: 'free' }, completionOfSearchformer(problem, text.slice(end)))).toEqual({
      format: true,
      records: trace.length,
      paper: { valid: true },
      strict: { valid: true },
      exact,
      plan: { valid: true, optimal: true },
    });
  });
});
