// Whether training sets stay Wilson: how often they have each layout, against a uniform sample of all problems.
import { countProblems } from '../../src/domain/maze/counts.ts';
import { MAZE } from '../../src/domain/maze/domain.ts';
import { wallsKey } from '../../src/domain/maze/keys.ts';
import type { SplitRequest } from '../../src/domain/split-request.ts';
import { drawSplits } from '../../src/domain/splits.ts';
import { chiSquareQuantile } from './chi-square.ts';

/** The training set of configs/quick.yaml, a third of all problems, with more tests of the families that share them. */
const DATA: SplitRequest = {
  domain: 'maze',
  generator: 'wilson',
  size: 6,
  train: 33_656,
  dev: 1_000,
  test: 1_000,
  test_in_distribution: 3_000,
  distributions: ['wilson', 'kruskal', 'dfs', 'drunkard', 'searchformer'],
  drunkard_coverage: 0.5,
  seed: 1,
};

/** Layouts of 6x6 Wilson mazes, each with as many problems as the others (wilson-uniformity.test.ts). */
const LAYOUTS = 384;

export const FREEDOM = LAYOUTS - 1;

/** Quantiles 0.01 and 0.99. Too even would be a fault, too. */
export const LIMITS = { least: chiSquareQuantile(0.01, FREEDOM), most: chiSquareQuantile(0.99, FREEDOM) } as const;

/**
 * Chi-square of the layouts of training sets, counted over all seeds together, with FREEDOM degrees of freedom. A
 * training set is a sample without replacement: its counts vary less than those of independent draws, by the factor
 * (N - n) / (N - 1) for n of N problems.
 */
export function trainingChiSquare(seeds: readonly number[]): number {
  const counts = new Map<string, number>();
  for (const seed of seeds) {
    for (const { problem } of drawSplits({ ...DATA, seed }, MAZE).train.problems) {
      const layout = wallsKey(problem);
      counts.set(layout, (counts.get(layout) ?? 0) + 1);
    }
  }
  const all = countProblems('wilson', DATA.size) ?? NaN;
  const expected = (seeds.length * DATA.train) / LAYOUTS;
  const squares = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2, 0);
  const absent = (LAYOUTS - counts.size) * expected ** 2;
  return (squares + absent) / expected / ((all - DATA.train) / (all - 1));
}
