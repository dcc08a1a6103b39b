// The moving picture of a maze: built once, then only classes, positions and numbers change.
import type { PlayerData } from '../../report/player/data.ts';

/** Side of a cell in units of the picture. */
export const UNIT = 40;
/** Mazes with larger sides have no numbers in their cells. */
const NUMBERED_SIZE = 12;
/** A name, not an address: nothing is loaded. */
const SVG = 'http://www.w3.org/2000/svg';

/** The moving parts of the picture. */
export interface Maze {
  readonly picture: SVGElement;
  /** By cell index. */
  readonly squares: readonly SVGElement[];
  /** By cell index: g, h and f, empty where they cannot be read. */
  readonly numbers: readonly (readonly SVGElement[])[];
  readonly mark: SVGElement;
  readonly plan: SVGElement;
}

/** An element of a picture with its attributes. */
export function drawing(
  name: keyof SVGElementTagNameMap,
  attributes: Readonly<Record<string, string | number>>,
): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** The picture of a maze before its first step. */
export function drawMaze({ size, walls, start, goal, steps, plan }: PlayerData): Maze {
  const blocked = new Set(walls);
  // A cell off the grid is marked in a strip outside of it.
  const side = (size + (steps.some(([, , x, y]) => x >= size || y >= size) ? 1 : 0)) * UNIT;
  const numbered = size <= NUMBERED_SIZE;
  const picture = drawing('svg', {
    viewBox: `-2 -2 ${side + 4} ${side + 4}`,
    role: 'img',
    class: numbered ? 'maze' : 'maze large',
  });
  const squares: SVGElement[] = [];
  const numbers: SVGElement[][] = [];
  for (let index = 0; index < size * size; index++) {
    const x = (index % size) * UNIT;
    const y = Math.floor(index / size) * UNIT;
    const floor = !blocked.has(index);
    picture.append(drawing('rect', { class: floor ? 'floor' : 'wall', x, y, width: UNIT, height: UNIT }));
    const square = drawing('rect', {
      class: 'now-unseen',
      x: x + 2,
      y: y + 2,
      width: UNIT - 4,
      height: UNIT - 4,
      rx: 4,
    });
    squares.push(square);
    numbers.push(numbered && floor ? costTexts(x, y) : []);
    picture.append(square, ...numbers[index]);
  }
  const route = plan.map(([x, y]) => `${(x + 0.5) * UNIT} ${(y + 0.5) * UNIT}`).join(' ');
  const planLine = drawing('polyline', { class: 'plan-core', points: route });
  const mark = drawing('rect', { class: 'now-unseen', width: UNIT, height: UNIT, rx: 3 });
  picture.append(ring(start, 'start-ring'), ring(goal, 'goal-ring'), planLine, mark);
  return { picture, squares, numbers, mark, plan: planLine };
}

/** Texts for g, h and f in a cell, in this order. */
function costTexts(x: number, y: number): SVGElement[] {
  return [
    drawing('text', { class: 'cost-g', x: x + 7, y: y + 15 }),
    drawing('text', { class: 'cost-h', x: x + UNIT - 7, y: y + 15 }),
    drawing('text', { class: 'cost-f', x: x + UNIT / 2, y: y + UNIT - 7 }),
  ];
}

function ring([x, y]: readonly [x: number, y: number], name: string): SVGElement {
  const side = UNIT - 6;
  return drawing('rect', { class: name, x: x * UNIT + 3, y: y * UNIT + 3, width: side, height: side, rx: 5 });
}
