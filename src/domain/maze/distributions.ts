// The six ways to draw mazes (docs/specification.md, section 2), with their words. Streams are part of the data format:
// append, never renumber.
import type { Distribution } from '../domain.ts';
import type { GeneratorName } from './types.ts';

export const MAZE_DISTRIBUTIONS: readonly (Distribution & { readonly name: GeneratorName })[] = [
  { name: 'wilson', stream: 0, label: 'Wilson', meaning: 'loop-erased random walks', far: false },
  { name: 'kruskal', stream: 1, label: 'Kruskal', meaning: 'shuffled edges, union-find', far: false },
  { name: 'dfs', stream: 2, label: 'DFS', meaning: 'recursive backtracker', far: false },
  { name: 'drunkard', stream: 3, label: 'Drunkard', meaning: 'a random walk carves half of the cells', far: true },
  { name: 'searchformer', stream: 4, label: 'SF-style', meaning: 'random walls, start and goal far apart', far: true },
  { name: 'free', stream: 5, label: 'Free space', meaning: 'no walls', far: true, apart: true },
  {
    name: 'wilson-shorter',
    stream: 9,
    label: 'Wilson, shorter',
    meaning: 'Wilson with one dead-end cell more, so a shorter prompt and the same plan',
    far: false,
    control: true,
  },
  {
    name: 'wilson-longer',
    stream: 10,
    label: 'Wilson, longer',
    meaning: 'Wilson with one dead-end cell less, so a longer prompt and the same plan',
    far: false,
    control: true,
  },
  {
    name: 'drunkard-matched',
    stream: 11,
    label: 'Drunkard, matched',
    meaning: 'a random walk carves as many cells as Wilson has, so the prompt is as long',
    far: false,
    control: true,
    matches: 'drunkard',
  },
];
