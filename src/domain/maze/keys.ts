// What makes two mazes the same: texts for sets and maps.
import type { Problem } from './types.ts';

/** A text that two problems share exactly when size and walls are equal. For sets and maps; not for printing. */
export function wallsKey({ size, walls }: Problem): string {
  // 15 cells a character, below the surrogates.
  const codes = [size];
  for (let first = 0; first < walls.length; first += 15) {
    let bits = 0;
    for (let cell = first; cell < first + 15; cell++) bits = (bits << 1) | (walls[cell] ?? 0);
    codes.push(bits);
  }
  return String.fromCharCode(...codes);
}

/** A text that two problems share exactly when size, walls, start and goal are equal. */
export function problemKey(problem: Problem): string {
  const { size, start, goal } = problem;
  return wallsKey(problem) + String.fromCharCode(start.y * size + start.x, goal.y * size + goal.x);
}
