// What each distribution is, in words for the reader of a report. Conditions say themselves what they are (src/domain/conditions).
import type { GeneratorName } from '../domain/types.ts';

export const DISTRIBUTION_MEANINGS: Readonly<Record<GeneratorName, string>> = {
  wilson: 'loop-erased random walks',
  kruskal: 'shuffled edges, union-find',
  dfs: 'recursive backtracker',
  drunkard: 'a random walk carves half of the cells',
  searchformer: 'random walls, start and goal far apart',
  free: 'no walls',
};
