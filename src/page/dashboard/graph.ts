// The graph of a study: a square for each task. As many rows as fit are a matrix, a row for what a task is done for and
// a column for what is done; a larger graph has a row for each column, whose squares wrap. A change of a task changes
// its square alone.
import type { GraphShape, TaskNow } from '../../dashboard/protocol.ts';
import { element, nowWords } from './words.ts';

/** A matrix has at most so many rows, and squares so wide, in pixels. */
const MOST_ROWS = 40;
const COLUMN_WIDTH = 30;
const NAME_WIDTH = 170;

/** Squares by place, and where the keyboard is. */
export class GraphView {
  /** Changes of squares so far; tests count them. */
  changes = 0;
  private readonly root: HTMLElement;
  private readonly choose: (place: number) => void;
  private shape: GraphShape | undefined;
  private now: readonly TaskNow[] = [];
  private squares: HTMLElement[] = [];
  /** Places by line, as the arrow keys walk over them; -1: nothing there. */
  private lines: number[][] = [];
  private focused = 0;
  private chosen = -1;
  private isMatrix = false;

  /** @param choose called with the place of a task */
  constructor(root: HTMLElement, choose: (place: number) => void) {
    this.root = root;
    this.choose = choose;
    root.addEventListener('click', ({ target }) => {
      const place = this.placeOf(target);
      if (place !== undefined) this.select(place, true);
    });
    root.addEventListener('keydown', (event) => {
      this.press(event);
    });
    new ResizeObserver(() => {
      if (this.shape !== undefined && this.fitsMatrix(this.shape) !== this.isMatrix) this.show(this.shape, this.now);
    }).observe(root);
  }

  /** Draws all squares anew. */
  show(shape: GraphShape, now: readonly TaskNow[]): void {
    this.shape = shape;
    this.now = now;
    this.isMatrix = this.fitsMatrix(shape);
    this.squares = shape.tasks.map((_, place) => {
      const square = element('div');
      square.setAttribute('role', 'gridcell');
      square.dataset.place = String(place);
      square.tabIndex = -1;
      return square;
    });
    const grid = element('div', '', this.isMatrix ? 'matrix' : 'lanes');
    grid.setAttribute('role', 'grid');
    grid.setAttribute('aria-label', 'Tasks');
    grid.append(...(this.isMatrix ? this.matrix(shape) : this.lanes(shape)));
    this.root.replaceChildren(...(shape.tasks.length === 0 ? [] : [grid]));
    this.squares.forEach((_, place) => {
      this.paint(place);
    });
    if (this.focused >= this.squares.length) this.focused = 0;
    this.squares.at(this.focused)?.setAttribute('tabindex', '0');
    if (this.chosen >= 0) this.mark();
  }

  /** Takes over what changed. */
  update(places: Iterable<number>, now: readonly TaskNow[]): void {
    this.now = now;
    for (const place of places) if (place < this.squares.length) this.paint(place);
  }

  /** Chooses a task, and marks what it needs and what needs it; -1 for none. */
  select(place: number, withFocus: boolean): void {
    if (withFocus) this.focus(place);
    if (place === this.chosen && place >= 0) return;
    this.chosen = place;
    this.mark();
    this.choose(place);
  }

  private fitsMatrix({ rows, columns }: GraphShape): boolean {
    return rows.length <= MOST_ROWS && columns.length * COLUMN_WIDTH + NAME_WIDTH <= this.root.clientWidth;
  }

  private matrix(shape: GraphShape): HTMLElement[] {
    const { columns, rows, tasks } = shape;
    const at = rows.map(() => columns.map(() => -1));
    tasks.forEach(({ row, column }, place) => {
      at[row][column] = place;
    });
    this.lines = at;
    const head = row([element('div'), ...columns.map((name) => named('columnheader', name, 'column'))]);
    return [
      head,
      ...rows.map((name, i) =>
        row([
          named('rowheader', name === '' ? 'all' : name, 'name'),
          ...at[i].map((place) => (place < 0 ? empty() : this.squares[place])),
        ]),
      ),
    ];
  }

  private lanes({ columns, tasks }: GraphShape): HTMLElement[] {
    this.lines = columns.map((_, i) => tasks.flatMap(({ column }, place) => (column === i ? [place] : [])));
    return columns.map((name, i) => {
      const squares = element('div', '', 'squares');
      squares.setAttribute('role', 'presentation');
      squares.append(...this.lines[i].map((place) => this.squares[place]));
      return row([named('rowheader', name, 'name'), squares]);
    });
  }

