// One maze as an SVG: walls, start and goal, the cells that the trace closed (darker = later) and created, the plan,
// the broken steps.
import type { Cell, Problem } from '../domain/maze/types.ts';
import type { BodyRecord, ParsedCompletion } from '../domain/maze/verdict/parse.ts';
import type { Break, PlanBreak } from './breaks.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';

/** Units of one cell's side in the viewBox. */
const UNIT = 28;
const HALF = UNIT / 2;
const ORIGIN: Cell = { x: 0, y: 0 };
/** Above this size numbers would not be readable, and lines must be thicker to be seen. */
const LARGEST_NUMBERED = 12;

interface MazeDrawing {
  readonly problem: Problem;
  readonly completion: ParsedCompletion;
  readonly trace: Break | null;
  readonly plan: PlanBreak | null;
  /** Read out in place of the picture. */
  readonly label: string;
}

const centre = ({ x, y }: Cell): string => `${x * UNIT + HALF} ${y * UNIT + HALF}`;

/** A mark off the grid (x or y at least size) is drawn in a strip outside the last column or row. */
function clamped({ size }: Problem, { x, y }: Cell): Cell {
  return { x: Math.min(x, size), y: Math.min(y, size) };
}

function isInside({ size }: Problem, { x, y }: Cell): boolean {
  return x < size && y < size;
}

function floor({ size, walls }: Problem): Html {
  const cells = Array.from(
    walls,
    (wall, i) =>
      html`<rect class="${wall === 0 ? 'floor' : 'wall'}" x="${(i % size) * UNIT}" y="${
        Math.floor(i / size) * UNIT
      }" width="${UNIT}" height="${UNIT}"/>`,
  );
  return join(cells);
}

/** Cell index -> order of its first close (from 1), and the cells that were created but never closed. */
export function explored(
  problem: Problem,
  body: readonly BodyRecord[],
): { readonly closed: ReadonlyMap<number, number>; readonly created: ReadonlySet<number> } {
  const closed = new Map<number, number>();
  const created = new Set<number>();
  let order = 0;
  for (const event of body) {
    if (event === null) continue;
    if (event.operation === 'close') order += 1;
    if (!isInside(problem, event)) continue;
    const index = event.y * problem.size + event.x;
    if (event.operation === 'create') created.add(index);
    else if (!closed.has(index)) closed.set(index, order);
  }
  for (const index of closed.keys()) created.delete(index);
  return { closed, created };
}

type Explored = ReturnType<typeof explored>;

function trace({ size }: Problem, { closed, created }: Explored): Html {
  const last = Math.max(1, ...closed.values());
  const square = (index: number, attributes: Html): Html =>
    html`<rect ${attributes} x="${(index % size) * UNIT + 2.5}" y="${
      Math.floor(index / size) * UNIT + 2.5
    }" width="${UNIT - 5}" height="${UNIT - 5}" rx="3"/>`;
  const shaded = [...closed].map(([index, order]) =>
    square(
      index,
      html`class="closed" data-order="${order}" fill-opacity="${(0.12 + (0.5 * order) / last).toFixed(2)}"`,
    ),
  );
  return join([...[...created].map((index) => square(index, html`class="created"`)), ...shaded]);
}

/** The order of closing in the corner of each cell, over the plan so that it stays readable. */
function numbers({ size, walls }: Problem, { closed }: Explored): Html {
  if (size > LARGEST_NUMBERED) return EMPTY;
  const texts = [...closed].map(([index, order]) => {
    const [x, y] = [(index % size) * UNIT, Math.floor(index / size) * UNIT];
    return html`<text class="order${
      walls[index] === 0 ? '' : ' on-wall'
    }" x="${x + 3.8}" y="${y + 9.8}">${order}</text>`;
  });
  return join(texts);
}

