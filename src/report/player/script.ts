// The player's script. These functions run in the reader's browser: the page holds their text, so they use nothing but
// each other, the page and its data. All that they show is set as text or as attributes of known names, never as
// markup.
import type { PlayerData } from './data.ts';
import type { Page, PageElement, PageWindow } from './dom.ts';

interface Player {
  readonly data: PlayerData;
  readonly page: Page;
  /** The part of the player of that name (`data-part`). */
  readonly part: (name: string) => PageElement;
  readonly maze: Maze;
  /** Index of the shown step. */
  step: number;
  timer: ReturnType<typeof setInterval> | undefined;
}

/** The moving parts of the picture. By cell index: squares of all cells, numbers g, h and f where they can be read. */
interface Maze {
  readonly picture: PageElement;
  readonly squares: readonly PageElement[];
  readonly numbers: readonly (readonly PageElement[])[];
  readonly mark: PageElement;
  readonly plan: PageElement;
}

/** What the search knows before a step. Open entries in the order in which they were made; costs by cell index. */
interface SearchState {
  readonly open: Map<number, readonly [g: number, h: number]>;
  readonly closed: Map<number, readonly [g: number, h: number]>;
}

/**
 * An element of a picture. Its namespace is copied from a picture of the page, so that the page contains no address.
 */
