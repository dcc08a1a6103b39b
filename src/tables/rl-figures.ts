// Curves over the steps of reinforcement learning: validity of the kept checkpoints, sampled completions of training,
// and sampled groups of each distribution.
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { SampledGroups } from '../rl/observe.ts';
import type { RlResult, RlStepPoint } from '../study/results.ts';
import { CHART_WIDTH } from './figure-size.ts';
import { distributionLabel, list, share } from './format.ts';
import { conditionScales } from './palette.ts';
import { startLabel } from './run-names.ts';
import { tableId } from './table.ts';
import type { Figure } from './table.ts';

/** Drawn with a full and with a broken line. */
const MEASURES = [
  { name: 'plan', dash: [1, 0], pick: (summary: DistributionSummary) => summary.plan_valid },
  { name: 'trace', dash: [4, 3], pick: (summary: DistributionSummary) => summary.trace_valid.strict },
] as const;

/** Plans and strict traces of the kept checkpoints with intervals, one figure a distribution. */
export function rlValidityFigures(runs: readonly RlResult[]): Figure[] {
  return distributionsOf(runs).map((distribution) => {
    const label = distributionLabel(distribution);
    const ends = runs.flatMap(({ condition, seed, start, curve }) => {
      const [first, last] = [curve.at(0), curve.at(-1)].map((point) =>
        point?.evaluation.find((summary) => summary.distribution === distribution),
      );
      return first && last
        ? [
            `${startLabel(condition, start)} (seed ${seed}) plans ${share(first.plan_valid)} to ` +
              `${share(last.plan_valid)}, strict traces ${share(first.trace_valid.strict)} to ` +
              `${share(last.trace_valid.strict)}`,
          ]
        : [];
    });
    return {
      id: tableId('rl-validity', distribution),
      title: label,
      caption: '',
      spoken: `Validity over steps of reinforcement learning, ${label}: ${list(ends)}.`,
      specification: validitySpecification(runs, distribution),
    };
  });
}

function validitySpecification(runs: readonly RlResult[], distribution: GeneratorName): object {
  const values = runs.flatMap(({ condition, seed, start, curve }) =>
    curve.flatMap(({ step, evaluation }) =>
      evaluation
        .filter((summary) => summary.distribution === distribution)
        .flatMap((summary) =>
          MEASURES.flatMap(({ name, pick }) => {
            const { count, n, low, high } = pick(summary);
            const run = `${condition}/${seed}/${start}/${name}`;
            return n === 0
              ? []
              : [
                  {
                    run,
                    condition,
                    start,
                    measure: name,
                    step,
                    value: (100 * count) / n,
                    low: 100 * low,
                    high: 100 * high,
                  },
                ];
          }),
        ),
    ),
  );
  const { color, shape } = conditionScales(conditionsOf(runs));
  const y = {
    field: 'value',
    type: 'quantitative',
    title: 'percent',
    scale: { domain: [0, 100] },
    axis: { tickCount: 5 },
  };
  const strokeDash = {
    field: 'measure',
    type: 'nominal',
    scale: { domain: MEASURES.map(({ name }) => name), range: MEASURES.map(({ dash }) => [...dash]) },
    legend: null,
  };
  return {
    width: CHART_WIDTH,
    height: 180,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: { x: STEPS, color, detail: { field: 'run' } },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.55 },
        encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      { mark: { type: 'line' }, encoding: { y, strokeDash, strokeWidth: widthOf(runs) } },
      { mark: { type: 'point', filled: true, size: 30, opacity: 1 }, encoding: { y, shape } },
    ],
  };
}

const LEARNING: readonly {
  readonly title: string;
  readonly words: string;
  readonly pick: (point: RlStepPoint) => number | null;
}[] = [
  { title: 'Reward', words: 'mean over the completions', pick: (point) => point.reward },
  {
    title: 'Groups of equal rewards',
    words: 'percent; all their advantages are 0',
    pick: (point) => 100 * point.zero_spread,
  },
  { title: 'Entropy', words: 'nats a token', pick: (point) => point.entropy },
  { title: 'KL against the start', words: 'nats a token', pick: (point) => point.kl },
  { title: 'Clipped', words: 'percent of the tokens with an advantage', pick: (point) => 100 * point.clipped },
  { title: 'Length', words: 'tokens of a completion', pick: (point) => point.completion_tokens },
  { title: 'Truncated', words: 'percent of the completions', pick: (point) => 100 * point.truncated },
];

/**
 * Sampled completions of training, one figure a number.
 * @param innerEpochs updates per step; before the first one every ratio is 1, so that with one nothing can be clipped
 */