  private paint(place: number): void {
    const square = this.squares[place];
    const now = this.now[place];
    const words = `${this.shape?.tasks[place].id ?? ''}: ${nowWords(now)}`;
    if (square.title === words) return;
    this.changes += 1;
    square.className = `square is-${now.state}`;
    square.title = words;
    square.setAttribute('aria-label', words);
    square.style.setProperty('--share', `${Math.round(100 * (now.share ?? 0.5))}%`);
    if (place === this.chosen) square.classList.add('chosen');
  }

  private mark(): void {
    for (const marked of this.root.querySelectorAll('.chosen, .near')) {
      marked.classList.remove('chosen', 'near');
      marked.removeAttribute('aria-selected');
    }
    const square = this.squares.at(this.chosen);
    if (this.chosen < 0 || square === undefined) return;
    square.classList.add('chosen');
    square.setAttribute('aria-selected', 'true');
    this.shape?.tasks.forEach(({ needs }, place) => {
      if (needs.includes(this.chosen)) this.squares[place].classList.add('near');
    });
    for (const need of this.shape?.tasks[this.chosen].needs ?? []) this.squares[need].classList.add('near');
  }

  private focus(place: number): void {
    this.squares.at(this.focused)?.setAttribute('tabindex', '-1');
    this.focused = place;
    const square = this.squares.at(place);
    square?.setAttribute('tabindex', '0');
    square?.focus();
  }

  private placeOf(target: EventTarget | null): number | undefined {
    const square = target instanceof Element ? target.closest<HTMLElement>('[data-place]') : null;
    return square === null ? undefined : Number(square.dataset.place);
  }

  private press(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || this.squares.length === 0) return;
    const next = this.target(event.key);
    if (next === undefined) return;
    event.preventDefault();
    this.select(next, true);
  }

  private target(key: string): number | undefined {
    const line = this.lines.findIndex((places) => places.includes(this.focused));
    const at = this.lines[line]?.indexOf(this.focused) ?? -1;
    const nextIn = (places: readonly number[], from: number, by: number): number | undefined => {
      for (let i = from + by; i >= 0 && i < places.length; i += by) if (places[i] >= 0) return places[i];
      return undefined;
    };
    switch (key) {
      case 'ArrowRight':
        return nextIn(this.lines[line], at, 1);
      case 'ArrowLeft':
        return nextIn(this.lines[line], at, -1);
      case 'ArrowDown':
        return this.below(line, at, 1);
      case 'ArrowUp':
        return this.below(line, at, -1);
      case 'Home':
        return nextIn(this.lines[line], -1, 1);
      case 'End':
        return nextIn(this.lines[line], this.lines[line].length, -1);
      case 'r':
        return this.nextOf(({ state }) => state === 'running');
      case 'f':
        return this.nextOf(({ state }) => state === 'set_aside');
      case 'Enter':
      case ' ':
        return this.focused;
      default:
        return undefined;
    }
  }

  /** In a matrix the same column, in lanes the same number or the last one. */
  private below(line: number, at: number, by: number): number | undefined {
    for (let i = line + by; i >= 0 && i < this.lines.length; i += by) {
      const places = this.lines[i];
      const place = this.isMatrix ? places[at] : places[Math.min(at, places.length - 1)];
      if (place >= 0) return place;
    }
    return undefined;
  }

  private nextOf(is: (now: TaskNow) => boolean): number | undefined {
    const { length } = this.squares;
    for (let i = 1; i <= length; i++) {
      const place = (this.focused + i) % length;
      if (is(this.now[place])) return place;
    }
    return undefined;
  }
}

function row(cells: readonly HTMLElement[]): HTMLElement {
  const made = element('div', '', 'row');
  made.setAttribute('role', 'row');
  made.append(...cells);
  return made;
}

function named(role: string, name: string, className: string): HTMLElement {
  const made = element('div', '', className);
  made.setAttribute('role', role);
  made.append(element('span', name));
  made.title = name;
  return made;
}

function empty(): HTMLElement {
  const made = element('div', '', 'empty');
  made.setAttribute('role', 'gridcell');
  return made;
}
