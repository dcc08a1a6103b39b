// Training curves as charts: losses by tokens, and dev-set validity with Wilson score intervals at the kept
// checkpoints.
import type { TopLevelSpec } from 'vega-lite';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { ConditionResult, CurvePoint, DevPoint } from '../study/results.ts';
import type { Proportion } from '../base/statistics.ts';
import { chart } from './charts.ts';
import { CHART_WIDTH } from '../tables/figure-size.ts';
import { list, share } from '../tables/format.ts';
import type { Html } from '../render/markup.ts';
import { conditionScales } from '../tables/palette.ts';

/** Below this a loss is drawn at the lower edge: the axis is logarithmic. */
const LEAST_LOSS = 1e-4;
const MILLION = 1e6;

/** One run of a condition: the grouping that keeps seeds apart in a line chart. */
function runName({ condition, seed }: ConditionResult): string {
  return `${condition}/${seed}`;
}

function tokensAxis(rows: readonly { readonly tokens: number }[]) {
  const most = rows.reduce((a, { tokens }) => Math.max(a, tokens), 0);
  const million = most >= MILLION / 2;
  return {
    divisor: million ? MILLION : 1e3,
    x: {
      field: 'tokens',
      type: 'quantitative',
      title: million ? 'training tokens, millions' : 'training tokens, thousands',
      axis: { grid: false, tickCount: 5 },
      scale: { zero: true, nice: false },
    },
  } as const;
}

/**
 * A loss (mean nats per counted token) by training tokens, one line per run, logarithmic.
 * @param pick the loss of a point; null where the condition has no such tokens
 */
export async function lossChart(
  runs: readonly ConditionResult[],
  name: string,
  pick: (point: CurvePoint) => number | null,
): Promise<Html> {
  const rows = runs.flatMap((run) =>
    run.curve.flatMap((point) => {
      const loss = pick(point);
      return loss === null || !Number.isFinite(loss)
        ? []
        : [{ run: runName(run), condition: run.condition, tokens: point.tokens, loss: Math.max(loss, LEAST_LOSS) }];
    }),
  );
  const { divisor, x } = tokensAxis(rows);
  const { color, dash } = conditionScales(runs.map(({ condition }) => condition));
  const specification: TopLevelSpec = {
    width: CHART_WIDTH,
    height: 210,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.map((row) => ({ ...row, tokens: row.tokens / divisor })) },
    mark: { type: 'line', strokeWidth: 1.6, strokeJoin: 'round' },
    encoding: {
      x,
      y: {
        field: 'loss',
        type: 'quantitative',
        title: 'nats per token',
        scale: { type: 'log', nice: false },
        axis: { values: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10], format: '~g' },
      },
      color,
      strokeDash: dash,
      detail: { field: 'run' },
    },
  };
  const ends = runs.flatMap((run) => {
    const last = run.curve.at(-1);
    const loss = last === undefined ? null : pick(last);
    return loss === null ? [] : [`${conditionLabel(run.condition)} (seed ${run.seed}) ${loss.toPrecision(3)}`];
  });
  return chart(
    specification,
    `${name} by training tokens; at the end ${ends.length === 0 ? 'no values' : list(ends)}.`,
  );
}

/**
 * A share of the dev problems at each kept checkpoint, with its Wilson score interval, one line per run.
 * @param pick the proportion of a checkpoint
 * @param problems the domain's word for them
 */
export async function devChart(
  runs: readonly ConditionResult[],
  name: string,
  pick: (point: DevPoint) => Proportion,
  problems: string,
): Promise<Html> {
  const rows = runs.flatMap((run) =>
    run.dev.map((point) => {
      const { count, n, low, high } = pick(point);
      return {
        run: runName(run),
        condition: run.condition,
        tokens: point.tokens,
        value: n === 0 ? null : (100 * count) / n,
        low: 100 * low,
        high: 100 * high,
      };
    }),
  );
  const { divisor, x } = tokensAxis(rows);
  const { color, dash, shape } = conditionScales(runs.map(({ condition }) => condition));
  const y = {
    field: 'value',
    type: 'quantitative' as const,
    title: `percent of dev ${problems}`,
    scale: { domain: [0, 100] },
    axis: { tickCount: 5 },
  };
  const specification: TopLevelSpec = {
    width: CHART_WIDTH,
    height: 210,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.filter((row) => row.value !== null).map((row) => ({ ...row, tokens: row.tokens / divisor })) },
    encoding: { x, color, detail: { field: 'run' } },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.7 },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      { mark: { type: 'line', strokeWidth: 1.4 }, encoding: { y, strokeDash: dash } },
      { mark: { type: 'point', filled: true, size: 34, opacity: 1 }, encoding: { y, shape } },
    ],
  };
  const ends = runs.flatMap((run) => {
    const last = run.dev.at(-1);
    return last === undefined ? [] : [`${conditionLabel(run.condition)} (seed ${run.seed}) ${share(pick(last))}`];
  });
  return chart(
    specification,
    `${name} on the dev ${problems} by training tokens; at the end ${ends.length === 0 ? 'no values' : list(ends)}.`,
  );
}
