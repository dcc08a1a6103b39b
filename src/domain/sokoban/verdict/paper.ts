// Trace validity at the level `paper`: what the published validator of mazes asks, asked of Sokoban states. A record
// that breaks a rule is skipped and the walk continues. Like its model it accepts traces that search nothing and wrong
// costs on states that are never closed; see strict.ts.
import type { Board, State, StateEvent } from '../types.ts';
import { afterStep, heuristic, isSolved, stateKey } from './board.ts';
import type { BodyRecord } from './parse.ts';
import { stateFault } from './record.ts';
import type { Breach, TraceRule } from './rules.ts';

/** A state that the trace has created, with what the trace says of it. */
interface Node {
  readonly state: State;
  g: number;
  h: number;
  /** Null for the start. */
  parent: Node | null;
}

interface Walk {
  /** By stateKey. */
  readonly open: Map<string, Node>;
  readonly closed: Map<string, Node>;
  last: Node | null;
  /** The first solved state that was closed. */
  goal: Node | null;
}

/**
 * Every breach of a paper-level rule, in order; none = the trace is valid.
 * @param planLength cells of the parsed plan, 0 = none
 */
export function paperBreaches(board: Board, body: readonly BodyRecord[], planLength: number): Breach[] {
  const walk: Walk = {
    open: new Map([[stateKey(board), { state: board, g: 0, h: heuristic(board, board), parent: null }]]),
    closed: new Map(),
    last: null,
    goal: null,
  };
  const breaches: Breach[] = [];
  body.forEach((event, record) => {
    const rule = takeRecord(board, walk, event);
    if (rule !== null) breaches.push({ rule, record });
  });
  const rule = endOf(walk, planLength);
  if (rule !== null) breaches.push({ rule, record: body.length });
  return breaches;
}

function takeRecord(board: Board, walk: Walk, event: BodyRecord): TraceRule | null {
  if (event === null) return 'operation_syntax_error';
  return (
    stateFault(board, event) ??
    (event.operation === 'create' ? takeCreate(board, walk, event) : takeClose(board, walk, event))
  );
}

function takeCreate(board: Board, { open, closed, last }: Walk, event: StateEvent): TraceRule | null {
  const key = stateKey(event);
  if (last === null) return 'first_create_not_last_closed';
  const reached = afterStep(board, last.state, event.worker);
  if (typeof reached === 'string' || stateKey(reached) !== key) return 'create_non_neighbor';
  if (closed.has(key)) return 'create_already_closed';
  const node = open.get(key);
  if (node === undefined) open.set(key, { state: reached, g: event.g, h: event.h, parent: last });
  else if (event.g < node.g) Object.assign(node, { g: event.g, h: event.h, parent: last });
  return null;
}

function takeClose(board: Board, walk: Walk, event: StateEvent): TraceRule | null {
  const key = stateKey(event);
  const node = walk.open.get(key);
  if (node === undefined || node.g !== event.g || node.h !== event.h) return 'close_not_in_open_list';
  for (const other of walk.open.values()) {
    if (other.g + other.h < node.g + node.h) return 'close_not_lowest_f_value';
  }
  walk.open.delete(key);
  walk.closed.set(key, node);
  walk.last = node;
  if (isSolved(board, node.state)) walk.goal ??= node;
  return null;
}

/** The rules that are checked after the last record. */
function endOf({ goal }: Walk, planLength: number): TraceRule | null {
  if (goal === null) return 'goal_not_reached';
  let length = 0;
  for (let node: Node | null = goal; node !== null; node = node.parent) length += 1;
  return planLength > 0 && planLength !== length ? 'plan_length_mismatch' : null;
}
