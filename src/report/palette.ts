// Colours of conditions and chart furniture. Charts carry the light colour as an attribute; style.ts overrides it for dark pages by that attribute.
import type { Condition } from '../domain/types.ts';
import { CONDITION_LABELS } from './format.ts';
import { html, join } from './html.ts';
import type { Html } from './html.ts';

interface Tone {
  readonly light: string;
  readonly dark: string;
}

/** Told apart by lightness too, so that a grey print can be read. */
export const CONDITION_TONES: Readonly<Record<Condition, Tone>> = {
  'solution-only': { light: '#7d7a74', dark: '#a9a69f' },
  correct: { light: '#1d5d9b', dark: '#7db7ee' },
  swapped: { light: '#c8590a', dark: '#f2a25c' },
};

export const FURNITURE = {
  text: { light: '#4a4843', dark: '#c2beb5' },
  rule: { light: '#c9c5bb', dark: '#56534c' },
  grid: { light: '#e7e4dc', dark: '#37352f' },
} as const satisfies Record<string, Tone>;

/** One dash and one point shape per condition: colour is never the only difference. */
export const CONDITION_DASHES: Readonly<Record<Condition, readonly number[]>> = { 'solution-only': [2, 2], correct: [1, 0], swapped: [6, 2] };
export const CONDITION_SHAPES: Readonly<Record<Condition, string>> = { 'solution-only': 'square', correct: 'circle', swapped: 'triangle-up' };

/** CSS that swaps each light colour of a chart for its dark twin. */
export function darkChartRules(): string {
  return [...Object.values(CONDITION_TONES), ...Object.values(FURNITURE)]
    .map(({ light, dark }) => `.chart [fill="${light}"]{fill:${dark}}.chart [stroke="${light}"]{stroke:${dark}}`)
    .join('\n');
}

function swatch(condition: Condition): Html {
  const { light } = CONDITION_TONES[condition];
  const marks: Readonly<Record<Condition, Html>> = {
    'solution-only': html`<rect x="9" y="3" width="8" height="8" fill="${light}"/>`,
    correct: html`<circle cx="13" cy="7" r="4.5" fill="${light}"/>`,
    swapped: html`<path d="M13 2 18 11 8 11Z" fill="${light}"/>`,
  };
  const dash = CONDITION_DASHES[condition].join(' ');
  return html`<svg class="chart" width="26" height="14" viewBox="0 0 26 14" aria-hidden="true"><line x1="0" y1="7" x2="26" y2="7" stroke="${light}" stroke-width="1.6" stroke-dasharray="${dash}"/>${marks[condition]}</svg>`;
}

/** The key shared by all charts of a group. */
export function conditionKey(conditions: readonly Condition[], extra: readonly Html[] = []): Html {
  const items = conditions.map((condition) => html`<li>${swatch(condition)} ${CONDITION_LABELS[condition]}</li>`);
  return html`<ul class="key">${join([...items, ...extra])}</ul>`;
}

/** Key entry for hollow points. */
export function hollowKey(label: string): Html {
  const { light } = FURNITURE.text;
  return html`<li><svg class="chart" width="36" height="14" viewBox="0 0 36 14" aria-hidden="true"><rect x="1" y="3" width="8" height="8" fill="none" stroke="${light}"/><circle cx="18" cy="7" r="4.2" fill="none" stroke="${light}"/><path d="M30 2 35 11 25 11Z" fill="none" stroke="${light}"/></svg> ${label}</li>`;
}
