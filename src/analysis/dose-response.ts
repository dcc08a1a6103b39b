// The share of valid plans and traces as a function of the rate of a condition: which conditions of a study are rates
// of one condition, and a logistic fit on the rate for every distribution. With one seed the standard error is
// clustered by problem, because the same problems are solved at every rate. With several seeds there is one fit a
// seed; the interval covers the t interval over seeds.
import { logisticFit } from '../base/logistic.ts';
import type { LogisticFault, LogisticFit } from '../base/logistic.ts';
import { normalTwoSided, tInterval } from '../base/statistics.ts';
import type { Interval } from '../base/statistics.ts';
import { hasTraces, isOwn, nameAndRate } from '../domain/conditions/condition.ts';
import type { Condition, OwnCondition } from '../domain/conditions/condition.ts';
import { CONDITION_NAMES, CONDITION_RULES } from '../domain/conditions/table.ts';
import type { ConditionName } from '../domain/conditions/table.ts';
import type { GeneratorName, Verdict } from '../domain/types.ts';
import { checkSameMazes, intervalOverSeeds, twoSided } from './comparison.ts';
import type { JudgedRun } from './judged-run.ts';

/** Fewer rates are no curve. */
const LEAST_RATES = 3;

/** A model's share of touched examples, or of touched events of each example. */
export interface Dose {
  /** 0..1 */
  readonly rate: number;
  readonly condition: Condition;
}

export interface DoseFit {
  /** Test problems, the same for every rate and seed. */
  readonly n: number;
  /** Log odds per unit of rate: from rate 0 to rate 1. Mean over seeds. */
  readonly slope: number;
  readonly interval: Interval;
  /** Two-sided, that the slope is 0; with several seeds the larger of the test over problems and over seeds. */
  readonly p: number;
}

/** No fit: why, in the first seed that has none. A mean over the other seeds would be a choice of seeds. */
export interface NoDoseFit {
  readonly fault: LogisticFault;
}

/** Fits of one distribution; a fit is absent where too few rates write traces. */
export interface DoseFits {
  readonly distribution: GeneratorName;
  readonly plan_valid: DoseFit | NoDoseFit;
  readonly trace_valid_strict?: DoseFit | NoDoseFit;
}

/** The rates of one condition. */
export interface DoseResponse {
  readonly name: ConditionName;
  /** Ascending. */
  readonly doses: readonly Dose[];
  readonly fits: readonly DoseFits[];
}

/**
 * The conditions that were trained at three rates or more, in the order of the conditions' table. `correct` is rate 0
 * of each of them, unless `name@0` was trained.
 */
export function dosesOf(conditions: readonly Condition[]): Pick<DoseResponse, 'name' | 'doses'>[] {
  const trained = [...new Set(conditions)].filter(
    (condition): condition is Exclude<Condition, OwnCondition> => !isOwn(condition),
  );
  return CONDITION_NAMES.filter((name) => CONDITION_RULES[name].change !== 'nothing').flatMap((name) => {
    const rated = trained
      .map((condition): Dose & { readonly name: ConditionName } => ({ condition, ...nameAndRate(condition) }))
      .filter((each) => each.name === name)
      .map(({ rate, condition }): Dose => ({ rate, condition }));
    const untouched: Dose[] =
      trained.includes('correct') && rated.every(({ rate }) => rate > 0) ? [{ rate: 0, condition: 'correct' }] : [];
    const doses = [...untouched, ...rated].sort((a, b) => a.rate - b.rate);
    return doses.length < LEAST_RATES ? [] : [{ name, doses }];
  });
}

/**
 * @param runs every condition in every seed
 * @param distributions those that were tested
 * @returns one response for each condition with three rates or more
 * @throws TracelabError FINDINGS_UNPAIRED when runs were not tested on the same problems
 */
export function doseResponses(
  runs: readonly JudgedRun[],
  distributions: readonly GeneratorName[],
): readonly DoseResponse[] {
  return dosesOf(runs.map(({ condition }) => condition)).map(({ name, doses }) => {
    const traced = doses.filter(({ condition }) => hasTraces(condition));
    return {
      name,
      doses,
      fits: distributions.map((distribution) => ({
        distribution,
        plan_valid: fitOf(runs, doses, distribution, ({ plan }) => plan.valid),
        ...(traced.length >= LEAST_RATES && {
          trace_valid_strict: fitOf(runs, traced, distribution, ({ strict }) => strict.valid),
        }),
      })),
    };
  });
}

function fitOf(
  runs: readonly JudgedRun[],
  doses: readonly Dose[],
  distribution: GeneratorName,
  succeeds: (verdict: Verdict) => boolean,
): DoseFit | NoDoseFit {
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const rowsOf = (seed: number, condition: Condition) => {
    const rows = runs.find((run) => run.seed === seed && run.condition === condition)?.rows[distribution];
    if (!rows) throw new Error(`${condition}, seed ${seed}, was not tested on ${distribution}`);
    return rows;
  };
  const ids = rowsOf(seeds[0], doses[0].condition).map(({ id }) => id);
  const fits: LogisticFit[] = [];
  for (const seed of seeds) {
    const outcomes = doses.map(({ condition }) => {
      const rows = rowsOf(seed, condition);
      checkSameMazes(ids, rows, seed);
      return rows.map(({ verdict }) => succeeds(verdict));
    });
    const rates = doses.map(({ rate }) => rate);
    const fit = logisticFit(rates, outcomes);
    if (typeof fit === 'string') return { fault: fit };
    fits.push(fit);
  }
  return { n: ids.length, ...overSeeds(fits) };
}

/** The seeds' z averaged has at most unit variance however the seeds correlate, so the normal tail is conservative. */
function overSeeds(fits: readonly LogisticFit[]): Omit<DoseFit, 'n'> {
  const slopes = tInterval(fits.map(({ slope }) => slope));
  const overProblems = normalTwoSided(tInterval(fits.map(({ z }) => z)).mean);
  return {
    slope: slopes.mean,
    interval: intervalOverSeeds(
      fits.map(({ interval }) => interval),
      slopes,
      [-Infinity, Infinity],
    ),
    p: fits.length > 1 ? Math.max(overProblems, twoSided(slopes, 0)) : overProblems,
  };
}
