// Changes of a maze by its editor, and what is wrong with a maze. Pure: every change is a new maze.
import { solve } from '../../domain/maze/astar.ts';
import type { Cell, Problem } from '../../domain/maze/types.ts';

/** A name for mazes that nobody drew from a distribution. */
const DRAWN = 'drawn';

/** A maze without walls, from corner to corner. */
export function emptyMaze(size: number): Problem {
  return {
    generator: DRAWN,
    size,
    walls: new Uint8Array(size * size),
    start: { x: 0, y: 0 },
    goal: { x: size - 1, y: size - 1 },
  };
}

/** The maze with a wall in a cell, or without; start and goal stay free. */
export function withWall(maze: Problem, cell: Cell, isWall: boolean): Problem {
  if (isWall && (isAt(maze.start, cell) || isAt(maze.goal, cell))) return maze;
  if (hasWall(maze, cell) === isWall) return maze;
  const walls = Uint8Array.from(maze.walls);
  walls[cell.y * maze.size + cell.x] = isWall ? 1 : 0;
  return { ...maze, generator: DRAWN, walls };
}

/** The maze with another start or goal; a wall gives way, the other end does not. */
export function withEnd(maze: Problem, end: 'start' | 'goal', cell: Cell): Problem {
  if (isAt(maze.start, cell) || isAt(maze.goal, cell)) return maze;
  return { ...withWall(maze, cell, false), generator: DRAWN, [end]: { x: cell.x, y: cell.y } };
}

/** The maze without any wall. */
export function withoutWalls(maze: Problem): Problem {
  return { ...maze, generator: DRAWN, walls: new Uint8Array(maze.walls.length) };
}

/** Whether a cell is a wall. */
export function hasWall({ walls, size }: Problem, { x, y }: Cell): boolean {
  return walls[y * size + x] !== 0;
}

/** Whether two cells are one. */
export function isAt(a: Cell, b: Cell): boolean {
  return a.x === b.x && a.y === b.y;
}

/**
 * Why a model cannot be asked for a plan of a maze, in one sentence; null when it can.
 * @param size cells per side of the model's mazes
 */
export function mazeFault(maze: Problem, size: number): string | null {
  const own = maze.size;
  if (own !== size)
    return `This maze is ${own} by ${own}; the model knows mazes of ${size} by ${size}. Choose another maze or model.`;
  if (solve(maze).plan === null) return 'Walls separate the start from the goal. Erase one of them.';
  return null;
}
