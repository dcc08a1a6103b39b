// The path that a trace spells by itself: from its own start to its own goal by the parents of its own events, whatever maze it stands
// beside. A plan that equals it follows the trace; nothing here asks whether either is right.
import type { Cell } from '../domain/maze/types.ts';
import type { BodyRecord } from '../domain/maze/verdict/parse.ts';

/** The cell of the first close event; null when the trace does not begin with one. */
export function traceStart(body: readonly BodyRecord[]): Cell | null {
  const [first] = body;
  return first?.operation === 'close' ? { x: first.x, y: first.y } : null;
}

/**
 * Start to goal: the goal is the cell closed last with h = 0, a cell's parent the cell closed last before its cheapest create.
 * @returns null without a start, without such a goal, or when the parents do not lead back to the start
 */
export function impliedPath(body: readonly BodyRecord[]): Cell[] | null {
  const start = traceStart(body);
  if (start === null) return null;
  const created = new Map<string, { readonly g: number; readonly parent: Cell }>();
  let last: Cell = start;
  let goal: Cell | null = null;
  for (const event of body) {
    if (event === null) continue;
    const { operation, x, y, g, h } = event;
    if (operation === 'close') {
      last = { x, y };
      if (h === 0) goal = last;
    } else if (g < (created.get(keyOf(event))?.g ?? Infinity)) {
      created.set(keyOf(event), { g, parent: last });
    }
  }
  if (goal === null) return null;
  const path = [goal];
  for (let cell: Cell = goal; keyOf(cell) !== keyOf(start);) {
    const before = created.get(keyOf(cell))?.parent;
    // More cells than were created: a circle.
    if (before === undefined || path.length > created.size) return null;
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
