// All conditions by name, in the order of reports: the three of the paper, then the ladder, from A*'s trace with single
// events changed to traces of other searches and other problems. A condition is a line here: configurations, commands,
// labels and charts read this table.
import { correct } from './correct.ts';
import { filler, fillerConstant, fillerSwapped } from './filler.ts';
import { bfs, dfs, dijkstra, greedy, noSearch, otherProblem, randomEvents, wrongCosts } from './made-by-domains.ts';
import { reswapped } from './reswapped.ts';
import type { ConditionRule } from './rule.ts';
import { shuffled } from './shuffled.ts';
import { solutionOnly } from './solution-only.ts';
import { swapped } from './swapped.ts';
import { thinned } from './thinned.ts';

/** Those that a domain makes; in a domain that does not make them they are refused. */
const OF_DOMAINS = {
  'wrong-costs': wrongCosts,
  'random-events': randomEvents,
  'no-search': noSearch,
  bfs,
  dfs,
  dijkstra,
  greedy,
  'other-problem': otherProblem,
} as const;

const TABLE = {
  'solution-only': solutionOnly,
  correct,
  swapped,
  thinned,
  'wrong-costs': wrongCosts,
  shuffled,
  'random-events': randomEvents,
  filler,
  'filler-swapped': fillerSwapped,
  'filler-constant': fillerConstant,
  'no-search': noSearch,
  bfs,
  dfs,
  dijkstra,
  greedy,
  'other-problem': otherProblem,
  reswapped,
} as const;

export type ConditionName = keyof typeof TABLE;
export type DomainCondition = keyof typeof OF_DOMAINS;

export const CONDITION_RULES: Readonly<Record<ConditionName, ConditionRule>> = TABLE;

/** In the order of the table. */
export const CONDITION_NAMES = Object.keys(TABLE) as readonly ConditionName[];

/** Is it made by domains? */
export function isDomainCondition(name: ConditionName): name is DomainCondition {
  return Object.hasOwn(OF_DOMAINS, name);
}
