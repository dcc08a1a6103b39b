// Train, dev and test: disjoint, without duplicates, functions of the seed, and refused when too few can be drawn.
import { describe, expect, it } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { countProblems } from '../../src/domain/maze/counts.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { promptText } from '../../src/domain/maze/grammar.ts';
import { MAZE } from '../../src/domain/maze/domain.ts';
import type { SplitRequest } from '../../src/domain/split-request.ts';
import { drawSplits, drawSplitsInSteps, problemCount, streamOf, type ProblemSet } from '../../src/domain/splits.ts';
import { problemKey, wallsKey } from '../../src/domain/maze/keys.ts';
import { type GeneratorName, GENERATORS, type Problem } from '../../src/domain/maze/types.ts';
import { maze } from './pictures.ts';

const REQUEST: SplitRequest = {
  domain: 'maze',
  generator: 'wilson',
  size: 6,
  train: 3_000,
  dev: 200,
  test: 200,
  test_in_distribution: 200,
  distributions: GENERATORS,
  drunkard_coverage: 0.5,
  seed: 1,
};

const problemsOf = ({ problems }: ProblemSet<Problem>): Problem[] => problems.map(({ problem }) => problem);
/** Prompts tell problems apart without the keys under test. */
const promptsOf = (set: ProblemSet<Problem>): string[] => problemsOf(set).map(promptText);

