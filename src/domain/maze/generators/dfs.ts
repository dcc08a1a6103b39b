// Recursive backtracker from room (0, 0), so rooms sit on even coordinates: long corridors, few branches.
import type { RandomSequence } from '../../../base/random.ts';
import { drawEnds, type Maze } from './maze.ts';
import { ROOM_DX, ROOM_DY, carvePassage, carveRoom, hasRoom, solidRooms } from './rooms.ts';

/** Recursive backtracker from room (0, 0): a spanning tree over the rooms. */
export function dfs(size: number, random: RandomSequence): Maze {
  const rooms = solidRooms(size, 0);
  const { perSide } = rooms;
  const visited = new Uint8Array(perSide * perSide);
  const stack = new Uint16Array(perSide * perSide);
  const ways = new Uint8Array(4);
  let depth = 1;
  visited[0] = 1;
  carveRoom(rooms, 0, 0);
  while (depth > 0) {
    const room = stack[depth - 1];
    const i = room % perSide;
    const j = (room - i) / perSide;
    let wayCount = 0;
    for (let direction = 0; direction < 4; direction++) {
      const ni = i + ROOM_DX[direction];
      const nj = j + ROOM_DY[direction];
      if (hasRoom(rooms, ni, nj) && visited[nj * perSide + ni] === 0) ways[wayCount++] = direction;
    }
    if (wayCount === 0) {
      depth -= 1;
      continue;
    }
    const direction = ways[random.below(wayCount)];
    const ni = i + ROOM_DX[direction];
    const nj = j + ROOM_DY[direction];
    carvePassage(rooms, i, j, direction);
    carveRoom(rooms, ni, nj);
    visited[nj * perSide + ni] = 1;
    stack[depth++] = nj * perSide + ni;
  }
  return drawEnds(rooms.walls, size, random);
}
