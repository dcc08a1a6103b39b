// The workers: where they are, what they do, and how fast they are.
import type { Worker } from '../../dashboard/protocol.ts';
import { duration, element, whole } from './words.ts';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [120, 24];
/** Rows that are drawn. */
const MOST_WORKERS = 200;
/** A worker that gives no sign for longer is called silent. */
const SILENT_SECONDS = 30;

/** A table of all workers. */
export function workersTable(workers: readonly Worker[]): HTMLElement {
  if (workers.length === 0) return element('p', 'No task is running.', 'note');
  const table = element('table');
  const head = table.createTHead().insertRow();
  for (const name of ['Worker', 'Threads', 'State', 'Tokens a second', 'Tasks']) {
    const cell = element('th', name);
    cell.scope = 'col';
    head.append(cell);
  }
  const body = table.createTBody();
  for (const worker of workers.slice(0, MOST_WORKERS)) {
    const { host, pid, threads, silent, rate, rates, tasks } = worker;
    const row = body.insertRow();
    const name = element('th', `${host}, process ${pid}`);
    name.scope = 'row';
    const speed = element('td', rate === null ? '–' : `${whole(rate)} `);
    if (rates.length > 1) speed.append(sparkline(rates));
    row.append(
      name,
      element('td', threads === null ? '–' : String(threads)),
      element('td', silent > SILENT_SECONDS ? `silent for ${duration(silent)}` : 'alive'),
      speed,
      element('td', tasks.join(', ') || '–'),
    );
  }
  const scroll = element('div', '', 'scroll');
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', 'Workers');
  scroll.append(table);
  const more = workers.length - MOST_WORKERS;
  if (more > 0) scroll.append(element('p', `and ${whole(more)} more`, 'note'));
  return scroll;
}

/** Rates of the last minutes, from 0. */
function sparkline(rates: readonly number[]): SVGElement {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  picture.setAttribute('class', 'sparkline');
  picture.setAttribute('aria-hidden', 'true');
  const most = Math.max(1, ...rates);
  const line = document.createElementNS(SVG, 'polyline');
  line.setAttribute('fill', 'none');
  const points = rates.map(
    (rate, i) =>
      `${((i / (rates.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - (rate / most) * (HEIGHT - 2)).toFixed(1)}`,
  );
  line.setAttribute('points', points.join(' '));
  picture.append(line);
  return picture;
}
