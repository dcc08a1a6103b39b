// The questions that both levels ask of a record before they ask what it does.
import type { Board, State } from '../types.ts';
import { inBounds, isBefore, isWall, sameCell } from './board.ts';
import type { TraceRule } from './rules.ts';

/** The rule that a state breaks by itself, whatever came before; null when it could be one of this board. */
export function stateFault(board: Board, { worker, boxes }: State): TraceRule | null {
  const cells = [worker, ...boxes];
  if (!cells.every((cell) => inBounds(board, cell))) return 'invalid_coordinates';
  if (cells.some((cell) => isWall(board, cell))) return 'create_close_wall';
  // One spelling a state: the boxes are in row-major order, so on two cells; and the worker on neither.
  return isBefore(boxes[0], boxes[1]) && !boxes.some((box) => sameCell(box, worker)) ? null : 'invalid_state';
}
