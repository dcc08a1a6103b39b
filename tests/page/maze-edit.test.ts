// What the editor of a page makes of a maze, and the mazes that it asks to change.
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/domain/maze/types.ts';
import { emptyMaze, hasWall, mazeFault, withEnd, withoutWalls, withWall } from '../../src/page/live/maze-edit.ts';

const walled = (maze: Problem): number => maze.walls.reduce((sum, wall) => sum + wall, 0);

describe('a maze in the editor', () => {
  it('gets walls and loses them, and no maze changes in place', () => {
    const empty = emptyMaze(4);
    const maze = withWall(empty, { x: 2, y: 1 }, true);
    expect(hasWall(maze, { x: 2, y: 1 })).toBe(true);
    expect(walled(empty)).toBe(0);
    expect(withWall(maze, { x: 2, y: 1 }, true)).toBe(maze);
    expect(walled(withWall(maze, { x: 2, y: 1 }, false))).toBe(0);
    expect(walled(withoutWalls(maze))).toBe(0);
  });

  it('has no wall at its start and goal, and two ends', () => {
    const empty = emptyMaze(4);
    expect(withWall(empty, empty.start, true)).toBe(empty);
    expect(withWall(empty, empty.goal, true)).toBe(empty);
    expect(withEnd(empty, 'start', empty.goal)).toBe(empty);
    expect(withEnd(empty, 'goal', empty.start)).toBe(empty);
  });

  it('loses the wall where an end is moved to', () => {
    const maze = withEnd(withWall(emptyMaze(4), { x: 2, y: 1 }, true), 'goal', { x: 2, y: 1 });
    expect(maze.goal).toEqual({ x: 2, y: 1 });
    expect(walled(maze)).toBe(0);
  });
});

describe('what is wrong with a maze', () => {
  it('is nothing where the goal can be reached and the size is the model’s', () => {
    expect(mazeFault(emptyMaze(4), 4)).toBeNull();
  });

  it('is its size for a model of another one', () => {
    expect(mazeFault(emptyMaze(4), 6)).toBe(
      'This maze is 4 by 4; the model knows mazes of 6 by 6. Choose another maze or model.',
    );
  });

  it('is a wall between start and goal', () => {
    const column = [0, 1, 2, 3].reduce((maze, y) => withWall(maze, { x: 1, y }, true), emptyMaze(4));
    expect(mazeFault(column, 4)).toBe('Walls separate the start from the goal. Erase one of them.');
    expect(mazeFault(withWall(column, { x: 1, y: 2 }, false), 4)).toBeNull();
  });
});
