// A domain's drawing (src/domain/drawing.ts) as an SVG in the look of the maze pictures, and the key to its marks.
import type { Drawing, DrawingMark } from '../domain/drawing.ts';
import type { GridCell } from '../domain/types.ts';
import { EMPTY, html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';

/** Units of one cell's side in the viewBox. */
const UNIT = 28;
const HALF = UNIT / 2;

const centre = ({ x, y }: GridCell): string => `${x * UNIT + HALF} ${y * UNIT + HALF}`;

function mark({ x, y, shape, tone }: DrawingMark): Html {
  const [cx, cy] = [x * UNIT + HALF, y * UNIT + HALF];
  switch (shape) {
    case 'round':
      return html`<circle class="mark-${tone}" cx="${cx}" cy="${cy}" r="5.5"/>`;
    case 'square':
      return html`<rect class="mark-${tone}" x="${cx - 8}" y="${cy - 8}" width="16" height="16" rx="2"/>`;
    case 'ring':
      return html`<circle class="mark-${tone} mark-ring" cx="${cx}" cy="${cy}" r="11"/>`;
    default:
      return shape satisfies never;
  }
}

function line(name: string, cells: readonly GridCell[]): Html {
  return cells.length < 2 ? EMPTY : html`<polyline class="${name}" points="${cells.map(centre).join(' ')}"/>`;
}

function frame({ x, y }: GridCell): Html {
  return html`<rect class="broken broken-trace" data-cell="${x},${y}" x="${x * UNIT + 0.5}" y="${y * UNIT + 0.5}" width="${UNIT - 1}" height="${UNIT - 1}"/>`;
}

function cross({ x, y }: GridCell): Html {
  return html`<path class="broken broken-plan" data-cell="${x},${y}" d="M${x * UNIT + 8} ${y * UNIT + 8}l12 12m0-12l-12 12"/>`;
}

/** The picture. Cells off the board are left out; the label is escaped. */
export function drawingPicture(
  { size, walls, marks, closed, plan, rest, brokenTrace, brokenPlan }: Drawing,
  label: string,
): Html {
  const inside = ({ x, y }: GridCell): boolean => x < size && y < size;
  const last = closed.reduce((most, { order }) => Math.max(most, order), 1);
  const floor = Array.from(
    walls,
    (wall, i) =>
      html`<rect class="${wall === 0 ? 'floor' : 'wall'}" x="${(i % size) * UNIT}" y="${
        Math.floor(i / size) * UNIT
      }" width="${UNIT}" height="${UNIT}"/>`,
  );
  const shades = closed
    .filter(inside)
    .map(
      ({ x, y, order }) =>
        html`<rect class="closed" x="${x * UNIT + 2.5}" y="${y * UNIT + 2.5}" width="23" height="23" rx="3" fill-opacity="${(
          0.12 +
          0.4 * (order / last)
        ).toFixed(2)}"/>`,
    );
  const walked = plan.filter(inside);
  return html`<svg class="maze" viewBox="-1 -1 ${size * UNIT + 2} ${size * UNIT + 2}" role="img" aria-label="${label}">${join(
    [
      ...floor,
      ...shades,
      ...marks.map(mark),
      line('plan', walked),
      line('plan-core', walked),
      line('plan-rest', rest.filter(inside)),
      brokenTrace !== null && inside(brokenTrace) ? frame(brokenTrace) : EMPTY,
      brokenPlan !== null && inside(brokenPlan) ? cross(brokenPlan) : EMPTY,
    ],
  )}</svg>`;
}

/** The marks of the pictures with their words; those of a domain are the same in all of its drawings. */
export function drawingKey(drawings: readonly (Drawing | undefined)[]): Html {
  const item = (drawing: Html, words: string): Html =>
    html`<li><svg class="maze" viewBox="0 0 ${UNIT} ${UNIT}" width="20" height="20" aria-hidden="true">${drawing}</svg> ${words}</li>`;
  const key = drawings.find((drawing) => drawing !== undefined)?.key ?? [];
  return html`<ul class="key">${join([
    ...key.map(({ mark: { shape, tone }, words }) => item(mark({ x: 0, y: 0, shape, tone }), words)),
    item(html`<rect class="wall" x="1" y="1" width="26" height="26"/>`, 'wall'),
    item(
      html`<rect class="closed" x="2.5" y="2.5" width="23" height="23" rx="3" fill-opacity="0.4"/>`,
      'closed by the trace (darker: later)',
    ),
    item(html`<polyline class="plan-core" points="2 14 26 14"/>`, 'plan'),
    item(html`<polyline class="plan-rest" points="0 14 28 14"/>`, 'plan after its first illegal step'),
    item(frame({ x: 0, y: 0 }), 'first broken step of the trace (strict level)'),
    item(cross({ x: 0, y: 0 }), 'where the plan breaks'),
  ])}</ul>`;
}
