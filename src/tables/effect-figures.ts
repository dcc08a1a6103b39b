// The effect of a finding, and of each of its parts, as points with intervals around 0.
import type { Finding, FindingId, FindingRow } from '../analysis/findings.ts';
import type { StudyResults } from '../study/results.ts';
import { partWords, shownRow } from './answer.ts';
import { cellWords, inOneLine } from './cell-words.ts';
import { SAID, SAID_BY } from './figure-marks.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { effectCell, sectionOf } from './findings.ts';
import { integer, upperFirst } from './format.ts';
import { zeroRule } from './line-figure.ts';
import { FURNITURE, MARKS } from './palette.ts';
import type { Figure } from './table.ts';

const ROW = 36;

/** The margin that the rule of a finding names; where parts have different ones, none is drawn. */
const MARGINS: Readonly<Partial<Record<FindingId, number>>> = { F1b: 1, F2: -10, F5: 0.5 };

const AXES: Readonly<Record<FindingRow['effect']['unit'], string>> = {
  points: 'percentage points',
  '%': 'percent of the valid plans',
  r: 'correlation',
};

const CAPTIONS: Readonly<Record<FindingId, string>> = {
  F1a: 'Valid plans of correct minus solution only',
  F1b: 'Invalid traces among the valid plans of correct',
  F2: 'Valid plans of swapped minus correct',
  F3: 'Valid plans of swapped minus correct',
  F4: 'After GRPO minus before',
  F5: 'Partial correlation of generated with reference events',
};

/** One figure for each finding of a section with an effect. */
export function effectFigures({ findings }: StudyResults, section: ReturnType<typeof sectionOf>): Figure[] {
  return findings.filter(({ id, effect }) => sectionOf(id) === section && effect !== null).map(effectFigure);
}

/** A finding with an effect as rows: its parts, or itself. */
function effectRows(finding: Finding): readonly FindingRow[] {
  const { effect, interval, n, p, p_holm, rows = [] } = finding;
  if (effect === null || interval === null) return [];
  const own: FindingRow = { label: '', n, effect, interval, p, p_holm };
  return rows.length === 0 ? [own] : rows;
}

/** From the least to the most of what is drawn, 0 and the margin among it, with a little room. */
export function effectDomain(finding: Finding): [low: number, high: number] {
  const margin = MARGINS[finding.id];
  const values = [
    0,
    ...(margin === undefined ? [] : [margin]),
    ...effectRows(finding).flatMap(({ effect, interval }) => [effect.value, ...interval]),
  ];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.04 * (high - low || 1);
  return [low < 0 ? low - room : 0, high > 0 ? high + room : 0];
}

function effectFigure(finding: Finding): Figure {
  const { id } = finding;
  const rows = effectRows(finding);
  const shown = shownRow(finding);
  const margin = MARGINS[id];
  const unit = rows[0].effect.unit;
  const drawn = rows.map((row) => {
    const words = inOneLine(cellWords(effectCell(row.effect, row.interval, row.n)));
    return { row, name: row.label === '' ? '' : upperFirst(shortPart(row.label)), words };
  });
  const values = drawn.map(({ row, name, words }, place) => ({
    place,
    part: name,
    label: (name === '' ? words : `${name}  ${words}`).replace(' points', '').replace('r = ', ''),
    value: row.effect.value,
    low: row.interval[0],
    high: row.interval[1],
    n: row.n,
    p: row.p,
    decides: row.p !== null,
    shown: row === shown,
    words: `${SAID}${name === '' ? id : name}; ${words}; n = ${integer(row.n)}`,
  }));
  const said = drawn.map(({ name, words }) => (name === '' ? words : `${name}: ${words}`));
  const hasExtra = values.some(({ decides }) => !decides);
  return {
    id: `effect-${id.toLowerCase()}`,
    title: `${id}: effect with 95 % interval`,
    caption:
      CAPTIONS[id] +
      (margin === undefined ? '' : `. Dashed: the margin of the rule, ${String(margin).replace('-', '\u2212')}`) +
      (hasExtra ? '. Hollow: an estimate that decides nothing' : ''),
    spoken: `${CAPTIONS[id]}. ${said.join('; ')}.`,
    span: id === 'F5' ? 'third' : 'half',
    specification: specificationOf(values, effectDomain(finding), AXES[unit], margin),
  };
}

/**
 * `lead over solution-only on drunkard: content` is long for a line of a figure:
 * `Drunkard over solution only, content`.
 */
function shortPart(label: string): string {
  const found = /^lead (?:over (\S+) )?on (\S+): (\w+)$/.exec(label);
  if (found === null) return partWords(label);
  const [, over, distribution, part] = found as readonly (string | undefined)[];
  return `${partWords(distribution ?? '')}${over === undefined ? '' : ` over ${over.replace('-', ' ')}`}, ${part}`;
}

function specificationOf(values: readonly object[], domain: readonly number[], title: string, margin?: number): object {
  const x = {
    field: 'value',
    type: 'quantitative',
    title,
    scale: { domain, nice: false },
    axis: { grid: false, tickCount: 6 },
  };
  const y = { field: 'place', type: 'ordinal', axis: null, scale: { paddingInner: 0, paddingOuter: 0 } };
  const color = MARKS.plan.light;
  // Lines are next to the points alone, below the words of a row.
  const lower = { y: { ...y, bandPosition: 0.5 }, y2: { field: 'place', bandPosition: 0.96 } };
  const at = { ...y, bandPosition: 0.72 };
  return {
    width: CHART_WIDTH,
    height: ROW * values.length + 44,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    layer: [
      { mark: zeroRule(), encoding: { x: { ...x, datum: 0, field: undefined }, ...lower } },
      ...(margin === undefined
        ? []
        : [
            {
              mark: { type: 'rule', strokeDash: [3, 3], strokeWidth: 1.2, color: FURNITURE.text.light },
              encoding: { x: { ...x, datum: margin, field: undefined }, ...lower },
            },
          ]),
      {
        mark: { type: 'rule', strokeWidth: 3, color },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y: at },
      },
      ...[true, false].map((decides) => ({
        transform: [{ filter: `datum.decides === ${decides}` }],
        mark: {
          type: 'point',
          filled: true,
          size: 90,
          opacity: 1,
          ...(decides ? { color } : { fill: '#ffffff', stroke: color, strokeWidth: 2 }),
        },
        encoding: { x, y: at, description: SAID_BY },
      })),
      {
        mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: 12, color: FURNITURE.text.light },
        encoding: { x: { value: 2 }, y: { ...y, bandPosition: 0.26 }, text: { field: 'label' } },
      },
    ],
  };
}
