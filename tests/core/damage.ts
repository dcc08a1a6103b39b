// Seeded completions for the agreement of the two validators: faithful A* runs in other orders, and traces damaged at random.
import type { RandomSequence } from '../../src/base/random.ts';
import type { Problem, TraceEvent } from '../../src/domain/types.ts';

const STEPS = [[0, -1], [1, 0], [0, 1], [-1, 0]];

/** An A* run with random ties and random neighbour order: strict-valid, seldom exact. Ends with an empty open list when there is no way. */
export function randomRun({ size, walls, start, goal }: Problem, random: RandomSequence): { trace: TraceEvent[]; plan: [number, number][] } {
  const g = new Map<number, number>([[start.y * size + start.x, 0]]);
  const parent = new Map<number, number>();
  const open = new Set(g.keys());
  const closed = new Set<number>();
  const h = (cell: number): number => Math.abs((cell % size) - goal.x) + Math.abs(Math.floor(cell / size) - goal.y);
  const event = (operation: 'create' | 'close', cell: number): TraceEvent =>
    ({ operation, x: cell % size, y: Math.floor(cell / size), g: g.get(cell) ?? 0, h: h(cell) });
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
      for (let at: number | undefined = cell; at !== undefined; at = parent.get(at)) plan.unshift([at % size, Math.floor(at / size)]);
      return { trace, plan };
    }
    const steps = [...STEPS];
    random.shuffle(steps);
    for (const [dx, dy] of steps) {
      const x = (cell % size) + dx;
      const y = Math.floor(cell / size) + dy;
      const next = y * size + x;
      const cost = (g.get(cell) ?? 0) + 1;
      if (x < 0 || y < 0 || x >= size || y >= size || walls[next] !== 0 || closed.has(next) || cost >= (g.get(next) ?? Infinity)) continue;
      g.set(next, cost);
      parent.set(next, cell);
      open.add(next);
      trace.push(event('create', next));
    }
  }
  return { trace, plan: [] };
}

const WORDS = ['create', 'close', 'plan', 'solution', 'end', 'c0', 'c1', 'c9999', 'c10000', 'c', 'c00', '0', '00', '1', '3', '9999', '10000', '-1', '<eos>', 'wall', 'x'];

/** One to three random edits of the words: single words, whole events, plan records. */
export function damage(text: string, size: number, random: RandomSequence): string {
  let words = text.split(' ');
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const at = random.below(words.length);
    const events = recordStarts(words);
    const one = events[random.below(events.length)] ?? 0;
    const two = events[random.below(events.length)] ?? 0;
    const length = (from: number): number => (words[from] === 'plan' ? 3 : 5);
    switch (random.below(12)) {
      case 0: words.splice(at, 1); break;
      case 1: words.splice(at, 0, WORDS[random.below(WORDS.length)]); break;
      case 2: words[at] = WORDS[random.below(WORDS.length)]; break;
      case 3: words[at] = words[random.below(words.length)]; break;
      case 4: words = words.slice(0, at + 1); break;
      case 5: words.splice(one, length(one)); break;
      case 6: words.splice(one, 0, ...words.slice(two, two + length(two))); break;
      case 7: words.splice(one + 1, 1, String(random.below(size + 2))); break;
      case 8: words.splice(one + 2, 1, String(random.below(size + 1))); break;
      case 9: if (words[one] !== 'plan') words.splice(one + 3, 1, `c${random.below(size * 2)}`); break;
      case 10: if (words[one] !== 'plan') words.splice(one + 4, 1, `c${random.below(size * 2)}`); break;
      default: if (words[one] !== 'plan') words[one] = words[one] === 'create' ? 'close' : 'create';
    }
    if (words.length === 0) return '';
  }
  return words.join(' ');
}

function recordStarts(words: readonly string[]): number[] {
  return words.flatMap((word, i) => (word === 'create' || word === 'close' || word === 'plan' ? [i] : []));
}
