// Faithful for SOME order of neighbours and ties: on grids of nine cells all runs there are can be listed, and the
// validators (strict level for A*, search.ts for the others) accept exactly those.
import { describe, expect, it } from 'vitest';
import { traceText } from '../../src/domain/maze/conditions/words.ts';
import { SEARCHES } from '../../src/domain/types.ts';
import type { Problem, TraceEvent } from '../../src/domain/maze/types.ts';
import { judge } from '../../src/domain/maze/verdict/judge.ts';
import { judgeSearch } from '../../src/domain/maze/verdict/search.ts';
import { BEND, OPEN, maze } from './pictures.ts';

const ALL = ['astar', ...SEARCHES] as const;
type Search = (typeof ALL)[number];

function isValid(problem: Problem, trace: string, search: Search): boolean {
  return search === 'astar' ? judge(problem, trace).strict.valid : judgeSearch(problem, trace, search).strict.valid;
}

interface State {
  /** [x, y, g], oldest first. */
  readonly open: readonly (readonly [number, number, number])[];
  readonly closed: readonly string[];
  readonly events: readonly TraceEvent[];
}

function permutations<T>(items: readonly T[]): T[][] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/**
 * Every run of a search as text, by trying each choice that it leaves open. (On nine cells A* never finds a cheaper way
 * to an open cell.)
 */
function allRuns(problem: Problem, search: Search): Set<string> {
  const { size, walls, start, goal } = problem;
  const h = (x: number, y: number): number => Math.abs(x - goal.x) + Math.abs(y - goal.y);
  const runs = new Set<string>();
  const goOn = ({ open, closed, events }: State): void => {
    const ranks = open.map(
      ([x, y, g], place) => ({ astar: g + h(x, y), bfs: place, dfs: -place, dijkstra: g, greedy: h(x, y) })[search],
    );
    for (const [place, [x, y, g]] of open.entries()) {
      if (ranks[place] !== Math.min(...ranks)) continue;
      const after = [...events, { operation: 'close', x, y, g, h: h(x, y) } as const];
      if (x === goal.x && y === goal.y) {
        runs.add(traceText(after));
        continue;
      }
      const left = open.toSpliced(place, 1);
      const isOpen = (nx: number, ny: number): boolean => left.some(([ox, oy]) => ox === nx && oy === ny);
      const found = [
        [x + 1, y],
        [x - 1, y],
        [x, y + 1],
        [x, y - 1],
      ].filter(
        ([nx, ny]) =>
          nx >= 0 &&
          ny >= 0 &&
          nx < size &&
          ny < size &&
          walls[ny * size + nx] === 0 &&
          !closed.includes(`${nx} ${ny}`) &&
          (search === 'dfs' || !isOpen(nx, ny)),
      );
      for (const order of permutations(found)) {
        const entries = order.map(([nx, ny]) => [nx, ny, g + 1] as const);
        goOn({
          open: [...left.filter(([ox, oy]) => !order.some(([nx, ny]) => ox === nx && oy === ny)), ...entries],
          closed: [...closed, `${x} ${y}`],
          events: [
            ...after,
            ...entries.map(([nx, ny]) => ({ operation: 'create', x: nx, y: ny, g: g + 1, h: h(nx, ny) }) as const),
          ],
        });
      }
    }
  };
  goOn({ open: [[start.x, start.y, 0]], closed: [], events: [] });
  return runs;
}

/**
 * A run with one thing changed: an event left out, twice, exchanged with the next, of the other operation, or with
 * another number.
 */
function mutants(run: string): string[] {
  const events: string[] = run.match(/\S+ \S+ \S+ \S+ \S+/g) ?? [];
  return events.flatMap((event, i) => {
    const [operation, x, y, g, h] = event.split(' ');
    const changed = [
      [operation === 'close' ? 'create' : 'close', x, y, g, h],
      ...[0, 1, 2].flatMap((other) => [
        [operation, other, y, g, h],
        [operation, x, other, g, h],
      ]),
      ...['c0', 'c1', 'c2', 'c3', 'c4', 'c5'].flatMap((other) => [
        [operation, x, y, other, h],
        [operation, x, y, g, other],
      ]),
    ].map((words) => events.with(i, words.join(' ')));
    return [
      events.toSpliced(i, 1),
      events.toSpliced(i, 0, event),
      events.toSpliced(i, 2, ...events.slice(i, i + 2).reverse()),
      ...changed,
    ].map((list) => list.join(' '));
  });
}

const MAZES = {
  bend: BEND,
  open: OPEN,
  'a pillar': maze('S . . \n . # . \n . . G'),
  'a dead end': maze('. S . \n . # G \n . # .'),
};

describe.each(ALL)('%s', (search) => {
  it.each(Object.entries(MAZES))('in the maze `%s` is every run that its choices allow, and no other', (_, problem) => {
    const runs = allRuns(problem, search);
    const sample = [...runs].filter((__, i) => i % Math.ceil(runs.size / 40) === 0);
    for (const run of runs) expect(isValid(problem, run, search)).toBe(true);
    for (const run of sample) {
      for (const mutant of mutants(run)) {
        const valid = isValid(problem, mutant, search);
        if (valid !== runs.has(mutant)) expect.fail(`${mutant}: judged ${valid ? 'valid' : 'invalid'}`);
      }
    }
  });
});

it('the open grid leaves choices, the bend leaves none', () => {
  for (const search of ALL) {
    expect(allRuns(BEND, search).size).toBe(1);
    expect(allRuns(OPEN, search).size).toBeGreaterThan(3);
  }
});
