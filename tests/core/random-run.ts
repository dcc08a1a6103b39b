// Faithful A* runs in other orders than the study's: strict-valid, seldom exact.
import type { RandomSequence } from '../../src/base/random.ts';
import type { Problem, TraceEvent } from '../../src/domain/maze/types.ts';

const STEPS = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
];

/** An A* run with random ties and random neighbour order. Ends with an empty open list when there is no way. */
export function randomRun(
  { size, walls, start, goal }: Problem,
  random: RandomSequence,
): { trace: TraceEvent[]; plan: [number, number][] } {
  const g = new Map<number, number>([[start.y * size + start.x, 0]]);
  const parent = new Map<number, number>();
  const open = new Set(g.keys());
  const closed = new Set<number>();
  const h = (cell: number): number => Math.abs((cell % size) - goal.x) + Math.abs(Math.floor(cell / size) - goal.y);
  const event = (operation: 'create' | 'close', cell: number): TraceEvent => ({
    operation,
    x: cell % size,
    y: Math.floor(cell / size),
    g: g.get(cell) ?? 0,
    h: h(cell),
  });
  const f = (cell: number): number => (g.get(cell) ?? 0) + h(cell);
  const trace: TraceEvent[] = [];
  while (open.size > 0) {
    const least = Math.min(...[...open].map(f));
    const ties = [...open].filter((cell) => f(cell) === least);
    const cell = ties[random.below(ties.length)];
    open.delete(cell);
    closed.add(cell);
    trace.push(event('close', cell));
    if (cell === goal.y * size + goal.x) {
      const plan: [number, number][] = [];
      for (let at: number | undefined = cell; at !== undefined; at = parent.get(at))
        plan.unshift([at % size, Math.floor(at / size)]);
      return { trace, plan };
    }
    const steps = [...STEPS];
    random.shuffle(steps);
    for (const [dx, dy] of steps) {
      const x = (cell % size) + dx;
      const y = Math.floor(cell / size) + dy;
      const next = y * size + x;
      const cost = (g.get(cell) ?? 0) + 1;
      if (
        x < 0 ||
        y < 0 ||
        x >= size ||
        y >= size ||
        walls[next] !== 0 ||
        closed.has(next) ||
        cost >= (g.get(next) ?? Infinity)
      )
        continue;
      g.set(next, cost);
      parent.set(next, cell);
      open.add(next);
      trace.push(event('create', next));
    }
  }
  return { trace, plan: [] };
}
