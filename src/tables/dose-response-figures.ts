// Dose-response curves as figures: valid plans and strictly valid traces over the rate of a condition.
import type { DoseResponse } from '../analysis/dose-response.ts';
import { hasTraces } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { hasDistributions } from './distributions.ts';
import { doseLabel, rateWords } from './dose-response.ts';
import { distributionsOf, estimateOf } from './estimate.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { distributionLabel, interval, list, lowerFirst, percent } from './format.ts';
import { MARKS } from './palette.ts';
import { tableId } from './table.ts';
import type { Figure } from './table.ts';

/** For all figures of dose-response. */
export const DOSE_WORDS =
  'Full line, circles: valid plans. Broken line, squares: valid traces at strict level, of all completions. With the ' +
  'intervals of the table.';

/** Intervals are shifted by pixels, so that both are seen at one rate. */
const MEASURES = [
  {
    name: 'plan',
    words: 'valid plans',
    dash: [1, 0],
    shape: 'circle',
    color: MARKS.plan.light,
    shift: -1.5,
    pick: ({ plan_valid }: DistributionSummary) => plan_valid,
  },
  {
    name: 'trace',
    words: 'strictly valid traces',
    dash: [4, 3],
    shape: 'square',
    color: MARKS.trace.light,
    shift: 1.5,
    pick: ({ trace_valid }: DistributionSummary) => trace_valid.strict,
  },
] as const;

interface Point {
  readonly measure: (typeof MEASURES)[number]['name'];
  /** Shares in percent. */
  readonly rate: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** One figure for each condition with three rates or more and each distribution. */
export function doseResponseFigures(results: StudyResults): Figure[] {
  const { dose_response = [] } = results;
  if (!hasDistributions(results)) return [];
  return dose_response.flatMap((response) =>
    distributionsOf(results).map((distribution) => {
      const points = pointsOf(results, response, distribution);
      const spoken = MEASURES.flatMap(({ name, words }) => {
        const shown = points.filter(({ measure }) => measure === name);
        return shown.length === 0 ? [] : [`${words} ${list(shown.map(pointWords))}`];
      });
      const label = distributionLabel(distribution);
      return {
        id: tableId('dose-response', response.name, distribution),
        title: label,
        caption: lowerFirst(doseLabel(response)),
        span: 'third',
        spoken: `${doseLabel(response)}, ${label}, percent with 95 % interval by rate: ${spoken.join('; ')}.`,
        specification: specificationOf(points, rateWords(response)),
      };
    }),
  );
}

function pointsOf(results: StudyResults, { doses }: DoseResponse, distribution: GeneratorName): Point[] {
  return MEASURES.flatMap(({ name, pick }) =>
    doses
      .filter(({ condition }) => name === 'plan' || hasTraces(condition))
      .flatMap(({ rate, condition }): Point[] => {
        const estimate = estimateOf(results, condition, distribution, pick);
        if (estimate === null || estimate.share === null) return [];
        const { share, low, high } = estimate;
        return [{ measure: name, rate: 100 * rate, value: 100 * share, low: 100 * low, high: 100 * high }];
      }),
  );
}

function pointWords({ rate, value, low, high }: Point): string {
  return `${Number(rate.toFixed(2))} %: ${percent(value / 100)} ${interval(low / 100, high / 100)}`;
}

function specificationOf(points: readonly Point[], words: string): object {
  const domain = MEASURES.map(({ name }) => name);
  const scale = (range: readonly unknown[]) => ({
    field: 'measure',
    type: 'nominal',
    scale: { domain, range },
    legend: null,
  });
  const x = {
    field: 'rate',
    type: 'quantitative',
    title: `${words}, percent`,
    scale: { domain: [0, 100] },
    axis: { grid: false, tickCount: 5 },
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: 'percent',
    scale: { domain: [0, 100] },
    axis: { tickCount: 5 },
  };
  return {
    width: CHART_WIDTH,
    height: 180,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: points },
    encoding: { x, color: scale(MEASURES.map(({ color }) => color)) },
    layer: [
      ...MEASURES.map(({ name, shift }) => ({
        transform: [{ filter: `datum.measure === '${name}'` }],
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.55, xOffset: shift },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      })),
      {
        mark: { type: 'line', strokeWidth: 1.5 },
        encoding: { y, strokeDash: scale(MEASURES.map(({ dash }) => [...dash])) },
      },
      {
        mark: { type: 'point', filled: true, size: 34, opacity: 1 },
        encoding: { y, shape: scale(MEASURES.map(({ shape }) => shape)) },
      },
    ],
  };
}
