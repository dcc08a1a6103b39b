// The lattice on which the tree generators carve: rooms two cells apart, and the single cell between two of them.
import type { RandomSequence } from '../../../base/random.ts';

/** Directions up, right, down, left, in rooms. */
export const ROOM_DX = [0, 1, 0, -1] as const;
export const ROOM_DY = [-1, 0, 1, 0] as const;

export interface Rooms {
  /** Rooms per side; room (i, j) has number j * perSide + i and is on cell (offset + 2 i, offset + 2 j). */
  readonly perSide: number;
  readonly offset: number;
  readonly size: number;
  /** size * size bytes, 1 = wall; all walls until carved. */
  readonly walls: Uint8Array;
}

/**
 * Rooms per side of a grid.
 * @param offset 0 or 1: the parity of the rooms' x and y
 */
export function roomsPerSide(size: number, offset: number): number {
  return Math.ceil((size - offset) / 2);
}

/** @param offset parity of the rooms' coordinates, one for x and y */
export function solidRooms(size: number, offset: number): Rooms {
  return { perSide: roomsPerSide(size, offset), offset, size, walls: new Uint8Array(size * size).fill(1) };
}

/** Offset 0 or 1 with probability 1/2. */
export function drawOffset(random: RandomSequence): number {
  return random.below(2);
}

/** Floor cells of a tree over all rooms: the rooms, and the passages between them. */
export function treeFloor(size: number, offset: number): number {
  const perSide = roomsPerSide(size, offset);
  return 2 * perSide * perSide - 1;
}

export function carveRoom({ walls, size, offset }: Rooms, i: number, j: number): void {
  walls[(offset + 2 * j) * size + offset + 2 * i] = 0;
}

/** Opens the cell between room (i, j) and its neighbour in a direction. */
export function carvePassage({ walls, size, offset }: Rooms, i: number, j: number, direction: number): void {
  walls[(offset + 2 * j + ROOM_DY[direction]) * size + offset + 2 * i + ROOM_DX[direction]] = 0;
}

export function hasRoom({ perSide }: Rooms, i: number, j: number): boolean {
  return i >= 0 && i < perSide && j >= 0 && j < perSide;
}
