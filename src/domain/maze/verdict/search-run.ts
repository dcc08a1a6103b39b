// The validator's own runs of the searches that search.ts judges, for its level `exact`. They share nothing with
// src/domain/maze/search.ts, so that a fault there cannot vouch for itself.
import type { Cell, Problem, TraceEvent } from '../types.ts';
import type { SearchName } from '../../types.ts';
import { cellIndex, inBounds, isWall, manhattan, sameCell } from './maze.ts';

interface Found {
  readonly cell: Cell;
  readonly g: number;
  /** Number of creates before this one: the larger, the newer. */
  readonly made: number;
}

/**
 * Who goes first: the entry with the smaller number. Dijkstra's ties go to the newest entry, greedy ties to the oldest.
 */
const RANKS: Readonly<Record<SearchName, readonly ((found: Found, goal: Cell) => number)[]>> = {
  bfs: [({ made }) => made],
  dfs: [({ made }) => -made],
  dijkstra: [({ g }) => g, ({ made }) => -made],
  greedy: [({ cell }, goal) => manhattan(cell, goal), ({ made }) => made],
};

/** Neighbours up, right, down, left. The trace ends with the goal, or with the last cell that can be reached. */
export function searchRun(problem: Problem, search: SearchName): TraceEvent[] {
  const { start, goal } = problem;
  const open = new Map<number, Found>([[cellIndex(problem, start), { cell: start, g: 0, made: 0 }]]);
  const closed = new Set<number>();
  const trace: TraceEvent[] = [];
  const emit = (operation: TraceEvent['operation'], { cell: { x, y }, g }: Found): void => {
    trace.push({ operation, x, y, g, h: manhattan({ x, y }, goal) });
  };
  for (let made = 0; open.size > 0;) {
    const [found] = [...open.values()].sort((a, b) =>
      compare(RANKS[search].map((rank) => rank(a, goal) - rank(b, goal))),
    );
    const { x, y } = found.cell;
    open.delete(cellIndex(problem, found.cell));
    closed.add(cellIndex(problem, found.cell));
    emit('close', found);
    if (sameCell(found.cell, goal)) return trace;
    for (const cell of [
      { x, y: y - 1 },
      { x: x + 1, y },
      { x, y: y + 1 },
      { x: x - 1, y },
    ]) {
      if (!inBounds(problem, cell) || isWall(problem, cell)) continue;
      const index = cellIndex(problem, cell);
      if (closed.has(index) || (search !== 'dfs' && open.has(index))) continue;
      const next = { cell, g: found.g + 1, made: (made += 1) };
      open.set(index, next);
      emit('create', next);
    }
  }
  return trace;
}

/** The first difference that is one. */
function compare(differences: readonly number[]): number {
  return differences.find((difference) => difference !== 0) ?? 0;
}
