// Boards as pictures: in the letters of Sokoban collections, and as the drawing of a completion for the report.
import type { Drawing, DrawingMark } from '../drawing.ts';
import type { GridCell } from '../types.ts';
import type { Board } from './types.ts';
import { parseCompletionLeniently } from './verdict/parse.ts';
import { replayPlan } from './verdict/plan.ts';
import { strictBreach } from './verdict/strict.ts';

const at = (cell: GridCell, x: number, y: number): boolean => cell.x === x && cell.y === y;

/**
 * A row a line, then the plan in letters: u, r, d, l, capitals where a box is pushed.
 * @param plan legal moves
 */
export function boardPicture({ size, walls, worker, boxes, docks }: Board, plan: readonly GridCell[]): string {
  const rows = Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (__, x) => {
      if (walls[y * size + x] !== 0) return '#';
      const isDock = docks.some((dock) => at(dock, x, y));
      if (at(worker, x, y)) return isDock ? '+' : '@';
      if (boxes.some((box) => at(box, x, y))) return isDock ? '*' : '$';
      return isDock ? '.' : ' ';
    }).join(''),
  );
  let standing: readonly GridCell[] = boxes;
  const moves = plan.slice(1).map(({ x, y }, i) => {
    const [dx, dy] = [x - plan[i].x, y - plan[i].y];
    const letter = dx > 0 ? 'r' : dx < 0 ? 'l' : dy > 0 ? 'd' : 'u';
    if (!standing.some((box) => at(box, x, y))) return letter;
    standing = standing.map((box) => (at(box, x, y) ? { x: x + dx, y: y + dy } : box));
    return letter.toUpperCase();
  });
  return [...rows, moves.join('')].join('\n');
}

const KEY: Drawing['key'] = [
  { mark: { shape: 'round', tone: 'actor' }, words: 'worker at the start' },
  { mark: { shape: 'square', tone: 'object' }, words: 'box at the start' },
  { mark: { shape: 'ring', tone: 'target' }, words: 'dock' },
];

/**
 * The board at the start, where the worker was in states that the trace closed, the worker's way in the plan, and
 * what breaks first.
 */
export function boardDrawing(board: Board, completion: string): Drawing {
  const { size, walls, worker, boxes, docks } = board;
  const { body, plan } = parseCompletionLeniently(completion);
  const orders = new Map<string, GridCell & { readonly order: number }>();
  let order = 0;
  for (const event of body) {
    if (event?.operation !== 'close') continue;
    order += 1;
    const key = `${event.worker.x} ${event.worker.y}`;
    if (!orders.has(key)) orders.set(key, { ...event.worker, order });
  }
  const breach = strictBreach(board, body);
  const { error, walked } = replayPlan(board, plan);
  const marks: DrawingMark[] = [
    ...docks.map((dock): DrawingMark => ({ ...dock, shape: 'ring', tone: 'target' })),
    ...boxes.map((box): DrawingMark => ({ ...box, shape: 'square', tone: 'object' })),
    { ...worker, shape: 'round', tone: 'actor' },
  ];
  return {
    size,
    walls,
    marks,
    closed: [...orders.values()],
    plan: plan.slice(0, walked),
    rest: plan.slice(Math.max(0, walked - 1)),
    brokenTrace: breach === null ? null : (body.at(breach.record)?.worker ?? null),
    brokenPlan: error === null || plan.length === 0 ? null : plan[Math.min(walked, plan.length - 1)],
    key: KEY,
  };
}
