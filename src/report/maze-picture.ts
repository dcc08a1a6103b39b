// One maze as an SVG: walls, start and goal, the cells that the trace closed (darker = later) and created, the plan, the broken steps.
import type { Cell, Problem } from '../domain/types.ts';
import type { BodyRecord, ParsedCompletion } from '../domain/verdict/parse.ts';
import type { Break, PlanBreak } from './breaks.ts';
import { EMPTY, html, join } from './html.ts';
import type { Html } from './html.ts';

/** Units of one cell's side in the viewBox. */
const UNIT = 24;
/** Above this size numbers would not be readable. */
const LARGEST_NUMBERED = 12;

export interface MazeDrawing {
  readonly problem: Problem;
  readonly completion: ParsedCompletion;
  readonly trace: Break | null;
  readonly plan: PlanBreak | null;
  /** Read out in place of the picture. */
  readonly label: string;
}

const centre = ({ x, y }: Cell): string => `${x * UNIT + UNIT / 2} ${y * UNIT + UNIT / 2}`;

function isInside({ size }: Problem, { x, y }: Cell): boolean {
  return x < size && y < size;
}

function floor({ size, walls }: Problem): Html {
  const cells = Array.from(walls, (wall, i) => html`<rect class="${wall === 0 ? 'floor' : 'wall'}" x="${(i % size) * UNIT}" y="${Math.floor(i / size) * UNIT}" width="${UNIT}" height="${UNIT}"/>`);
  return join(cells);
}

/** Cell index -> order of its first close (from 1), and the cells that were created but never closed. */
export function explored(problem: Problem, body: readonly BodyRecord[]): { readonly closed: ReadonlyMap<number, number>; readonly created: ReadonlySet<number> } {
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

function trace(problem: Problem, body: readonly BodyRecord[]): Html {
  const { size } = problem;
  const { closed, created } = explored(problem, body);
  const last = Math.max(1, ...closed.values());
  const square = (index: number, attributes: Html): Html =>
    html`<rect ${attributes} x="${(index % size) * UNIT + 2.5}" y="${Math.floor(index / size) * UNIT + 2.5}" width="${UNIT - 5}" height="${UNIT - 5}" rx="3"/>`;
  const shaded = [...closed].map(([index, order]) => square(index, html`class="closed" data-order="${order}" fill-opacity="${(0.12 + (0.5 * order) / last).toFixed(2)}"`));
  const open = [...created].map((index) => square(index, html`class="created"`));
  const numbers = size > LARGEST_NUMBERED ? [] : [...closed].map(([index, order]) => {
    const [x, y] = [(index % size) * UNIT, Math.floor(index / size) * UNIT];
    return html`<text class="order${problem.walls[index] === 0 ? '' : ' on-wall'}" x="${x + 4}" y="${y + 9.5}">${order}</text>`;
  });
  return join([...open, ...shaded, ...numbers]);
}

/** The plan as it was walked; what follows an illegal move is dashed and thin. */
function plan(problem: Problem, cells: readonly Cell[], fault: PlanBreak | null): Html {
  const walked = fault === null ? cells.length : fault.walked;
  const line = (part: readonly Cell[]): string => part.filter((cell) => isInside(problem, cell)).map(centre).join(' ');
  const before = line(cells.slice(0, walked));
  const after = line(cells.slice(Math.max(0, walked - 1)));
  return join([
    walked < cells.length ? html`<polyline class="plan-rest" points="${after}"/>` : EMPTY,
    walked > 0 ? html`<polyline class="plan" points="${before}"/><polyline class="plan-core" points="${before}"/>` : EMPTY,
    fault?.from && fault.cell ? html`<line class="bad-move" x1="${fault.from.x * UNIT + 12}" y1="${fault.from.y * UNIT + 12}" x2="${fault.cell.x * UNIT + 12}" y2="${fault.cell.y * UNIT + 12}"/>` : EMPTY,
  ]);
}

function ends({ start, goal }: Problem): Html {
  const [sx, sy] = centre(start).split(' ');
  const [gx, gy] = centre(goal).split(' ');
  return html`<circle class="start" cx="${sx}" cy="${sy}" r="5.5"/><circle class="goal" cx="${gx}" cy="${gy}" r="7"/><circle class="goal-core" cx="${gx}" cy="${gy}" r="2.6"/>`;
}

function traceMark({ x, y }: Cell): Html {
  return html`<rect class="broken broken-trace" data-cell="${x},${y}" x="${x * UNIT + 0.5}" y="${y * UNIT + 0.5}" width="${UNIT - 1}" height="${UNIT - 1}"/>`;
}

function planMark({ x, y }: Cell): Html {
  const [left, top] = [x * UNIT + 7, y * UNIT + 7];
  return html`<path class="broken broken-plan" data-cell="${x},${y}" d="M${left} ${top}l10 10m0-10l-10 10"/>`;
}

/** The picture. Everything in it comes from parsed numbers; the label is escaped. */
export function mazePicture({ problem, completion, trace: traceFault, plan: planFault, label }: MazeDrawing): Html {
  const side = problem.size * UNIT;
  return html`<svg class="maze" viewBox="-1 -1 ${side + 2} ${side + 2}" role="img" aria-label="${label}">${join([
    floor(problem),
    trace(problem, completion.body),
    plan(problem, completion.plan, planFault),
    ends(problem),
    traceFault?.cell ? traceMark(traceFault.cell) : EMPTY,
    planFault?.cell ? planMark(planFault.cell) : EMPTY,
  ])}</svg>`;
}

/** The marks of the pictures with their words. */
export function pictureKey(): Html {
  const item = (drawing: Html, words: string): Html => html`<li><svg class="maze" viewBox="0 0 ${UNIT} ${UNIT}" width="20" height="20" aria-hidden="true">${drawing}</svg> ${words}</li>`;
  const box = (name: string, opacity = '1'): Html => html`<rect class="${name}" x="2.5" y="2.5" width="19" height="19" rx="3" fill-opacity="${opacity}"/>`;
  return html`<ul class="key">${join([
    item(html`<circle class="start" cx="12" cy="12" r="6.5"/>`, 'start'),
    item(html`<circle class="goal" cx="12" cy="12" r="8"/><circle class="goal-core" cx="12" cy="12" r="3"/>`, 'goal'),
    item(html`<rect class="wall" x="1" y="1" width="22" height="22"/>`, 'wall'),
    item(box('closed', '0.15'), 'closed early'),
    item(box('closed', '0.6'), 'closed late (number: order)'),
    item(box('created'), 'created, never closed'),
    item(html`<polyline class="plan-core" points="2 12 22 12"/>`, 'plan'),
    item(html`<polyline class="plan-rest" points="0 12 24 12"/>`, 'plan after its first illegal step'),
    item(traceMark({ x: 0, y: 0 }), 'first broken step of the trace (strict level)'),
    item(planMark({ x: 0, y: 0 }), 'where the plan breaks'),
  ])}</ul>`;
}