function refusal(change: Partial<SplitRequest>): string {
  try {
    drawSplits({ ...REQUEST, test_in_distribution: change.test ?? REQUEST.test, ...change }, MAZE);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no refusal';
}

describe('drawSplits', () => {
  const splits = drawSplits(REQUEST, MAZE);
  const sets = [splits.train, splits.dev, ...splits.test];

  it('draws what was asked', () => {
    expect(sets.map(({ split, generator, problems }) => [split, generator, problems.length])).toEqual([
      ['train', 'wilson', 3_000],
      ['dev', 'wilson', 200],
      ...GENERATORS.map((generator) => ['test', generator, 200]),
    ]);
  });

  it('draws the same in steps, one a draw, each with the number of problems so far', () => {
    const drawing = drawSplitsInSteps(REQUEST, MAZE);
    const counts: number[] = [];
    let step = drawing.next();
    for (; !step.done; step = drawing.next()) counts.push(step.value);
    expect(step.value).toEqual(splits);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThanOrEqual(problemCount(REQUEST));
    expect(counts.at(-1)).toBe(problemCount(REQUEST));
  });

  it('draws another number in distribution, the first ones the same, and keeps all out of train and dev', () => {
    const more = drawSplits({ ...REQUEST, test_in_distribution: 700 }, MAZE);
    expect(more.test.map(({ generator, problems }) => [generator, problems.length])).toEqual(
      GENERATORS.map((generator) => [generator, generator === 'wilson' ? 700 : 200]),
    );
    expect(promptsOf(more.test[0]).slice(0, 200)).toEqual(promptsOf(splits.test[0]));
    const others = new Set([...promptsOf(more.train), ...promptsOf(more.dev)]);
    expect(others.size).toBe(3_200);
    for (const prompt of promptsOf(more.test[0])) expect(others.has(prompt)).toBe(false);
    expect(refusal({ test_in_distribution: -1 })).toMatch(
      /test_in_distribution: impossible number of problems; expected an integer >= 0, got -1/,
    );
    expect(refusal({ generator: 'free', test_in_distribution: 1_261 })).toMatch(
      /^error\[TOO_FEW_PROBLEMS\] test \(free, 6x6\): asked 1,261, only 1,260 exist/,
    );
  });

  it('holds no duplicates', () => {
    for (const set of sets) expect(new Set(promptsOf(set)).size).toBe(set.problems.length);
  });

  it('keeps train, dev and every test set apart', () => {
    const train = new Set(promptsOf(splits.train));
    const dev = new Set(promptsOf(splits.dev));
    for (const prompt of dev) expect(train.has(prompt)).toBe(false);
    for (const prompt of splits.test.flatMap(promptsOf)) expect(train.has(prompt) || dev.has(prompt)).toBe(false);
  });

  it('has something to keep apart: kruskal and dfs share problems with wilson', () => {
    // Drawn without regard, 40,000 of 104,448 problems would hold some 380 of these 1,000 test problems.
    const crowded = drawSplits(
      { ...REQUEST, train: 40_000, dev: 0, test: 500, distributions: ['kruskal', 'dfs'] },
      MAZE,
    );
    const train = new Set(promptsOf(crowded.train));
    expect(crowded.test.flatMap(promptsOf).filter((prompt) => train.has(prompt))).toHaveLength(0);
    expect(new Set(problemsOf(crowded.train).map(wallsKey)).size).toBe(384);
  });

  it('is a function of (seed, stream, index)', () => {
    expect(drawSplits(REQUEST, MAZE)).toEqual(splits);
    for (const { generator, stream, problems } of sets) {
      for (const { index, problem } of problems.slice(0, 5)) {
        expect(generateProblem(generator as GeneratorName, 6, new RandomSequence(1, stream, index))).toEqual(problem);
      }
    }
    expect(promptsOf(drawSplits({ ...REQUEST, seed: 2 }, MAZE).train)).not.toEqual(promptsOf(splits.train));
  });

  it('gives every split and generator its own stream, none of them in other use', () => {
    const streams = GENERATORS.flatMap((generator) =>
      (['train', 'dev', 'test'] as const).map((split) => streamOf(split, generator)),
    );
    expect(new Set(streams).size).toBe(18);
    const others = Object.entries(STREAMS)
      .filter(([name]) => !['train', 'dev', 'test'].includes(name))
      .map(([, stream]) => stream);
    expect(streams.filter((stream) => others.includes(stream as never))).toEqual([]);
  });

  it('decides test before dev before train', () => {
    const larger = drawSplits({ ...REQUEST, train: 4_000 }, MAZE);
    expect(larger.test).toEqual(splits.test);
    expect(larger.dev).toEqual(splits.dev);
    expect(larger.train.problems.slice(0, 3_000)).toEqual(splits.train.problems);
  });

  it('draws a test set that does not depend on the other distributions', () => {
    const alone = drawSplits({ ...REQUEST, train: 0, dev: 0, distributions: ['dfs'] }, MAZE);
    expect(alone.test[0]).toEqual(splits.test[2]);
  });
});

describe('requests beyond what exists', () => {
  it.each([
    [
      'one set',
      { generator: 'free', train: 5_000, dev: 0, distributions: [] },
      'error[TOO_FEW_PROBLEMS] train (free, 6x6): asked 5,000, only 1,260 exist (',
    ],
    [
      'all sets together',
      { generator: 'free', train: 600, dev: 61, test: 600, distributions: ['free'] },
      'error[TOO_FEW_PROBLEMS] train (free, 6x6): asked 1,261 in all (test 600, dev 61, train 600), only 1,260 exist (',
    ],
    [
      'a test set',
      { train: 1, dev: 0, test: 3_809, distributions: ['dfs'] },
      'error[TOO_FEW_PROBLEMS] test (dfs, 6x6): asked 3,809, only 3,808 exist (',
    ],
    // Caves of two cells: 24 pairs of neighbours, each with two choices of start. No formula knows that, so drawing has
    // to find it out.
    [
      'a set that nobody has counted',
      { generator: 'drunkard', size: 4, drunkard_coverage: 0.13, train: 49, dev: 0, distributions: [] },
      'error[TOO_FEW_PROBLEMS] train (drunkard, 4x4): asked 49, only 48 found (then 10,481 draws brought no new one) (',
    ],
    // dfs problems are Wilson problems too; what the dfs test set holds is lost for training.
    [
      'what other sets leave',
      { size: 4, train: 336, dev: 0, test: 10, distributions: ['dfs'] },
      'error[TOO_FEW_PROBLEMS] train (wilson, 4x4): asked 336, only 326 exist that no earlier set holds (',
    ],
  ] as const)('%s', (_, change, message) => {
    expect(refusal(change)).toContain(message);
  });

  it('the last problem that exists is still found', () => {
    const { train, test } = drawSplits(
      { ...REQUEST, generator: 'free', train: 260, dev: 0, test_in_distribution: 1_000, distributions: ['free'] },
      MAZE,
    );
    expect(new Set([train, ...test].flatMap(promptsOf)).size).toBe(1_260);
    expect(
      drawSplits({ ...REQUEST, size: 4, train: 326, dev: 0, test: 10, distributions: ['dfs'] }, MAZE).train.problems,
    ).toHaveLength(326);
  });

  it.each([
    [{ train: -1 }, 'error[SPLIT_REQUEST] train: impossible number of problems; expected an integer >= 0, got -1'],
    [{ test: 1.5 }, 'error[SPLIT_REQUEST] test: impossible number of problems; expected an integer >= 0, got 1.5'],
    [
      { train: 20_000_000 },
      'error[SPLIT_REQUEST] train + dev + test: too many problems; expected at most 10,000,000, got 20,001,400',
    ],
    [
      { distributions: ['dfs', 'dfs'] },
      'error[SPLIT_REQUEST] distributions: named twice; expected each distribution once, got dfs',
    ],
    [
      { drunkard_coverage: 1.1 },
      'error[SPLIT_REQUEST] drunkard_coverage: impossible share; expected a number in (0, 1], got 1.1',
    ],
    [
      { seed: 4294967296 },
      'error[SPLIT_REQUEST] seed: impossible seed; expected an integer in 0..4294967295, got 4294967296',
    ],
    [{ size: 3 }, 'error[GRID_SIZE] size: impossible grid size; expected an integer in 4..100, got 3'],
  ] as const)('%j', (change, message) => {
    expect(refusal(change)).toBe(message);
  });
});

describe('countProblems', () => {
  it.each([
    ['wilson', 6, 384 * 17 * 16],
    ['kruskal', 6, 384 * 17 * 16],
    ['dfs', 6, 14 * 17 * 16],
    ['free', 6, 1_260],
    ['wilson', 4, 8 * 7 * 6],
    ['wilson', 5, 192 * 17 * 16 + 4 * 7 * 6],
    ['wilson', 8, 200_704 * 31 * 30],
    ['drunkard', 6, null],
    ['searchformer', 6, null],
    ['wilson', 30, null],
    ['dfs', 30, null],
    ['free', 30, 900 * 899],
  ] as const)('%s %dx: %d', (generator, size, count) => {
    expect(countProblems(generator, size)).toBe(count);
  });

  it.each([
    ['wilson', 6, 384],
    ['kruskal', 6, 384],
    ['dfs', 6, 14],
    ['dfs', 4, 2],
    ['dfs', 8, 322],
  ] as const)('%s %dx has %d layouts, found by drawing', (generator, size, layouts) => {
    const found = new Set(
      Array.from({ length: 12_000 }, (_, index) =>
        wallsKey(generateProblem(generator, size, new RandomSequence(6, 0, index))),
      ),
    );
    expect(found.size).toBe(layouts);
  });
});

describe('keys', () => {
  it('tell apart size, walls, start and goal, and nothing else', () => {
    const problems = [
      maze('S G \n . .'),
      maze('G S \n . .'),
      maze('S . \n G .'),
      maze('S G \n # .'),
      maze('S G \n . #'),
      maze('S G . \n . . . \n . . .'),
    ];
    expect(new Set(problems.map(problemKey)).size).toBe(6);
    expect(new Set(problems.map(wallsKey)).size).toBe(4);
    expect(problemKey({ ...problems[0], generator: 'dfs' })).toBe(problemKey(problems[0]));
  });

  it('see every single wall of a large grid', () => {
    const empty = maze(
      Array.from({ length: 12 }, (_, y) => (y === 0 ? `S G ${'. '.repeat(10)}` : '. '.repeat(12))).join('\n'),
    );
    const keys = new Set(
      Array.from(empty.walls.keys(), (cell) => wallsKey({ ...empty, walls: empty.walls.with(cell, 1) })),
    );
    expect(keys.add(wallsKey(empty)).size).toBe(145);
  });
});
