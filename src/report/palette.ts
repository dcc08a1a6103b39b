// The colours of src/tables/palette.ts as markup: keys of figures, and the rules that exchange them on dark pages.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { ALL_TONES, appearances } from '../tables/palette.ts';
import type { Appearance, Shape } from '../tables/palette.ts';

/** The marks that Vega draws, for a key: 26 x 14 pixels, centre at 13, 7. */
const SHAPES: Readonly<Record<Shape, (fill: string) => Html>> = {
  square: (fill) => html`<rect x="9" y="3" width="8" height="8" fill="${fill}"/>`,
  circle: (fill) => html`<circle cx="13" cy="7" r="4.5" fill="${fill}"/>`,
  'triangle-up': (fill) => html`<path d="M13 2 18 11 8 11Z" fill="${fill}"/>`,
  'triangle-down': (fill) => html`<path d="M13 12 8 3 18 3Z" fill="${fill}"/>`,
  diamond: (fill) => html`<path d="M13 1 18 7 13 13 8 7Z" fill="${fill}"/>`,
  cross: (fill) => html`<path d="M11 2H15V5H18V9H15V12H11V9H8V5H11Z" fill="${fill}"/>`,
};

/** Style sheet that swaps each light colour of a chart for its dark twin on dark screens. */
export function darkChartStyle(): string {
  const rules = ALL_TONES.map(
    ({ light, dark }) => `.chart [fill="${light}"]{fill:${dark}}.chart [stroke="${light}"]{stroke:${dark}}`,
  );
  return `@media screen and (prefers-color-scheme: dark) {\n${rules.join('\n')}\n}`;
}

function swatch({ tone: { light }, dash, shape }: Appearance): Html {
  return html`<svg class="chart" width="26" height="14" viewBox="0 0 26 14" aria-hidden="true"><line x1="0" y1="7" x2="26" y2="7" stroke="${light}" stroke-width="1.6" stroke-dasharray="${dash.join(' ')}"/>${SHAPES[shape](light)}</svg>`;
}

/** The key shared by all charts of a group. */
export function conditionKey(conditions: readonly Condition[]): Html {
  const items = [...appearances(conditions)].map(([condition, look]) => [look, conditionLabel(condition)] as const);
  return keyHtml(items);
}

/** The key of any lines and points. */
export function keyHtml(items: readonly (readonly [look: Appearance, label: string])[]): Html {
  const entries = items.map(([look, label]) => html`<li>${swatch(look)} ${label}</li>`);
  return html`<ul class="key">${join(entries)}</ul>`;
}
