// Rows as they come from elsewhere: every form, and what is wrong with a row, where.
import { describe, expect, it } from 'vitest';
import { type MazeRow, type Row, RowReader } from '../../src/data/rows.ts';
import { BEND, BEND_SOLUTION, BEND_TRACE } from '../domain/pictures.ts';

const PROMPT = 'query start 0 0 goal 2 0 wall 1 0 wall 1 1 reasoning';
const GOLD = [...BEND_TRACE, BEND_SOLUTION].join(' ');
const PROBLEM = { size: BEND.size, walls: BEND.walls, start: BEND.start, goal: BEND.goal };
const readAll = (line: string, size?: number): Row[] =>
  new RowReader('f', size).fromLine(line, 7).map((read) => read());
const read = (line: string, size?: number): Row | undefined => readAll(line, size)[0];

describe('takes', () => {
  it.each([
    ['prompt and completion', JSON.stringify({ prompt: PROMPT, completion: GOLD, size: 3 }), undefined],
    ['a size from outside', JSON.stringify({ prompt: PROMPT, completion: GOLD }), 3],
    ['a size of its own before one from outside', JSON.stringify({ prompt: PROMPT, completion: GOLD, size: 3 }), 30],
    ['no size that is null', JSON.stringify({ prompt: PROMPT, completion: GOLD, size: null }), 3],
    ['blanks before and a carriage return behind', ` ${JSON.stringify({ prompt: PROMPT, completion: GOLD })}\r`, 3],
  ])('%s', (_name, line, size) => {
    expect(read(line, size)).toEqual({ line: 7, problem: PROBLEM, completion: GOLD });
  });

  it('one text, in a field or alone', () => {
    expect(read(JSON.stringify({ text: `${PROMPT} ${GOLD}` }), 3)).toEqual({
      line: 7,
      problem: PROBLEM,
      completion: ` ${GOLD}`,
    });
    expect(read(`${PROMPT} ${GOLD}`, 3)).toEqual({ line: 7, problem: PROBLEM, completion: ` ${GOLD}` });
  });

  it("Searchformer's order in every form", () => {
    const maze = 'start 0 0 goal 2 0 wall 1 0 wall 1 1';
    const rest = `create 0 0 c0 c2 ${BEND_TRACE.join(' ')} ${BEND_SOLUTION.slice(9, -4)}`;
    for (const line of [
      JSON.stringify({ prompt: maze, completion: rest }),
      JSON.stringify({ text: `${maze} ${rest}` }),
      `${maze} ${rest}`,
    ]) {
      expect(read(line, 3)).toEqual({ line: 7, problem: PROBLEM, completion: GOLD });
    }
  });

  it('id and generator, as texts or numbers, and no others', () => {
    expect(read(JSON.stringify({ prompt: PROMPT, completion: '', size: 3, id: 12, generator: 'theirs' }))).toEqual({
      line: 7,
      id: '12',
      generator: 'theirs',
      problem: PROBLEM,
      completion: '',
    });
    expect(read(JSON.stringify({ prompt: PROMPT, completion: '', size: 3, id: null, generator: ['x'] }))).toEqual({
      line: 7,
      problem: PROBLEM,
      completion: '',
    });
  });

  it('no row from an empty line', () => {
    for (const line of ['', ' ', '\t\r']) expect(read(line)).toBeUndefined();
  });

  it('one problem for rollouts of one prompt', () => {
    const reader = new RowReader('f', 3);
    const rows = [1, 2, 3].flatMap((line) =>
      reader.fromLine(
        JSON.stringify({ prompt: line === 3 ? PROMPT.replace(' wall 1 1', '') : PROMPT, completion: '' }),
        line,
      ),
    );
    const problems = rows.map((readRow) => (readRow() as MazeRow).problem);
    expect(problems[1]).toBe(problems[0]);
    expect(problems[2]).not.toEqual(problems[0]);
  });
});

