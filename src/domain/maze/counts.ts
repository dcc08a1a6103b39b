// How many different problems a generator can make, where that is known: what makes "asked 5,000, only 1,260 exist"
// exact.
import { roomsPerSide } from './generators/rooms.ts';
import type { GeneratorName } from './types.ts';

/** Spanning trees of an R x R lattice, R = 0..5 (Kirchhoff; OEIS A007341). */
const SPANNING_TREES = [0, 1, 4, 192, 100_352, 557_568_000];

/**
 * Trees that a backtracker from the corner of an R x R lattice can carve, R = 0..5. With G the lattice and r the
 * corner, T(G, r) is the product over the components C of G - r of the sum of T(C, v) over the neighbours v of r in C.
 */
const BACKTRACKER_TREES = [0, 1, 2, 14, 322, 23_974];

/** Ordered pairs of distinct floor cells of a carved tree: R^2 rooms and R^2 - 1 passages. */
function endPairs(perSide: number): number {
  const floor = 2 * perSide * perSide - 1;
  return floor * (floor - 1);
}

/**
 * Number of different (walls, start, goal); null where it is not known, or far beyond what anyone can ask.
 * @param size cells per side
 */
export function countProblems(generator: GeneratorName, size: number): number | null {
  switch (generator) {
    case 'wilson':
    case 'kruskal': {
      const even = roomsPerSide(size, 0);
      const odd = roomsPerSide(size, 1);
      if (even >= SPANNING_TREES.length) return null;
      return SPANNING_TREES[even] * endPairs(even) + SPANNING_TREES[odd] * endPairs(odd);
    }
    case 'dfs': {
      const even = roomsPerSide(size, 0);
      return even < BACKTRACKER_TREES.length ? BACKTRACKER_TREES[even] * endPairs(even) : null;
    }
    case 'free':
      return size * size * (size * size - 1);
    case 'drunkard':
    case 'searchformer':
    case 'wilson-shorter':
    case 'wilson-longer':
    case 'drunkard-matched':
      return null;
    default:
      return generator satisfies never;
  }
}
