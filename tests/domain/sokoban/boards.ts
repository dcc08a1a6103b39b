// Boards from pictures, a random draw of them, and a breadth-first search of their states that shares nothing with A*
// or the validator.
import type { RandomSequence } from '../../../src/base/random.ts';
import type { GridCell } from '../../../src/domain/types.ts';
import type { Board } from '../../../src/domain/sokoban/types.ts';

/** `#` wall, `.` dock, `@` worker, `$` box; rows in Sokoban's usual letters. */
export function board(...rows: readonly string[]): Board {
  const cells = (sign: string): GridCell[] =>
    rows.flatMap((row, y) => Array.from(row).flatMap((letter, x) => (letter === sign ? [{ x, y }] : [])));
  const [worker] = cells('@');
  const [firstBox, secondBox] = cells('$');
  const [firstDock, secondDock] = cells('.');
  return {
    size: rows.length,
    walls: Uint8Array.from(rows.join(''), (letter) => Number(letter === '#')),
    worker,
    boxes: [firstBox, secondBox],
    docks: [firstDock, secondDock],
  };
}

/**
 * A corridor in which the worker pushes one box to the right and one to the left: every event can be checked by eye.
 */
export const CORRIDOR = board('#######', '#.$@$.#', '#######', '#######', '#######', '#######', '#######');

/** Its only sensible trace: worker | boxes | g h, all in row 1. */
export const CORRIDOR_TRACE = [
  'close 3|2 4|0 2',
  'create 4|2 5|1 1',
  'create 2|1 4|1 1',
  'close 4|2 5|1 1',
  'create 3|2 5|2 1',
  'close 2|1 4|1 1',
  'create 3|1 4|2 1',
  'close 3|2 5|2 1',
  'create 2|1 5|3 0',
  'close 3|1 4|2 1',
  'create 4|1 5|3 0',
  'close 2|1 5|3 0',
];

/** Writes `close 3|2 4|0 2` in full; any other text stays. */
function event(short: string): string {
  const match = /^(create|close) (\d+)\|(\d+) (\d+)\|(\d+) (\d+)$/.exec(short);
  return match === null
    ? short
    : `${match[1]} worker ${match[2]} 1 box ${match[3]} 1 box ${match[4]} 1 c${match[5]} c${match[6]}`;
}

export function completion(events: readonly string[], plan: readonly (readonly [number, number])[]): string {
  return [...events.map(event), 'solution', ...plan.map(([x, y]) => `plan ${x} ${y}`), 'end'].join(' ');
}

export const CORRIDOR_PLAN: readonly (readonly [number, number])[] = [
  [3, 1],
  [4, 1],
  [3, 1],
  [2, 1],
];

interface Step {
  readonly worker: number;
  readonly boxes: readonly number[];
}

/** Cell indices after a step of (dx, dy), or null. */
function step({ size, walls }: Board, { worker, boxes }: Step, dx: number, dy: number): Step | null {
  const to = worker + dx + dy * size;
  const beyond = to + dx + dy * size;
  if (walls[to] === 1) return null;
  if (!boxes.includes(to)) return { worker: to, boxes };
  if (walls[beyond] === 1 || boxes.includes(beyond)) return null;
  return { worker: to, boxes: boxes.map((box) => (box === to ? beyond : box)).sort((a, b) => a - b) };
}

const DIRECTIONS = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
] as const;

export const indexIn = ({ size }: Board, { x, y }: GridCell): number => y * size + x;

function startOf(drawn: Board): Step {
  return { worker: indexIn(drawn, drawn.worker), boxes: drawn.boxes.map((box) => indexIn(drawn, box)) };
}

const keyOf = ({ worker, boxes }: Step): string => `${worker} ${boxes.join(' ')}`;

/** Moves of a shortest solution, by breadth-first search over all states; null when there is none. */
export function shortest(drawn: Board): number | null {
  const docks = drawn.docks.map((dock) => indexIn(drawn, dock));
  let layer = [startOf(drawn)];
  const seen = new Set(layer.map(keyOf));
  for (let moves = 0; layer.length > 0; moves++) {
    if (layer.some(({ boxes }) => boxes.every((box) => docks.includes(box)))) return moves;
    layer = layer.flatMap((state) =>
      DIRECTIONS.flatMap(([dx, dy]) => {
        const next = step(drawn, state, dx, dy);
        if (next === null || seen.has(keyOf(next))) return [];
        seen.add(keyOf(next));
        return [next];
      }),
    );
  }
  return null;
}

/** A faithful A* run with ties and moves in an order of chance, as events. */
export function randomRun(drawn: Board, random: RandomSequence): string[] {
  const docks = drawn.docks.map((dock) => indexIn(drawn, dock));
  const { size, walls } = drawn;
  const cell = (index: number): string => `${index % size} ${Math.floor(index / size)}`;
  const h = ({ boxes }: Step): number =>
    boxes.reduce(
      (sum, box) =>
        sum +
        Math.min(
          ...docks.map(
            (dock) =>
              Math.abs((box % size) - (dock % size)) + Math.abs(Math.floor(box / size) - Math.floor(dock / size)),
          ),
        ),
      0,
    );
  const isDead = ({ boxes }: Step): boolean =>
    boxes.some(
      (box) => !docks.includes(box) && walls[box - 1] + walls[box + 1] > 0 && walls[box - size] + walls[box + size] > 0,
    );
  const events: string[] = [];
  const emit = (operation: string, state: Step, g: number): void => {
    events.push(
      `${operation} worker ${cell(state.worker)} box ${cell(state.boxes[0])} box ${cell(state.boxes[1])} c${g} c${h(state)}`,
    );
  };
  const open = new Map([[keyOf(startOf(drawn)), { state: startOf(drawn), g: 0 }]]);
  const closed = new Set<string>();
  for (;;) {
    const entries = [...open];
    const least = Math.min(...entries.map(([, { state, g }]) => g + h(state)));
    const best = entries.filter(([, { state, g }]) => g + h(state) === least);
    const [key, { state, g }] = best[random.below(best.length)];
    open.delete(key);
    closed.add(key);
    emit('close', state, g);
    if (state.boxes.every((box) => docks.includes(box))) return events;
    const directions = [...DIRECTIONS];
    random.shuffle(directions);
    for (const [dx, dy] of directions) {
      const next = step(drawn, state, dx, dy);
      if (next === null || isDead(next) || closed.has(keyOf(next)) || g + 1 >= (open.get(keyOf(next))?.g ?? Infinity))
        continue;
      open.set(keyOf(next), { state: next, g: g + 1 });
      emit('create', next, g + 1);
    }
  }
}
