// Train, dev and test: disjoint whatever they are drawn from, without duplicates, functions of the seed, each
// independent of the sizes of the others, and refused when too few can be drawn.
import { describe, expect, it } from 'vitest';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { countProblems } from '../../src/domain/maze/counts.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import { promptText } from '../../src/domain/maze/grammar.ts';
import { MAZE } from '../../src/domain/maze/domain.ts';
import { SHARES, splitOf, type SplitName } from '../../src/domain/split-of.ts';
import type { DrawSettings } from '../../src/domain/domain.ts';
import type { SplitRequest } from '../../src/domain/split-request.ts';
import { drawSplits, drawSplitsInSteps, expectedDraws, problemCount, streamOf } from '../../src/domain/splits.ts';
import type { DrawingProgress, ProblemSet, Splits } from '../../src/domain/splits.ts';
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
/** Prompts distinguish problems without the keys under test. */
const promptsOf = (set: ProblemSet<Problem>): string[] => problemsOf(set).map(promptText);
const draw = (change: Partial<SplitRequest>): Splits<Problem> => drawSplits({ ...REQUEST, ...change }, MAZE);

function refusal(change: Partial<SplitRequest>): string {
  try {
    draw({ test_in_distribution: change.test ?? REQUEST.test, ...change });
  } catch (error) {
    return (error as Error).message;
  }
  return 'no refusal';
}