function drawing(page: Page, name: string, attributes: Record<string, string | number>): PageElement {
  const element = page.createElementNS(page.querySelector('svg').namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

function drawMaze(page: Page, data: PlayerData): Maze {
  const { size, start, goal, steps, plan } = data;
  const walls = new Set(data.walls);
  const unit = 40;
  // A cell off the grid is marked in a strip outside of it.
  const side = (size + (steps.some(([, , x, y]) => x >= size || y >= size) ? 1 : 0)) * unit;
  const numbered = size <= 12;
  const picture = drawing(page, 'svg', {
    viewBox: `-2 -2 ${side + 4} ${side + 4}`,
    role: 'img',
    class: numbered ? 'maze' : 'maze large',
  });
  const squares: PageElement[] = [];
  const numbers: PageElement[][] = [];
  for (let index = 0; index < size * size; index++) {
    const x = (index % size) * unit,
      y = Math.floor(index / size) * unit;
    const kind = walls.has(index) ? 'wall' : 'floor';
    picture.append(drawing(page, 'rect', { class: kind, x, y, width: unit, height: unit }));
    const square = drawing(page, 'rect', { x: x + 2, y: y + 2, width: unit - 4, height: unit - 4, rx: 4 });
    squares.push(square);
    picture.append(square);
    const places: [string, number, number][] =
      numbered && kind === 'floor'
        ? [
            ['cost-g', 7, 15],
            ['cost-h', unit - 7, 15],
            ['cost-f', unit / 2, unit - 7],
          ]
        : [];
    numbers.push(places.map(([name, dx, dy]) => drawing(page, 'text', { class: name, x: x + dx, y: y + dy })));
    picture.append(...numbers[index]);
  }
  const ring = (cell: readonly [number, number], name: string): PageElement =>
    drawing(page, 'rect', {
      class: name,
      x: cell[0] * unit + 3,
      y: cell[1] * unit + 3,
      width: unit - 6,
      height: unit - 6,
      rx: 5,
    });
  const route = plan.map(([x, y]) => `${(x + 0.5) * unit} ${(y + 0.5) * unit}`).join(' ');
  const planLine = drawing(page, 'polyline', { class: 'plan-core', points: route });
  const mark = drawing(page, 'rect', { width: unit, height: unit, rx: 3 });
  picture.append(ring(start, 'start-ring'), ring(goal, 'goal-ring'), planLine, mark);
  return { picture, squares, numbers, mark, plan: planLine };
}

/** The state of the search after all records before a step, from the effects of these records. */
function stateBefore({ size, start, goal, steps }: PlayerData, step: number): SearchState {
  const open: SearchState['open'] = new Map([
    [start[1] * size + start[0], [0, Math.abs(start[0] - goal[0]) + Math.abs(start[1] - goal[1])]],
  ]);
  const closed: SearchState['closed'] = new Map();
  for (const [, effect, x, y, g, h] of steps.slice(0, step)) {
    if (effect === 'opened' || effect === 'cheaper') open.set(y * size + x, [g, h]);
    if (effect === 'closed') {
      open.delete(y * size + x);
      closed.set(y * size + x, [g, h]);
    }
  }
  return { open, closed };
}

function show(player: Player, step: number): void {
  const { data, part } = player;
  player.step = Math.max(0, Math.min(data.steps.length - 1, step));
  const [text, effect, , , , , strict, paper] = data.steps[player.step];
  const state = stateBefore(data, player.step);
  const place =
    effect === 'end' ? `End of the trace, after ${data.records} events` : `Event ${player.step + 1} of ${data.records}`;
  part('place').textContent = place;
  part('event').textContent = text;
  part('event').hidden = text === '';
  part('effect').textContent = data.effects[effect];
  for (const [level, index] of [
    ['strict', strict],
    ['paper', paper],
  ] as const) {
    const [tone, words] = data.lines[index];
    part(level).textContent = words;
    part(level).setAttribute('class', `tone-${tone}`);
  }
  part('slider').value = String(player.step);
  part('slider').setAttribute('aria-valuetext', place);
  showMaze(
    player,
    state,
    `${data.size} by ${data.size} maze. ${place}${text === '' ? '' : `: ${text}`}. ${state.open.size} cells ` +
      `open, ${state.closed.size} closed.`,
  );
  showOpenList(player, state);
}

function showMaze({ data, maze, step }: Player, { open, closed }: SearchState, label: string): void {
  const [, effect, x, y, , , strict, paper] = data.steps[step];
  const broken = data.lines[strict][0] === 'broken' || data.lines[paper][0] === 'broken';
  maze.picture.setAttribute('aria-label', label);
  maze.squares.forEach((square, index) => {
    const costs = open.get(index) ?? closed.get(index);
    square.setAttribute('class', open.has(index) ? 'now-open' : closed.has(index) ? 'now-closed' : 'now-unseen');
    if (maze.numbers[index].length > 0) {
      const [g, h, f] = maze.numbers[index];
      g.textContent = costs ? String(costs[0]) : '';
      h.textContent = costs ? String(costs[1]) : '';
      f.textContent = costs ? String(costs[0] + costs[1]) : '';
    }
  });
  const missed = effect === 'end' && !closed.has(data.goal[1] * data.size + data.goal[0]);
  const at = missed ? data.goal : [Math.min(x, data.size), Math.min(y, data.size)];
  maze.mark.setAttribute('class', at[0] < 0 ? 'now-unseen' : broken ? 'mark broken' : 'mark');
  maze.mark.setAttribute('x', String(at[0] * 40));
  maze.mark.setAttribute('y', String(at[1] * 40));
  maze.plan.setAttribute('class', effect === 'end' ? 'plan-core' : 'now-unseen');
}

/** The entries with the least f first, as A* takes them; of equal ones the older first. */
function showOpenList({ data, page, part, step }: Player, { open }: SearchState): void {
  const most = 200;
  const [, effect, x, y] = data.steps[step];
  const entries = [...open].map(([index, [g, h]]) => ({
    x: index % data.size,
    y: Math.floor(index / data.size),
    g,
    h,
    f: g + h,
  }));
  const sorted = entries.sort((a, b) => a.f - b.f).slice(0, most);
  const rows = sorted.map((entry) => {
    const row = page.createElement('tr');
    if (effect !== 'end' && entry.x === x && entry.y === y) row.setAttribute('class', 'touched');
    for (const text of [`(${entry.x}, ${entry.y})`, entry.g, entry.h, entry.f]) {
      const cell = page.createElement('td');
      cell.textContent = String(text);
      row.append(cell);
    }
    return row;
  });
  part('open').replaceChildren(...rows);
  part('count').textContent =
    open.size > most
      ? `${open.size} entries, the first ${most} shown`
      : `${open.size} ${open.size === 1 ? 'entry' : 'entries'}`;
}

function pause(player: Player): void {
  clearInterval(player.timer);
  player.timer = undefined;
  player.part('play').textContent = 'Play';
  player.part('status').setAttribute('aria-live', 'polite');
}

function play(player: Player): void {
  pause(player);
  if (player.step === player.data.steps.length - 1) show(player, 0);
  player.part('play').textContent = 'Pause';
  // A screen reader could not follow.
  player.part('status').setAttribute('aria-live', 'off');
  player.timer = setInterval(
    () => {
      show(player, player.step + 1);
      if (player.step === player.data.steps.length - 1) pause(player);
    },
    1000 / Number(player.part('speed').value),
  );
}

/** What each control and key does. */
function actions(player: Player): Record<string, () => void> {
  const go = (step: number): void => {
    pause(player);
    show(player, step);
  };
  return {
    play: () => {
      if (player.timer === undefined) play(player);
      else pause(player);
    },
    first: () => {
      go(0);
    },
    back: () => {
      go(player.step - 1);
    },
    forward: () => {
      go(player.step + 1);
    },
    last: () => {
      go(player.data.steps.length - 1);
    },
    error: () => {
      if (player.data.error >= 0) go(player.data.error);
    },
  };
}

function listen(player: Player, root: PageElement, window: PageWindow): void {
  const { part, page, data } = player;
  const does = actions(player);
  for (const name of ['play', 'first', 'back', 'forward', 'last', 'error'])
    part(name).addEventListener('click', does[name]);
  part('slider').addEventListener('input', () => {
    pause(player);
    show(player, Number(part('slider').value));
  });
  part('speed').addEventListener('change', () => {
    if (player.timer !== undefined) play(player);
  });
  const keys: Partial<Record<string, string>> = {
    ' ': 'play',
    ArrowRight: 'forward',
    ArrowLeft: 'back',
    Home: 'first',
    End: 'last',
    e: 'error',
    E: 'error',
  };
  const whole = root.dataset.keys === 'page';
  (whole ? page : root).addEventListener('keydown', (event) => {
    const name = keys[event.key];
    if (name === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    // A button presses itself with the space bar, a choice moves itself with arrows and letters.
    if (event.target.tagName === 'SELECT' || (event.key === ' ' && /^(BUTTON|SUMMARY|A)$/.test(event.target.tagName)))
      return;
    event.preventDefault();
    does[name]();
  });
  if (!whole) return;
  // Paper shows the step of the first error; the reader gets back to where the page was.
  let shown = 0;
  window.addEventListener('beforeprint', () => {
    shown = player.step;
    pause(player);
    if (data.error >= 0) show(player, data.error);
  });
  window.addEventListener('afterprint', () => {
    show(player, shown);
  });
}

function startPlayer(root: PageElement, page: Page, window: PageWindow, parts: ReadonlyMap<string, PageElement>): void {
  const data = JSON.parse(root.dataset.replay ?? '') as PlayerData;
  const part = (name: string): PageElement => {
    const found = parts.get(name);
    if (found === undefined) throw new Error(`the player has no part ${name}`);
    return found;
  };
  const player: Player = { data, page, part, maze: drawMaze(page, data), step: 0, timer: undefined };
  part('maze').replaceChildren(player.maze.picture);
  part('slider').setAttribute('max', String(data.steps.length - 1));
  part('error').hidden = data.error < 0;
  listen(player, root, window);
  show(player, Math.max(0, data.error));
  root.classList.add('ready');
}

/** Players begin at once, or where they have a button for it, when that is pressed: a report holds many. */
function startPlayers(page: Page, window: PageWindow): void {
  for (const root of page.querySelectorAll('.player')) {
    const parts = new Map<string, PageElement>();
    for (const element of page.querySelectorAll(`#${root.id} [data-part]`))
      parts.set(element.dataset.part ?? '', element);
    const begin = parts.get('begin');
    if (begin === undefined) {
      startPlayer(root, page, window, parts);
      continue;
    }
    begin.hidden = false;
    begin.addEventListener('click', () => {
      begin.hidden = true;
      startPlayer(root, page, window, parts);
      parts.get('play')?.focus();
    });
  }
}

const FUNCTIONS = [
  drawing,
  drawMaze,
  stateBefore,
  show,
  showMaze,
  showOpenList,
  pause,
  play,
  actions,
  listen,
  startPlayer,
  startPlayers,
];

/** The script as text, for one inline element at the end of a page. */
export const PLAYER_SCRIPT = `'use strict';\n${FUNCTIONS.map(String).join('\n')}\nstartPlayers(document, window);\n`;
