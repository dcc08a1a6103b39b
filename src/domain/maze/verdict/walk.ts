// The walk of a faithful search over a trace, record by record, which stops at the first breach: all that strict.ts
// (A*) and search.ts (the other searches) ask alike. A Search contains their differences.
import type { Cell, Problem, TraceEvent, TraceRule } from '../types.ts';
import { areNeighbours, cellIndex, inBounds, isWall, manhattan, sameCell } from './maze.ts';
import type { BodyRecord } from './parse.ts';

export interface OpenEntry {
  readonly cell: Cell;
  readonly g: number;
}

/** What a search knows between two records. */
export interface Walk {
  /** By cell index, in the order in which the entries were made: oldest first. */
  readonly open: Map<number, OpenEntry>;
  readonly closed: Set<number>;
  /** Cells that the last closed one must still create. */
  owed: Set<number>;
  last: TraceEvent | null;
}

/** What distinguishes a search, with its names of the two rules that only it has. */
export interface Search<Rule extends string> {
  readonly notOwed: Rule;
  readonly outOfOrder: Rule;
  /**
   * Must a cell be created that is free, not closed and now reached at cost g?
   * @param known its open entry, if it has one
   */
  readonly owes: (g: number, known: OpenEntry | undefined) => boolean;
  /**
   * May this entry be closed next?
   * @param open oldest first, the entry among them
   */
  readonly mayClose: (entry: OpenEntry, open: readonly OpenEntry[], goal: Cell) => boolean;
}

/** The rules of every search. */
type SharedRule = Exclude<
  TraceRule,
  'close_not_lowest_f_value' | 'create_not_cheaper' | 'plan_extraction_error' | 'plan_length_mismatch'
>;

/** The first record that breaks a rule; the number of records for the rule of the end; null for a faithful run. */
export function firstBreach<Rule extends string>(
  problem: Problem,
  search: Search<Rule>,
  body: readonly BodyRecord[],
): { readonly rule: Rule | SharedRule; readonly record: number } | null {
  const walk = startWalk(problem);
  for (let record = 0; record < body.length; record++) {
    const rule = takeRecord(problem, search, walk, body[record]);
    if (rule !== null) return { rule, record };
  }
  const rule = endWalk(problem, walk);
  return rule === null ? null : { rule, record: body.length };
}

export function startWalk(problem: Problem): Walk {
  const { start } = problem;
  return {
    open: new Map([[cellIndex(problem, start), { cell: start, g: 0 }]]),
    closed: new Set(),
    owed: new Set(),
    last: null,
  };
}

/** The rule that is checked after the last record. */
export function endWalk(problem: Problem, walk: Walk): 'goal_not_reached' | null {
  return goalClosed(problem, walk) ? null : 'goal_not_reached';
}

function goalClosed({ goal }: Problem, { last }: Walk): boolean {
  return last !== null && sameCell(last, goal);
}

/** Takes one record; the rule that it breaks, after which the walk means nothing any more. */
export function takeRecord<Rule extends string>(
  problem: Problem,
  search: Search<Rule>,
  walk: Walk,
  event: BodyRecord,
): Rule | SharedRule | null {
  if (event === null) return 'operation_syntax_error';
  if (goalClosed(problem, walk)) return 'event_after_goal';
  if (!inBounds(problem, event)) return 'invalid_coordinates';
  if (isWall(problem, event)) return 'create_close_wall';
  return event.operation === 'create'
    ? takeCreate(problem, search, walk, event)
    : takeClose(problem, search, walk, event);
}

function takeCreate<Rule extends string>(
  problem: Problem,
  search: Search<Rule>,
  { open, closed, owed, last }: Walk,
  event: TraceEvent,
): Rule | SharedRule | null {
  const index = cellIndex(problem, event);
  if (last === null) return 'first_create_not_last_closed';
  if (!areNeighbours(last, event)) return 'create_non_neighbor';
  if (closed.has(index)) return 'create_already_closed';
  if (event.h !== manhattan(event, problem.goal)) return 'wrong_heuristic';
  if (event.g !== last.g + 1) return 'wrong_cost';
  if (!owed.delete(index)) return search.notOwed;
  // An entry that is made again becomes the newest, which depth-first search asks for and A* never looks at: a Map
  // keeps the place of a key that is set again, so it goes first.
  open.delete(index);
  open.set(index, { cell: { x: event.x, y: event.y }, g: event.g });
  return null;
}

function takeClose<Rule extends string>(
  problem: Problem,
  search: Search<Rule>,
  walk: Walk,
  event: TraceEvent,
): Rule | SharedRule | null {
  const { open, closed, owed } = walk;
  const index = cellIndex(problem, event);
  if (owed.size > 0) return 'expansion_incomplete';
  const entry = open.get(index);
  if (entry === undefined) return 'close_not_in_open_list';
  if (event.h !== manhattan(event, problem.goal)) return 'wrong_heuristic';
  if (event.g !== entry.g) return 'wrong_cost';
  if (!search.mayClose(entry, [...open.values()], problem.goal)) return search.outOfOrder;
  open.delete(index);
  closed.add(index);
  walk.last = event;
  walk.owed = owedBy(problem, search, walk, event);
  return null;
}

function owedBy<Rule extends string>(
  problem: Problem,
  search: Search<Rule>,
  { open, closed }: Walk,
  { x, y, g }: TraceEvent,
): Set<number> {
  const neighbours = [
    { x, y: y - 1 },
    { x: x + 1, y },
    { x, y: y + 1 },
    { x: x - 1, y },
  ];
  const free = neighbours
    .filter((cell) => inBounds(problem, cell) && !isWall(problem, cell))
    .map((cell) => cellIndex(problem, cell));
  return new Set(free.filter((index) => !closed.has(index) && search.owes(g + 1, open.get(index))));
}
