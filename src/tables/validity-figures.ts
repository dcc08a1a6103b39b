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
import { percentEnd, SAID, SAID_BY, shortLabel } from './figure-marks.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { distributionLabel, integer, interval, list, percent } from './format.ts';
import { levelName, RULE_LEVELS } from './levels.ts';
import { wordsOf } from './names.ts';
import { conditionScales } from './palette.ts';
import { comparedConditions } from './plan-validity.ts';
import { publishedPlanValid, PUBLISHED_TRACE_VALID_GIVEN_PLAN } from './published.ts';
import type { Figure, SeedProportion } from './table.ts';
import { tracedConditions } from './trace-validity.ts';

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
  const known = rows.flatMap(({ condition, distribution, estimate: { share, low, high, seeds } }) =>
    share === null ? [] : [{ condition, distribution, share, low, high, seeds }],
  );
  const values = known.flatMap(({ condition, distribution, share, low, high, seeds }) => {
    const base = { condition, distribution: distributionLabel(distribution) };
    const sizes = [...new Set(seeds.map(({ n }) => n))];
    const mean = {
      ...base,
      seed: seeds.length === 1 ? String(seeds[0].seed) : 'mean',
      value: 100 * share,
      low: Math.max(0, 100 * low),
      high: Math.min(100, 100 * high),
      n: sizes.length === 1 ? sizes[0] : null,
      words:
        `${SAID}${shortLabel(condition)}, ${base.distribution}; ${percent(share)} % ${interval(low, high)}; ` +
        `n = ${sizes.length === 1 ? integer(sizes[0]) : list(seeds.map(({ n }) => integer(n)))}` +
        (seeds.length === 1 ? '' : `, mean of ${seeds.length} seeds`),
    };
    return [mean, ...(seeds.length === 1 ? [] : seeds.map((one) => seedValue(base, one)))];
  });
  const others = rows.flatMap(({ condition, distribution }) => {
    const value = published?.(condition, distribution);
    return value === undefined ? [] : [{ condition, distribution: distributionLabel(distribution), value }];
  });
  const labels = [...new Set(rows.map(({ distribution }) => distribution))];
  const spoken = labels.map((distribution) => {
    const texts = known
      .filter((row) => row.distribution === distribution)
      .map(
        ({ condition, share, low, high }) => `${conditionLabel(condition)} ${percent(share)} ${interval(low, high)}`,
      );
    return `${distributionLabel(distribution)}: ${texts.length === 0 ? 'none' : list(texts)}`;
  });
  return {
    spoken: `${name}, percent with 95 % interval. ${spoken.join('; ')}.`,
    specification: specificationOf(conditions, labels.map(distributionLabel), values, others),
  };
}

interface Value {
  readonly condition: Condition;
  readonly distribution: string;
  /** A seed, or `mean`. */
  readonly seed: string;
  /** Percent, as low and high are. */
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Null of a mean whose seeds have different ones. */
  readonly n: number | null;
  readonly words: string;
}

interface Published {
  readonly condition: Condition;
  readonly distribution: string;
  readonly value: number;
}

function seedValue(
  base: Pick<Value, 'condition' | 'distribution'>,
  { seed, count, n, low, high }: SeedProportion,
): Value {
  const words =
    `${SAID}${shortLabel(base.condition)}, ${base.distribution}, seed ${seed ?? ''}; ${percent(count / n)} % ` +
    `${interval(low, high)}; n = ${integer(n)}`;
  return { ...base, seed: String(seed), value: (100 * count) / n, low: 100 * low, high: 100 * high, n, words };
}

