// Trace validity at the level `strict`: a faithful A* run for SOME order of ties and SOME order of moves. Stops at the
// first breach. The plan plays no part. The search leaves out states with a box in a dead corner; a trace that creates
// one is not its run.
import type { Board, StateEvent } from '../types.ts';
import { afterStep, hasDeadBox, heuristic, isSolved, stateKey, successors } from './board.ts';
import type { BodyRecord } from './parse.ts';
import { stateFault } from './record.ts';
import type { Breach, TraceRule } from './rules.ts';

interface Search {
  /** g and f of every open state, by stateKey. */
  readonly open: Map<string, { readonly g: number; readonly f: number }>;
  readonly closed: Set<string>;
  /** States that the last closed one must still create: not closed, and reached more cheaply through it. */
  owed: Set<string>;
  last: StateEvent | null;
}

/** The first breach, or null. */
export function strictBreach(board: Board, body: readonly BodyRecord[]): Breach | null {
  const search: Search = {
    open: new Map([[stateKey(board), { g: 0, f: heuristic(board, board) }]]),
    closed: new Set(),
    owed: new Set(),
    last: null,
  };
  for (const [record, event] of body.entries()) {
    const rule = takeRecord(board, search, event);
    if (rule !== null) return { rule, record };
  }
  return goalClosed(board, search) ? null : { rule: 'goal_not_reached', record: body.length };
}

function goalClosed(board: Board, { last }: Search): boolean {
  return last !== null && isSolved(board, last);
}

function takeRecord(board: Board, search: Search, event: BodyRecord): TraceRule | null {
  if (event === null) return 'operation_syntax_error';
  if (goalClosed(board, search)) return 'event_after_goal';
  return (
    stateFault(board, event) ??
    (event.operation === 'create' ? takeCreate(board, search, event) : takeClose(board, search, event))
  );
}

function takeCreate(board: Board, { open, closed, owed, last }: Search, event: StateEvent): TraceRule | null {
  const key = stateKey(event);
  if (last === null) return 'first_create_not_last_closed';
  const reached = afterStep(board, last, event.worker);
  if (typeof reached === 'string' || stateKey(reached) !== key) return 'create_non_neighbor';
  if (hasDeadBox(board, reached)) return 'create_dead_box';
  if (closed.has(key)) return 'create_already_closed';
  if (event.h !== heuristic(board, event)) return 'wrong_heuristic';
  if (event.g !== last.g + 1) return 'wrong_cost';
  if (!owed.delete(key)) return 'create_not_cheaper';
  open.set(key, { g: event.g, f: event.g + event.h });
  return null;
}

function takeClose(board: Board, search: Search, event: StateEvent): TraceRule | null {
  const { open, closed, owed } = search;
  const key = stateKey(event);
  if (owed.size > 0) return 'expansion_incomplete';
  const entry = open.get(key);
  if (entry === undefined) return 'close_not_in_open_list';
  if (event.h !== heuristic(board, event)) return 'wrong_heuristic';
  if (event.g !== entry.g) return 'wrong_cost';
  for (const { f } of open.values()) {
    if (f < entry.f) return 'close_not_lowest_f_value';
  }
  open.delete(key);
  closed.add(key);
  search.last = event;
  search.owed = new Set(
    successors(board, event)
      .map(stateKey)
      .filter((next) => !closed.has(next) && event.g + 1 < (open.get(next)?.g ?? Infinity)),
  );
  return null;
}
