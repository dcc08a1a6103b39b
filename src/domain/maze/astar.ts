// A* exactly as the study fixes it (docs/specification.md, section 3): its order of ties and neighbours decides every
// word of a gold trace.
import type { Cell, Problem, Solution, TraceEvent } from './types.ts';

/** Neighbours up, right, down, left. */
const DX = [0, 1, 0, -1];
const DY = [-1, 0, 1, 0];
const UNSEEN = 0;
const OPEN = 1;
const CLOSED = 2;

/**
 * The deterministic trace and a shortest plan. The plan is null, and the trace covers all that can be reached, when the
 * goal cannot.
 */
export function solve({ size, walls, start, goal }: Problem): Solution {
  const cells = size * size;
  const state = new Uint8Array(cells);
  const g = new Uint16Array(cells);
  const h = new Uint16Array(cells);
  const parent = new Int16Array(cells).fill(-1);
  // Insertion order: an entry is appended once, keeps its place when it gets cheaper, and leaves a gap that the rest
  // closes.
  const open = new Uint16Array(cells);
  let openCount = 0;
  const trace: TraceEvent[] = [];

  const discover = (index: number, x: number, y: number): void => {
    h[index] = Math.abs(x - goal.x) + Math.abs(y - goal.y);
    state[index] = OPEN;
    open[openCount++] = index;
  };
  const goalIndex = goal.y * size + goal.x;
  discover(start.y * size + start.x, start.x, start.y);

  while (openCount > 0) {
    const at = firstOfLeastF(open, openCount, g, h);
    const current = open[at];
    open.copyWithin(at, at + 1, openCount--);
    state[current] = CLOSED;
    const x = current % size;
    const y = (current - x) / size;
    trace.push({ operation: 'close', x, y, g: g[current], h: h[current] });
    if (current === goalIndex) return { trace, plan: planTo(goalIndex, parent, size) };

    const cost = g[current] + 1;
    for (let direction = 0; direction < 4; direction++) {
      const nx = x + DX[direction];
      const ny = y + DY[direction];
      if (nx < 0 || nx >= size || ny < 0 || ny >= size) continue;
      const next = ny * size + nx;
      if (walls[next] !== 0 || state[next] === CLOSED) continue;
      if (state[next] === UNSEEN) discover(next, nx, ny);
      else if (cost >= g[next]) continue;
      g[next] = cost;
      parent[next] = current;
      trace.push({ operation: 'create', x: nx, y: ny, g: cost, h: h[next] });
    }
  }
  return { trace, plan: null };
}

/** Position in `open` of the first entry with the least f = g + h. */
function firstOfLeastF(open: Uint16Array, openCount: number, g: Uint16Array, h: Uint16Array): number {
  let best = 0;
  let least = g[open[0]] + h[open[0]];
  for (let at = 1; at < openCount; at++) {
    const f = g[open[at]] + h[open[at]];
    if (f < least) {
      best = at;
      least = f;
    }
  }
  return best;
}

function planTo(goal: number, parent: Int16Array, size: number): Cell[] {
  const plan: Cell[] = [];
  for (let cell = goal; cell >= 0; cell = parent[cell]) plan.push({ x: cell % size, y: Math.floor(cell / size) });
  return plan.reverse();
}
