// The share of test mazes whose walls were seen in training, by hand and against theory.
import { describe, expect, it } from 'vitest';
import { collectWalls, countWallsSeen, wallsOf } from '../../src/data/walls.ts';
import { promptText } from '../../src/domain/maze/grammar.ts';
import { MAZE } from '../../src/domain/maze/domain.ts';
import { drawSplits, type ProblemSet } from '../../src/domain/splits.ts';
import { wallsKey } from '../../src/domain/maze/keys.ts';
import type { Problem } from '../../src/domain/maze/types.ts';
import type { Example } from '../../src/domain/types.ts';

const example = (prompt: string, size = 6): Example => ({ id: '', generator: 'wilson', size, prompt, completion: '' });
const examplesOf = ({ problems }: ProblemSet<Problem>): Example[] =>
  problems.map(({ problem }) => example(promptText(problem), problem.size));

describe('walls seen in training', () => {
  it('compares walls and size, not start and goal', () => {
    const walls = wallsOf(example('query start 0 0 goal 1 0 wall 2 0 wall 3 0 reasoning'));
    expect(wallsOf(example('query start 4 4 goal 5 5 wall 2 0 wall 3 0 reasoning'))).toBe(walls);
    expect(wallsOf(example('query start 0 0 goal 1 0 wall 2 0 reasoning'))).not.toBe(walls);
    expect(wallsOf(example('query start 0 0 goal 1 0 wall 2 0 wall 3 0 reasoning', 7))).not.toBe(walls);
    expect(wallsOf(example('query start 0 0 goal 1 0 reasoning'))).toBe(
      wallsOf(example('query start 5 5 goal 1 0 reasoning')),
    );
  });

  it('counts over n', () => {
    const train = collectWalls([example('query start 0 0 goal 1 0 wall 2 0 reasoning')]);
    const test = [
      example('query start 0 1 goal 1 0 wall 2 0 reasoning'),
      example('query start 0 1 goal 1 0 wall 2 1 reasoning'),
      example('query start 0 1 goal 1 0 reasoning'),
    ];
    expect(countWallsSeen(test, train)).toEqual({ count: 1, n: 3 });
    expect(countWallsSeen([], train)).toEqual({ count: 0, n: 0 });
  });

  it('agrees with the keys of the problems, and with theory at 8x8', () => {
    const splits = drawSplits(
      {
        domain: 'maze',
        generator: 'wilson',
        size: 8,
        train: 20_000,
        dev: 0,
        test: 1_000,
        test_in_distribution: 1_000,
        distributions: ['wilson', 'free'],
        drunkard_coverage: 0.5,
        seed: 3,
      },
      MAZE,
    );
    const walls = collectWalls(examplesOf(splits.train));
    const keys = new Set(splits.train.problems.map(({ problem }) => wallsKey(problem)));
    expect(walls.size).toBe(keys.size);
    const [wilson, free] = splits.test;
    const { count } = countWallsSeen(examplesOf(wilson), walls);
    expect(count).toBe(wilson.problems.filter(({ problem }) => keys.has(wallsKey(problem))).length);
    // 20,000 draws from 200,704 equally likely layouts leave a share of exp(-20,000 / 200,704) unseen: 9.5 % seen, +-
    // 0.9 at n = 1,000.
    expect(Math.abs(count / 1_000 - 0.095)).toBeLessThan(0.037);
    expect(countWallsSeen(examplesOf(free), walls).count).toBe(0);
  });
});
