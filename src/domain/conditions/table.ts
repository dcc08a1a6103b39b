// All conditions by name, in the order of reports: the three of the paper, then the ladder, from A*'s trace with single events changed to traces of other searches and other problems.
// A condition is a file and a line here: configurations, commands, labels and charts read this table.
import { bfs } from './bfs.ts';
import { correct } from './correct.ts';
import { dfs } from './dfs.ts';
import { dijkstra } from './dijkstra.ts';
import { filler } from './filler.ts';
import { greedy } from './greedy.ts';
import { noSearch } from './no-search.ts';
import { otherProblem } from './other-problem.ts';
import { randomEvents } from './random-events.ts';
import { reswapped } from './reswapped.ts';
import type { ConditionRule } from './rule.ts';
import { shuffled } from './shuffled.ts';
import { solutionOnly } from './solution-only.ts';
import { swapped } from './swapped.ts';
import { thinned } from './thinned.ts';
import { wrongCosts } from './wrong-costs.ts';

const TABLE = {
  'solution-only': solutionOnly,
  correct,
  swapped,
  thinned,
  'wrong-costs': wrongCosts,
  shuffled,
  'random-events': randomEvents,
  filler,
  'no-search': noSearch,
  bfs,
  dfs,
  dijkstra,
  greedy,
  'other-problem': otherProblem,
  reswapped,
} as const;

export type ConditionName = keyof typeof TABLE;

export const CONDITION_RULES: Readonly<Record<ConditionName, ConditionRule>> = TABLE;

/** In the order of the table. */
export const CONDITION_NAMES = Object.keys(TABLE) as readonly ConditionName[];
