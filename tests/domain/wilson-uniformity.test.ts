// Wilson's algorithm draws every spanning tree of 3x3 rooms equally often; how many there are is counted by Kirchhoff's
// theorem and one by one.
import { expect, it } from 'vitest';
import { RandomSequence } from '../../src/base/random.ts';
import { countProblems } from '../../src/domain/maze/counts.ts';
import { generateProblem } from '../../src/domain/maze/generate.ts';
import type { GeneratorName } from '../../src/domain/maze/types.ts';

type Edge = readonly [a: number, b: number];

/** Neighbouring rooms of an R x R lattice. */
function latticeEdges(perSide: number): Edge[] {
  return Array.from({ length: perSide * perSide }, (_, room): Edge[] => [
    ...((room + 1) % perSide === 0 ? [] : [[room, room + 1] as const]),
    ...(room + perSide >= perSide * perSide ? [] : [[room, room + perSide] as const]),
  ]).flat();
}

/** Kirchhoff: the determinant of the Laplacian without its last row and column. */
function countSpanningTrees(perSide: number): number {
  const order = perSide * perSide - 1;
  const laplacian = Array.from({ length: order + 1 }, () => new Float64Array(order + 1));
  for (const [a, b] of latticeEdges(perSide)) {
    laplacian[a][a] += 1;
    laplacian[b][b] += 1;
    laplacian[a][b] -= 1;
    laplacian[b][a] -= 1;
  }
  let determinant = 1;
  // The Laplacian of a connected graph without one row and column is positive definite: no pivot is 0.
  for (let k = 0; k < order; k++) {
    determinant *= laplacian[k][k];
    for (let row = k + 1; row < order; row++) {
      const factor = laplacian[row][k] / laplacian[k][k];
      for (let column = k; column < order; column++) laplacian[row][column] -= factor * laplacian[k][column];
    }
  }
  return Math.round(determinant);
}

/** All spanning trees, as sets of edges: those choices of R^2 - 1 edges that close no circle. */
function spanningTrees(perSide: number): Edge[][] {
  const edges = latticeEdges(perSide);
  const trees: Edge[][] = [];
  const extend = (chosen: readonly Edge[], roots: readonly number[], next: number): void => {
    if (chosen.length === perSide * perSide - 1) trees.push([...chosen]);
    for (let i = next; i < edges.length; i++) {
      const [a, b] = edges[i].map((room) => roots[room]);
      if (a !== b)
        extend(
          [...chosen, edges[i]],
          roots.map((root) => (root === b ? a : root)),
          i + 1,
        );
    }
  };
  extend(
    [],
    Array.from({ length: perSide * perSide }, (_, room) => room),
    0,
  );
  return trees;
}

/**
 * The 6x6 maze of a tree over 3x3 rooms.
 * @param offset 0 or 1
 */
function wallsOf(tree: readonly Edge[], offset: number): string {
  const walls = new Uint8Array(36).fill(1);
  const cell = (room: number): [x: number, y: number] => [offset + 2 * (room % 3), offset + 2 * Math.floor(room / 3)];
  for (const [a, b] of tree) {
    const [ax, ay] = cell(a),
      [bx, by] = cell(b);
    for (const [x, y] of [
      [ax, ay],
      [bx, by],
      [(ax + bx) / 2, (ay + by) / 2],
    ])
      walls[6 * y + x] = 0;
  }
  return walls.join('');
}

const DRAWS = 192_000;

/**
 * Chi-square of the layouts drawn at 6x6, where both offsets have 3x3 rooms: 2 x 192 layouts, 383 degrees of freedom.
 */
function chiSquare(generator: GeneratorName): number {
  const counts = new Map(
    spanningTrees(3).flatMap(
      (tree) =>
        [
          [wallsOf(tree, 0), 0],
          [wallsOf(tree, 1), 0],
        ] as [string, number][],
    ),
  );
  expect(counts.size).toBe(384);
  for (let index = 0; index < DRAWS; index++) {
    const walls = generateProblem(generator, 6, new RandomSequence(31, 1, index)).walls.join('');
    const count = counts.get(walls);
    if (count === undefined) expect.fail(`maze ${index} is no spanning tree of the rooms: ${walls}`);
    counts.set(walls, count + 1);
  }
  const expected = DRAWS / 384;
  return [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

it('an R x R lattice has as many spanning trees as Kirchhoff’s theorem says: 192 for 3x3 rooms', () => {
  expect([2, 3, 4, 5].map(countSpanningTrees)).toEqual([4, 192, 100_352, 557_568_000]);
  expect(spanningTrees(3)).toHaveLength(192);
  // 17 floor cells, and so 17 * 16 pairs of ends, on each of 2 * 192 layouts.
  expect(countProblems('wilson', 6)).toBe(2 * countSpanningTrees(3) * 17 * 16);
});

it('wilson draws all of them equally often, kruskal does not', () => {
  // With 383 degrees of freedom chi-square is in 302..474 in 998 of 1,000 cases (Wilson-Hilferty): too even would be
  // a fault, too.
  const wilson = chiSquare('wilson');
  expect(wilson).toBeGreaterThan(302);
  expect(wilson).toBeLessThan(474);
  expect(chiSquare('kruskal')).toBeGreaterThan(5_000);
});
