// Kruskal's algorithm on edges in random order: joins rooms that are not connected yet. Not uniform over spanning
// trees.
import type { RandomSequence } from '../../../base/random.ts';
import { drawEnds, type Maze } from './maze.ts';
import { carvePassage, carveRoom, drawOffset, solidRooms } from './rooms.ts';

const RIGHT = 1;
const DOWN = 2;

/** Kruskal's algorithm with the edges in random order: a spanning tree over the rooms. */
export function kruskal(size: number, random: RandomSequence): Maze {
  const rooms = solidRooms(size, drawOffset(random));
  const { perSide } = rooms;
  const count = perSide * perSide;
  const set = new Uint16Array(count);
  // An edge is room * 2, plus 1 when it leads down instead of right.
  const edges = new Uint16Array(2 * perSide * (perSide - 1));
  let edgeCount = 0;
  for (let room = 0; room < count; room++) {
    const i = room % perSide;
    const j = (room - i) / perSide;
    set[room] = room;
    carveRoom(rooms, i, j);
    if (i + 1 < perSide) edges[edgeCount++] = room * 2;
    if (j + 1 < perSide) edges[edgeCount++] = room * 2 + 1;
  }

  random.shuffle(edges);
  for (const edge of edges) {
    const room = edge >>> 1;
    const down = (edge & 1) === 1;
    const a = findRoot(set, room);
    const b = findRoot(set, room + (down ? perSide : 1));
    if (a === b) continue;
    set[b] = a;
    carvePassage(rooms, room % perSide, Math.floor(room / perSide), down ? DOWN : RIGHT);
  }
  return drawEnds(rooms.walls, size, random);
}

/** Root of a room's set, halving the path on the way. */
function findRoot(set: Uint16Array, room: number): number {
  let at = room;
  while (set[at] !== at) {
    set[at] = set[set[at]];
    at = set[at];
  }
  return at;
}
