// The main figure: one share per condition and distribution as filled points with intervals, beside the paper's shape
// as hollow ones.
import type { TopLevelSpec } from 'vega-lite';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { chart } from './charts.ts';
import { CHART_WIDTH } from '../tables/figure-size.ts';
import type { Estimate } from '../tables/estimate.ts';
import { distributionLabel, interval, list, percent } from '../tables/format.ts';
import type { Html } from '../render/markup.ts';
import { conditionScales } from '../tables/palette.ts';

interface ValidityRow {
  readonly condition: Condition;
  readonly distribution: GeneratorName;
  readonly estimate: Estimate;
  /** The paper's percentage, where it gives one. */
  readonly paper: number | undefined;
}

/** Height in CSS pixels of one distribution's band, and of each condition in it where there are many. */
const BAND = 46;
const LINE = 13;

/** @param name what the share is, for the reader of the page and for the screen reader */
export async function validityChart(rows: readonly ValidityRow[], name: string): Promise<Html> {
  const { domain, color, shape } = conditionScales(rows.map(({ condition }) => condition));
  const distributions = [...new Set(rows.map((row) => row.distribution))];
  const drawn = rows.filter((row) => row.estimate.share !== null);
  const values = drawn.map(({ condition, distribution, estimate }) => ({
    condition,
    distribution: distributionLabel(distribution),
    value: 100 * (estimate.share ?? 0),
    low: Math.max(0, 100 * estimate.low),
    high: Math.min(100, 100 * estimate.high),
  }));
  const paper = rows.flatMap((row) =>
    row.paper === undefined
      ? []
      : [{ condition: row.condition, distribution: distributionLabel(row.distribution), value: row.paper }],
  );
  const yOffset = { field: 'condition', scale: { domain, paddingOuter: 0.6 } };
  const x = {
    field: 'value',
    type: 'quantitative' as const,
    title: 'percent',
    scale: { domain: [0, 100] },
    axis: { tickCount: 5 },
  };
  const specification: TopLevelSpec = {
    width: CHART_WIDTH,
    height: Math.max(BAND, LINE * domain.length) * distributions.length + 40,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: {
      y: {
        field: 'distribution',
        type: 'nominal',
        sort: null,
        scale: { domain: distributions.map((d) => distributionLabel(d)) },
        title: null,
        axis: { grid: false, ticks: false, domain: false, labelFontSize: 12, labelPadding: 12 },
      },
    },
    layer: [
      {
        data: { values: paper },
        mark: { type: 'point', filled: false, size: 40, strokeWidth: 1.2, opacity: 1 },
        encoding: { x, yOffset, color, shape },
      },
      {
        mark: { type: 'rule', strokeWidth: 1.6 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, yOffset, color },
      },
      { mark: { type: 'point', filled: true, size: 46, opacity: 1 }, encoding: { x, yOffset, color, shape } },
    ],
  };
  const spoken = distributions.map((distribution) => {
    const parts = drawn.filter((row) => row.distribution === distribution);
    const texts = parts.map(
      ({ condition, estimate }) =>
        `${conditionLabel(condition)} ${percent(estimate.share ?? 0)} ${interval(estimate.low, estimate.high)}`,
    );
    return `${distributionLabel(distribution)}: ${texts.length === 0 ? 'none' : list(texts)}`;
  });
  return chart(specification, `${name}, percent with 95 % interval. ${spoken.join('; ')}.`);
}
