// Mazes as pictures, both ways.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../../src/base/random.ts';
import { solve } from '../../../src/domain/maze/astar.ts';
import { generateProblem } from '../../../src/domain/maze/generate.ts';
import { drawMaze, readMazes } from '../../../src/domain/maze/interchange/ascii.ts';
import { GENERATORS } from '../../../src/domain/maze/types.ts';
import { BEND } from '../pictures.ts';

const PICTURE = ['#####', '#S#E#', '#X#X#', '#XXX#', '#####'].join('\n');

it('draws the border, the plan and its ends', () => {
  expect(drawMaze(BEND, solve(BEND).plan ?? [])).toBe(PICTURE);
  expect(drawMaze(BEND, [])).toBe(PICTURE.replaceAll('X', ' '));
});

it('reads what it draws, with and without the plan', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...GENERATORS),
      fc.integer({ min: 4, max: 14 }),
      fc.nat(1_000_000),
      (generator, size, index) => {
        const problem = generateProblem(generator, size, new RandomSequence(6, 0, index));
        const text = `${drawMaze(problem, [])}\n\n${drawMaze(problem, solve(problem).plan ?? [])}\n`;
        expect(readMazes(text, generator, 'f')).toEqual([
          { problem, where: 'f:1' },
          { problem, where: `f:${size + 4}` },
        ]);
      },
    ),
    { numRuns: 60 },
  );
});

it('takes other line ends, a byte order mark and any number of empty lines', () => {
  expect(readMazes(`\ufeff\r\n${PICTURE.replaceAll('\n', '\r\n')}\r\n\r\n\r\n`, 'free', 'f')).toEqual([
    { problem: BEND, where: 'f:2' },
  ]);
});

it('a file without pictures has no mazes', () => {
  expect(readMazes('\n\n', 'free', 'f')).toEqual([]);
});

describe('refuses, with the place', () => {
  it.each([
    [PICTURE.replace('#X#X#', '#X#X'), 'f:3:5: not a square; expected 5 letters, as many as lines, got 4'],
    [PICTURE.replace('#X#X#', '#X#X##'), 'f:3:6: not a square; expected 5 letters, as many as lines, got 6'],
    [PICTURE.replace('#S#E#', ' S#E#'), 'f:2:1: no wall around the maze; expected #, got " "'],
    [PICTURE.replace('#S#E#', '#S.E#'), 'f:2:3: unknown letter; expected #, a blank, S, E or X, got "."'],
    [PICTURE.replace('#XXX#', '#XSX#'), 'f:4:3: a second S; expected one S, got two'],
    [PICTURE.replace('E', 'X'), 'f:1:1: no E in the picture; expected one S and one E, got S alone'],
    [PICTURE.replace('S', 'X'), 'f:1:1: no S in the picture; expected one S and one E, got E alone'],
    ['##\n##', 'f:1:1: impossible grid size; expected 3..102 lines, got 2'],
    [
      Array.from({ length: 103 }, () => '#'.repeat(103)).join('\n'),
      'f:1:1: impossible grid size; expected 3..102 lines, got 103',
    ],
    [
      `${PICTURE}\n\n${PICTURE.replace('XXX', 'X?X')}`,
      'f:10:3: unknown letter; expected #, a blank, S, E or X, got "?"',
    ],
  ])('%j', (text, message) => {
    expect(() => readMazes(text, 'free', 'f')).toThrow(`error[ASCII_MAZE] ${message}`);
  });
});
