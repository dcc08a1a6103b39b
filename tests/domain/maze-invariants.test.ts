// Every maze keeps the invariants of its family: 2,000 a generator here, 100,000 in scripts/check-generators.ts; and
// broken mazes are found.
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { ALL_GENERATORS, type GeneratorName, type Problem } from '../../src/domain/maze/types.ts';
import { brokenInvariant } from './maze-invariants.ts';
import { maze } from './pictures.ts';

it.each(ALL_GENERATORS)('2,000 mazes of %s, 4x4 to 13x13', (generator) => {
  for (let index = 0; index < 2_000; index++) {
    const size = 4 + (index % 10),
      coverage = [0.2, 0.5, 0.9, 1][index % 4];
    const problem = generateProblem(generator, size, new RandomSequence(30, 1, index), { drunkard_coverage: coverage });
    const broken = brokenInvariant(problem, coverage);
    if (broken !== null) expect.fail(`maze ${index}, ${size}x${size}: ${broken}`);
  }
});

describe('a maze that breaks one is found', () => {
  const as = (generator: GeneratorName, picture: string): Problem => ({ ...maze(picture), generator });
  const TREE = `
    S . . #
    # # . #
    . . G #
    # # # #`;

  it.each([
    ['wilson', TREE, null],
    ['dfs', TREE, null],
    ['wilson', TREE.replace('# # . #', '. # . #'), 'the passages of a tree'],
    // As many floor cells as a tree has, in a circle next to a room without a way.
    ['kruskal', '. S G . . \n . # # # # \n . # . # . \n . # . # . \n . . . . .', null],
    ['kruskal', '. S G . . \n . # . # # \n . # . # . \n . # . # # \n . . . . .', 'a tree'],
    ['wilson', 'S # . # \n . . . # \n . # # # \n G # # #', 'no floor between four rooms'],
    ['dfs', '# # # # # \n # S . . # \n # # # . # \n # . . G # \n # # # # #', 'rooms on even coordinates'],
    ['wilson', '# # # # # \n # S . . # \n # # # . # \n # . . G # \n # # # # #', null],
    ['drunkard', 'S . # # \n . . # # \n . . # # \n . G # #', null],
    ['drunkard', 'S . # # \n . . # # \n . G # # \n . # # #', '8 floor cells, not 7'],
    ['drunkard', 'S . # . \n . . # # \n . . # # \n G # # #', 'one cave'],
    ['searchformer', 'S # . . \n . # # . \n . . . . \n G . . .', null],
    ['searchformer', 'S # . . \n G # # . \n . . . . \n . . . .', 'a shortest path of at least 4 cells, not 2'],
    ['searchformer', 'S . . . \n . . # . \n . . . . \n G . . .', '3 to 5 walls, not 1'],
    ['free', 'S . \n . G', null],
    ['free', 'S # \n . G', 'no walls'],
    ['free', 'S # \n # G', 'a path from start to goal'],
  ] as const)('%s %j: %s', (generator, picture, expected) => {
    const broken = brokenInvariant(as(generator, picture), 0.5);
    if (expected === null) expect(broken).toBeNull();
    else expect(broken).toContain(expected);
  });

  it('ends in a wall, outside, or in one cell', () => {
    const problem = as('wilson', TREE);
    expect(brokenInvariant({ ...problem, goal: { x: 3, y: 0 } }, 0.5)).toBe('start and goal on the floor');
    expect(brokenInvariant({ ...problem, start: { x: 0, y: 4 } }, 0.5)).toBe('start and goal on the floor');
    expect(brokenInvariant({ ...problem, goal: problem.start }, 0.5)).toBe('two ends');
    expect(brokenInvariant({ ...problem, walls: problem.walls.with(0, 2) }, 0.5)).toBe('one byte a cell, 0 or 1');
  });
});