/** The plan as it was walked; what follows an illegal move is dashed and thin. */
function plan(problem: Problem, cells: readonly Cell[], fault: PlanBreak | null): Html {
  const walked = fault === null ? cells.length : fault.walked;
  const line = (part: readonly Cell[]): string =>
    part
      .filter((cell) => isInside(problem, cell))
      .map(centre)
      .join(' ');
  const before = line(cells.slice(0, walked));
  const after = line(cells.slice(Math.max(0, walked - 1)));
  return join([
    walked < cells.length ? html`<polyline class="plan-rest" points="${after}"/>` : EMPTY,
    walked > 0
      ? html`<polyline class="plan" points="${before}"/><polyline class="plan-core" points="${before}"/>`
      : EMPTY,
    fault?.from && fault.cell
      ? html`<polyline class="bad-move" points="${centre(clamped(problem, fault.from))} ${centre(
          clamped(problem, fault.cell),
        )}"/>`
      : EMPTY,
  ]);
}

function ends({ size, start, goal }: Problem): Html {
  const scale = size > LARGEST_NUMBERED ? 1.9 : 1;
  const [sx, sy] = centre(start).split(' ');
  const [gx, gy] = centre(goal).split(' ');
  return html`<circle class="start" cx="${sx}" cy="${sy}" r="${5.5 * scale}"/><circle class="goal" cx="${gx}" cy="${gy}" r="${7 * scale}"/><circle class="goal-core" cx="${gx}" cy="${gy}" r="${2.6 * scale}"/>`;
}

/**
 * @param at where it is drawn
 * @param named the true cell, kept for readers of the markup
 */
function traceMark(at: Cell, named: Cell): Html {
  return html`<rect class="broken broken-trace" data-cell="${named.x},${named.y}" x="${at.x * UNIT + 0.5}" y="${at.y * UNIT + 0.5}" width="${UNIT - 1}" height="${UNIT - 1}"/>`;
}

function planMark(at: Cell, named: Cell): Html {
  return html`<path class="broken broken-plan" data-cell="${named.x},${named.y}" d="M${at.x * UNIT + 8} ${at.y * UNIT + 8}l12 12m0-12l-12 12"/>`;
}

/** The picture. Everything in it comes from parsed numbers; the label is escaped. */
export function mazePicture({ problem, completion, trace: traceFault, plan: planFault, label }: MazeDrawing): Html {
  const marked = [traceFault?.cell, planFault?.cell].filter((cell) => cell !== undefined && cell !== null);
  const side = (problem.size + Number(marked.some((cell) => !isInside(problem, cell)))) * UNIT;
  const found = explored(problem, completion.body);
  return html`<svg class="${
    problem.size > LARGEST_NUMBERED ? 'maze large' : 'maze'
  }" viewBox="-1 -1 ${side + 2} ${side + 2}" role="img" aria-label="${label}">${join([
    floor(problem),
    trace(problem, found),
    plan(problem, completion.plan, planFault),
    numbers(problem, found),
    ends(problem),
    traceFault?.cell ? traceMark(clamped(problem, traceFault.cell), traceFault.cell) : EMPTY,
    planFault?.cell ? planMark(clamped(problem, planFault.cell), planFault.cell) : EMPTY,
  ])}</svg>`;
}

/** The marks of the pictures with their words. */
export function pictureKey(): Html {
  const item = (drawing: Html, words: string): Html =>
    html`<li><svg class="maze" viewBox="0 0 ${UNIT} ${UNIT}" width="20" height="20" aria-hidden="true">${drawing}</svg> ${words}</li>`;
  const box = (name: string, opacity = '1'): Html =>
    html`<rect class="${name}" x="2.5" y="2.5" width="23" height="23" rx="3" fill-opacity="${opacity}"/>`;
  return html`<ul class="key">${join([
    item(html`<circle class="start" cx="14" cy="14" r="6.5"/>`, 'start'),
    item(html`<circle class="goal" cx="14" cy="14" r="8"/><circle class="goal-core" cx="14" cy="14" r="3"/>`, 'goal'),
    item(html`<rect class="wall" x="1" y="1" width="26" height="26"/>`, 'wall'),
    item(box('closed', '0.15'), 'closed early'),
    item(box('closed', '0.6'), 'closed late (number: order)'),
    item(box('created'), 'created, never closed'),
    item(html`<polyline class="plan-core" points="2 14 26 14"/>`, 'plan'),
    item(html`<polyline class="plan-rest" points="0 14 28 14"/>`, 'plan after its first illegal step'),
    item(traceMark(ORIGIN, ORIGIN), 'first broken step of the trace (strict level)'),
    item(planMark(ORIGIN, ORIGIN), 'where the plan breaks'),
  ])}</ul>`;
}
