// What each condition and distribution is, in words for the reader of a report.
import type { Condition, GeneratorName } from '../domain/types.ts';

export const CONDITION_MEANINGS: Readonly<Record<Condition, string>> = {
  'solution-only': 'plans without any trace',
  correct: 'A*’s trace on the same maze before the plan',
  swapped: 'the trace of another maze before the right plan',
};

export const DISTRIBUTION_MEANINGS: Readonly<Record<GeneratorName, string>> = {
  wilson: 'loop-erased random walks',
  kruskal: 'shuffled edges, union-find',
  dfs: 'recursive backtracker',
  drunkard: 'a random walk carves half of the cells',
  searchformer: 'random walls, start and goal far apart',
  free: 'no walls',
};
