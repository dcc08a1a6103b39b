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
  { name: 'free', stream: 5, label: 'Free space', meaning: 'no walls', far: true },
];