describe('refuses, with file, line and column', () => {
  const column = JSON.stringify({ id: 'a', prompt: PROMPT }).indexOf('goal') + 'goal '.length + 1;
  it.each([
    [
      '{"prompt": "a",',
      'error[JSON_SYNTAX] f:7:16: not valid JSON; expected one JSON object a line, got the end of the line (hint: write rows of several lines as a JSON array; the file may be cut short)',
    ],
    [
      '{"prompt": x}',
      'error[JSON_SYNTAX] f:7:12: not valid JSON; expected one JSON object a line, got "x}" (hint: leave the row out, or write it with a JSON library)',
    ],
    [
      '{"a": 1}',
      'error[ROW] f:7:1: the row has no texts; expected texts `prompt` and `completion`, or one `text`, got a (hint: rename its fields)',
    ],
    [
      '{}',
      'error[ROW] f:7:1: the row has no texts; expected texts `prompt` and `completion`, or one `text`, got no fields (hint: rename its fields)',
    ],
    [
      '{"prompt": 1, "completion": "x"}',
      'error[ROW] f:7:1: `prompt` is a number; expected a text, a list of words, or a list with one message, got 1 (hint: leave the row out, or write its text)',
    ],
    [
      JSON.stringify({ prompt: PROMPT, completion: '', size: '3' }),
      'error[ROW] f:7:1: the size of the maze is not given; expected a whole number `size`, got "3" (hint: give --size)',
    ],
    [
      JSON.stringify({ prompt: PROMPT, completion: '', size: 4294967299 }),
      'error[PROMPT_SIZE] f:7:12: impossible grid size; expected an integer in 1..100, got 4294967299 (hint: --size and `size` are cells per side)',
    ],
    [
      JSON.stringify({ id: 'a', prompt: PROMPT.replace('goal 2', 'goal 3'), completion: '' }),
      `error[PROMPT_SYNTAX] f:7:${column}: not a coordinate of this grid; expected 0..2, got \`3\` (hint: --size and \`size\` are cells per side)`,
    ],
    [
      JSON.stringify({ prompt: `${PROMPT} more`, completion: '' }),
      'error[PROMPT_SYNTAX] f:7:65: words after the last one; expected the end of the prompt, got more (hint: a completion is a text of its own, or follows `reasoning` in one `text`)',
    ],
    [
      'hello',
      'error[PROMPT_SYNTAX] f:7:1: not a prompt; expected `query` or `start`, got `hello` (hint: a prompt is `query start X Y goal X Y { wall X Y } reasoning`, or that of Searchformer)',
    ],
    [
      '[1]',
      'error[ROW] f:7:1: the row is no object; expected an object with texts, got a list (hint: write each row as {"prompt": ..., "completion": ...})',
    ],
    [
      `${'('.repeat(100_000)}`,
      `error[PROMPT_SYNTAX] f:7:1: not a prompt; expected \`query\` or \`start\`, got \`${'('.repeat(40)}...\` (hint: a prompt is \`query start X Y goal X Y { wall X Y } reasoning\`, or that of Searchformer)`,
    ],
  ])('line %#', (line, message) => {
    expect(() => read(line, 3)).toThrow(expect.objectContaining({ message, exitCode: 2 }));
  });

  it('a row without a size, when none comes from outside', () => {
    for (const line of [JSON.stringify({ prompt: PROMPT, completion: GOLD }), `${PROMPT} ${GOLD}`]) {
      expect(() => read(line)).toThrow(
        'error[ROW] f:7:1: the size of the maze is not given; expected a whole number `size`, got nothing (hint: give --size)',
      );
    }
  });

  it('deep nesting is a refusal like any other', () => {
    expect(() => read(`{"a": ${'['.repeat(1_000_000)}`, 3)).toThrow(/^error\[JSON_SYNTAX\] f:7:\d+: nested too deeply/);
  });
});
