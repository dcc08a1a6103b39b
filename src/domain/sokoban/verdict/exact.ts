// The level `exact` and the length of an optimal plan, from the validator's own small A*. It shares nothing with
// ../astar.ts, so that a fault there cannot vouch for itself.
import type { Board, State, StateEvent } from '../types.ts';
import { heuristic, isSolved, stateKey, successors } from './board.ts';
import type { BodyRecord } from './parse.ts';

export interface GoldRun {
  readonly trace: readonly StateEvent[];
  /** Cells of a shortest plan; null when the board cannot be solved. */
  readonly planLength: number | null;
}

/**
 * The deterministic A*: the first entry of least f in insertion order; moves up, right, down, left; a cheaper way
 * changes an entry in place.
 */
export function goldRun(board: Board): GoldRun {
  const trace: StateEvent[] = [];
  // A Map keeps the place of a key that is set again, so it is the open list in insertion order.
  const open = new Map<string, { readonly state: State; readonly g: number; readonly h: number }>();
  const closed = new Set<string>();
  const emit = (operation: StateEvent['operation'], { worker, boxes }: State, g: number, h: number): void => {
    trace.push({ operation, worker, boxes, g, h });
  };
  open.set(stateKey(board), { state: board, g: 0, h: heuristic(board, board) });
  while (open.size > 0) {
    const [key, { state, g, h }] = [...open].reduce((best, entry) =>
      entry[1].g + entry[1].h < best[1].g + best[1].h ? entry : best,
    );
    open.delete(key);
    closed.add(key);
    emit('close', state, g, h);
    if (isSolved(board, state)) return { trace, planLength: g + 1 };
    for (const next of successors(board, state)) {
      const nextKey = stateKey(next);
      if (closed.has(nextKey) || g + 1 >= (open.get(nextKey)?.g ?? Infinity)) continue;
      const entry = { state: next, g: g + 1, h: heuristic(board, next) };
      open.set(nextKey, entry);
      emit('create', next, entry.g, entry.h);
    }
  }
  return { trace, planLength: null };
}

/** Is the body this very trace, event by event? */
export function isExactTrace(body: readonly BodyRecord[], trace: readonly StateEvent[]): boolean {
  return (
    body.length === trace.length &&
    trace.every((gold, i) => {
      const event = body[i];
      return (
        event !== null &&
        event.operation === gold.operation &&
        event.g === gold.g &&
        event.h === gold.h &&
        stateKey(event) === stateKey(gold)
      );
    })
  );
}
