// Traces of other searches in the words of A*'s: breadth-first, depth-first, Dijkstra's, greedy best-first. They differ
// in which open cell is closed next, and in nothing else: g is the length of the path by which this search came to the
// cell, h is the Manhattan distance to the goal whether the search looks at it or not. So only their order
// distinguishes them.
import type { Problem, TraceEvent } from './types.ts';
import type { SearchName } from '../types.ts';

/** Neighbours up, right, down, left, as A* visits them. */
const DX = [0, 1, 0, -1];
const DY = [-1, 0, 1, 0];

/**
 * The deterministic trace, from the close of the start to the close of the goal (or to the last cell that can be
 * reached).
 *
 * Closed next: the oldest open cell (bfs), the newest (dfs), one of least g (dijkstra) or of least h (greedy). Ties go
 * to the oldest, but with dijkstra to the newest: on moves of cost 1 the oldest of least g is the oldest of all, and
 * the trace would be that of bfs. An expansion creates the neighbours that were never open; depth-first also those that
 * are still open, which thereby become the newest and get the longer way, as they do where the search is written
 * recursively.
 */
export function searchTrace({ size, walls, start, goal }: Problem, search: SearchName): TraceEvent[] {
  const g = new Int32Array(size * size).fill(-1);
  const closed = new Uint8Array(size * size);
  const manhattan = (cell: number): number =>
    Math.abs((cell % size) - goal.x) + Math.abs(Math.floor(cell / size) - goal.y);
  const event = (operation: TraceEvent['operation'], cell: number): TraceEvent => ({
    operation,
    x: cell % size,
    y: Math.floor(cell / size),
    g: g[cell],
    h: manhattan(cell),
  });
  const goalCell = goal.y * size + goal.x;
  // Oldest first.
  const open = [start.y * size + start.x];
  g[open[0]] = 0;
  const trace: TraceEvent[] = [];
  while (open.length > 0) {
    const [current] = open.splice(nextPlace(open, search, g, manhattan), 1);
    closed[current] = 1;
    trace.push(event('close', current));
    if (current === goalCell) break;
    const x = current % size,
      y = Math.floor(current / size);
    for (let direction = 0; direction < 4; direction++) {
      const nx = x + DX[direction],
        ny = y + DY[direction];
      if (nx < 0 || nx >= size || ny < 0 || ny >= size) continue;
      const next = ny * size + nx;
      if (walls[next] !== 0 || closed[next] !== 0) continue;
      if (g[next] >= 0) {
        if (search !== 'dfs') continue;
        open.splice(open.indexOf(next), 1);
      }
      g[next] = g[current] + 1;
      open.push(next);
      trace.push(event('create', next));
    }
  }
  return trace;
}

/** Place in `open`, which lists the oldest cell first and is not empty. */
function nextPlace(open: readonly number[], search: SearchName, g: Int32Array, h: (cell: number) => number): number {
  switch (search) {
    case 'bfs':
      return 0;
    case 'dfs':
      return open.length - 1;
    case 'dijkstra': {
      const costs = open.map((cell) => g[cell]);
      return costs.lastIndexOf(Math.min(...costs));
    }
    case 'greedy': {
      const distances = open.map(h);
      return distances.indexOf(Math.min(...distances));
    }
    default:
      return search satisfies never;
  }
}
