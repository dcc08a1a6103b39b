// A* over (worker, boxes), in the order that mazes have (docs/specification.md, section 3): the first of the entries
// with least f, in insertion order; moves up, right, down, left; a cheaper way changes an entry in place.
//
// As Searchformer's: one per move, and no state in which a box off the docks has walls on two adjacent sides, because
// it can never move again. Where they differ: h counts every box to its nearest dock, taken or not. Theirs leaves out
// boxes on docks and docks under boxes; that h is not consistent (pushing one box off its dock can lower it by more
// than 1), so their search opens closed states again. This one is consistent, closed states stay closed, and ties are
// decided by insertion instead of by hash or by chance.
import type { GridCell } from '../types.ts';
import type { Board, Solution, StateEvent } from './types.ts';

/** Up, right, down, left. */
const DX = [0, 1, 0, -1];
const DY = [-1, 0, 1, 0];

interface Node {
  readonly worker: number;
  /** low < high */
  readonly low: number;
  readonly high: number;
  readonly h: number;
  g: number;
  parent: Node | null;
  closed: boolean;
}

/**
 * The deterministic trace and a shortest plan.
 * @param mostEvents the search gives up after this number of events
 * @returns null when the board cannot be solved, or not within `mostEvents`
 */
export function solve(board: Board, mostEvents = Infinity): Solution | null {
  const { size, walls, docks } = board;
  const cells = size * size;
  const indexOf = ({ x, y }: GridCell): number => y * size + x;
  const cellOf = (index: number): GridCell => ({ x: index % size, y: Math.floor(index / size) });
  const isDock = new Uint8Array(cells);
  for (const dock of docks) isDock[indexOf(dock)] = 1;
  const distances = Array.from({ length: cells }, (_, cell) =>
    Math.min(...docks.map(({ x, y }) => Math.abs((cell % size) - x) + Math.abs(Math.floor(cell / size) - y))),
  );
  const dead = deadCorners(walls, isDock, size);
  const nodes = new Map<number, Node>();
  const open: Node[] = [];
  const trace: StateEvent[] = [];
  const nodeOf = (worker: number, low: number, high: number): Node => {
    const key = (worker * cells + low) * cells + high;
    let node = nodes.get(key);
    if (node === undefined) {
      node = { worker, low, high, h: distances[low] + distances[high], g: Infinity, parent: null, closed: false };
      nodes.set(key, node);
    }
    return node;
  };
  const emit = (operation: StateEvent['operation'], { worker, low, high, g, h }: Node): void => {
    trace.push({ operation, worker: cellOf(worker), boxes: [cellOf(low), cellOf(high)], g, h });
  };

  const start = nodeOf(indexOf(board.worker), ...inOrder(indexOf(board.boxes[0]), indexOf(board.boxes[1])));
  start.g = 0;
  open.push(start);
  while (open.length > 0) {
    const [node] = open.splice(firstOfLeastF(open), 1);
    node.closed = true;
    emit('close', node);
    if (trace.length > mostEvents) return null;
    if (isDock[node.low] !== 0 && isDock[node.high] !== 0) return { trace, plan: planTo(node).map(cellOf) };
    for (let direction = 0; direction < 4; direction++) {
      const step = DY[direction] * size + DX[direction];
      const next = successor(node, step, walls, dead, nodeOf);
      if (next === null || next.closed || node.g + 1 >= next.g) continue;
      if (next.g === Infinity) open.push(next);
      next.g = node.g + 1;
      next.parent = node;
      emit('create', next);
    }
  }
  return null;
}

/**
 * The state after one step of the worker; null when a wall, two boxes or a dead corner forbid it. The border is wall,
 * so no step leaves the board.
 */
function successor(
  { worker, low, high }: Node,
  step: number,
  walls: Uint8Array,
  dead: Uint8Array,
  nodeOf: (worker: number, low: number, high: number) => Node,
): Node | null {
  const to = worker + step;
  if (walls[to] !== 0) return null;
  if (to !== low && to !== high) return nodeOf(to, low, high);
  const pushed = to + step;
  const other = to === low ? high : low;
  if (walls[pushed] !== 0 || pushed === other || dead[pushed] !== 0) return null;
  return nodeOf(to, ...inOrder(pushed, other));
}

/** 1 where a box could never be moved again: no dock, a wall to its left or right and one above or below. */
function deadCorners(walls: Uint8Array, isDock: Uint8Array, size: number): Uint8Array {
  return walls.map((wall, cell) =>
    Number(
      wall === 0 &&
        isDock[cell] === 0 &&
        walls[cell - 1] + walls[cell + 1] > 0 &&
        walls[cell - size] + walls[cell + size] > 0,
    ),
  );
}

function inOrder(a: number, b: number): [number, number] {
  return a < b ? [a, b] : [b, a];
}

/** Place of the first entry with the least f = g + h. */
function firstOfLeastF(open: readonly Node[]): number {
  let best = 0;
  for (let at = 1; at < open.length; at++) {
    if (open[at].g + open[at].h < open[best].g + open[best].h) best = at;
  }
  return best;
}

function planTo(goal: Node): number[] {
  const plan: number[] = [];
  for (let node: Node | null = goal; node !== null; node = node.parent) plan.push(node.worker);
  return plan.reverse();
}
