// One share as it is shown: a proportion with its Wilson score interval, or the mean over seeds with an interval over
// mazes and seeds.
import { intervalOverSeeds } from '../analysis/comparison.ts';
import { compareConditions } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { ConditionResult, StudyResults } from '../study/results.ts';
import { tInterval } from '../base/statistics.ts';
import type { Interval, Proportion } from '../base/statistics.ts';
import type { SeedProportion } from './table.ts';

export interface Estimate {
  /** Null when a denominator is 0, of several seeds any. */
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
  /** What each seed counted, in the order of the runs. */
  readonly seeds: readonly SeedProportion[];
}

/**
 * One proportion over the seeds of a condition. A single seed keeps its own interval. Several give the mean of their
 * shares; the interval covers the 95 % t interval over seeds and the mean of the seeds' Wilson score intervals: seeds
 * that agree by chance (0, 0 and 0 of 1,000) do not make it empty. There is no share when a seed has nothing to count:
 * the mean of the others would be a choice of seeds.
 */
export function overSeeds(seeds: readonly SeedProportion[]): Estimate {
  if (seeds.length === 0 || seeds.some(({ n }) => n === 0)) return { share: null, low: 0, high: 1, seeds };
  const shares = tInterval(seeds.map(({ count, n }) => count / n));
  const [low, high] = intervalOverSeeds(
    seeds.map((seed): Interval => [seed.low, seed.high]),
    shares,
    [0, 1],
  );
  return { share: shares.mean, low, high, seeds };
}

/** The conditions that were run, in the order of their table. */
export function conditionsOf(results: StudyResults): Condition[] {
  return [...new Set(results.conditions.map(({ condition }) => condition))].sort(compareConditions);
}

/** The runs (one per seed) of a condition. */
function runsOf(results: StudyResults, condition: Condition): ConditionResult[] {
  return results.conditions.filter((run) => run.condition === condition);
}

/** The distributions that were evaluated, in the order of the evaluation files. */
export function distributionsOf(results: StudyResults): GeneratorName[] {
  return [...new Set(results.conditions.flatMap((run) => run.evaluation.map((summary) => summary.distribution)))];
}

/** One summary per seed that evaluated this distribution. */
export function summariesOf(
  results: StudyResults,
  condition: Condition,
  distribution: GeneratorName,
): DistributionSummary[] {
  return runsOf(results, condition).flatMap((run) =>
    run.evaluation.filter((summary) => summary.distribution === distribution),
  );
}

/** The estimate of one proportion over the seeds; null when nothing was evaluated. */
export function estimateOf(
  results: StudyResults,
  condition: Condition,
  distribution: GeneratorName,
  pick: (summary: DistributionSummary) => Proportion,
): Estimate | null {
  const seeds = runsOf(results, condition).flatMap(({ seed, evaluation }) =>
    evaluation
      .filter((summary) => summary.distribution === distribution)
      .map((summary): SeedProportion => ({ ...pick(summary), seed })),
  );
  return seeds.length === 0 ? null : overSeeds(seeds);
}

/** The different seeds of a study, in the order of its results. */
export function seedsOf(results: StudyResults): number[] {
  return [...new Set(results.conditions.map((run) => run.seed))];
}
