// A picture as plain values, which the report turns into an SVG: what is drawn, not how it looks.
import type { GridCell } from './types.ts';

/**
 * `round` marks are drawn on a cell, `square` ones fill most of it, `ring`s leave its middle free.
 * @public
 */
export interface DrawingMark extends GridCell {
  readonly shape: 'round' | 'square' | 'ring';
  /** Which of the report's colours: what moves first, what is moved, where it shall go. */
  readonly tone: 'actor' | 'object' | 'target';
}

/** @public */
export interface Drawing {
  /** Cells per side. */
  readonly size: number;
  /** size * size bytes, row-major, 1 = wall. */
  readonly walls: Uint8Array;
  readonly marks: readonly DrawingMark[];
  /** Cells that the trace closed, with the number of its first close, from 1. */
  readonly closed: readonly (GridCell & { readonly order: number })[];
  /** Cells of the plan that are legal moves, the start first. */
  readonly plan: readonly GridCell[];
  /** What follows the first illegal move. */
  readonly rest: readonly GridCell[];
  /** Cells that the first broken rules are about, where they are about one on the board. */
  readonly brokenTrace: GridCell | null;
  readonly brokenPlan: GridCell | null;
  /** The marks with their words, for the key. */
  readonly key: readonly { readonly mark: Omit<DrawingMark, 'x' | 'y'>; readonly words: string }[];
}
