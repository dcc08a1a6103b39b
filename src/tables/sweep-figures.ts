// A figure a parameter: the metric of every finished trial against its value, one colour a condition.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { SweepResults } from '../study/sweep/results.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { percent } from './format.ts';
import { conditionScales } from './palette.ts';
import { metricWords, rankedTrials, settingText, variedKeys } from './sweep.ts';
import type { Figure } from './table.ts';
import { tableId } from './table.ts';

interface Point {
  readonly value: string | number;
  readonly share: number;
  readonly condition: Condition;
  readonly trial: string;
}

/** Largest of the numbers over the smallest from which an axis is logarithmic. */
const LOG_RATIO = 20;

/** One figure for each key that at least two finished trials set to different values. */
export function sweepFigures(results: SweepResults): Figure[] {
  const ranked = rankedTrials(results);
  const conditions = [...new Set(ranked.flatMap(({ estimates }) => [...estimates.keys()]))];
  return variedKeys(results.config).flatMap((key): Figure[] => {
    const points = ranked.flatMap(({ result, estimates }): Point[] => {
      if (!Object.hasOwn(result.settings, key)) return [];
      const value = result.settings[key];
      return [...estimates].flatMap(([condition, { share }]) =>
        share === null
          ? []
          : [
              {
                value: typeof value === 'number' ? value : settingText(value),
                share: 100 * share,
                condition,
                trial: result.trial,
              },
            ],
      );
    });
    if (new Set(points.map(({ value }) => value)).size < 2) return [];
    return [figure(key, points, conditions, metricWords(results))];
  });
}

function figure(key: string, points: readonly Point[], conditions: readonly Condition[], metric: string): Figure {
  const numbers = points.map(({ value }) => value).filter((value) => typeof value === 'number');
  const isNumeric = numbers.length === points.length;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const isLog = isNumeric && low > 0 && high / low >= LOG_RATIO;
  const { color, shape } = conditionScales(conditions);
  const spoken = points.map(
    ({ trial, condition, value, share }) => `${trial} ${conditionLabel(condition)} ${value}: ${percent(share / 100)}`,
  );
  return {
    id: `sweep-${tableId(key)}`,
    title: key,
    caption: `${metric}, in percent; one point a trial and condition`,
    spoken: `${metric} by ${key}. ${spoken.join('; ')}`,
    specification: {
      width: CHART_WIDTH,
      height: 180,
      data: { values: points },
      mark: { type: 'point', filled: true, size: 42, opacity: 0.75 },
      encoding: {
        x: {
          field: 'value',
          type: isNumeric ? 'quantitative' : 'nominal',
          title: null,
          ...(isNumeric && { scale: { type: isLog ? 'log' : 'linear', zero: false, nice: true } }),
          axis: { labelAngle: 0 },
        },
        y: { field: 'share', type: 'quantitative', title: null, scale: { zero: false, nice: true } },
        color,
        shape,
      },
    },
  };
}