export function rlLearningFigures(runs: readonly RlResult[], innerEpochs: number): Figure[] {
  return LEARNING.filter(({ title }) => title !== 'Clipped' || innerEpochs > 1).map(({ title, words, pick }) =>
    stepFigure(
      { id: tableId('rl-learning', title.toLowerCase()), title, caption: words },
      title,
      runs.map((run) => ({ ...run, points: run.sampled.map((point) => ({ step: point.step, value: pick(point) })) })),
    ),
  );
}

const GROUPS: readonly {
  readonly title: string;
  readonly words: string;
  readonly pick: (groups: SampledGroups) => number;
}[] = [
  {
    title: 'Groups of equal rewards',
    words: 'percent',
    pick: ({ zero_spread, groups }) => (100 * zero_spread) / groups,
  },
  { title: 'KL against the start', words: 'nats a token', pick: ({ kl }) => kl },
];

/** Sampled groups of test problems, one figure a distribution; none where no groups were sampled. */
export function rlGroupFigures(
  runs: readonly RlResult[],
): { readonly title: string; readonly words: string; readonly figures: readonly Figure[] }[] {
  if (runs.every(({ curve }) => curve.every(({ sampled = [] }) => sampled.length === 0))) return [];
  return GROUPS.map(({ title, words, pick }) => ({
    title,
    words,
    figures: distributionsOf(runs).map((distribution) => {
      const label = distributionLabel(distribution);
      return stepFigure(
        { id: tableId('rl-groups', title.toLowerCase(), distribution), title: label, caption: '' },
        `${title}, ${label}`,
        runs.map((run) => ({
          ...run,
          points: run.curve.flatMap(({ step, sampled = [] }) =>
            sampled
              .filter((groups) => groups.distribution === distribution)
              .map((groups) => ({ step, value: pick(groups) })),
          ),
        })),
      );
    }),
  }));
}

/** One number of each step, a line a run. */
type StepRun = Pick<RlResult, 'condition' | 'seed' | 'start'> & {
  readonly points: readonly { readonly step: number; readonly value: number | null }[];
};

/** @param name what is drawn, for the spoken words */
function stepFigure(words: Pick<Figure, 'id' | 'title' | 'caption'>, name: string, runs: readonly StepRun[]): Figure {
  const values = runs.flatMap(({ condition, seed, start, points }) =>
    points.flatMap(({ step, value }) =>
      value === null ? [] : [{ run: `${condition}/${seed}/${start}`, condition, start, step, value }],
    ),
  );
  const ends = runs.map(({ condition, seed, start, points }) => {
    const measured = points.flatMap(({ value }) => value ?? []);
    const change =
      measured.length === 0
        ? 'not measured'
        : `${measured[0].toPrecision(3)} to ${measured[measured.length - 1].toPrecision(3)}`;
    return `${startLabel(condition, start)} (seed ${seed}) ${change}`;
  });
  const { color, dash } = conditionScales(conditionsOf(runs));
  return {
    ...words,
    spoken: `${name} over steps of reinforcement learning: ${list(ends)}.`,
    specification: {
      width: CHART_WIDTH,
      height: 150,
      autosize: { type: 'fit', contains: 'padding' },
      data: { values },
      mark: { type: 'line', strokeJoin: 'round' },
      encoding: {
        x: STEPS,
        // Nothing but zeros has no extent of its own.
        y: {
          field: 'value',
          type: 'quantitative',
          title: null,
          axis: { tickCount: 4 },
          ...(values.every(({ value }) => value === 0) && { scale: { domain: [0, 1] } }),
        },
        color,
        strokeDash: dash,
        strokeWidth: widthOf(runs),
        detail: { field: 'run' },
      },
    },
  };
}

const STEPS = {
  field: 'step',
  type: 'quantitative',
  title: 'steps',
  axis: { grid: false, tickCount: 5 },
  scale: { nice: false },
};

/** Encodes the width of lines: those of early starts are thin. */
function widthOf(runs: readonly Pick<RlResult, 'start'>[]): object {
  return runs.some(({ start }) => start === 'early')
    ? { field: 'start', type: 'ordinal', scale: { domain: ['last', 'early'], range: [1.8, 0.7] }, legend: null }
    : { value: 1.5 };
}

function conditionsOf(runs: readonly Pick<RlResult, 'condition'>[]): Condition[] {
  return [...new Set(runs.map(({ condition }) => condition))];
}

function distributionsOf(runs: readonly RlResult[]): GeneratorName[] {
  return [...new Set(runs.flatMap(({ before }) => before.map(({ distribution }) => distribution)))];
}
