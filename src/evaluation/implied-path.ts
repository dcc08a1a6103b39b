// The path that a trace describes: from its own start to its own goal by the parents of its events, independent of the
// maze. A plan that equals this path follows the trace; nothing here judges whether either is right.
import type { Cell } from '../domain/maze/types.ts';
import { areNeighbours } from '../domain/maze/verdict/maze.ts';
import type { BodyRecord } from '../domain/maze/verdict/parse.ts';

/** The cell of the first close event; null when the trace does not begin with one. */
export function traceStart(body: readonly BodyRecord[]): Cell | null {
  const [first] = body;
  return first?.operation === 'close' ? { x: first.x, y: first.y } : null;
}

/**
 * Start to goal: the goal is the cell closed last with h = 0, a cell's parent the cell closed last before the create
 * that its own close repeats (the last of the same g; a depth-first search may close a dearer one than the cheapest).
 * @returns null without a start, without such a goal, when the parents do not lead back to the start, or when they
 * jump: where an event on the path was replaced, what follows it hangs on whatever was closed before, and no plan could
 * follow that
 */
export function impliedPath(body: readonly BodyRecord[]): Cell[] | null {
  const start = traceStart(body);
  if (start === null) return null;
  /** Parent by cell and g of every create so far; those of closed cells. */
  const created = new Map<string, Cell>();
  const parents = new Map<string, Cell>();
  let last: Cell = start;
  let goal: Cell | null = null;
  for (const event of body) {
    if (event === null) continue;
    const { operation, x, y, g, h } = event;
    if (operation === 'close') {
      last = { x, y };
      const parent = created.get(`${keyOf(event)} ${g}`);
      if (parent !== undefined) parents.set(keyOf(event), parent);
      if (h === 0) goal = last;
    } else {
      created.set(`${keyOf(event)} ${g}`, last);
    }
  }
  if (goal === null) return null;
  const path = [goal];
  for (let cell: Cell = goal; keyOf(cell) !== keyOf(start);) {
    const before = parents.get(keyOf(cell));
    // More cells than have a parent: a circle.
    if (before === undefined || path.length > parents.size || !areNeighbours(before, cell)) return null;
    path.push(before);
    cell = before;
  }
  return path.length < 2 ? null : path.reverse();
}

export function samePath(a: readonly Cell[], b: readonly Cell[]): boolean {
  return a.length === b.length && a.every(({ x, y }, i) => x === b[i].x && y === b[i].y);
}

function keyOf({ x, y }: Cell): string {
  return `${x} ${y}`;
}
