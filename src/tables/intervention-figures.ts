// Interventions as figures: plan validity under each forced trace and without it, and early answering as a curve over
// the records kept.
import type { DistributionInterventions, InterventionSummary } from '../evaluation/intervention-summary.ts';
import type { Proportion } from '../base/statistics.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { distributionLabel, interval, percent } from './format.ts';
import { interventionLabel } from './intervention-names.ts';
import { FURNITURE, MARKS } from './palette.ts';
import { tableId } from './table.ts';
import type { Figure } from './table.ts';

const LINE = 21;

/** For all figures of forced traces. */
export const FORCED_WORDS =
  'Filled: valid plans with 95 % Wilson score intervals. Hollow: plans that are the path of the forced trace, of the ' +
  'mazes where it spells one. Dashed line, or short strokes where a forced trace leaves mazes out: valid plans ' +
  'without intervention on the same mazes.';

/** For all figures of early answering. */
export const EARLY_WORDS =
  'The model’s own trace is cut, and `solution` follows. A point counts the mazes whose own trace has at least as ' +
  'many ' +
  'records, well-formed or not. Dashed: the same mazes without intervention.';

/**
 * Valid plans with intervals, one line an intervention, one figure a distribution that has such interventions.
 * @param run part of the ids, where a document has figures of several runs
 */
export function forcedFigures(distributions: readonly DistributionInterventions[], run = ''): Figure[] {
  return distributions.flatMap(({ distribution, own, interventions }) => {
    const shown = interventions.filter(({ intervention, n }) => n > 0 && !intervention.startsWith('early'));
    if (shown.length === 0) return [];
    const label = distributionLabel(distribution);
    const hasAll = shown.every(({ n }) => n === own.n);
    const spoken = shown.map(
      (summary) =>
        `${interventionLabel(summary.intervention)} ${percent(summary.plan_valid.count / summary.n)} ` +
        `${interval(summary.plan_valid.low, summary.plan_valid.high)}${
          hasAll ? '' : `, without ${pointOf(summary).own.toFixed(1)}`
        }`,
    );
    return [
      {
        id: tableId('forced', run, distribution),
        title: label,
        caption: '',
        span: 'third',
        spoken:
          `Valid plans by forced trace, ${label}, percent with 95 % interval: ${spoken.join('; ')}.` +
          (hasAll ? ` Without intervention ${percentOf(own.plan_valid).toFixed(1)}.` : ''),
        specification: forcedSpecification(shown, hasAll ? percentOf(own.plan_valid) : null),
      },
    ];
  });
}

/** @param without percent of valid plans without intervention on all mazes; null: a stroke a line */
function forcedSpecification(shown: readonly InterventionSummary[], without: number | null): object {
  const values = shown.map((summary) => ({ name: interventionLabel(summary.intervention), ...pointOf(summary) }));
  const follows = shown.flatMap(({ intervention, follows_trace }) =>
    follows_trace.n === 0 ? [] : [{ name: interventionLabel(intervention), value: percentOf(follows_trace) }],
  );
  const x = percentAxis('percent of the mazes');
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    scale: { domain: values.map(({ name }) => name) },
    title: null,
    axis: { grid: false, ticks: false, domain: false, labelLimit: 190 },
  };
  const stroke = { color: FURNITURE.text.light };
  return {
    width: CHART_WIDTH,
    height: LINE * shown.length + 44,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    layer: [
      without === null
        ? {
            mark: { type: 'tick', orient: 'vertical', size: LINE - 7, thickness: 1.4, opacity: 1, ...stroke },
            encoding: { x: { ...x, field: 'own' }, y },
          }
        : {
            data: { values: [{ value: without }] },
            mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.2, ...stroke },
            encoding: { x },
          },
      {
        mark: { type: 'rule', strokeWidth: 1.6, color: MARKS.plan.light },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y },
      },
      { mark: { type: 'point', filled: true, size: 46, opacity: 1, color: MARKS.plan.light }, encoding: { x, y } },
      {
        data: { values: follows },
        mark: {
          type: 'point',
          filled: false,
          shape: 'diamond',
          size: 60,
          strokeWidth: 1.4,
          opacity: 1,
          color: MARKS.trace.light,
        },
        encoding: { x, y },
      },
    ],
  };
}

