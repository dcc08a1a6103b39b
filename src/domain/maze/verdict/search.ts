// Is a trace a faithful run of a search other than A*? The twin of strict.ts for breadth-first, depth-first, Dijkstra's and greedy
// best-first search: faithful for SOME order of neighbours and, where the search has ties, SOME order of ties. Stops at the first breach.
//
// Two levels, not three: `strict`, and `exact` (the deterministic run). The level `paper` is what a published validator of A* does; nobody
// has published one for these, and its leniency (broken records skipped, costs of cells that are never closed unseen) is not worth imitating.
import type { Cell, Problem, TraceEvent } from '../types.ts';
import type { SearchName } from '../../types.ts';
import { isExactTrace } from './exact.ts';
import { areNeighbours, cellIndex, inBounds, isWall, manhattan, sameCell } from './maze.ts';
import { type BodyRecord, parseCompletionLeniently } from './parse.ts';
import { searchRun } from './search-run.ts';

/** In the order in which a record is asked: those of create, those of close, the one at the end. */
export const SEARCH_RULES = [
  'operation_syntax_error', 'event_after_goal', 'invalid_coordinates', 'create_close_wall',
  'first_create_not_last_closed', 'create_non_neighbor', 'create_already_closed', 'wrong_heuristic', 'wrong_cost', 'create_not_owed',
  'expansion_incomplete', 'close_not_in_open_list', 'close_out_of_order',
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

interface Entry {
  readonly cell: Cell;
  readonly g: number;
}

interface Walk {
  /** By cell index, in the order in which the entries were made: oldest first. */
  readonly open: Map<number, Entry>;
  readonly closed: Set<number>;
  /** Cells that the last closed one must still create. */
  owed: Set<number>;
  last: TraceEvent | null;
}

/** Judges the trace of a completion as a run of `search`. @param completion any text; never throws */
export function judgeSearch(problem: Problem, completion: string, search: SearchName): SearchVerdict {
  const { body } = parseCompletionLeniently(completion);
  const exact = isExactTrace(body, searchRun(problem, search));
  const walk: Walk = { open: new Map([[cellIndex(problem, problem.start), { cell: problem.start, g: 0 }]]), closed: new Set(), owed: new Set(), last: null };
  for (let record = 0; record < body.length; record++) {
    const rule = takeRecord(problem, search, walk, body[record]);
    if (rule !== null) return { strict: { valid: false, rule, record }, exact };
  }
  return { strict: goalClosed(problem, walk) ? { valid: true } : { valid: false, rule: 'goal_not_reached', record: body.length }, exact };
}

function goalClosed({ goal }: Problem, { last }: Walk): boolean {
  return last !== null && sameCell(last, goal);
}

function takeRecord(problem: Problem, search: SearchName, walk: Walk, event: BodyRecord): SearchRule | null {
  if (event === null) return 'operation_syntax_error';
  if (goalClosed(problem, walk)) return 'event_after_goal';
  if (!inBounds(problem, event)) return 'invalid_coordinates';
  if (isWall(problem, event)) return 'create_close_wall';
  return event.operation === 'create' ? takeCreate(problem, walk, event) : takeClose(problem, search, walk, event);
}

function takeCreate(problem: Problem, { open, closed, owed, last }: Walk, event: TraceEvent): SearchRule | null {
  const index = cellIndex(problem, event);
  if (last === null) return 'first_create_not_last_closed';
  if (!areNeighbours(last, event)) return 'create_non_neighbor';
  if (closed.has(index)) return 'create_already_closed';
  if (event.h !== manhattan(event, problem.goal)) return 'wrong_heuristic';
  if (event.g !== last.g + 1) return 'wrong_cost';
  if (!owed.delete(index)) return 'create_not_owed';
  // An entry that is made again becomes the newest: a Map keeps the place of a key that is set again, so it goes first.
  open.delete(index);
  open.set(index, { cell: { x: event.x, y: event.y }, g: event.g });
  return null;
}

function takeClose(problem: Problem, search: SearchName, walk: Walk, event: TraceEvent): SearchRule | null {
  const { open, closed, owed } = walk;
  const index = cellIndex(problem, event);
  if (owed.size > 0) return 'expansion_incomplete';
  const entry = open.get(index);
  if (entry === undefined) return 'close_not_in_open_list';
  if (event.h !== manhattan(event, problem.goal)) return 'wrong_heuristic';
  if (event.g !== entry.g) return 'wrong_cost';
  if (!mayBeNext(problem, search, entry, [...open.values()])) return 'close_out_of_order';
  open.delete(index);
  closed.add(index);
  walk.last = event;
  walk.owed = owedBy(problem, search, walk, event);
  return null;
}

/** What makes each search what it is. @param open oldest first, `entry` among them */
function mayBeNext({ goal }: Problem, search: SearchName, entry: Entry, open: readonly Entry[]): boolean {
  switch (search) {
    case 'bfs': return entry === open[0];
    case 'dfs': return entry === open[open.length - 1];
    case 'dijkstra': return open.every(({ g }) => g >= entry.g);
    case 'greedy': return open.every(({ cell }) => manhattan(cell, goal) >= manhattan(entry.cell, goal));
    default: return search satisfies never;
  }
}

/** Free neighbours that are neither open nor closed. Depth-first search comes again to an open cell: it is to be closed from here, not from where it was first seen. */
function owedBy(problem: Problem, search: SearchName, { open, closed }: Walk, { x, y }: TraceEvent): Set<number> {
  const neighbours = [{ x, y: y - 1 }, { x: x + 1, y }, { x, y: y + 1 }, { x: x - 1, y }];
  const free = neighbours.filter((cell) => inBounds(problem, cell) && !isWall(problem, cell)).map((cell) => cellIndex(problem, cell));
  return new Set(free.filter((index) => !closed.has(index) && (search === 'dfs' || !open.has(index))));
}
