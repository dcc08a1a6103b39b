// Training curves as figures: losses by tokens, and validity on dev problems with intervals at the kept checkpoints.
import type { Proportion } from '../base/statistics.ts';
import { conditionLabel, hasTraces } from '../domain/conditions/condition.ts';
import type { ConditionResult, CurvePoint, DevPoint, StudyResults } from '../study/results.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { list, share } from './format.ts';
import { levelName } from './levels.ts';
import { wordsOf } from './names.ts';
import { conditionScales } from './palette.ts';
import type { Figure } from './table.ts';

/** Below this a loss is drawn at the lower edge: the axis is logarithmic. */
const LEAST_LOSS = 1e-4;
const MILLION = 1e6;

/** A loss in mean nats per counted token; null where the condition has no such tokens. */
interface Loss {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly pick: (point: CurvePoint) => number | null;
}

const LOSSES: readonly Loss[] = [
  { id: 'loss', title: 'Loss', caption: 'all completion tokens', pick: ({ loss }) => loss },
  { id: 'loss-trace', title: 'Loss on the trace', caption: 'tokens of events', pick: ({ trace_loss }) => trace_loss },
  {
    id: 'loss-plan',
    title: 'Loss on the plan',
    caption: '“solution” and what follows',
    pick: ({ plan_loss }) => plan_loss,
  },
];

/** A share of the dev problems at a kept checkpoint. */
interface DevShare {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly traced: boolean;
  readonly pick: (point: DevPoint) => Proportion;
}

const DEV_SHARES: readonly DevShare[] = [
  {
    id: 'dev-plans',
    title: 'Valid plans on dev',
    caption: 'with Wilson score intervals',
    traced: false,
    pick: ({ plan_valid }) => plan_valid,
  },
  {
    id: 'dev-traces-paper',
    title: `Valid traces on dev, ${levelName('paper')}`,
    caption: 'of all completions',
    traced: true,
    pick: ({ trace_valid_paper }) => trace_valid_paper,
  },
  {
    id: 'dev-traces-strict',
    title: `Valid traces on dev, ${levelName('strict')}`,
    caption: 'of all completions',
    traced: true,
    pick: ({ trace_valid_strict }) => trace_valid_strict,
  },
];

/** One line for each training run. */
export function trainingFigures(results: StudyResults): Figure[] {
  const runs = results.conditions;
  const traced = runs.filter(({ condition }) => hasTraces(condition));
  const { problems } = wordsOf(results);
  return [
    ...LOSSES.map((loss) => lossFigure(runs, loss)),
    ...DEV_SHARES.flatMap((dev) => {
      const some = dev.traced ? traced : runs;
      return some.length === 0 ? [] : [devFigure(some, dev, problems)];
    }),
  ];
}

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

/** Logarithmic. */
function lossFigure(runs: readonly ConditionResult[], { id, title, caption, pick }: Loss): Figure {
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
  const specification = {
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
  const spoken = `${title} by training tokens; at the end ${ends.length === 0 ? 'no values' : list(ends)}.`;
  return { id, title, caption, spoken, specification };
}

function devFigure(runs: readonly ConditionResult[], { id, title, caption, pick }: DevShare, problems: string): Figure {
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
  const specification = {
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
  const spoken =
    `${title}, of the dev ${problems}, by training tokens; at the end ` +
    `${ends.length === 0 ? 'no values' : list(ends)}.`;
  return { id, title, caption, spoken, specification };
}
