// What every maze of a generator must be, over many draws, and the distributions that a single maze cannot show.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { solve } from '../../src/domain/maze/astar.ts';
import { MAZE } from '../../src/domain/maze/domain.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { checkSize } from '../../src/domain/splits.ts';
import { completionText, promptText } from '../../src/domain/maze/grammar.ts';
import { wallsKey } from '../../src/domain/maze/keys.ts';
import { GENERATORS, type GeneratorName, type Problem } from '../../src/domain/maze/types.ts';

function draw(generator: GeneratorName, size: number, count: number, coverage = 0.5): Problem[] {
  return Array.from({ length: count }, (_, index) =>
    generateProblem(generator, size, new RandomSequence(20, 1, index), { drunkard_coverage: coverage }),
  );
}

function floorCells({ walls }: Problem): number[] {
  return [...walls.keys()].filter((cell) => walls[cell] === 0);
}

/** Pairs of floor cells side by side. */
function floorEdges(problem: Problem): number {
  const floor = new Set(floorCells(problem));
  return [...floor].reduce(
    (sum, cell) =>
      sum +
      Number(cell % problem.size < problem.size - 1 && floor.has(cell + 1)) +
      Number(floor.has(cell + problem.size)),
    0,
  );
}

function isConnected(problem: Problem): boolean {
  const floor = floorCells(problem);
  const reached = new Set([floor[0]]);
  for (const cell of reached) {
    const x = cell % problem.size;
    const around = [
      cell - problem.size,
      cell + problem.size,
      ...(x > 0 ? [cell - 1] : []),
      ...(x < problem.size - 1 ? [cell + 1] : []),
    ];
    for (const next of around) if (floor.includes(next)) reached.add(next);
  }
  return reached.size === floor.length;
}

describe.each(GENERATORS)('%s', (generator) => {
  it.each([4, 5, 6, 9, 12])('makes solvable problems with two distinct floor cells at size %d', (size) => {
    for (const problem of draw(generator, size, 50)) {
      expect(problem).toMatchObject({ generator, size });
      expect(problem.walls).toHaveLength(size * size);
      expect(problem.walls.every((cell) => cell === 0 || cell === 1)).toBe(true);
      for (const { x, y } of [problem.start, problem.goal]) {
        expect(x >= 0 && x < size && y >= 0 && y < size && problem.walls[y * size + x] === 0).toBe(true);
      }
      expect(problem.start).not.toEqual(problem.goal);
      expect(solve(problem).plan).not.toBeNull();
    }
  });

  it('is a function of its random sequence', () => {
    const sequence = (): RandomSequence => new RandomSequence(1, 2, 3);
    expect(generateProblem(generator, 8, sequence())).toEqual(generateProblem(generator, 8, sequence()));
    expect(generateProblem(generator, 8, new RandomSequence(1, 2, 4))).not.toEqual(
      generateProblem(generator, 8, sequence()),
    );
  });
});

describe.each(['wilson', 'kruskal', 'dfs'] as const)('%s trees', (generator) => {
  it.each([4, 5, 6, 7, 10])('span all rooms of one parity at size %d', (size) => {
    for (const problem of draw(generator, size, 40)) {
      const floor = floorCells(problem).map((cell) => [cell % size, Math.floor(cell / size)]);
      const offset = problem.walls[0] === 0 ? 0 : 1;
      const perSide = Math.ceil((size - offset) / 2);
      expect(floor).toHaveLength(2 * perSide ** 2 - 1);
      // Connected with one edge less than cells: a tree.
      expect(floorEdges(problem)).toBe(floor.length - 1);
      expect(isConnected(problem)).toBe(true);
      expect(floor.filter(([x, y]) => x % 2 === offset && y % 2 === offset)).toHaveLength(perSide ** 2);
      expect(floor.filter(([x, y]) => x % 2 !== offset && y % 2 !== offset)).toHaveLength(0);
    }
  });

  it('have rooms on even coordinates always (dfs) or half of the time', () => {
    const even = draw(generator, 6, 400).filter(({ walls }) => walls[0] === 0).length;
    if (generator === 'dfs') expect(even).toBe(400);
    else expect(Math.abs(even - 200)).toBeLessThan(50);
  });
});

it('wilson draws the 8 trees of 4x4 equally often', () => {
  const counts = Map.groupBy(draw('wilson', 4, 8_000), wallsKey);
  expect(counts.size).toBe(8);
  // Chi-square with 7 degrees of freedom is below 24.3 in 999 of 1,000 cases.
  expect([...counts.values()].reduce((sum, { length }) => sum + (length - 1_000) ** 2 / 1_000, 0)).toBeLessThan(24.3);
});

