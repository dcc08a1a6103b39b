// The maze that is edited and searched: a picture that mouse, finger and keys change.
import type { Cell, Problem } from '../../domain/maze/types.ts';
import type { PlayerData } from '../../report/player/data.ts';
import { playerData } from '../../report/player/data.ts';
import { drawing, drawMaze, UNIT } from '../player/maze.ts';
import type { Maze } from '../player/maze.ts';
import { hasWall, isAt, withEnd, withWall } from './maze-edit.ts';

/** Around the picture, in its units. */
const MARGIN = 2;
const MOVES: Readonly<Partial<Record<string, readonly [x: number, y: number]>>> = {
  ArrowUp: [0, -1],
  ArrowRight: [1, 0],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
};

/** What a press that is held does in every cell that it reaches. */
type Tool = (maze: Problem, cell: Cell) => Problem;

/** Draws a maze as a picture that only changes by drawMaze's parts. */
export function picture(maze: Problem, completion = ''): { readonly data: PlayerData; readonly drawn: Maze } {
  const data = playerData(maze, completion);
  return { data, drawn: drawMaze(data) };
}

/** The editor in its box. */
export class Board {
  readonly element: HTMLElement;
  /** Of the maze shown. */
  drawn: Maze;
  private maze: Problem;
  private cursor: Cell;
  private readonly frame: SVGElement;
  private readonly firstBreak: SVGElement;
  private tool: Tool | null = null;

  /**
   * @param words where the cell under the keyboard's cursor is described
   * @param changed called with every new maze
   */
  constructor(element: HTMLElement, words: HTMLElement, maze: Problem, changed: (maze: Problem) => void) {
    this.element = element;
    this.maze = maze;
    this.cursor = maze.start;
    this.frame = drawing('rect', { class: 'live-cursor', width: UNIT, height: UNIT, rx: 3 });
    this.firstBreak = drawing('rect', { class: 'live-first', width: UNIT - 8, height: UNIT - 8, rx: 3 });
    this.drawn = this.draw();
    const change = (next: Problem): void => {
      if (next === this.maze) return;
      this.show(next);
      changed(next);
    };
    element.addEventListener('pointerdown', (event) => {
      const cell = this.cellAt(event);
      if (cell === null || event.button !== 0) return;
      event.preventDefault();
      element.focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      this.tool = toolAt(this.maze, cell);
      this.moveCursor(cell);
      if (!isEnd(this.maze, cell)) change(this.tool(this.maze, cell));
    });
    element.addEventListener('pointermove', (event) => {
      const cell = this.cellAt(event);
      if (this.tool !== null && cell !== null) change(this.tool(this.maze, cell));
    });
    for (const name of ['pointerup', 'pointercancel'] as const)
      element.addEventListener(name, () => {
        this.tool = null;
      });
    element.addEventListener('keydown', (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const next = this.press(event.key);
      if (next === null) return;
      event.preventDefault();
      change(next);
      words.textContent = this.cursorWords();
    });
    element.addEventListener('focus', () => {
      words.textContent = element.matches(':focus-visible') ? this.cursorWords() : '';
    });
    element.addEventListener('blur', () => {
      words.textContent = '';
    });
  }

  /** Shows another maze. */
  show(maze: Problem): void {
    if (maze.size !== this.maze.size) this.cursor = maze.start;
    this.maze = maze;
    this.drawn = this.draw();
  }

  /** Marks the cell where the first rule breaks; null for none. */
  markFirstBreak(cell: Cell | null): void {
    const { size } = this.maze;
    const isSeen = cell !== null && cell.x >= 0 && cell.x < size && cell.y >= 0 && cell.y < size;
    this.firstBreak.setAttribute('visibility', isSeen ? 'visible' : 'hidden');
    if (!isSeen) return;
    this.firstBreak.setAttribute('x', String(cell.x * UNIT + 4));
    this.firstBreak.setAttribute('y', String(cell.y * UNIT + 4));
  }

  private draw(): Maze {
    const { drawn } = picture(this.maze);
    const { size, start, goal, walls } = this.maze;
    const blocked = walls.reduce((sum, wall) => sum + Math.sign(wall), 0);
    drawn.picture.setAttribute(
      'aria-label',
      `Maze of ${size} by ${size} cells with ${blocked} walls, start (${start.x}, ${start.y}), ` +
        `goal (${goal.x}, ${goal.y})`,
    );
    drawn.picture.append(this.firstBreak, this.frame);
    this.element.replaceChildren(drawn.picture);
    this.markFirstBreak(null);
    this.moveCursor(this.cursor);
    return drawn;
  }

  private moveCursor(cell: Cell): void {
    this.cursor = cell;
    this.frame.setAttribute('x', String(cell.x * UNIT));
    this.frame.setAttribute('y', String(cell.y * UNIT));
  }

  /** @returns the maze after a key, the same one where only the cursor moved; null for a key without a meaning */
  private press(key: string): Problem | null {
    const { maze, cursor } = this;
    const move = MOVES[key];
    if (move !== undefined) {
      const within = (at: number): number => Math.max(0, Math.min(maze.size - 1, at));
      this.moveCursor({ x: within(cursor.x + move[0]), y: within(cursor.y + move[1]) });
      return maze;
    }
    switch (key) {
      case ' ':
      case 'Enter':
        return withWall(maze, cursor, !hasWall(maze, cursor));
      case 's':
      case 'S':
        return withEnd(maze, 'start', cursor);
      case 'g':
      case 'G':
        return withEnd(maze, 'goal', cursor);
      default:
        return null;
    }
  }

  private cursorWords(): string {
    const { maze, cursor } = this;
    const what = isAt(cursor, maze.start)
      ? 'start'
      : isAt(cursor, maze.goal)
        ? 'goal'
        : hasWall(maze, cursor)
          ? 'wall'
          : 'free';
    return `Column ${cursor.x}, row ${cursor.y}: ${what}.`;
  }

  private cellAt({ clientX, clientY }: PointerEvent): Cell | null {
    const { size } = this.maze;
    const box = this.drawn.picture.getBoundingClientRect();
    // The picture may be wider than high: its square is in the middle.
    const unit = Math.min(box.width, box.height) / (size * UNIT + 2 * MARGIN);
    const at = (client: number, from: number, length: number): number =>
      Math.floor(((client - from - length / 2) / unit + (size * UNIT) / 2) / UNIT);
    const cell = { x: at(clientX, box.left, box.width), y: at(clientY, box.top, box.height) };
    return cell.x < 0 || cell.y < 0 || cell.x >= size || cell.y >= size ? null : cell;
  }
}

function isEnd({ start, goal }: Problem, cell: Cell): boolean {
  return isAt(start, cell) || isAt(goal, cell);
}

/** A ring is dragged; elsewhere walls are drawn or erased, as the first cell asks. */
function toolAt(maze: Problem, cell: Cell): Tool {
  if (isAt(maze.start, cell)) return (now, to) => withEnd(now, 'start', to);
  if (isAt(maze.goal, cell)) return (now, to) => withEnd(now, 'goal', to);
  const isWall = !hasWall(maze, cell);
  return (now, to) => withWall(now, to, isWall);
}
