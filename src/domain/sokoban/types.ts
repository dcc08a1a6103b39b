// The values of the Sokoban domain: board -> trace and plan -> words -> verdict. Plain data only.
import type { GridCell } from '../types.ts';

/** What moves: one spelling a state, so the boxes are in row-major order. */
export interface State {
  readonly worker: GridCell;
  readonly boxes: readonly [GridCell, GridCell];
}

/**
 * A board after Searchformer (Lehnert et al., arXiv 2402.14083; their code, searchformer/sokoban.py): a square with
 * walls all around and some inside, two boxes, two docks, one worker, all on different cells. Solved when both boxes
 * are on docks. Moves cost 1, pushes too.
 */
export interface Board extends State {
  readonly size: number;
  /** size * size bytes, row-major, 1 = wall; the border is wall. */
  readonly walls: Uint8Array;
  /** Row-major. */
  readonly docks: readonly [GridCell, GridCell];
}

export interface StateEvent extends State {
  readonly operation: 'create' | 'close';
  /** Moves from the start. */
  readonly g: number;
  /** Sum over the boxes of the Manhattan distance to the nearest dock. */
  readonly h: number;
}

export interface Solution {
  readonly trace: readonly StateEvent[];
  /** Cells of the worker, the first one included. */
  readonly plan: readonly GridCell[];
}
