// One problem of a named generator: a pure function of the random sequence it is given.
import type { DrawSettings } from '../domain.ts';
import type { RandomSequence } from '../../base/random.ts';
import { dfs } from './generators/dfs.ts';
import { changeDeadEnds, jittered } from './generators/dead-ends.ts';
import { drunkard, drunkardFloor } from './generators/drunkard.ts';
import { free } from './generators/free.ts';
import { kruskal } from './generators/kruskal.ts';
import type { Maze } from './generators/maze.ts';
import { drawOffset, treeFloor } from './generators/rooms.ts';
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
 * @param settings `drunkard_coverage` is read by the drunkard alone, `wall_jitter` by the three tree families
 */
export function generateProblem(
  generator: GeneratorName,
  size: number,
  random: RandomSequence,
  { drunkard_coverage = DRUNKARD_COVERAGE, wall_jitter = 0 }: DrawSettings = {},
): Problem {
  const { walls, start, goal } = drawMaze(generator, size, random, drunkard_coverage, wall_jitter);
  return { generator, size, walls, start, goal };
}

function drawMaze(
  generator: GeneratorName,
  size: number,
  random: RandomSequence,
  coverage: number,
  jitter: number,
): Maze {
  switch (generator) {
    case 'wilson':
      return jittered(wilson(size, random), size, jitter, random);
    case 'kruskal':
      return jittered(kruskal(size, random), size, jitter, random);
    case 'dfs':
      return jittered(dfs(size, random), size, jitter, random);
    case 'drunkard':
      return drunkard(size, random, drunkardFloor(size, coverage));
    case 'searchformer':
      return searchformer(size, random);
    case 'free':
      return free(size, random);
    case 'wilson-shorter':
      return withDeadEnds(size, 1, random);
    case 'wilson-longer':
      return withDeadEnds(size, -1, random);
    case 'drunkard-matched':
      return drunkard(size, random, treeFloor(size, drawOffset(random)));
    default:
      return generator satisfies never;
  }
}

/** A Wilson maze with dead-end cells more or less; drawn again where none can go: all ends are start or goal. */
function withDeadEnds(size: number, change: number, random: RandomSequence): Maze {
  for (;;) {
    const maze = wilson(size, random);
    if (changeDeadEnds(maze, size, change, random) === change) return maze;
  }
}
