// The benchmark as one HTML file: roofline, facts of the machine, tables. Pure: the same results give the same bytes.
// No scripts, no network.
import { htmlDocument } from '../src/report/document.ts';
import { EMPTY, html, join } from '../src/render/markup.ts';
import type { Html } from '../src/render/markup.ts';
import { scrollTable } from '../src/render/html.ts';
import type { BenchResults } from './results.ts';
import { roofline, type RoofPoint, roofPoints } from './roofline.ts';
import { scalingFigure, type ScalingPanel, scalingPanels } from './scaling-figure.ts';
import type { BenchTable } from './table.ts';
import { benchFacts, benchTables } from './tables.ts';

/** Names fit next to their points on a wide screen. On a phone numbers replace them, with a list of names below. */
const WIDE = { width: 720, height: 420, label: ({ kernel }: RoofPoint) => kernel };
const NARROW = { width: 292, height: 300, label: (_: RoofPoint, index: number) => String(index + 1) };

export async function renderBenchPage(results: BenchResults): Promise<string> {
  const { machine, version, warnings } = results;
  return htmlDocument({
    kind: 'bench',
    title: 'speed of this machine',
    body: html`<header>
<p class="overline">tracelab bench</p>
<h1>Speed on ${machine.cpu}</h1>
${
  warnings.length === 0
    ? EMPTY
    : html`<div class="banner"><h2>The machine was not idle</h2><ul>${join(
        warnings.map((warning) => html`<li>${warning}</li>`),
      )}</ul></div>`
}
<dl class="facts">${join(benchFacts(results).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>
</header>
<main>
${await rooflineSection(results)}
${await scalingSection(results)}
${join(benchTables(results).map(tableSection), '\n')}
</main>
<footer><p class="note">Written by tracelab ${version} bench. Every number was measured after the result had been compared with scalar f64.</p></footer>`,
  });
}

async function rooflineSection(results: BenchResults): Promise<Html> {
  const points = roofPoints(results);
  if (points.length === 0) return EMPTY;
  const [wide, narrow] = [await roofline(points, results.peaks, WIDE), await roofline(points, results.peaks, NARROW)];
  const items = points.map(
    ({ kernel, preset, gflops, intensity }) =>
      html`<li>${kernel} (${preset}): ${gflops.toFixed(1)} GFLOP/s, ${intensityText(intensity)} operations a byte</li>`,
  );
  return html`<section aria-labelledby="roofline"><h2 id="roofline">Roofline</h2>
<figure><div class="roofline-wide">${wide}</div><div class="roofline-narrow">${narrow}</div>
<figcaption>Speed of each kernel on one thread over its arithmetic intensity. Left of the bend memory is the roof, right of it the multiply-add units. A point above the slope works in the cache. Circles: bound by arithmetic; triangles: bound by memory.</figcaption></figure>
<ol class="roof-list">${join(items)}</ol></section>`;
}

/** Plot widths: two panels next to each other fit a wide screen, one a phone. */
const PANEL_WIDTH = 292;

async function scalingSection(results: BenchResults): Promise<Html> {
  const panels = scalingPanels(results);
  if (panels.length === 0) return EMPTY;
  const draw = async (panel: ScalingPanel): Promise<Html> =>
    html`<div><h3>${panel.title}</h3>${await scalingFigure(panel, PANEL_WIDTH)}</div>`;
  return html`<section aria-labelledby="scaling"><h2 id="scaling">Efficiency of threads</h2>
<figure><div class="charts">${join(await Promise.all(panels.map(draw)))}</div>
<figcaption>Speed with T threads over the summed speed of T single-thread runs side by side, measured in turns. Small tasks: T trainings side by side over T times one alone.</figcaption></figure></section>`;
}

/** Two digits, never in powers of ten. */
function intensityText(intensity: number): string {
  return String(Number(intensity.toPrecision(2)));
}

function tableSection({ title, note, head, rows, texts }: BenchTable, index: number): Html {
  const id = `table-${index + 1}`;
  const kind = (column: number, text: string): string =>
    column < texts ? 'text' : /^[\d.,-]/.test(text) ? 'number' : 'words';
  const headings = head.map(
    (name, column) => html`<th scope="col" class="${kind(column, rows[0][column])}">${name}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr><th scope="row" class="${kind(0, row[0])}">${row[0]}</th>${join(
        row.slice(1).map((text, i) => html`<td class="${kind(i + 1, text)}">${text}</td>`),
      )}</tr>`,
  );
  const table = html`<table class="compact"><caption><span>${note}</span></caption><thead><tr>${join(headings)}</tr></thead><tbody>${join(body)}</tbody></table>`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${scrollTable(title, table)}</section>`;
}