it('wilson is uniform where kruskal is not: the 192 even trees of 6x6', () => {
  const chiSquare = (generator: GeneratorName): number => {
    const even = draw(generator, 6, 40_000).filter(({ walls }) => walls[0] === 0);
    const expected = even.length / 192;
    return [...Map.groupBy(even, wallsKey).values()].reduce(
      (sum, { length }) => sum + (length - expected) ** 2 / expected,
      0,
    );
  };
  // 191 degrees of freedom: mean 191, standard deviation 19.5.
  expect(chiSquare('wilson')).toBeLessThan(191 + 4 * 19.5);
  expect(chiSquare('kruskal')).toBeGreaterThan(191 + 20 * 19.5);
});

it('start and goal are uniform over ordered pairs of distinct floor cells', () => {
  const counts = Map.groupBy(draw('free', 4, 24_000), ({ start, goal }) => `${start.x} ${start.y} ${goal.x} ${goal.y}`);
  expect(counts.size).toBe(240);
  // Chi-square with 239 degrees of freedom: mean 239, standard deviation 21.9.
  expect([...counts.values()].reduce((sum, { length }) => sum + (length - 100) ** 2 / 100, 0)).toBeLessThan(
    239 + 4 * 21.9,
  );
});

describe('drunkard', () => {
  it.each([
    { size: 6, coverage: 0.5, floor: 18 },
    { size: 7, coverage: 0.5, floor: 24 },
    { size: 6, coverage: 0.01, floor: 2 },
    { size: 6, coverage: 1, floor: 36 },
  ])('carves one connected cave of $floor cells at size $size, coverage $coverage', ({ size, coverage, floor }) => {
    for (const problem of draw('drunkard', size, 40, coverage)) {
      expect(floorCells(problem)).toHaveLength(floor);
      expect(isConnected(problem)).toBe(true);
    }
  });
});

describe('searchformer', () => {
  it.each([6, 8, 11])('keeps to its bounds at size %d', (size) => {
    const block = Math.floor((size * size) / 10);
    const problems = draw('searchformer', size, 300);
    const counts = problems.map(({ walls }) => walls.reduce((sum, cell) => sum + cell, 0));
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(3 * block);
    expect(Math.max(...counts)).toBeLessThanOrEqual(5 * block);
    expect(Math.min(...problems.map((problem) => solve(problem).plan?.length ?? 0))).toBe(size);
  });

  it('uses the whole range of wall counts', () => {
    const counts = new Set(
      draw('searchformer', 6, 1_000).map(({ walls }) => walls.reduce((sum, cell) => sum + cell, 0)),
    );
    expect([...counts].sort((a, b) => a - b)).toEqual([9, 10, 11, 12, 13, 14, 15]);
  });
});

it('free has no walls', () => {
  for (const { walls } of draw('free', 7, 20)) expect(walls.every((cell) => cell === 0)).toBe(true);
});

it.each([3, 101, 6.5, Number.NaN])('size %d is refused', (size) => {
  expect(() => checkSize(size, MAZE, 'data.size')).toThrow(
    `error[GRID_SIZE] data.size: impossible grid size; expected an integer in 4..100, got ${size}`,
  );
});

describe('lengths', () => {
  // docs/specification.md, section 3: mean words of a completion over 200 mazes; the tolerance is about two standard
  // errors of such a mean.
  it.each([
    ['wilson', 6, 94],
    ['free', 6, 134],
    ['wilson', 8, 142],
    ['searchformer', 8, 212],
    ['free', 8, 205],
  ] as const)('%s %dx: about %d words', (generator, size, mean) => {
    const lengths = draw(generator, size, 1_000).map((problem) => {
      const { trace, plan } = solve(problem);
      return completionText(trace, plan ?? []).split(' ').length;
    });
    const found = lengths.reduce((a, b) => a + b) / lengths.length;
    expect(Math.abs(found / mean - 1)).toBeLessThan(0.1);
  });
});

// Datasets are named by their configuration, so the same configuration must always make the same mazes.
it.each([
  ['wilson', '11f89212139e28bb'],
  ['kruskal', '3fa166d84ec264df'],
  ['dfs', '85ccbbc0e24d2d17'],
  ['drunkard', '8f30d4f3bd8bd4de'],
  ['searchformer', '66fe2443e6363dd1'],
  ['free', '4533a07786f93cfc'],
] as const)('%s mazes are those of the first release', (generator, expected) => {
  const text = [6, 9].flatMap((size) => draw(generator, size, 20).map(promptText)).join('\n');
  expect(createHash('sha256').update(text).digest('hex').slice(0, 16)).toBe(expected);
});
