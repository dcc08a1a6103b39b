// Curves over the steps of reinforcement learning: validity of the kept checkpoints, sampled completions of training,
// and sampled groups of each distribution.
import type { Proportion } from '../base/statistics.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { SampledGroups } from '../rl/observe.ts';
import type { RlResult, RlStepPoint } from '../study/results.ts';
import { percentEnd } from './figure-marks.ts';
import { distributionLabel, list, share } from './format.ts';
import { lineSpecification } from './line-figure.ts';
import type { Line } from './line-figure.ts';
import { startLabel } from './run-names.ts';
import { tableId } from './table.ts';
import type { Figure } from './table.ts';

/** Drawn with a full and with a broken line. */
const MEASURES = [
  { metric: 'plan', pick: (summary: DistributionSummary) => summary.plan_valid },
  { metric: 'trace', pick: (summary: DistributionSummary) => summary.trace_valid.strict },
] as const;

/** Plans and strict traces of the kept checkpoints with intervals, one figure a distribution. */
export function rlValidityFigures(runs: readonly RlResult[]): Figure[] {
  return distributionsOf(runs).map((distribution): Figure => {
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
      span: 'third',
      spoken: `Validity over steps of reinforcement learning, ${label}: ${list(ends)}.`,
      specification: validitySpecification(runs, distribution),
    };
  });
}

function validitySpecification(runs: readonly RlResult[], distribution: GeneratorName): object {
  const lines = runs.flatMap(({ condition, seed, start, curve }) =>
    MEASURES.map(({ metric, pick }): Line => ({
      condition,
      seed,
      metric,
      variant: variantOf(start),
      points: curve.flatMap(({ step, evaluation }) =>
        evaluation
          .filter((summary) => summary.distribution === distribution)
          .flatMap((summary) => (pick(summary).n === 0 ? [] : [{ x: step, of: pick(summary) }])),
      ),
    })),
  );
  const highs = lines.flatMap(({ points }) => points.map(({ of }) => 100 * (of as Proportion).high));
  return lineSpecification({
    lines: lines.filter(({ points }) => points.length > 0),
    x: STEPS,
    y: { title: 'percent', domain: [0, percentEnd(highs)], write: (value) => `${value.toFixed(1)} %` },
    height: 200,
    hasPoints: true,
  });
}

function variantOf(start: RlResult['start']): string {
  return start === 'early' ? 'early' : '';
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
  const lines = runs.map(({ condition, seed, start, points }): Line => ({
    condition,
    seed,
    variant: variantOf(start),
    points: points.flatMap(({ step, value }) => (value === null ? [] : [{ x: step, of: value }])),
  }));
  const ends = runs.map(({ condition, seed, start, points }) => {
    const measured = points.flatMap(({ value }) => value ?? []);
    const change =
      measured.length === 0
        ? 'not measured'
        : `${measured[0].toPrecision(3)} to ${measured[measured.length - 1].toPrecision(3)}`;
    return `${startLabel(condition, start)} (seed ${seed}) ${change}`;
  });
  const values = lines.flatMap(({ points }) => points.map(({ of }) => of as number));
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return {
    ...words,
    span: 'third',
    spoken: `${name} over steps of reinforcement learning: ${list(ends)}.`,
    specification: lineSpecification({
      lines: lines.filter(({ points }) => points.length > 0),
      x: STEPS,
      // Nothing but zeros has no extent of its own.
      y: {
        title: '',
        domain: [1.05 * low, low === high ? 1 : 1.05 * high],
        write: (value) => value.toPrecision(3),
      },
      height: 170,
      hasPoints: false,
    }),
  };
}

const STEPS = { title: 'steps of GRPO', name: 'step' };

function distributionsOf(runs: readonly RlResult[]): GeneratorName[] {
  return [...new Set(runs.flatMap(({ before }) => before.map(({ distribution }) => distribution)))];
}
