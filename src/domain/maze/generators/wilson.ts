// Wilson's algorithm (D. B. Wilson, "Generating random spanning trees more quickly than the cover time", STOC 1996):
// every spanning tree of the rooms is equally likely.
import type { RandomSequence } from '../../../base/random.ts';
import { drawEnds, type Maze } from './maze.ts';
import { ROOM_DX, ROOM_DY, carvePassage, carveRoom, drawOffset, hasRoom, solidRooms } from './rooms.ts';

/** Wilson's algorithm: a spanning tree over the rooms, uniform among all. */
export function wilson(size: number, random: RandomSequence): Maze {
  const rooms = solidRooms(size, drawOffset(random));
  const { perSide } = rooms;
  const inTree = new Uint8Array(perSide * perSide);
  // The way by which the walk last left each room: a later visit overwrites it, which is the loop erasure.
  const leaving = new Uint8Array(perSide * perSide);

  // The distribution of the tree does not depend on the root or on the order of the walks.
  inTree[0] = 1;
  carveRoom(rooms, 0, 0);
  for (let first = 1; first < inTree.length; first++) {
    let i = first % perSide;
    let j = (first - i) / perSide;
    while (inTree[j * perSide + i] === 0) {
      let direction = random.below(4);
      while (!hasRoom(rooms, i + ROOM_DX[direction], j + ROOM_DY[direction])) direction = random.below(4);
      leaving[j * perSide + i] = direction;
      i += ROOM_DX[direction];
      j += ROOM_DY[direction];
    }
    i = first % perSide;
    j = (first - i) / perSide;
    while (inTree[j * perSide + i] === 0) {
      inTree[j * perSide + i] = 1;
      const direction = leaving[j * perSide + i];
      carveRoom(rooms, i, j);
      carvePassage(rooms, i, j, direction);
      i += ROOM_DX[direction];
      j += ROOM_DY[direction];
    }
  }
  return drawEnds(rooms.walls, size, random);
}
