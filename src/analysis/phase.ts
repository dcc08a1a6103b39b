// Where traces start to pay: every condition against solution-only at every size, number of layers and token budget of
// a phase diagram.
import { holm } from '../base/statistics.ts';
import type { Interval } from '../base/statistics.ts';
import { BASELINE } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import { comparePlans } from './comparison.ts';
import type { JudgedRow } from './comparison.ts';

/** One trained model at one point, judged on the test problems of its own size, in distribution. */
export interface PhaseRun {
  readonly size: number;
  /** Transformer blocks. */
  readonly layers: number;
  /** Training tokens that were asked for. */
  readonly tokens: number;
  readonly condition: Condition;
  readonly seed: number;
  readonly undertrained: boolean;
  readonly rows: readonly JudgedRow[];
}

/** Plan validity of a condition minus that of solution-only, shares in [-1, 1]. */
export interface PhaseDifference {
  readonly size: number;
  readonly layers: number;
  readonly tokens: number;
  readonly condition: Condition;
  /** Test problems, the same for every seed. */
  readonly n: number;
  readonly seeds: readonly number[];
  readonly difference: number;
  readonly interval: Interval;
  /** Two-sided, from comparePlans; `p_holm` over all points of the condition's diagram. */
  readonly p: number;
  readonly p_holm: number;
  /**
   * Conditions with a model here that is undertrained: the square shows a too small budget, not the value of traces.
   */
  readonly undertrained: readonly Condition[];
}

/**
 * Differences by condition, then in the order of the runs. Throws TracelabError when runs of a point were not tested on
 * the same problems.
 */
export function phaseDifferences(runs: readonly PhaseRun[]): PhaseDifference[] {
  const conditions = [...new Set(runs.map(({ condition }) => condition))].filter((condition) => condition !== BASELINE);
  const points = [...Map.groupBy(runs, ({ size, layers, tokens }) => `${size} ${layers} ${tokens}`).values()];
  return conditions.flatMap((condition) => {
    const compared = points.map((point) => differenceAt(point, condition));
    const adjusted = holm(compared.map(({ p }) => p));
    return compared.map((each, i) => ({ ...each, p_holm: adjusted[i] }));
  });
}

/** @param runs of one point, all conditions and seeds */
function differenceAt(runs: readonly PhaseRun[], condition: Condition): Omit<PhaseDifference, 'p_holm'> {
  const first = runs.filter((run) => run.condition === BASELINE);
  const second = runs.filter((run) => run.condition === condition);
  const pairs = first.flatMap((run) =>
    second
      .filter(({ seed }) => seed === run.seed)
      .map((other) => ({ seed: run.seed, first: run.rows, second: other.rows })),
  );
  const { n, difference, interval, p } = comparePlans(pairs);
  const undertrained = [BASELINE, condition].filter((each) =>
    [...first, ...second].some((run) => run.condition === each && run.undertrained),
  );
  return {
    size: runs[0].size,
    layers: runs[0].layers,
    tokens: runs[0].tokens,
    condition,
    n,
    seeds: pairs.map(({ seed }) => seed),
    difference,
    interval,
    p,
    undertrained,
  };
}
