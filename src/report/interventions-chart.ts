// Charts of interventions: plan validity under each forced trace beside that without, and early answering as a curve over the events kept.
import type { TopLevelSpec } from 'vega-lite';
import type { DistributionInterventions, InterventionSummary } from '../evaluation/intervention-summary.ts';
import { chart, CHART_WIDTH } from './charts.ts';
import { distributionLabel, interval, percent } from './format.ts';
import type { Html } from './html.ts';
import { interventionLabel } from './interventions-table.ts';
import { FURNITURE, MARKS } from './palette.ts';

const LINE = 21;

/** Valid plans with intervals, one line an intervention; a dashed rule where the model stands by itself, hollow points: plans that follow the trace. Null without any. */
export async function interventionsChart({ distribution, own, interventions }: DistributionInterventions): Promise<Html | null> {
  const shown = interventions.filter(({ intervention, n }) => n > 0 && !intervention.startsWith('early'));
  if (shown.length === 0) return null;
  const order = shown.map(({ intervention }) => interventionLabel(intervention));
  const values = shown.map(({ intervention, plan_valid: { count, n, low, high } }) => ({ name: interventionLabel(intervention), value: (100 * count) / n, low: 100 * low, high: 100 * high }));
  const follows = shown.flatMap(({ intervention, follows_trace: { count, n } }) => (n === 0 ? [] : [{ name: interventionLabel(intervention), value: (100 * count) / n }]));
  const x = percentAxis('percent of the mazes');
  const y = { field: 'name', type: 'nominal', sort: null, scale: { domain: order }, title: null, axis: { grid: false, ticks: false, domain: false, labelLimit: 190 } };
  const specification = {
    width: CHART_WIDTH, height: LINE * shown.length + 44, autosize: { type: 'fit', contains: 'padding' }, data: { values },
    layer: [
      { data: { values: [{ value: (100 * own.plan_valid.count) / Math.max(1, own.plan_valid.n) }] }, mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.2, color: FURNITURE.text.light }, encoding: { x } },
      { mark: { type: 'rule', strokeWidth: 1.6, color: MARKS.plan.light }, encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y } },
      { mark: { type: 'point', filled: true, size: 46, opacity: 1, color: MARKS.plan.light }, encoding: { x, y } },
      { data: { values: follows }, mark: { type: 'point', filled: false, shape: 'diamond', size: 60, strokeWidth: 1.4, opacity: 1, color: MARKS.trace.light }, encoding: { x, y } },
    ],
  };
  const spoken = shown.map(({ intervention, plan_valid: { count, n, low, high } }) => `${interventionLabel(intervention)} ${percent(count / n)} ${interval(low, high)}`);
  return chart(specification as unknown as TopLevelSpec, `Valid plans by forced trace, ${distributionLabel(distribution)}, percent with 95 % interval: ${spoken.join('; ')}.`);
}

/** Valid plans when `solution` is forced after k events of the model's own trace. @param by events or the share of them; null when none was run */
export async function earlyChart({ distribution, own, interventions }: DistributionInterventions, by: 'events' | 'share'): Promise<Html | null> {
  const prefix = by === 'events' ? 'early@' : 'early-share@';
  const shown = interventions.filter(({ intervention, n }) => n > 0 && intervention.startsWith(prefix));
  if (shown.length < 2) return null;
  const values = shown.map(({ intervention, plan_valid: { count, n, low, high }, compared }) => ({
    kept: keptOf(intervention, by), value: (100 * count) / n, low: 100 * low, high: 100 * high, own: 100 * (count / n - compared.difference),
  })).sort((a, b) => a.kept - b.kept);
  const x = { field: 'kept', type: 'quantitative', title: by === 'events' ? 'events of the own trace kept' : 'percent of the own trace kept', scale: { domain: by === 'events' ? [0, values[values.length - 1].kept] : [0, 100], nice: false, type: by === 'events' ? 'symlog' : 'linear' }, axis: { grid: false, values: values.map(({ kept }) => kept) } };
  const y = percentAxis('percent valid plans');
  const specification = {
    width: CHART_WIDTH, height: 210, autosize: { type: 'fit', contains: 'padding' }, data: { values }, encoding: { x },
    layer: [
      { mark: { type: 'line', strokeWidth: 1.2, strokeDash: [4, 3], color: FURNITURE.text.light }, encoding: { y: { ...y, field: 'own' } } },
      { mark: { type: 'rule', strokeWidth: 1.4, color: MARKS.plan.light }, encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } } },
      { mark: { type: 'line', strokeWidth: 1.4, color: MARKS.plan.light }, encoding: { y } },
      { mark: { type: 'point', filled: true, size: 40, opacity: 1, color: MARKS.plan.light }, encoding: { y } },
    ],
  };
  const spoken = values.map(({ kept, value }) => `${kept}${by === 'events' ? '' : ' percent'}: ${value.toFixed(1)}`);
  return chart(specification as unknown as TopLevelSpec, `Early answering, ${distributionLabel(distribution)}: percent of valid plans by what is kept of the own trace; ${spoken.join('; ')}. Without intervention ${percent(own.plan_valid.count / Math.max(1, own.plan_valid.n))}.`);
}

function keptOf(name: string, by: 'events' | 'share'): number {
  const value = Number(name.split('@')[1]);
  return by === 'events' ? value : 100 * value;
}

function percentAxis(title: string) {
  return { field: 'value', type: 'quantitative', title, scale: { domain: [0, 100] }, axis: { tickCount: 5 } };
}

/** Whether any chart of early answering can be drawn. */
export function hasEarly(interventions: readonly InterventionSummary[]): boolean {
  return interventions.some(({ intervention, n }) => n > 0 && intervention.startsWith('early'));
}