describe('drawSplits', () => {
  const splits = draw({});
  const sets = [splits.train, splits.dev, ...splits.test];

  it('draws what was asked', () => {
    expect(sets.map(({ split, generator, problems }) => [split, generator, problems.length])).toEqual([
      ['train', 'wilson', 3_000],
      ['dev', 'wilson', 200],
      ...GENERATORS.map((generator) => ['test', generator, 200]),
    ]);
  });

  it('draws the same in steps, one a draw, each with how far it is', () => {
    const drawing = drawSplitsInSteps(REQUEST, MAZE);
    const steps: DrawingProgress[] = [];
    let step = drawing.next();
    for (; !step.done; step = drawing.next()) steps.push(step.value);
    expect(step.value).toEqual(splits);
    expect(steps).toHaveLength(sets.reduce((sum, { problems }) => sum + (problems.at(-1)?.index ?? -1) + 1, 0));
    for (const key of ['problems', 'share'] as const)
      expect(steps.map((each) => each[key])).toEqual(steps.map((each) => each[key]).toSorted((a, b) => a - b));
    expect(new Set(steps.map(({ problems }) => problems)).size).toBeGreaterThanOrEqual(problemCount(REQUEST));
    expect(steps.at(-1)).toEqual({ problems: problemCount(REQUEST), share: 1 });
    // 200 dev problems take about as many draws as 1,933 training problems.
    const trained = steps.find(({ problems }) => problems === 3_000);
    expect(trained?.share).toBeCloseTo(3_000 / SHARES.train / expectedDraws(REQUEST), 12);
  });

  it('takes about as many draws as expected, a sixteenth of them for dev', () => {
    // Few problems of many: hardly any duplicates.
    const request: SplitRequest = { ...REQUEST, size: 12, distributions: ['wilson', 'kruskal'] };
    const { train, dev, test } = drawSplits(request, MAZE);
    const draws = [train, dev, ...test].map(({ problems }) => (problems.at(-1)?.index ?? NaN) + 1);
    expect(expectedDraws(request)).toBeCloseTo(3_000 / (29 / 48) + 200 * 16 + 400 * 3, 6);
    // Standard deviations sqrt(n (1 - share)) / share: 57, 219 and 35.
    for (const [i, [expected, deviation]] of [
      [4_966, 57],
      [3_200, 219],
      [600, 35],
      [600, 35],
    ].entries())
      expect(Math.abs(draws[i] - expected)).toBeLessThan(3 * deviation);
  });

  it('holds no duplicates', () => {
    for (const set of sets) expect(new Set(promptsOf(set)).size).toBe(set.problems.length);
  });

  it('is a function of (seed, stream, index)', () => {
    expect(draw({})).toEqual(splits);
    for (const { generator, stream, problems } of sets) {
      for (const { index, problem } of problems.slice(0, 5)) {
        expect(generateProblem(generator as GeneratorName, 6, new RandomSequence(1, stream, index))).toEqual(problem);
      }
    }
    expect(promptsOf(draw({ seed: 2 }).train)).not.toEqual(promptsOf(splits.train));
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

  it('draws each set whatever the size and the number of the others', () => {
    const [wilson, , dfs] = splits.test;
    const { train, dev, test } = splits;
    expect(draw({ train: 0, dev: 0, distributions: ['dfs'] }).test).toEqual([dfs]);
    expect(draw({ dev: 0, distributions: [] }).train).toEqual(train);
    expect(draw({ train: 0, distributions: [] }).dev).toEqual(dev);
    const more = draw({ train: 4_000, dev: 300, test: 250, test_in_distribution: 700 });
    expect(more.test.map(({ generator, problems }) => [generator, problems.length])).toEqual(
      GENERATORS.map((generator) => [generator, generator === 'wilson' ? 700 : 250]),
    );
    // A larger set begins with the smaller one.
    for (const [larger, smaller] of [
      [more.train, train],
      [more.dev, dev],
      [more.test[0], wilson],
      ...test.map((set, i) => [more.test[i], set]),
    ])
      expect(larger.problems.slice(0, smaller.problems.length)).toEqual(smaller.problems);
  });
});

describe('sets of different splits share no problem', () => {
  /** Prompts of each split, over several requests. */
  function promptsBySplit(requests: readonly Partial<SplitRequest>[]): Record<SplitName, Set<string>> {
    const found: Record<SplitName, Set<string>> = { train: new Set(), dev: new Set(), test: new Set() };
    for (const { train, dev, test } of requests.map(draw))
      for (const set of [train, dev, ...test]) for (const prompt of promptsOf(set)) found[set.split].add(prompt);
    return found;
  }
  const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>): number =>
    [...a].filter((prompt) => b.has(prompt)).length;
  /** Prompts that the training stream of a generator has before any is skipped. */
  const plain = (generator: GeneratorName, count: number, settings: DrawSettings = {}): Set<string> =>
    new Set(
      Array.from({ length: count }, (_, index) =>
        promptText(generateProblem(generator, 6, new RandomSequence(1, streamOf('train', generator), index), settings)),
      ),
    );

  it('when they are drawn from three families that share most problems, in one request or in several', () => {
    const families = ['wilson', 'kruskal', 'dfs'] as const;
    const { train, dev, test } = promptsBySplit(
      families.map((generator) => ({
        generator,
        train: generator === 'dfs' ? 2_000 : 20_000,
        test: 1_000,
        distributions: families,
      })),
    );
    expect([shared(train, dev), shared(train, test), shared(dev, test)]).toEqual([0, 0, 0]);
    // Without splits they would meet.
    const wilson = plain('wilson', 40_000);
    for (const generator of ['kruskal', 'dfs'] as const)
      expect(shared(wilson, plain(generator, 1_500))).toBeGreaterThan(300);
  });

  it('when training mazes are jittered into other distributions', () => {
    const distributions = ['wilson', 'wilson-shorter', 'wilson-longer'] as const;
    const { train, test } = promptsBySplit([{ train: 20_000, wall_jitter: 1, test: 1_000, distributions }]);
    expect(shared(train, test)).toBe(0);
    const jittered = plain('wilson', 30_000, { wall_jitter: 1 });
    for (const generator of ['wilson-shorter', 'wilson-longer'] as const)
      expect(shared(jittered, plain(generator, 3_000))).toBeGreaterThan(20);
  });

  it('and each problem is of the split that its own key says, a jittered one too', () => {
    const { train, dev, test } = draw({ wall_jitter: 2 });
    expect(new Set(problemsOf(train).map(({ walls }) => walls.filter((cell) => cell === 0).length)).size).toBe(5);
    for (const set of [train, dev, ...test])
      for (const problem of problemsOf(set))
        if (set.generator !== 'free') expect(splitOf(1, problemKey(problem))).toBe(set.split);
  });

  it('but free space, which shares no problem with trees, is tested on any of its problems', () => {
    const tests = (generator: string, change = {}): number => {
      const { test } = draw({
        generator,
        distributions: ['free'],
        test: 1_000,
        test_in_distribution: 1_000,
        train: 100,
        ...change,
      });
      return test[0].problems.length;
    };
    expect(tests('wilson')).toBe(1_000);
    expect(() => tests('free')).toThrow('held out for tests');
    // A drunkard that carves everything makes free space.
    expect(() => tests('drunkard', { drunkard_coverage: 1 })).toThrow('held out for tests');
  });
});

/** How many of these problems belong to each split. */
function countBySplit(problems: readonly Problem[], seed = 1): Record<SplitName, number> {
  const counts = { train: 0, dev: 0, test: 0 };
  for (const problem of problems) counts[splitOf(seed, problemKey(problem))] += 1;
  return counts;
}

const cells = (size: number): Problem['start'][] =>
  Array.from({ length: size * size }, (_, cell) => ({ x: cell % size, y: Math.floor(cell / size) }));

function everyFree(size: number): Problem[] {
  const walls = new Uint8Array(size * size);
  return cells(size).flatMap((start) =>
    cells(size)
      .filter(({ x, y }) => x !== start.x || y !== start.y)
      .map((goal): Problem => ({ generator: 'free', size, walls, start, goal })),
  );
}

/** Caves of two cells: 24 pairs of neighbours, each with two choices of start. No formula knows that. */
function everyTinyCave(): Problem[] {
  return everyFree(4)
    .filter(({ start, goal }) => Math.abs(start.x - goal.x) + Math.abs(start.y - goal.y) === 1)
    .map((problem) => ({
      ...problem,
      walls: Uint8Array.from(cells(4), ({ x, y }) =>
        [problem.start, problem.goal].some((end) => end.x === x && end.y === y) ? 0 : 1,
      ),
    }));
}

describe('requests beyond what exists', () => {
  const FREE = { generator: 'free', distributions: [], train: 0, dev: 0, test: 0 } as const;
  const TINY = { ...FREE, generator: 'drunkard', size: 4, drunkard_coverage: 0.13 } as const;

  it.each([
    [
      'one set',
      { ...FREE, train: 5_000 },
      'error[TOO_FEW_PROBLEMS] train (free, 6x6): more problems than there are; expected at most 1,260, got 5,000 (',
    ],
    [
      'all sets together',
      { ...FREE, train: 600, dev: 61, test: 600, distributions: ['free'] },
      'error[TOO_FEW_PROBLEMS] train (free, 6x6): more problems than there are; expected at most 1,260, got 1,261 in all (train 600, dev 61, test 600) (',
    ],
    [
      'a test set',
      { train: 1, dev: 0, test: 3_809, distributions: ['dfs'] },
      'error[TOO_FEW_PROBLEMS] test (dfs, 6x6): more problems than there are; expected at most 3,808, got 3,809 (',
    ],
    [
      'a test set in distribution',
      { ...FREE, test_in_distribution: 1_261, distributions: ['free'] },
      'error[TOO_FEW_PROBLEMS] test (free, 6x6): more problems than there are; expected at most 1,260, got 1,261 (',
    ],
  ] as const)('%s are refused before the first draw', (_, change, message) => {
    expect(refusal(change)).toContain(message);
  });

  it.each([1, 2])(
    'the last problem of a split is found, and one more is refused with their number, seed %i',
    (seed) => {
      const { train, dev, test } = countBySplit(everyFree(6), seed);
      expect(train + dev + test).toBe(1_260);
      const most = { ...FREE, train, dev, test_in_distribution: test, distributions: ['free'], seed } as const;
      const all = draw(most);
      expect(new Set([all.train, all.dev, ...all.test].flatMap(promptsOf)).size).toBe(1_260);
      for (const [change, message] of [
        [
          { train: train + 1, test_in_distribution: 0 },
          `train (free, 6x6): more problems than there are; expected at most ${train}: no more of the 1,260 that exist are left for training, got ${train + 1} (`,
        ],
        [
          { dev: dev + 1, test_in_distribution: 0 },
          `dev (free, 6x6): more problems than there are; expected at most ${dev}: no more of the 1,260 that exist are held out for dev, got ${dev + 1} (`,
        ],
        [
          { dev: 0, test_in_distribution: test + 1 },
          `test (free, 6x6): more problems than there are; expected at most ${test}: no more of the 1,260 that exist are held out for tests, got ${test + 1} (`,
        ],
      ] as const)
        expect(refusal({ ...most, ...change })).toContain(`error[TOO_FEW_PROBLEMS] ${message}`);
    },
  );

  it('a set that nobody has counted ends after a long run without a new one', () => {
    const { train, dev, test } = countBySplit(everyTinyCave());
    expect(train + dev + test).toBe(48);
    expect(draw({ ...TINY, train, dev }).train.problems).toHaveLength(train);
    const fruitless = (count: number, split: SplitName): string =>
      (Math.floor(10 * (count / SHARES[split] + 1_000)) + 1).toLocaleString('en-US');
    expect(refusal({ ...TINY, train: train + 1 })).toContain(
      `train (drunkard, 4x4): more problems than there are; expected at most ${train}: no more were found that are left for training (${fruitless(train, 'train')} draws brought no new one), got ${train + 1} (`,
    );
    expect(refusal({ ...TINY, dev: dev + 1 })).toContain(
      `dev (drunkard, 4x4): more problems than there are; expected at most ${dev}: no more were found that are held out for dev (${fruitless(dev, 'dev')} draws brought no new one), got ${dev + 1} (`,
    );
  });

  it('jittered mazes have no number that exists', () => {
    // 1,200 of 8 * 7 * 6 plain ones.
    expect(draw({ size: 4, train: 1_200, wall_jitter: 2, dev: 0, distributions: [] }).train.problems).toHaveLength(
      1_200,
    );
    expect(refusal({ size: 4, train: 1_200, dev: 0, distributions: [] })).toContain('expected at most 336, got 1,200');
  });

  it.each([
    [{ train: -1 }, 'error[SPLIT_REQUEST] train: impossible number of problems; expected an integer >= 0, got -1'],
    [{ test: 1.5 }, 'error[SPLIT_REQUEST] test: impossible number of problems; expected an integer >= 0, got 1.5'],
    [
      { test_in_distribution: -1 },
      'error[SPLIT_REQUEST] test_in_distribution: impossible number of problems; expected an integer >= 0, got -1',
    ],
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
    const [, key] = /\] (.*?): /.exec(message) ?? [];
    const hint = key === 'size' ? 'use 4' : `change \`${key}\` of the configuration`;
    expect(refusal(change)).toBe(`${message} (hint: ${hint})`);
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
