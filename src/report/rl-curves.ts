// Charts over the steps of reinforcement learning: validity of the kept checkpoints, and any one number of each step.
import type { TopLevelSpec } from 'vega-lite';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { RlResult } from '../study/results.ts';
import { chart, CHART_WIDTH } from './charts.ts';
import { distributionLabel, list, share } from '../tables/format.ts';
import type { Html } from '../render/markup.ts';
import { conditionScales } from '../tables/palette.ts';

const HEIGHT = 180;
/** Drawn with a full and with a broken line. */
const MEASURES = [
  { name: 'plan', dash: [1, 0], pick: (summary: DistributionSummary) => summary.plan_valid },
  { name: 'trace', dash: [4, 3], pick: (summary: DistributionSummary) => summary.trace_valid.strict },
] as const;

/** Plans and strict traces of the kept checkpoints on one distribution, with intervals. */
export async function validityCurve(runs: readonly RlResult[], distribution: GeneratorName): Promise<Html> {
  const rows = runs.flatMap(({ condition, seed, curve }) =>
    curve.flatMap(({ step, evaluation }) =>
      evaluation
        .filter((summary) => summary.distribution === distribution)
        .flatMap((summary) =>
          MEASURES.map(({ name, pick }) => {
            const { count, n, low, high } = pick(summary);
            return {
              run: `${condition}/${seed}/${name}`,
              condition,
              measure: name,
              step,
              value: n === 0 ? null : (100 * count) / n,
              low: 100 * low,
              high: 100 * high,
            };
          }),
        ),
    ),
  );
  const { color, shape } = conditionScales(conditionsOf(runs));
  const x = {
    field: 'step',
    type: 'quantitative' as const,
    title: 'steps',
    axis: { grid: false, tickCount: 5 },
    scale: { nice: false },
  };
  const y = {
    field: 'value',
    type: 'quantitative' as const,
    title: 'percent',
    scale: { domain: [0, 100] },
    axis: { tickCount: 5 },
  };
  const strokeDash = {
    field: 'measure',
    type: 'nominal' as const,
    scale: { domain: MEASURES.map(({ name }) => name), range: MEASURES.map(({ dash }) => [...dash]) },
    legend: null,
  };
  const specification: TopLevelSpec = {
    width: CHART_WIDTH,
    height: HEIGHT,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.filter(({ value }) => value !== null) },
    encoding: { x, color, detail: { field: 'run' } },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.55 },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      { mark: { type: 'line', strokeWidth: 1.5 }, encoding: { y, strokeDash } },
      { mark: { type: 'point', filled: true, size: 30, opacity: 1 }, encoding: { y, shape } },
    ],
  };
  const ends = runs.flatMap(({ condition, seed, curve }) => {
    const [first, last] = [curve[0], curve[curve.length - 1]].map((point) =>
      point.evaluation.find((summary) => summary.distribution === distribution),
    );
    return first && last
      ? [
          `${conditionLabel(condition)} (seed ${seed}) plans ${share(first.plan_valid)} to ` +
            `${share(last.plan_valid)}, strict traces ${share(first.trace_valid.strict)} to ` +
            `${share(last.trace_valid.strict)}`,
        ]
      : [];
  });
  return chart(
    specification,
    `Validity over steps of reinforcement learning, ${distributionLabel(distribution)}: ${list(ends)}.`,
  );
}

export interface StepValue {
  readonly step: number;
  readonly value: number | null;
}

/** A line a run of one number over the steps. */
export async function stepCurve(
  runs: readonly (Pick<RlResult, 'condition' | 'seed'> & { readonly points: readonly StepValue[] })[],
  name: string,
): Promise<Html> {
  const rows = runs.flatMap(({ condition, seed, points }) =>
    points.flatMap(({ step, value }) =>
      value === null ? [] : [{ run: `${condition}/${seed}`, condition, step, value }],
    ),
  );
  const { color, dash } = conditionScales(conditionsOf(runs));
  const specification: TopLevelSpec = {
    width: CHART_WIDTH,
    height: 150,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows },
    mark: { type: 'line', strokeWidth: 1.5, strokeJoin: 'round' },
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        title: 'steps',
        axis: { grid: false, tickCount: 5 },
        scale: { nice: false },
      },
      // Nothing but zeros has no extent of its own.
      y: {
        field: 'value',
        type: 'quantitative',
        title: null,
        axis: { tickCount: 4 },
        ...(rows.every(({ value }) => value === 0) && { scale: { domain: [0, 1] } }),
      },
      color,
      strokeDash: dash,
      detail: { field: 'run' },
    },
  };
  const ends = runs.map(({ condition, seed, points }) => {
    const values = points.flatMap(({ value }) => value ?? []);
    return (
      `${conditionLabel(condition)} (seed ${seed}) ` +
      `${
        values.length === 0
          ? 'not measured'
          : `${values[0].toPrecision(3)} to ${values[values.length - 1].toPrecision(3)}`
      }`
    );
  });
  return chart(specification, `${name} over steps of reinforcement learning: ${list(ends)}.`);
}

export function conditionsOf(runs: readonly Pick<RlResult, 'condition'>[]): Condition[] {
  return [...new Set(runs.map(({ condition }) => condition))];
}

export function distributionsOf(runs: readonly RlResult[]): GeneratorName[] {
  return [...new Set(runs.flatMap(({ before }) => before.map(({ distribution }) => distribution)))];
}
