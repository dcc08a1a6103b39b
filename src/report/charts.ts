// The door to Vega: a Vega-Lite specification in, one SVG out, drawn without a canvas or a browser, in the page's own
// type and colours.
import type { TopLevelSpec } from 'vega-lite';
import { cleanText, EMPTY, html, join, trusted } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { SAID } from '../tables/figure-marks.ts';
import { CHART_WIDTH, SPAN_WIDTHS } from '../tables/figure-size.ts';
import { FURNITURE } from '../tables/palette.ts';
import type { Figure } from '../tables/table.ts';

const THEME: TopLevelSpec['config'] = {
  font: 'sans-serif',
  background: 'transparent',
  view: { stroke: null },
  axis: {
    labelColor: FURNITURE.text.light,
    titleColor: FURNITURE.text.light,
    domainColor: FURNITURE.rule.light,
    tickColor: FURNITURE.rule.light,
    gridColor: FURNITURE.grid.light,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelPadding: 4,
  },
};

// One digit after the point is far below a pixel and saves two thirds of a curve's bytes.
function shorten(svg: string): string {
  return svg.replace(
    / (d|transform)="([^"]*)"/g,
    (_, name: string, path: string) => ` ${name}="${path.replace(/(\.\d)\d+/g, '$1')}"`,
  );
}

// Inline SVG needs no namespaces, and without them the page holds no address at all.
function inline(svg: string): string {
  return svg.replace(/ xmlns(:xlink)?="[^"]*"/g, '').replace(/ version="1.1"/, '');
}

// The words of a mark become its title, which a browser shows without a script. Roles and labels of Vega's own go: the
// chart as a whole has its words.
function withTitles(svg: string): string {
  return svg
    .replace(new RegExp(`<path aria-label="${SAID}([^"]*)"([^>]*)/>`, 'g'), '<path$2><title>$1</title></path>')
    .replace(/ (?:role|aria-\w+)="[^"]*"/g, '')
    .replace(/<path class="(?:fore|back)ground"[^>]*\/>/g, '')
    .replace(/ (?:pointer-events="none"|opacity="1"|class="[^"]*"|font-family="[^"]*")/g, '')
    .replaceAll('font-size="12px"', 'font-size="12"');
}

// A scatter plot has hundreds of equal points: a group has their look once.
function withGroups(svg: string): string {
  const point = String.raw`<path transform="translate\([^)]*\)" d="M[\d.]+,0A[^"]*" fill="[^"]*" stroke-width="\d+" opacity="[\d.]+"/>`;
  const parts =
    /translate\(([^,]*),([^)]*)\)" d="M([\d.]+),0A[^"]*" fill="([^"]*)" stroke-width="\d+" opacity="([\d.]+)"/g;
  return svg.replace(new RegExp(`(?:${point}){3,}`, 'g'), (run) => {
    const points = [...run.matchAll(parts)];
    const [[, , , radius, fill, opacity]] = points;
    if (points.some(([, , , ...look]) => look.join() !== [radius, fill, opacity].join())) return run;
    const circles = points.map(([, x, y]) => `<circle cx="${x}" cy="${y}" r="${radius}"/>`);
    return `<g fill="${fill}" fill-opacity="${opacity}">${circles.join('')}</g>`;
  });
}

/**
 * Draws a chart. Vega is loaded here and not at the top: it takes half a second that commands without a report need not
 * pay.
 * @param specification Vega-Lite, data inline;
 * @param label what the chart shows, read out in place of it
 */
export async function chart(specification: TopLevelSpec, label: string): Promise<Html> {
  return html`<div class="chart" role="img" aria-label="${label}">${await drawn(specification)}</div>`;
}

/** Vega exports this without a type. */
interface Measured {
  readonly textMetrics: { width: typeof textWidth };
}

function textWidth({ fontSize = 12 }: { readonly fontSize?: number }, text: unknown): number {
  return 0.58 * fontSize * (typeof text === 'string' || typeof text === 'number' ? String(text).length : 0);
}

async function drawn(specification: TopLevelSpec): Promise<Html> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  // Vega's estimate without a canvas is 0.8 of the size a letter, and room for that is taken from the plot.
  (vega as unknown as Measured).textMetrics.width = textWidth;
  const { spec } = compile({ ...specification, config: { ...THEME, ...specification.config } });
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  return trusted(inline(withGroups(shorten(withTitles(svg)))));
}

/** A figure with its title, its caption and its data for whoever saves it. */
export async function figureHtml({ id, title, caption, spoken, span = 'half', specification }: Figure): Promise<Html> {
  const picture = html`<div class="chart" role="img" aria-label="${spoken}">${await drawings(specification, SPAN_WIDTHS[span])}</div>`;
  const words = caption === '' ? EMPTY : html`<p class="note">${caption}</p>`;
  return html`<figure class="figure ${span}" id="figure-${id}"><figcaption><h3>${title}</h3>${words}</figcaption>${picture}${dataBlock(specification)}</figure>`;
}

/** Two drawings where a figure has a width of its own: one for phones, one for the column of a desktop page. */
async function drawings(specification: object, wide: number): Promise<Html> {
  const { width } = specification as { readonly width?: unknown };
  const isFluid = width === CHART_WIDTH;
  if (!isFluid || wide < CHART_WIDTH)
    return drawn({ ...specification, ...(isFluid && { width: wide }) } as TopLevelSpec);
  const [narrow, full] = await Promise.all(
    [CHART_WIDTH, wide].map((each) => drawn({ ...specification, width: each } as TopLevelSpec)),
  );
  return html`<div class="narrow">${narrow}</div><div class="wide">${full}</div>`;
}

/** Fields that only serve the drawing. */
const DRAWN_FIELDS = new Set(['words', 'line', 'label', 'place', 'variant']);

/** The rows of a figure: what all rows share, names of columns, then rows. Numbers keep six digits. */
function dataBlock(specification: object): Html {
  const { data } = specification as {
    readonly data?: { readonly values?: readonly Readonly<Record<string, unknown>>[] };
  };
  const values = data?.values ?? [];
  if (values.length === 0) return EMPTY;
  const names = Object.keys(values[0]).filter((name) => !DRAWN_FIELDS.has(name));
  const isShared = (name: string): boolean => values.every((row) => row[name] === values[0][name]);
  const columns = names.filter((name) => !isShared(name));
  const same = Object.fromEntries(names.filter(isShared).map((name) => [name, cell(values[0][name])]));
  const rows = values.map((row) => columns.map((name) => cell(row[name])));
  const text = cleanText(JSON.stringify({ same, columns, rows })).replaceAll('<', String.raw`\u003c`);
  return trusted(`<script type="application/json" class="figure-data">${text}</script>`);
}

function cell(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}

/** Figures side by side. */
export async function figuresHtml(figures: readonly Figure[]): Promise<Html> {
  return html`<div class="charts">${join(await Promise.all(figures.map(figureHtml)))}</div>`;
}
