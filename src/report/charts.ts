// The door to Vega: a Vega-Lite specification in, one SVG out, drawn without a canvas or a browser, in the page's own
// type and colours.
import type { TopLevelSpec } from 'vega-lite';
import { EMPTY, html, join, trusted } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { FURNITURE } from '../tables/palette.ts';
import type { Figure } from '../tables/table.ts';

const THEME: TopLevelSpec['config'] = {
  font: 'sans-serif',
  aria: false,
  background: 'transparent',
  view: { stroke: null },
  axis: {
    labelColor: FURNITURE.text.light,
    titleColor: FURNITURE.text.light,
    domainColor: FURNITURE.rule.light,
    tickColor: FURNITURE.rule.light,
    gridColor: FURNITURE.grid.light,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelPadding: 4,
  },
};

// Three digits after the point are far below a pixel and save two thirds of a curve's bytes.
function shorten(svg: string): string {
  return svg.replace(/ d="([^"]*)"/g, (_, path: string) => ` d="${path.replace(/(\.\d)\d+/g, '$1')}"`);
}

// Inline SVG needs no namespaces, and without them the page holds no address at all.
function inline(svg: string): string {
  return svg.replace(/ xmlns(:xlink)?="[^"]*"/g, '').replace(/ version="1.1"/, '');
}

/**
 * Draws a chart. Vega is loaded here and not at the top: it takes half a second that commands without a report need not
 * pay.
 * @param specification Vega-Lite, data inline;
 * @param label what the chart shows, read out in place of it
 */
export async function chart(specification: TopLevelSpec, label: string): Promise<Html> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  const { spec } = compile({ ...specification, config: { ...THEME, ...specification.config } });
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  return html`<div class="chart" role="img" aria-label="${label}">${trusted(inline(shorten(svg)))}</div>`;
}

/** A figure with its title and caption. */
export async function figureHtml({ id, title, caption, spoken, specification }: Figure): Promise<Html> {
  const picture = await chart(specification as TopLevelSpec, spoken);
  const words = caption === '' ? EMPTY : html`<p class="note">${caption}</p>`;
  return html`<div id="figure-${id}"><h3>${title}</h3>${words}${picture}</div>`;
}

/** Figures side by side. */
export async function figuresHtml(figures: readonly Figure[]): Promise<Html> {
  return html`<div class="charts">${join(await Promise.all(figures.map(figureHtml)))}</div>`;
}
