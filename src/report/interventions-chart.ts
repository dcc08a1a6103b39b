// Charts of interventions: plan validity under each forced trace beside that without, and early answering as a curve
// over the records kept.
import type { TopLevelSpec } from 'vega-lite';
import type { Proportion } from '../base/statistics.ts';
import type { DistributionInterventions, InterventionSummary } from '../evaluation/intervention-summary.ts';
import { chart, CHART_WIDTH } from './charts.ts';
import { distributionLabel, interval, percent } from '../tables/format.ts';
import type { Html } from '../render/markup.ts';
import { interventionLabel } from '../tables/intervention-names.ts';
import { FURNITURE, MARKS } from './palette.ts';

const LINE = 21;

/**
 * Valid plans with intervals, one line an intervention; hollow points: plans that follow the trace. Dashed: the model
 * by itself on the same mazes; a rule where every forced trace has all of them, a stroke a line where one leaves some
 * out. Null without any.
 */
export async function interventionsChart({
  distribution,
  own,
  interventions,
}: DistributionInterventions): Promise<Html | null> {
  const shown = interventions.filter(({ intervention, n }) => n > 0 && !intervention.startsWith('early'));
  if (shown.length === 0) return null;
  const order = shown.map(({ intervention }) => interventionLabel(intervention));
  const values = shown.map((summary) => ({ name: interventionLabel(summary.intervention), ...pointOf(summary) }));
  const follows = shown.flatMap(({ intervention, follows_trace: { count, n } }) =>
    n === 0 ? [] : [{ name: interventionLabel(intervention), value: (100 * count) / n }],
  );
  const x = percentAxis('percent of the mazes');
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    scale: { domain: order },
    title: null,
    axis: { grid: false, ticks: false, domain: false, labelLimit: 190 },
  };
  const hasAll = shown.every(({ n }) => n === own.n);
  const specification = {
    width: CHART_WIDTH,
    height: LINE * shown.length + 44,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    layer: [
      hasAll
        ? {
            data: { values: [{ value: percentOf(own.plan_valid) }] },
            mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.2, color: FURNITURE.text.light },
            encoding: { x },
          }
        : {
            mark: {
              type: 'tick',
              orient: 'vertical',
              size: LINE - 7,
              thickness: 1.4,
              opacity: 1,
              color: FURNITURE.text.light,
            },
            encoding: { x: { ...x, field: 'own' }, y },
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
  const spoken = shown.map(
    (summary) =>
      `${interventionLabel(summary.intervention)} ${percent(summary.plan_valid.count / summary.n)} ` +
      `${interval(summary.plan_valid.low, summary.plan_valid.high)}${
        hasAll ? '' : `, without ${pointOf(summary).own.toFixed(1)}`
      }`,
  );
  return chart(
    specification as unknown as TopLevelSpec,
    `Valid plans by forced trace, ${distributionLabel(distribution)}, percent with 95 % interval: ` +
      `${spoken.join('; ')}.${hasAll ? ` Without intervention ${percentOf(own.plan_valid).toFixed(1)}.` : ''}`,
  );
}

/**
 * Valid plans when `solution` is forced after k records of the model's own trace.
 * @param by records or the share of them; null when fewer than two were run
 */
export async function earlyChart(
  { distribution, own, interventions }: DistributionInterventions,
  by: Kept,
): Promise<Html | null> {
  const prefix = by === 'records' ? 'early@' : 'early-share@';
  const shown = interventions.filter(({ intervention, n }) => n > 0 && intervention.startsWith(prefix));
  if (shown.length < 2) return null;
  const values = shown
    .map((summary) => ({ kept: keptOf(summary.intervention, by), ...pointOf(summary) }))
    .sort((a, b) => a.kept - b.kept);
  const x = {
    field: 'kept',
    type: 'quantitative',
    title: by === 'records' ? 'records of the own trace kept' : 'percent of the own trace kept',
    scale: {
      domain: by === 'records' ? [0, values[values.length - 1].kept] : [0, 100],
      nice: false,
      type: by === 'records' ? 'symlog' : 'linear',
    },
    axis: { grid: false, values: values.map(({ kept }) => kept) },
  };
  const y = percentAxis('percent valid plans');
  const specification = {
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
        mark: { type: 'rule', strokeWidth: 1.4, color: MARKS.plan.light },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      { mark: { type: 'line', strokeWidth: 1.4, color: MARKS.plan.light }, encoding: { y } },
      { mark: { type: 'point', filled: true, size: 40, opacity: 1, color: MARKS.plan.light }, encoding: { y } },
    ],
  };
  const spoken = values.map(({ kept, value }) => `${kept}${by === 'records' ? '' : ' percent'}: ${value.toFixed(1)}`);
  return chart(
    specification as unknown as TopLevelSpec,
    `Early answering, ${distributionLabel(distribution)}: percent of valid plans by what is kept of the own ` +
      `trace; ${spoken.join('; ')}. Without intervention ${percentOf(own.plan_valid).toFixed(1)} on all mazes.`,
  );
}

/** What early answering is drawn by: a number of records, or a share of them. */
type Kept = 'records' | 'share';

/** Percent of valid plans under an intervention, and without it on the same mazes. */
function pointOf({ n, plan_valid: { count, low, high }, compared: { own_only, forced_only } }: InterventionSummary): {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly own: number;
} {
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

function keptOf(name: string, by: Kept): number {
  const value = Number(name.split('@')[1]);
  return by === 'records' ? value : 100 * value;
}

function percentAxis(title: string) {
  return { field: 'value', type: 'quantitative', title, scale: { domain: [0, 100] }, axis: { tickCount: 5 } };
}
