// Mazes as pictures, both ways.
import fc from '../../seeded.ts';
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../../src/base/random.ts';
import { solve } from '../../../src/domain/maze/astar.ts';
import { generateProblem } from '../../../src/domain/maze/generate.ts';
import { drawMaze, readPicture } from '../../../src/domain/maze/interchange/ascii.ts';
import { GENERATORS } from '../../../src/domain/maze/types.ts';
import { BEND } from '../pictures.ts';

const PICTURE = ['#####', '#S#E#', '#X#X#', '#XXX#', '#####'].join('\n');

it('draws the border, the plan and its ends', () => {
  expect(drawMaze(BEND, solve(BEND).plan ?? [])).toBe(PICTURE);
  expect(drawMaze(BEND, [])).toBe(PICTURE.replaceAll('X', ' '));
});

const place = (line: number, column: number): string => `f:${line + 1}:${column + 1}`;
const read = (text: string): ReturnType<typeof readPicture> => readPicture(text.split('\n'), place);
const BEND_PROBLEM = { size: BEND.size, walls: BEND.walls, start: BEND.start, goal: BEND.goal };

it('reads what it draws, with and without the plan', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...GENERATORS),
      fc.integer({ min: 4, max: 14 }),
      fc.nat(1_000_000),
      (name, size, index) => {
        const { generator, ...problem } = generateProblem(name, size, new RandomSequence(6, 0, index));
        const plan = solve({ ...problem, generator }).plan ?? [];
        const isDrawn = plan.length > 2;
        expect(read(drawMaze({ ...problem, generator }, []))).toEqual({ problem, plan: [] });
        expect(read(drawMaze({ ...problem, generator }, plan))).toEqual({ problem, plan: isDrawn ? plan : [] });
      },
    ),
    { numRuns: 60 },
  );
});

it('takes blanks before all lines and behind them', () => {
  const lines = PICTURE.split('\n');
  for (const shape of [
    lines.map((line) => `   ${line}`),
    lines.map((line) => `\t${line} \t `),
    lines.map((line, i) => `${line}${' '.repeat(i)}`),
  ])
    expect(read(shape.join('\n')).problem).toEqual(BEND_PROBLEM);
});

it('reads a maze with gaps in its border as it is drawn', () => {
  // The border belongs to the grid: the entrance is above (1, 1), the exit is E.
  const { problem } = read(['#S###', '# # #', '#   E', '#   #', '#####'].join('\n'));
  expect(problem).toMatchObject({ size: 5, start: { x: 1, y: 0 }, goal: { x: 4, y: 2 } });
  expect(
    drawMaze({ ...problem, generator: 'free' }, [])
      .split('\n')
      .slice(1, -1)
      .map((row) => row.slice(1, -1)),
  ).toEqual(['#S###', '# # #', '#   E', '#   #', '#####']);
});

describe('refuses, with the place', () => {
  it.each([
    [PICTURE.replace('#X#X#', '#X#X'), 'f:3:5: not a square; expected 5 letters, as many as lines, got 4'],
    [PICTURE.replace('#X#X#', '#X#X##'), 'f:3:6: not a square; expected 5 letters, as many as lines, got 6'],
    [PICTURE.replace('#S#E#', '#S.E#'), 'f:2:3: unknown letter; expected #, a blank, S, E or X, got "."'],
    [PICTURE.replace('#XXX#', '#XSX#'), 'f:4:3: a second S; expected one S, got two'],
    [PICTURE.replace('E', 'X'), 'f:1:1: no E in the picture; expected one S and one E, got S alone'],
    [PICTURE.replace('S', 'X'), 'f:1:1: no S in the picture; expected one S and one E, got E alone'],
    [
      PICTURE.replace('#XXX#', '#X X#'),
      'f:2:2: the letters X are no path from S to E; expected one path without side branches, or no X, got 4 X',
    ],
    ['##\n##', 'f:1:1: impossible grid size; expected 3..102 lines, got 2'],
    [
      Array.from({ length: 103 }, () => '#'.repeat(103)).join('\n'),
      'f:1:1: impossible grid size; expected 3..102 lines, got 103',
    ],
  ])('%j', (text, message) => {
    expect(() => read(text)).toThrow(`error[ASCII_MAZE] ${message}`);
  });
});
