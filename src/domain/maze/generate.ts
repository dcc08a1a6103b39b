// One problem of a named generator: a pure function of the random sequence it is given.
import type { RandomSequence } from '../../base/random.ts';
import { dfs } from './generators/dfs.ts';
import { drunkard } from './generators/drunkard.ts';
import { free } from './generators/free.ts';
import { kruskal } from './generators/kruskal.ts';
import type { Maze } from './generators/maze.ts';
import { searchformer } from './generators/searchformer.ts';
import { wilson } from './generators/wilson.ts';
import type { GeneratorName, Problem } from './types.ts';

/** Below this a tree generator may have a single room, and so no two ends. */
export const MINIMUM_SIZE = 4;

const DRUNKARD_COVERAGE = 0.5;

/**
 * Draws one problem.
 * @param size cells per side, MINIMUM_SIZE..MAXIMUM_SIZE of the grammar
 * @param random fresh sequence, for example new RandomSequence(seed, stream, index)
 * @param drunkardCoverage share of floor cells, 0..1, of the drunkard generator; no other generator reads it
 */
export function generateProblem(
  generator: GeneratorName,
  size: number,
  random: RandomSequence,
  drunkardCoverage = DRUNKARD_COVERAGE,
): Problem {
  const { walls, start, goal } = drawMaze(generator, size, random, drunkardCoverage);
  return { generator, size, walls, start, goal };
}

function drawMaze(generator: GeneratorName, size: number, random: RandomSequence, drunkardCoverage: number): Maze {
  switch (generator) {
    case 'wilson':
      return wilson(size, random);
    case 'kruskal':
      return kruskal(size, random);
    case 'dfs':
      return dfs(size, random);
    case 'drunkard':
      return drunkard(size, random, drunkardCoverage);
    case 'searchformer':
      return searchformer(size, random);
    case 'free':
      return free(size, random);
    default:
      return generator satisfies never;
  }
}
