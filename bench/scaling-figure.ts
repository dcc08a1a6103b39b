// Efficiency over threads as a figure: one line a workload.
import type { TopLevelSpec } from 'vega-lite';
import type { Html } from '../src/render/markup.ts';
import { chart } from '../src/report/charts.ts';
import { conditionScales, FURNITURE } from '../src/tables/palette.ts';
import type { BenchResults, ScalingRow } from './results.ts';
import { workloadName } from './scaling-tables.ts';

/** Each workload's line has the look of one condition of the reports: colour and shape together. */
const LOOKS = ['correct', 'swapped', 'solution-only', 'shuffled', 'filler', 'reswapped'] as const;

export interface ScalingPanel {
  readonly title: string;
  readonly rows: readonly ScalingRow[];
}

/** One panel for steps, one for decoding and small tasks; a panel without rows is left out. */
export function scalingPanels({ scaling }: Pick<BenchResults, 'scaling'>): ScalingPanel[] {
  const panel = (title: string, isIn: (row: ScalingRow) => boolean): ScalingPanel => ({
    title,
    rows: scaling.filter(isIn),
  });
  return [
    panel('Training step', ({ workload }) => workload === 'step'),
    panel('Decoding and small tasks', ({ workload }) => workload !== 'step'),
  ].filter(({ rows }) => rows.length > 0);
}

/**
 * Draws a panel: threads on a logarithmic axis, efficiency in percent, a line at 100 %.
 * @param width plot without axes, CSS pixels
 */
export async function scalingFigure({ title, rows }: ScalingPanel, width: number): Promise<Html> {
  const names = [...new Set(rows.map(workloadName))];
  const counts = [...new Set(rows.map(({ threads }) => threads))].sort((a, b) => a - b);
  const { color, shape } = conditionScales(LOOKS.slice(0, names.length));
  const scaleOf = <Look>({ scale }: { readonly scale: { readonly range: Look } }) => ({
    domain: names,
    range: scale.range,
  });
  const x = {
    field: 'threads',
    type: 'quantitative' as const,
    title: 'threads',
    scale: { type: 'log' as const, base: 2, domain: [1, Math.max(2, ...counts)], nice: false },
    axis: { values: counts, format: 'd', grid: false },
  };
  const y = {
    field: 'efficiency',
    type: 'quantitative' as const,
    title: 'efficiency, %',
    scale: { domain: [0, Math.max(110, ...rows.map(({ efficiency }) => 100 * efficiency))], nice: false },
  };
  const legend = { title: null, orient: 'bottom' as const, columns: 2, labelLimit: 0 };
  const encoding = {
    x,
    y,
    color: {
      field: 'name',
      type: 'nominal' as const,
      scale: scaleOf(color),
      legend,
    },
  };
  const specification: TopLevelSpec = {
    width,
    height: 240,
    layer: [
      {
        data: { values: [{ efficiency: 100 }] },
        mark: { type: 'rule', strokeWidth: 1, color: FURNITURE.rule.light },
        encoding: { y },
      },
      {
        data: { values: rows.map((row) => ({ ...pointOf(row), name: workloadName(row) })) },
        mark: { type: 'line', strokeWidth: 1.6 },
        encoding,
      },
      {
        data: { values: rows.map((row) => ({ ...pointOf(row), name: workloadName(row) })) },
        mark: { type: 'point', filled: true, size: 60, opacity: 1 },
        encoding: { ...encoding, shape: { field: 'name', type: 'nominal', scale: scaleOf(shape), legend } },
      },
    ],
  };
  const spoken = rows.map(
    (row) => `${workloadName(row)}, ${row.threads} threads: ${(100 * row.efficiency).toFixed(0)} %`,
  );
  return chart(specification, `${title}, efficiency of threads: ${spoken.join('; ')}.`);
}

function pointOf({ threads, efficiency }: ScalingRow): { readonly threads: number; readonly efficiency: number } {
  return { threads, efficiency: 100 * efficiency };
}