function specificationOf(
  conditions: readonly Condition[],
  distributions: readonly string[],
  values: readonly Value[],
  others: readonly Published[],
): object {
  const { domain, color, shape } = conditionScales(conditions);
  const isMany = distributions.length > 6;
  // Fewer bands than names: a band has a line of text for each condition, and its name is at its own mark.
  const isSparse = distributions.length < domain.length;
  const band = isSparse
    ? LINE * (domain.length + 2 * OUTER)
    : Math.max(isMany ? 30 : 40, (isMany ? 9.5 : 13) * domain.length + 4);
  const several = values.some(({ seed }) => seed === 'mean');
  const isShown = several ? "datum.seed === 'mean'" : 'true';
  const shown = [{ filter: isShown }];
  const labels = labelValues(values, others, distributions, domain, isSparse);
  const yOffset = { field: 'condition', scale: { domain, paddingOuter: OUTER } };
  const x = {
    field: 'value',
    type: 'quantitative',
    title: 'percent',
    scale: {
      domain: [
        0,
        percentEnd([...values, ...others].map(({ value, ...rest }) => Number('high' in rest ? rest.high : value))),
      ],
    },
    axis: { tickCount: 6 },
  };
  return {
    width: CHART_WIDTH,
    height: band * distributions.length + 40,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: {
      y: {
        field: 'distribution',
        type: 'nominal',
        sort: null,
        scale: { domain: distributions },
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
      ...(several
        ? [
            {
              transform: [{ filter: "datum.seed !== 'mean'" }],
              mark: { type: 'tick', orient: 'vertical', size: 8, thickness: 1, opacity: 0.6 },
              encoding: { x, yOffset, color, description: SAID_BY },
            },
          ]
        : []),
      {
        transform: shown,
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, yOffset, color },
      },
      {
        transform: shown,
        mark: { type: 'point', filled: true, size: isMany ? 44 : 58, opacity: 1 },
        encoding: { x, yOffset, color, shape, description: SAID_BY },
      },
      ...(['left', 'right'] as const).map((side) => ({
        data: { values: labels.filter((label) => label.side === side) },
        mark: { type: 'text', align: side === 'left' ? 'right' : 'left', dx: side === 'left' ? -7 : 7, fontSize: 12 },
        encoding: { x: { ...x, field: side === 'left' ? 'low' : 'high' }, yOffset, color, text: { field: 'label' } },
      })),
    ],
  };
}

/** Percent of the axis that a letter of a label takes, about, on a phone and on a desktop; its distance from a mark. */
const LETTERS = [3.4, 1.6];
const GAP = 1.5;
/** Pixels of a band for each line of text, of which paddings leave about 15; padding above and below the lines. */
const LINE = 24;
const OUTER = 0.6;

/**
 * The names of the conditions at their intervals, each in the first band where it is free of other marks: neither over
 * the interval of another condition nor over a published share. In sparse bands each condition has a line of its own.
 */
function labelValues(
  values: readonly Value[],
  others: readonly Published[],
  distributions: readonly string[],
  conditions: readonly Condition[],
  isSparse: boolean,
) {
  const end = percentEnd(values.map(({ value, high }) => high ?? value));
  const shown = values.filter(({ low }) => low !== null);
  const taken = new Set<string>();
  return conditions.flatMap((condition) => {
    const label = shortLabel(condition);
    const places = LETTERS.map((letter) => (label.length * letter * end) / 100).flatMap((width) =>
      shown
        .filter((value) => value.condition === condition && isMeanOrOnly(value, shown))
        .toSorted((a, b) => distributions.indexOf(a.distribution) - distributions.indexOf(b.distribution))
        .flatMap(({ distribution, low, high }) => {
          const [from, to] = [low ?? 0, high ?? 0];
          const marks = [
            ...shown,
            ...others.map((other) => ({ ...other, low: other.value, high: other.value })),
          ].filter((mark) => mark.distribution === distribution && (!isSparse || mark.condition === condition));
          const isFree = (left: number, right: number): boolean =>
            left >= 0 && right <= end && marks.every((mark) => (mark.low ?? 0) > right || (mark.high ?? 0) < left);
          const gap = (GAP * end) / 100;
          return [
            { side: 'right' as const, isFree: isFree(to + gap, to + gap + width) },
            { side: 'left' as const, isFree: isFree(from - gap - width, from - gap) },
          ].map((place) => ({ ...place, condition, distribution, low, high, label }));
        }),
    );
    const untaken = places.filter(({ distribution }) => isSparse || !taken.has(distribution));
    const found = untaken.find(({ isFree }) => isFree) ?? untaken.at(0) ?? places.at(0);
    if (found === undefined) return [];
    taken.add(found.distribution);
    return [found];
  });
}

function isMeanOrOnly({ seed }: Value, shown: readonly Value[]): boolean {
  return seed === 'mean' || shown.every((value) => value.seed !== 'mean');
}
