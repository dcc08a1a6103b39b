// Is a trace a faithful run of a search other than A*? The twin of strict.ts for breadth-first, depth-first, Dijkstra's
// and greedy best-first search: faithful for SOME order of neighbours and, where the search has ties, SOME order of
// ties. Stops at the first breach.
//
// Two levels, not three: `strict`, and `exact` (the deterministic run). The level `paper` is what a published validator
// of A* does; nobody has published one for these, and its leniency (broken records skipped, costs of cells that are
// never closed unseen) is not worth imitating.
import type { SearchName } from '../../types.ts';
import type { Problem } from '../types.ts';
import { isExactTrace } from './exact.ts';
import { manhattan } from './maze.ts';
import { parseCompletionLeniently } from './parse.ts';
import { searchRun } from './search-run.ts';
import { firstBreach, type Search } from './walk.ts';

/** In the order in which a record is asked: those of create, those of close, the one at the end. */
export const SEARCH_RULES = [
  'operation_syntax_error',
  'event_after_goal',
  'invalid_coordinates',
  'create_close_wall',
  'first_create_not_last_closed',
  'create_non_neighbor',
  'create_already_closed',
  'wrong_heuristic',
  'wrong_cost',
  'create_not_owed',
  'expansion_incomplete',
  'close_not_in_open_list',
  'close_out_of_order',
  'goal_not_reached',
] as const;
type SearchRule = (typeof SEARCH_RULES)[number];

export interface SearchVerdict {
  readonly strict: {
    readonly valid: boolean;
    /** First broken rule; absent when valid. */
    readonly rule?: SearchRule;
    /** Index of the body record that broke it; the number of body records for the rule checked at the end. */
    readonly record?: number;
  };
  /** Equal, event by event, to the deterministic run of this search. */
  readonly exact: boolean;
}

type OwnSearch = Search<'create_not_owed' | 'close_out_of_order'>;

const NAMES = { notOwed: 'create_not_owed', outOfOrder: 'close_out_of_order' } as const;

/** Free neighbours that are neither open nor closed. */
const owesUnseen: OwnSearch['owes'] = (_, known) => known === undefined;

const RULES: Readonly<Record<SearchName, OwnSearch>> = {
  bfs: { ...NAMES, owes: owesUnseen, mayClose: (entry, open) => entry === open[0] },
  // Comes again to an open cell: it is to be closed from here, not from where it was first seen.
  dfs: { ...NAMES, owes: () => true, mayClose: (entry, open) => entry === open[open.length - 1] },
  dijkstra: { ...NAMES, owes: owesUnseen, mayClose: (entry, open) => open.every(({ g }) => g >= entry.g) },
  greedy: {
    ...NAMES,
    owes: owesUnseen,
    mayClose: (entry, open, goal) => open.every(({ cell }) => manhattan(cell, goal) >= manhattan(entry.cell, goal)),
  },
};

/**
 * Judges the trace of a completion as a run of `search`.
 * @param completion any text; never throws
 */
export function judgeSearch(problem: Problem, completion: string, search: SearchName): SearchVerdict {
  const { body } = parseCompletionLeniently(completion);
  const breach = firstBreach(problem, RULES[search], body);
  return {
    strict: breach === null ? { valid: true } : { valid: false, ...breach },
    exact: isExactTrace(body, searchRun(problem, search)),
  };
}
