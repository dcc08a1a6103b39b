// A sweep as a table: a row a trial with its settings and the metric of each condition, the best trials first.
import { compareConditions, conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { SettingValue, SweepConfig } from '../study/sweep/config.ts';
import { metricOf, METRIC_NAMES } from '../study/sweep/metric.ts';
import type { MetricName } from '../study/sweep/metric.ts';
import type { SweepResults, TrialResult, TrialRun } from '../study/sweep/results.ts';
import { estimateCell, numberCell, textCell } from './cells.ts';
import { overSeeds } from './estimate.ts';
import type { Estimate } from './estimate.ts';
import { distributionLabel, magnitude, percent } from './format.ts';
import type { Cell, Table } from './table.ts';
import type { TidyColumn } from './tidy.ts';

/** A trial with its metric. */
export interface RankedTrial {
  readonly result: TrialResult;
  /** The metric of each condition of the metric, over seeds; empty for an unfinished trial. */
  readonly estimates: ReadonlyMap<Condition, Estimate>;
  /** Mean over the conditions; null where it is not known. */
  readonly score: number | null;
}

/** Words of a metric. */
const METRIC_WORDS: Readonly<Record<MetricName, string>> = {
  plan_valid: 'Valid plans',
  plan_optimal: 'Optimal plans',
  trace_valid_strict: 'Valid traces, strict',
  trace_valid_paper: 'Valid traces, lenient',
  trace_valid_strict_given_plan: 'Valid traces, strict, of completions with a valid plan',
  trace_valid_paper_given_plan: 'Valid traces, lenient, of completions with a valid plan',
};

/** `Valid plans on Wilson`. */
export function metricWords({ config, in_distribution }: Pick<SweepResults, 'config' | 'in_distribution'>): string {
  const { name, distribution = in_distribution } = config.metric;
  return `${METRIC_WORDS[name]} on ${distributionLabel(distribution)}`;
}

/** Trials by their metric, the best first; trials without one last, in the order of the sweep. */
export function rankedTrials({ trials, config, in_distribution }: SweepResults): RankedTrial[] {
  const { name, distribution = in_distribution, condition, goal } = config.metric;
  const ranked = trials.map((result): RankedTrial => {
    const runs = result.runs.filter(({ stage }) => stage === 'trained');
    const conditions = [...new Set(runs.map((run) => run.condition))].filter(
      (each) => condition === undefined || each === condition,
    );
    const estimates = new Map(
      conditions.sort(compareConditions).map((each) => [each, estimateOf(runs, each, distribution, name)] as const),
    );
    const shares = [...estimates.values()].map(({ share }) => share);
    const known = shares.filter((share) => share !== null);
    const isKnown = known.length > 0 && known.length === shares.length;
    return { result, estimates, score: isKnown ? known.reduce((sum, share) => sum + share, 0) / known.length : null };
  });
  const sign = goal === 'maximize' ? -1 : 1;
  // Then those that came further, and then those that were better there.
  const orders = ({ score, result }: RankedTrial): number[] => {
    const dev = result.rungs?.at(-1)?.score ?? null;
    return [
      score === null ? Infinity : sign * score,
      -(result.rungs?.length ?? 0),
      dev === null ? Infinity : sign * dev,
    ];
  };
  const compare = (a: readonly number[], b: readonly number[]): number => {
    const at = a.findIndex((each, i) => each !== b[i]);
    return at < 0 ? 0 : a[at] - b[at];
  };
  // sort() is stable: equal trials keep the order of the sweep.
  return ranked.sort((a, b) => compare(orders(a), orders(b)));
}

function estimateOf(runs: readonly TrialRun[], condition: Condition, distribution: string, name: MetricName): Estimate {
  const of = runs.filter((run) => run.condition === condition);
  const seeds = of.flatMap(({ seed, evaluation }) =>
    evaluation
      .filter((summary) => summary.distribution === distribution)
      .map((summary) => ({ ...metricOf(name, summary), seed })),
  );
  return overSeeds(seeds);
}

/** Keys that vary, in the order of the sweep's file, then those that only `include` sets. */
export function variedKeys({ parameters, include }: Pick<SweepConfig, 'parameters' | 'include'>): string[] {
  return [...new Set([...Object.keys(parameters), ...include.flatMap((entry) => Object.keys(entry))])];
}

/** A value as the sweep's file has it. */
export function settingText(value: SettingValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** All trials, the best first. */
export function sweepTable(results: SweepResults, ranked = rankedTrials(results)): Table {
  const { config } = results;
  const keys = variedKeys(config);
  const conditions = [...new Set(ranked.flatMap(({ estimates }) => [...estimates.keys()]))].sort(compareConditions);
  const states = { finished: '', failed: 'failed', eliminated: 'eliminated', missing: 'not run' };
  return {
    id: 'trials',
    title: 'Trials',
    caption:
      `${metricWords(results)}, ${config.metric.goal === 'maximize' ? 'highest' : 'lowest'} first: mean over ` +
      'seeds with a 95 % interval. Undertrained counts training runs that did not learn enough to say anything.' +
      (config.halving === undefined
        ? ''
        : ' Rung, Tokens and Dev: the last rung that was decided with the trial in it, its tokens, and the metric on ' +
          'dev problems there.'),
    dash: 'the trial is not finished, or nothing was counted',
    columns: [
      { label: 'Trial' },
      ...keys.map((label) => ({ label, words: true as const })),
      ...(config.halving === undefined ? [] : ['Rung', 'Tokens', 'Dev'].map((label) => ({ label }))),
      ...conditions.map((condition) => ({ label: conditionLabel(condition), about: { condition } })),
      { label: 'Undertrained' },
    ],
    groups: [
      {
        heading: '',
        rows: ranked.map(({ result, estimates }): (Cell | null)[] => {
          const { trial, settings, state, runs } = result;
          const trained = runs.filter(({ stage }) => stage === 'trained');
          return [
            textCell(trial, { part: trial }, states[state] === '' ? undefined : states[state]),
            ...keys.map((key) => (Object.hasOwn(settings, key) ? textCell(settingText(settings[key])) : null)),
            ...(config.halving === undefined ? [] : rungCells(result)),
            ...conditions.map((condition) => estimateCell(estimates.get(condition) ?? null)),
            state === 'finished' ? numberCell(trained.filter((run) => run.undertrained).length, 'plain') : null,
          ];
        }),
      },
    ],
    compact: true,
  };
}

/** The last rung of a trial, its tokens and the metric on dev problems. */
function rungCells({ rungs }: TrialResult): (Cell | null)[] {
  const last = rungs?.at(-1);
  if (last === undefined) return [null, null, null];
  const { rung, tokens, score } = last;
  return [numberCell(rung, 'plain'), textCell(magnitude(tokens)), score === null ? null : textCell(percent(score))];
}

/** A value of an exported row of a sweep. */
export type SweepValue = string | number | boolean | null;
/** One share of one test of one model. Settings are columns by their keys. */
export type SweepRow = Readonly<Record<string, SweepValue>>;

/** Columns of the exported rows: one for each key that varies, then fixed ones. */
export function sweepColumns(config: SweepConfig): TidyColumn<SweepRow>[] {
  return [
    { name: 'sweep', type: 'text', meaning: 'name of the sweep' },
    { name: 'trial', type: 'text', meaning: 'name of the trial' },
    ...variedKeys(config).map((name): TidyColumn<SweepRow> => ({
      name,
      type: 'text',
      meaning: 'setting of the trial, as JSON unless it is a text',
      none: 'the trial leaves it as the study has it',
    })),
    { name: 'config_hash', type: 'text', meaning: 'SHA-256 of the study that the trial is' },
    {
      name: 'stage',
      type: 'text',
      meaning: 'trained, rl: after reinforcement learning, or rung: dev problems at a rung of halving',
    },
    {
      name: 'start',
      type: 'text',
      meaning: 'checkpoint that reinforcement learning began with',
      none: 'stage trained or rung',
    },
    { name: 'rung', type: 'integer', meaning: 'number of the rung, from 1', none: 'stage trained or rl' },
    { name: 'condition', type: 'text', meaning: 'what the model was trained on' },
    { name: 'seed', type: 'integer', meaning: 'seed of the training run' },
    { name: 'steps', type: 'integer', meaning: 'steps of the training' },
    { name: 'tokens', type: 'integer', meaning: 'tokens of the training' },
    { name: 'undertrained', type: 'boolean', meaning: 'whether the training did not learn enough', none: 'stage rung' },
    { name: 'distribution', type: 'text', meaning: 'distribution of the test problems' },
    { name: 'metric', type: 'text', meaning: 'what is counted' },
    { name: 'value', type: 'number', meaning: 'count / n', none: 'n is 0' },
    { name: 'low', type: 'number', meaning: 'lower bound of the 95 % interval', none: 'n is 0' },
    { name: 'high', type: 'number', meaning: 'upper bound of the 95 % interval', none: 'n is 0' },
    { name: 'k', type: 'integer', meaning: 'count' },
    { name: 'n', type: 'integer', meaning: 'completions that could be counted' },
  ];
}

/** All shares of all trials, in the order of the sweep: those of rungs, then those of tests. */
export function* sweepRows({ config, trials }: SweepResults): Generator<SweepRow> {
  const keys = variedKeys(config);
  for (const { trial, settings, config_hash, runs, rungs = [] } of trials) {
    const given = Object.fromEntries(
      keys.map((key) => [key, Object.hasOwn(settings, key) ? settingText(settings[key]) : null]),
    );
    const own = { sweep: config.sweep, trial, ...given, config_hash };
    for (const { rung, runs: parts } of rungs)
      for (const { condition, seed, steps, tokens, dev } of parts)
        yield* sharesOf(dev, {
          ...own,
          stage: 'rung',
          start: null,
          rung,
          condition,
          seed,
          steps,
          tokens,
          undertrained: null,
        });
    for (const { stage, start = null, condition, seed, steps, tokens, undertrained, evaluation } of runs)
      for (const summary of evaluation)
        yield* sharesOf(summary, { ...own, stage, start, rung: null, condition, seed, steps, tokens, undertrained });
  }
}

function* sharesOf(summary: DistributionSummary, row: SweepRow): Generator<SweepRow> {
  for (const metric of METRIC_NAMES) {
    const { count, n, low, high } = metricOf(metric, summary);
    const isKnown = n > 0;
    yield {
      ...row,
      distribution: summary.distribution,
      metric,
      value: isKnown ? count / n : null,
      low: isKnown ? low : null,
      high: isKnown ? high : null,
      k: count,
      n,
    };
  }
}
