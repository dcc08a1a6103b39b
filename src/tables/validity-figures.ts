// Shares by condition and distribution as figures: filled points with intervals, and the published shares as hollow
// ones.
import type { Proportion } from '../base/statistics.ts';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { StudyResults } from '../study/results.ts';
import { farOf, hasDistributions, nearOf } from './distributions.ts';
import { conditionsOf, distributionsOf, estimateOf } from './estimate.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { distributionLabel, interval, list, percent } from './format.ts';
import { levelName, RULE_LEVELS } from './levels.ts';
import { wordsOf } from './names.ts';
import { conditionScales } from './palette.ts';
import { comparedConditions } from './plan-validity.ts';
import { publishedPlanValid, PUBLISHED_TRACE_VALID_GIVEN_PLAN } from './published.ts';
import type { Figure } from './table.ts';
import { tracedConditions } from './trace-validity.ts';

/** Height in CSS pixels of one distribution's band, and of each condition in it where there are many. */
const BAND = 46;
const LINE = 13;

interface Shares {
  readonly conditions: readonly Condition[];
  readonly distributions: readonly GeneratorName[];
  readonly pick: (summary: DistributionSummary) => Proportion;
  /** In percent; undefined where nothing was published. */
  readonly published?: (condition: Condition, distribution: GeneratorName) => number | undefined;
}

/** Valid plans of all conditions, and valid traces of those with traces. */
export function validityFigures(results: StudyResults): Figure[] {
  if (!hasDistributions(results)) return [];
  const distributions = distributionsOf(results);
  const traced = tracedConditions(results);
  return [
    planFigure(results, 'valid-plans', conditionsOf(results), distributions),
    ...(traced.length === 0 ? [] : RULE_LEVELS).map((level) => ({
      id: `valid-traces-${level}`,
      title: `Valid traces, ${levelName(level)}`,
      caption: 'of the completions with a valid plan',
      ...drawn(results, `Valid traces, ${levelName(level)}, of the completions with a valid plan`, {
        conditions: traced,
        distributions,
        pick: ({ trace_valid_given_plan }) => trace_valid_given_plan[level],
        ...(level === 'paper' && {
          published: (condition, name) =>
            condition === 'correct' ? PUBLISHED_TRACE_VALID_GIVEN_PLAN[name] : undefined,
        }),
      }),
    })),
  ];
}

/** What F2 compares, or F3. */
export function comparedFigures(results: StudyResults, finding: 'f2' | 'f3'): Figure[] {
  const distributions = finding === 'f2' ? nearOf(results) : farOf(results);
  const conditions = comparedConditions(results);
  return distributions.length === 0 || conditions.length === 0
    ? []
    : [planFigure(results, `valid-plans-${finding}`, conditions, distributions)];
}

function planFigure(
  results: StudyResults,
  id: string,
  conditions: readonly Condition[],
  distributions: readonly GeneratorName[],
): Figure {
  return {
    id,
    title: 'Valid plans',
    caption: `of all test ${wordsOf(results).problems}`,
    ...drawn(results, 'Valid plans', {
      conditions,
      distributions,
      pick: ({ plan_valid }) => plan_valid,
      published: (condition, name) => publishedPlanValid(condition)?.[name],
    }),
  };
}

/** @param name what the share is */
function drawn(
  results: StudyResults,
  name: string,
  { conditions, distributions, pick, published }: Shares,
): Pick<Figure, 'spoken' | 'specification'> {
  const rows = conditions.flatMap((condition) =>
    distributions.flatMap((distribution) => {
      const estimate = estimateOf(results, condition, distribution, pick);
      return estimate === null ? [] : [{ condition, distribution, estimate }];
    }),
  );
  const known = rows.flatMap(({ condition, distribution, estimate: { share, low, high } }) =>
    share === null ? [] : [{ condition, distribution, share, low, high }],
  );
  const { domain, color, shape } = conditionScales(conditions);
  const values = known.map(({ condition, distribution, share, low, high }) => ({
    condition,
    distribution: distributionLabel(distribution),
    value: 100 * share,
    low: Math.max(0, 100 * low),
    high: Math.min(100, 100 * high),
  }));
  const others = rows.flatMap(({ condition, distribution }) => {
    const value = published?.(condition, distribution);
    return value === undefined ? [] : [{ condition, distribution: distributionLabel(distribution), value }];
  });
  const yOffset = { field: 'condition', scale: { domain, paddingOuter: 0.6 } };
  const x = {
    field: 'value',
    type: 'quantitative',
    title: 'percent',
    scale: { domain: [0, 100] },
    axis: { tickCount: 5 },
  };
  const labels = [...new Set(rows.map(({ distribution }) => distribution))];
  const specification = {
    width: CHART_WIDTH,
    height: Math.max(BAND, LINE * domain.length) * labels.length + 40,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: {
      y: {
        field: 'distribution',
        type: 'nominal',
        sort: null,
        scale: { domain: labels.map(distributionLabel) },
        title: null,
        axis: { grid: false, ticks: false, domain: false, labelFontSize: 12, labelPadding: 12 },
      },
    },
    layer: [
      {
        data: { values: others },
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
  const spoken = labels.map((distribution) => {
    const texts = known
      .filter((row) => row.distribution === distribution)
      .map(
        ({ condition, share, low, high }) => `${conditionLabel(condition)} ${percent(share)} ${interval(low, high)}`,
      );
    return `${distributionLabel(distribution)}: ${texts.length === 0 ? 'none' : list(texts)}`;
  });
  return { spoken: `${name}, percent with 95 % interval. ${spoken.join('; ')}.`, specification };
}
