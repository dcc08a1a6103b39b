// The ways to draw boards. Streams are part of the data format: append, never renumber.
import type { Distribution } from '../domain.ts';

export interface BoardDistribution extends Distribution {
  /** Walls inside the border. */
  readonly innerWalls: number;
}

/**
 * Searchformer draws two walls inside; the other two have a layout that training never sees, and as many boxes, so the
 * words are the same.
 */
export const BOARD_DISTRIBUTIONS: readonly BoardDistribution[] = [
  { name: 'sokoban', stream: 6, label: 'Sokoban', meaning: 'two walls inside the border', far: false, innerWalls: 2 },
  { name: 'sokoban-open', stream: 7, label: 'Open', meaning: 'no walls inside the border', far: true, innerWalls: 0 },
  {
    name: 'sokoban-dense',
    stream: 8,
    label: 'Dense',
    meaning: 'five walls inside the border',
    far: true,
    innerWalls: 5,
  },
  {
    name: 'sokoban-shorter',
    stream: 12,
    label: 'Sokoban, shorter',
    meaning: 'one wall inside the border, so a shorter prompt',
    far: false,
    control: true,
    innerWalls: 1,
  },
  {
    name: 'sokoban-longer',
    stream: 13,
    label: 'Sokoban, longer',
    meaning: 'three walls inside the border, so a longer prompt',
    far: false,
    control: true,
    innerWalls: 3,
  },
];
