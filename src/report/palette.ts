// Colours of conditions and chart furniture. Charts carry the light colour as an attribute; style.ts overrides it for
// dark pages by that attribute.
import { compareConditions, conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { html, join } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';

interface Tone {
  readonly light: string;
  readonly dark: string;
}

/** Point shapes that Vega draws, with the same marks for a key: 26 x 14 pixels, centre at 13, 7. */
const SHAPES = {
  square: (fill: string) => html`<rect x="9" y="3" width="8" height="8" fill="${fill}"/>`,
  circle: (fill: string) => html`<circle cx="13" cy="7" r="4.5" fill="${fill}"/>`,
  'triangle-up': (fill: string) => html`<path d="M13 2 18 11 8 11Z" fill="${fill}"/>`,
  'triangle-down': (fill: string) => html`<path d="M13 12 8 3 18 3Z" fill="${fill}"/>`,
  diamond: (fill: string) => html`<path d="M13 1 18 7 13 13 8 7Z" fill="${fill}"/>`,
  cross: (fill: string) => html`<path d="M11 2H15V5H18V9H15V12H11V9H8V5H11Z" fill="${fill}"/>`,
} as const;

/** How a condition looks: colour is never the only difference. */
interface Appearance {
  readonly tone: Tone;
  readonly dash: readonly number[];
  readonly shape: keyof typeof SHAPES;
}

/**
 * The conditions of the paper look the same in every report. Told apart by lightness too, so that a grey print can be
 * read.
 */
const PAPER_APPEARANCES: ReadonlyMap<Condition, Appearance> = new Map([
  ['solution-only', { tone: { light: '#7d7a74', dark: '#a9a69f' }, dash: [2, 2], shape: 'square' }],
  ['correct', { tone: { light: '#1d5d9b', dark: '#7db7ee' }, dash: [1, 0], shape: 'circle' }],
  ['swapped', { tone: { light: '#c8590a', dark: '#f2a25c' }, dash: [6, 2], shape: 'triangle-up' }],
]);

/** The others take one each, in their order, and begin again where a report has more of them. */
const TONES: readonly Tone[] = [
  { light: '#2f7d4f', dark: '#7cc59a' },
  { light: '#8a3f97', dark: '#cf97da' },
  { light: '#b03a48', dark: '#ec8f98' },
  { light: '#8a6d10', dark: '#d6bb5c' },
  { light: '#0f7f86', dark: '#6cc7cc' },
  { light: '#5a4fb5', dark: '#a9a2ee' },
  { light: '#a14a7b', dark: '#e29cc2' },
  { light: '#56702a', dark: '#a8c477' },
  { light: '#7a4a2b', dark: '#c99b7c' },
  { light: '#3c6e8f', dark: '#92bfdb' },
  { light: '#6b2d5c', dark: '#c08bb3' },
  { light: '#2d5d57', dark: '#8dbdb5' },
];
const DASHES: readonly (readonly number[])[] = [
  [4, 2],
  [1, 2],
  [8, 2, 2, 2],
  [3, 3],
  [10, 3],
];
const OTHER_SHAPES = ['diamond', 'cross', 'triangle-down', 'square', 'circle', 'triangle-up'] as const;

/** @param conditions all that the report shows */
function appearances(conditions: readonly Condition[]): Map<Condition, Appearance> {
  const sorted = [...new Set(conditions)].sort(compareConditions);
  let others = 0;
  return new Map(
    sorted.map((condition) => {
      const known = PAPER_APPEARANCES.get(condition);
      if (known) return [condition, known];
      const place = others++;
      return [
        condition,
        {
          tone: TONES[place % TONES.length],
          dash: DASHES[place % DASHES.length],
          shape: OTHER_SHAPES[place % OTHER_SHAPES.length],
        },
      ];
    }),
  );
}

/** The encodings of a chart by the field `condition`. */
export function conditionScales(conditions: readonly Condition[]) {
  const all = appearances(conditions);
  const domain = [...all.keys()];
  const looks = [...all.values()];
  return {
    domain,
    color: {
      field: 'condition',
      type: 'nominal',
      scale: { domain, range: looks.map(({ tone }) => tone.light) },
      legend: null,
    },
    dash: {
      field: 'condition',
      type: 'nominal',
      scale: { domain, range: looks.map(({ dash }) => [...dash]) },
      legend: null,
    },
    shape: {
      field: 'condition',
      type: 'nominal',
      scale: { domain, range: looks.map(({ shape }) => shape) },
      legend: null,
    },
  } as const;
}

export const FURNITURE = {
  text: { light: '#4a4843', dark: '#c2beb5' },
  rule: { light: '#c9c5bb', dark: '#56534c' },
  grid: { light: '#e7e4dc', dark: '#37352f' },
} as const satisfies Record<string, Tone>;

/** Two things in one chart that are no conditions: the plan, and the trace that it follows. */
export const MARKS = {
  plan: { light: '#3d3a35', dark: '#d9d4c8' },
  trace: { light: '#2a78b8', dark: '#5fa8e6' },
} as const satisfies Record<string, Tone>;

/** Fills of a difference above and below 0. */
export const SIGNS = {
  above: { light: '#2470b3', dark: '#4f9de0' },
  below: { light: '#c25a12', dark: '#e08a45' },
} as const satisfies Record<string, Tone>;

/** CSS that swaps each light colour of a chart for its dark twin. */
export function darkChartRules(): string {
  return [
    ...[...PAPER_APPEARANCES.values()].map(({ tone }) => tone),
    ...TONES,
    ...Object.values(FURNITURE),
    ...Object.values(MARKS),
    ...Object.values(SIGNS),
  ]
    .map(({ light, dark }) => `.chart [fill="${light}"]{fill:${dark}}.chart [stroke="${light}"]{stroke:${dark}}`)
    .join('\n');
}

function swatch({ tone: { light }, dash, shape }: Appearance): Html {
  return html`<svg class="chart" width="26" height="14" viewBox="0 0 26 14" aria-hidden="true"><line x1="0" y1="7" x2="26" y2="7" stroke="${light}" stroke-width="1.6" stroke-dasharray="${dash.join(' ')}"/>${SHAPES[shape](light)}</svg>`;
}

/** The key shared by all charts of a group. */
export function conditionKey(conditions: readonly Condition[], extra: readonly Html[] = []): Html {
  const items = [...appearances(conditions)].map(
    ([condition, appearance]) => html`<li>${swatch(appearance)} ${conditionLabel(condition)}</li>`,
  );
  return html`<ul class="key">${join([...items, ...extra])}</ul>`;
}

/** Key entry for hollow points. */
export function hollowKey(label: string): Html {
  const { light } = FURNITURE.text;
  return html`<li><svg class="chart" width="36" height="14" viewBox="0 0 36 14" aria-hidden="true"><rect x="1" y="3" width="8" height="8" fill="none" stroke="${light}"/><circle cx="18" cy="7" r="4.2" fill="none" stroke="${light}"/><path d="M30 2 35 11 25 11Z" fill="none" stroke="${light}"/></svg> ${label}</li>`;
}
