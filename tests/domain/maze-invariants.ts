// What every maze of a generator must be (docs/specification.md, section 2), found out from its cells alone: shares no
// code with the generators.
import type { GeneratorName, Problem } from '../../src/domain/maze/types.ts';

/**
 * The first invariant that a maze breaks, in words; null when it keeps all.
 * @param coverage of the drunkard, 0..1
 */
export function brokenInvariant(problem: Problem, coverage: number): string | null {
  const { generator, size, walls, start, goal } = problem;
  if (walls.length !== size * size || walls.some((cell) => cell > 1)) return 'one byte a cell, 0 or 1';
  for (const { x, y } of [start, goal]) {
    if (!(x >= 0 && x < size && y >= 0 && y < size) || walls[y * size + x] !== 0) return 'start and goal on the floor';
  }
  const from = start.y * size + start.x,
    to = goal.y * size + goal.x;
  if (from === to) return 'two ends';
  const floor = walls.length - walls.reduce((sum, cell) => sum + cell, 0);
  const steps = stepsFrom(problem, from);
  if (steps[to] < 0) return 'a path from start to goal';
  const connected = steps.filter((distance) => distance >= 0).length === floor;
  const name = generator as GeneratorName;
  switch (name) {
    case 'wilson':
    case 'kruskal':
    case 'dfs': {
      const offset = walls[0] === 0 ? 0 : 1;
      const rooms = Math.ceil((size - offset) / 2) ** 2;
      if (generator === 'dfs' && offset !== 0) return 'rooms on even coordinates';
      if (floor !== 2 * rooms - 1)
        return `${2 * rooms - 1} floor cells: ${rooms} rooms and the passages of a tree, not ${floor}`;
      if (!connected || sidesShared(problem) !== floor - 1) return 'a tree';
      for (let cell = 0; cell < walls.length; cell++) {
        const odd = [cell % size, Math.floor(cell / size)].filter((coordinate) => coordinate % 2 !== offset).length;
        if (odd === 0 && walls[cell] !== 0) return 'every room carved';
        if (odd === 2 && walls[cell] === 0) return 'no floor between four rooms';
      }
      return null;
    }
    case 'drunkard': {
      const expected = Math.max(2, Math.floor(coverage * size * size));
      if (floor !== expected) return `${expected} floor cells, not ${floor}`;
      return connected ? null : 'one cave';
    }
    case 'searchformer': {
      const block = Math.floor((size * size) / 10),
        count = walls.length - floor;
      if (count < 3 * block || count > 5 * block) return `${3 * block} to ${5 * block} walls, not ${count}`;
      return steps[to] + 1 >= size ? null : `a shortest path of at least ${size} cells, not ${steps[to] + 1}`;
    }
    case 'free':
      return floor === walls.length ? null : 'no walls';
    case 'wilson-shorter':
    case 'wilson-longer': {
      // Of either parity: a dead end may be on the corner cell that shows the parity of a plain tree.
      const floors = [0, 1].map((offset) => 2 * Math.ceil((size - offset) / 2) ** 2 - 1);
      const change = generator === 'wilson-shorter' ? 1 : -1;
      if (!floors.includes(floor - change)) return `a tree of rooms with ${change} cells more, not ${floor}`;
      return connected && sidesShared(problem) === floor - 1 ? null : 'a tree';
    }
    case 'drunkard-matched': {
      const floors = [0, 1].map((offset) => 2 * Math.ceil((size - offset) / 2) ** 2 - 1);
      if (!floors.includes(floor)) return `as many floor cells as Wilson has, not ${floor}`;
      return connected ? null : 'one cave';
    }
    default:
      return name satisfies never;
  }
}

/** Moves from a cell to every other one; -1 where none lead. */
function stepsFrom({ size, walls }: Problem, from: number): Int32Array {
  const steps = new Int32Array(walls.length).fill(-1);
  let edge = [from];
  steps[from] = 0;
  for (let distance = 1; edge.length > 0; distance++) {
    const next: number[] = [];
    for (const cell of edge) {
      const x = cell % size;
      for (const [neighbour, there] of [
        [cell - size, cell >= size],
        [cell + size, cell + size < walls.length],
        [cell - 1, x > 0],
        [cell + 1, x + 1 < size],
      ] as const) {
        if (!there || walls[neighbour] !== 0 || steps[neighbour] >= 0) continue;
        steps[neighbour] = distance;
        next.push(neighbour);
      }
    }
    edge = next;
  }
  return steps;
}

/** Pairs of floor cells side by side. */
function sidesShared({ size, walls }: Problem): number {
  let pairs = 0;
  for (let cell = 0; cell < walls.length; cell++) {
    if (walls[cell] !== 0) continue;
    if ((cell + 1) % size !== 0 && walls[cell + 1] === 0) pairs += 1;
    if (cell + size < walls.length && walls[cell + size] === 0) pairs += 1;
  }
  return pairs;
}
