// Colours, dashes and shapes of figures as plain values. A specification has the light colours; src/report/palette.ts
// replaces them on dark pages.
import { compareConditions } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';

export interface Tone {
  readonly light: string;
  readonly dark: string;
}

/** Point shapes that Vega draws. */
export type Shape = 'square' | 'circle' | 'triangle-up' | 'triangle-down' | 'diamond' | 'cross';

/** How a condition looks: colour is never the only difference. Dashes are for metrics; a condition has a full line. */
export interface Appearance {
  readonly tone: Tone;
  readonly dash: readonly number[];
  readonly shape: Shape;
}

/**
 * The conditions of the paper look the same in every report. They also differ in lightness, so that a grey print can be
 * read.
 */
const PAPER_APPEARANCES: ReadonlyMap<Condition, Appearance> = new Map([
  ['solution-only', { tone: { light: '#7d7a74', dark: '#a9a69f' }, dash: [1, 0], shape: 'square' }],
  ['correct', { tone: { light: '#1d5d9b', dark: '#7db7ee' }, dash: [1, 0], shape: 'circle' }],
  ['swapped', { tone: { light: '#c8590a', dark: '#f2a25c' }, dash: [1, 0], shape: 'triangle-up' }],
]);

/** The others get one each, in their order, and begin again where a report has more of them. */
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
const OTHER_SHAPES: readonly Shape[] = ['diamond', 'cross', 'triangle-down', 'square', 'circle', 'triangle-up'];

export const FURNITURE = {
  text: { light: '#4a4843', dark: '#c2beb5' },
  rule: { light: '#c9c5bb', dark: '#56534c' },
  grid: { light: '#e7e4dc', dark: '#37352f' },
} as const satisfies Record<string, Tone>;

/** The plan, and the trace that it follows, in one chart. */
export const MARKS = {
  plan: { light: '#3d3a35', dark: '#d9d4c8' },
  trace: { light: '#2a78b8', dark: '#5fa8e6' },
} as const satisfies Record<string, Tone>;

/** Fills of a difference above and below 0. */
export const SIGNS = {
  above: { light: '#2470b3', dark: '#4f9de0' },
  below: { light: '#c25a12', dark: '#e08a45' },
} as const satisfies Record<string, Tone>;

/** Every colour that a figure may have. */
export const ALL_TONES: readonly Tone[] = [
  ...[...PAPER_APPEARANCES.values()].map(({ tone }) => tone),
  ...TONES,
  ...Object.values(FURNITURE),
  ...Object.values(MARKS),
  ...Object.values(SIGNS),
];

/** @param conditions all that the report shows */
export function appearances(conditions: readonly Condition[]): Map<Condition, Appearance> {
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
          dash: [1, 0],
          // Another shape where a colour comes again.
          shape: OTHER_SHAPES[(place + Math.floor(place / TONES.length)) % OTHER_SHAPES.length],
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
    shape: {
      field: 'condition',
      type: 'nominal',
      scale: { domain, range: looks.map(({ shape }) => shape) },
      legend: null,
    },
  } as const;
}
