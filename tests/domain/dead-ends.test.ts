// Jitter and the controls of prompt length: the plan stays, and stays the only one; the number of dead ends is as said.
import { expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { MAZE } from '../../src/domain/maze/domain.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { changeDeadEnds } from '../../src/domain/maze/generators/dead-ends.ts';
import { promptText } from '../../src/domain/maze/grammar.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import { SOKOBAN } from '../../src/domain/sokoban/domain.ts';
import { drawSplits } from '../../src/domain/splits.ts';

const floorOf = ({ walls }: Problem): number => walls.filter((cell) => cell === 0).length;
const planOf = (problem: Problem): string => MAZE.solve(problem).completion.replace(/^.*solution/, '');
const words = (problem: Problem): number => promptText(problem).split(' ').length;
const draw = (index: number, wall_jitter = 0, size = 6): Problem =>
  generateProblem('wilson', size, new RandomSequence(5, 1, index), { wall_jitter });

/** Paths without a repeated cell from start to goal: 1 in a tree. */
function paths({ size, walls, start, goal }: Problem): number {
  const seen = new Set<number>();
  const from = (x: number, y: number): number => {
    const cell = y * size + x;
    if (x < 0 || y < 0 || x >= size || y >= size || walls[cell] !== 0 || seen.has(cell)) return 0;
    if (x === goal.x && y === goal.y) return 1;
    seen.add(cell);
    const found = from(x, y - 1) + from(x + 1, y) + from(x, y + 1) + from(x - 1, y);
    seen.delete(cell);
    return found;
  };
  return from(start.x, start.y);
}

it('jitter keeps start, goal and the only plan, and the walls differ by single dead ends', () => {
  let changed = 0;
  for (let index = 0; index < 2000; index++) {
    const [plain, jittered] = [draw(index), draw(index, 3)];
    expect([jittered.start, jittered.goal]).toEqual([plain.start, plain.goal]);
    expect(planOf(jittered)).toBe(planOf(plain));
    expect(paths(jittered)).toBe(1);
    const change = floorOf(jittered) - floorOf(plain);
    expect(Math.abs(change)).toBeLessThanOrEqual(3);
    expect(words(plain) - words(jittered)).toBe(3 * change);
    changed += change === 0 ? 0 : 1;
  }
  expect(changed).toBeGreaterThan(1500);
});

it('each number of dead ends from -k to +k is equally likely, where there are as many to remove', () => {
  const counts = new Map<number, number>();
  const n = 14_000;
  for (let index = 0; index < n; index++) {
    // At 10x10 a tree has enough dead ends that three can always go.
    const change = floorOf(draw(index, 3, 10)) - floorOf(draw(index, 0, 10));
    counts.set(change, (counts.get(change) ?? 0) + 1);
  }
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - n / 7) ** 2 / (n / 7), 0);
  expect(chiSquare).toBeLessThan(22.5); // 6 degrees of freedom, p > 0.001
});

it('no jitter draws the mazes of before', () => {
  for (let index = 0; index < 100; index++)
    expect(draw(index, 0)).toEqual(generateProblem('wilson', 6, new RandomSequence(5, 1, index)));
});

it('removes no start and no goal, and says how many it removed', () => {
  // One corridor: its two dead ends are start and goal.
  const walls = new Uint8Array(16).fill(1);
  walls.fill(0, 0, 4);
  const maze = { walls, start: { x: 0, y: 0 }, goal: { x: 3, y: 0 } };
  expect(changeDeadEnds(maze, 4, -2, new RandomSequence(1, 1, 0))).toBe(0);
  expect(walls.filter((cell) => cell === 0)).toHaveLength(4);
});

it.each([
  ['wilson-shorter', 6, [62]],
  ['wilson-longer', 6, [68]],
  ['drunkard-matched', 6, [65]],
  ['wilson-shorter', 8, [104]],
  ['wilson-longer', 8, [110]],
  ['drunkard-matched', 8, [107]],
] as const)('%s at %i has prompts of %j words; Wilson has 65 and 107', (generator, size, expected) => {
  const lengths = new Set<number>();
  for (let index = 0; index < 300; index++)
    lengths.add(words(generateProblem(generator, size, new RandomSequence(6, 3, index))));
  expect([...lengths]).toEqual(expected);
});

it('jitters the training set alone', () => {
  const request = {
    domain: 'maze',
    generator: 'wilson',
    size: 6,
    train: 300,
    dev: 50,
    test: 50,
    test_in_distribution: 50,
    distributions: ['wilson', 'kruskal'],
    drunkard_coverage: 0.5,
    seed: 3,
  };
  const plain = drawSplits({ ...request, wall_jitter: 0 }, MAZE);
  const jittered = drawSplits({ ...request, wall_jitter: 2 }, MAZE);
  expect(jittered.test).toEqual(plain.test);
  expect(jittered.dev).toEqual(plain.dev);
  const floors = (problems: readonly { readonly problem: Problem }[]): number[] =>
    [...new Set(problems.map(({ problem }) => floorOf(problem)))].sort((a, b) => a - b);
  expect(floors(plain.train.problems)).toEqual([17]);
  expect(floors(jittered.train.problems)).toEqual([15, 16, 17, 18, 19]);
});

it.each([
  ['sokoban', 95],
  ['sokoban-shorter', 92],
  ['sokoban-longer', 98],
])('%s at 7 has prompts of %i words', (generator, expected) => {
  const lengths = new Set<number>();
  for (let index = 0; index < 50; index++) {
    const { prompt } = SOKOBAN.solve(SOKOBAN.draw(generator, 7, new RandomSequence(6, 3, index), {}));
    lengths.add(prompt.split(' ').length);
  }
  expect([...lengths]).toEqual([expected]);
});
