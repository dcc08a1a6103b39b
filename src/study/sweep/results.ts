// The results of a sweep, sweep.json: every trial with its settings, its state and the shares of its evaluations.
import type { Condition } from '../../domain/conditions/condition.ts';
import { judgeTraining } from '../../analysis/findings.ts';
import type { RlStart } from '../../analysis/judged-run.ts';
import type { DistributionSummary } from '../../evaluation/types.ts';
import { METRICS_FILE } from '../../model/metrics-file.ts';
import { readCurve } from '../../tasks/training-curve.ts';
import type { Finished } from '../../work/task.ts';
import { join } from 'node:path';
import { configHash } from '../config.ts';
import { FinishedTasks, resultHash } from '../finished-tasks.ts';
import type { Settings, SweepConfig } from './config.ts';
import type { RungRun } from './halving.ts';
import type { SweepTrial } from './plan.ts';

export const SWEEP_FORMAT = 1;

/** A trained model of a trial, or one after reinforcement learning, and its tests. */
export interface TrialRun {
  readonly stage: 'trained' | 'rl';
  /** Where reinforcement learning began. */
  readonly start?: RlStart;
  readonly condition: Condition;
  readonly seed: number;
  /** Steps and tokens of the training. */
  readonly steps: number;
  readonly tokens: number;
  readonly undertrained: boolean;
  readonly evaluation: readonly DistributionSummary[];
}

/** What a trial did at a rung of successive halving that was not the last. */
export interface TrialRung {
  /** From 1. */
  readonly rung: number;
  /** That the rung is for; the trainings end with the step that reaches them. */
  readonly tokens: number;
  readonly runs: readonly RungRun[];
  /** The metric on dev problems, which the trials of the rung are ordered by; null where nothing was counted. */
  readonly score: number | null;
}

export interface TrialResult {
  readonly trial: string;
  readonly settings: Settings;
  /** Of the resolved study that it is. */
  readonly config_hash: string;
  /**
   * `failed`: one of its tasks was set aside; `eliminated`: it was not among the best of its rung; `missing`: not all
   * of its tasks have run.
   */
  readonly state: 'finished' | 'failed' | 'eliminated' | 'missing';
  /** Why tasks were set aside, each once. */
  readonly failures: readonly string[];
  /** Hash of its results, that of the same study run alone; of a finished trial. */
  readonly result?: string;
  /** Of a finished trial. */
  readonly runs: readonly TrialRun[];
  /** With halving: the rungs behind it. */
  readonly rungs?: readonly TrialRung[];
}

export interface SweepResults {
  readonly format: typeof SWEEP_FORMAT;
  readonly version: string;
  readonly config: SweepConfig;
  readonly config_hash: string;
  /** Distribution of the training set of the first trial. */
  readonly in_distribution: string;
  readonly trials: readonly TrialResult[];
}

/**
 * What is known of a trial.
 * @param finished tasks of the union by id
 * @param failures of tasks of the union by id
 * @throws TracelabError for a damaged metrics file
 */
export async function trialResult(
  trial: SweepTrial,
  finished: ReadonlyMap<string, Finished>,
  failures: ReadonlyMap<string, string>,
): Promise<TrialResult> {
  const own = new Map<string, Finished>();
  for (const [i, { id }] of trial.graph.tasks.entries()) {
    const found = finished.get(trial.ids[i]);
    if (found) own.set(id, found);
  }
  const failed = [...new Set(trial.ids.flatMap((id) => failures.get(id) ?? []))];
  const result = resultHash(trial.graph, own);
  const { name, settings, loaded } = trial;
  return {
    trial: name,
    settings,
    config_hash: configHash(loaded.config),
    state: result !== undefined ? 'finished' : failed.length > 0 ? 'failed' : 'missing',
    failures: result === undefined ? failed : [],
    ...(result !== undefined && { result }),
    runs: result === undefined ? [] : await runsOf(trial, new FinishedTasks(own)),
  };
}

async function runsOf({ tasks, loaded }: SweepTrial, done: FinishedTasks): Promise<TrialRun[]> {
  const { warmup_steps } = loaded.config.train;
  const trained = await Promise.all(
    tasks.arms.map(async ({ condition, seed, train, curve, test }): Promise<TrialRun> => {
      const { directory, summary } = done.of('train', train);
      const points = await readCurve(join(directory, METRICS_FILE));
      const last = done.of('curve', curve).summary.points.at(-1);
      const { undertrained } = judgeTraining(points, warmup_steps, last?.plan_valid ?? null);
      const { summaries } = done.of('test', test).summary;
      const { steps, tokens } = summary;
      return { stage: 'trained', condition, seed, steps, tokens, undertrained, evaluation: summaries };
    }),
  );
  const learnt = tasks.rl.map(({ arm, start, after }): TrialRun => {
    const model = trained.find(({ condition, seed }) => condition === arm.condition && seed === arm.seed);
    if (model === undefined) throw new Error(`no training of ${arm.condition}, seed ${arm.seed}`);
    return { ...model, stage: 'rl', start, evaluation: done.of('test', after).summary.summaries };
  });
  return [...trained, ...learnt];
}