/** What early answering is drawn by: a number of records, or a share of them. */
const KEPT = {
  records: { prefix: 'early@', title: 'records of the own trace kept', unit: '' },
  share: { prefix: 'early-share@', title: 'percent of the own trace kept', unit: ' percent' },
} as const;

/**
 * Valid plans when `solution` is forced after k records of the model's own trace, or after a share of them. A
 * distribution has a figure of each where at least two were run.
 * @param run as for forcedFigures
 */
export function earlyFigures(distributions: readonly DistributionInterventions[], run = ''): Figure[] {
  return distributions.flatMap(({ distribution, own, interventions }) =>
    (['records', 'share'] as const).flatMap((by): Figure[] => {
      const { prefix, unit } = KEPT[by];
      const shown = interventions.filter(({ intervention, n }) => n > 0 && intervention.startsWith(prefix));
      if (shown.length < 2) return [];
      const label = distributionLabel(distribution);
      const values = shown
        .map((summary) => ({ kept: keptOf(summary, by), ...pointOf(summary) }))
        .sort((a, b) => a.kept - b.kept);
      const spoken = values.map(({ kept, value }) => `${kept}${unit}: ${value.toFixed(1)}`);
      return [
        {
          id: tableId('early', by, run, distribution),
          title: `${label}, by ${by} kept`,
          caption: '',
          span: 'third',
          spoken:
            `Early answering, ${label}: percent of valid plans by what is kept of the own trace; ` +
            `${spoken.join('; ')}. Without intervention ${percentOf(own.plan_valid).toFixed(1)} on all mazes.`,
          specification: earlySpecification(values, by),
        },
      ];
    }),
  );
}

function earlySpecification(values: readonly (Point & { readonly kept: number })[], by: keyof typeof KEPT): object {
  const x = {
    field: 'kept',
    type: 'quantitative',
    title: KEPT[by].title,
    scale: {
      domain: by === 'records' ? [0, values[values.length - 1].kept] : [0, 100],
      nice: false,
      type: by === 'records' ? 'symlog' : 'linear',
    },
    axis: { grid: false, values: values.map(({ kept }) => kept) },
  };
  const y = percentAxis('percent valid plans');
  const color = MARKS.plan.light;
  return {
    width: CHART_WIDTH,
    height: 210,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: { x },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.2, strokeDash: [4, 3], color: FURNITURE.text.light },
        encoding: { y: { ...y, field: 'own' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 1.4, color },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      { mark: { type: 'line', strokeWidth: 1.4, color }, encoding: { y } },
      { mark: { type: 'point', filled: true, size: 40, opacity: 1, color }, encoding: { y } },
    ],
  };
}

/** Percent of valid plans under an intervention, and without it on the same mazes. */
interface Point {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly own: number;
}

function pointOf({ n, plan_valid, compared: { own_only, forced_only } }: InterventionSummary): Point {
  const { count, low, high } = plan_valid;
  return {
    value: (100 * count) / n,
    low: 100 * low,
    high: 100 * high,
    own: (100 * (count + own_only - forced_only)) / n,
  };
}

function percentOf({ count, n }: Proportion): number {
  return (100 * count) / Math.max(1, n);
}

function keptOf({ intervention }: InterventionSummary, by: keyof typeof KEPT): number {
  const value = Number(intervention.split('@')[1]);
  return by === 'records' ? value : 100 * value;
}

function percentAxis(title: string) {
  return { field: 'value', type: 'quantitative', title, scale: { domain: [0, 100] }, axis: { tickCount: 5 } };
}
