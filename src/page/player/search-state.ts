// What the search knows before a step of a trace.
import type { PlayerData } from '../../report/player/data.ts';

type Costs = ReadonlyMap<number, readonly [g: number, h: number]>;

/** Costs by cell index. Open entries are in the order in which they were made. */
export interface SearchState {
  readonly open: Costs;
  readonly closed: Costs;
}

/** The state of the search after all records before a step, from the effects of these records. */
export function stateBefore({ size, start, goal, steps }: PlayerData, step: number): SearchState {
  const distance = Math.abs(start[0] - goal[0]) + Math.abs(start[1] - goal[1]);
  const open = new Map<number, readonly [number, number]>([[start[1] * size + start[0], [0, distance]]]);
  const closed = new Map<number, readonly [number, number]>();
  for (const [, effect, x, y, g, h] of steps.slice(0, step)) {
    if (effect === 'opened' || effect === 'cheaper') open.set(y * size + x, [g, h]);
    if (effect === 'closed') {
      open.delete(y * size + x);
      closed.set(y * size + x, [g, h]);
    }
  }
  return { open, closed };
}
