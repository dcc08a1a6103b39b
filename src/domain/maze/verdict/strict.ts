// Trace validity at the level `strict`: a faithful A* run for SOME order of ties and SOME order of neighbours. Stops at the first breach.
import type { Cell, Problem, TraceEvent, TraceRule } from '../types.ts';
import { areNeighbours, cellIndex, inBounds, isWall, manhattan, sameCell } from './maze.ts';
import type { Breach } from './paper.ts';
import type { BodyRecord } from './parse.ts';

/** What this level knows between two records. */
export interface StrictSearch {
  /** g of every open cell, by cell index; h is a function of the cell, so f needs no storage. */
  readonly open: Map<number, { readonly cell: Cell; g: number }>;
  readonly closed: Set<number>;
  /** Cells that the last closed one must still create: free, not closed, and reached more cheaply through it. */
  owed: Set<number>;
  last: TraceEvent | null;
}

/** The first breach of a faithful A* run, or null. The plan plays no part. */
export function strictBreach(problem: Problem, body: readonly BodyRecord[]): Breach | null {
  const search = startStrictSearch(problem);
  for (let record = 0; record < body.length; record++) {
    const rule = takeStrictRecord(problem, search, body[record]);
    if (rule !== null) return { rule, record };
  }
  const rule = endStrictSearch(problem, search);
  return rule === null ? null : { rule, record: body.length };
}

export function startStrictSearch(problem: Problem): StrictSearch {
  const { start } = problem;
  return { open: new Map([[cellIndex(problem, start), { cell: start, g: 0 }]]), closed: new Set(), owed: new Set(), last: null };
}

/** The rule that is checked after the last record. */
export function endStrictSearch(problem: Problem, search: StrictSearch): TraceRule | null {
  return goalClosed(problem, search) ? null : 'goal_not_reached';
}

function goalClosed({ goal }: Problem, { last }: StrictSearch): boolean {
  return last !== null && sameCell(last, goal);
}

/** Takes one record; the rule that it breaks, after which the search means nothing any more. */
export function takeStrictRecord(problem: Problem, search: StrictSearch, event: BodyRecord): TraceRule | null {
  if (event === null) return 'operation_syntax_error';
  if (goalClosed(problem, search)) return 'event_after_goal';
  if (!inBounds(problem, event)) return 'invalid_coordinates';
  if (isWall(problem, event)) return 'create_close_wall';
  return event.operation === 'create' ? takeCreate(problem, search, event) : takeClose(problem, search, event);
}

function takeCreate(problem: Problem, { open, closed, owed, last }: StrictSearch, event: TraceEvent): TraceRule | null {
  const index = cellIndex(problem, event);
  if (last === null) return 'first_create_not_last_closed';
  if (!areNeighbours(last, event)) return 'create_non_neighbor';
  if (closed.has(index)) return 'create_already_closed';
  if (event.h !== manhattan(event, problem.goal)) return 'wrong_heuristic';
  if (event.g !== last.g + 1) return 'wrong_cost';
  if (!owed.delete(index)) return 'create_not_cheaper';
  open.set(index, { cell: { x: event.x, y: event.y }, g: event.g });
  return null;
}

function takeClose(problem: Problem, search: StrictSearch, event: TraceEvent): TraceRule | null {
  const { open, closed, owed } = search;
  const index = cellIndex(problem, event);
  if (owed.size > 0) return 'expansion_incomplete';
  const entry = open.get(index);
  if (entry === undefined) return 'close_not_in_open_list';
  if (event.h !== manhattan(event, problem.goal)) return 'wrong_heuristic';
  if (event.g !== entry.g) return 'wrong_cost';
  for (const { cell, g } of open.values()) {
    if (g + manhattan(cell, problem.goal) < event.g + event.h) return 'close_not_lowest_f_value';
  }
  open.delete(index);
  closed.add(index);
  search.last = event;
  search.owed = owedBy(problem, search, event);
  return null;
}

function owedBy(problem: Problem, { open, closed }: StrictSearch, { x, y, g }: TraceEvent): Set<number> {
  const neighbours = [{ x, y: y - 1 }, { x: x + 1, y }, { x, y: y + 1 }, { x: x - 1, y }];
  const owed = new Set<number>();
  for (const cell of neighbours) {
    if (!inBounds(problem, cell) || isWall(problem, cell)) continue;
    const index = cellIndex(problem, cell);
    const stored = open.get(index)?.g ?? Infinity;
    if (!closed.has(index) && g + 1 < stored) owed.add(index);
  }
  return owed;
}
