// Runs a sweep rung by rung: which trials go on is a function of results in the store, so a sweep that was stopped
// makes the same decisions again.
import { TracelabError } from '../../base/errors.ts';
import { sum } from '../../base/sum.ts';
import type { CurveSummary } from '../../tasks/curve.ts';
import type { TrainPartSummary } from '../../tasks/train-part.ts';
import { timeBounds } from '../../work/bounds.ts';
import type { Slots } from '../../work/executor.ts';
import { UNKNOWN_ESTIMATE } from '../../work/paths.ts';
import { SharedSettings } from '../../work/shared-settings.ts';
import type { Finished, Graph } from '../../work/task.ts';
import { configHash } from '../config.ts';
import { FASTER, SLOWER } from '../plan.ts';
import type { Planned } from '../plan.ts';
import type { SweepComputation } from './computation.ts';
import type { LoadedSweep, SweepConfig } from './config.ts';
import { devScore, lastGraph, promoted, rungGraph, rungsOf } from './halving.ts';
import type { Rung, RungRun, RungTasks } from './halving.ts';
import type { SweepGraph, SweepTrial } from './plan.ts';
import { trialResult } from './results.ts';
import type { TrialResult, TrialRung } from './results.ts';
import { unionOf } from './union.ts';

/** What became of the trials. */
export interface Halved {
  /** Those of the last rung, with the ids of their own tasks in the union. */
  readonly last: readonly SweepTrial[];
  /** By the name of the trial, the first rung first. */
  readonly rungs: ReadonlyMap<string, readonly TrialRung[]>;
  /** Why a trial has no result of its rung. */
  readonly failures: ReadonlyMap<string, readonly string[]>;
  /** Trials that were not among the best of their rung. */
  readonly eliminated: ReadonlySet<string>;
}

/**
 * Computes rung after rung, until the last is done or the signal stops it.
 * @throws TracelabError CONFIG_IMPOSSIBLE for trainings that are no longer than the first rung
 */
export async function computeRungs(
  sweep: LoadedSweep,
  { trials }: SweepGraph,
  computation: SweepComputation,
  signal: AbortSignal,
): Promise<Halved> {
  const { metric } = sweep.config;
  const rungs = rungsFor(sweep, trials);
  const settings = new SharedSettings();
  const parts: { readonly name: string; readonly graph: Graph }[] = [];
  const known = new Map<string, TrialRung[]>();
  const failures = new Map<string, readonly string[]>();
  const eliminated = new Set<string>();
  let active = trials;
  for (const [i, { tokens }] of rungs.slice(0, -1).entries()) {
    const graphs = active.map((trial) => rungGraph(trial, rungs, i));
    const placed = await computeOf(active.map((trial, n) => ({ ...trial, graph: graphs[n].graph })));
    if (placed.some((trial) => !isDecided(trial))) return { last: [], rungs: known, failures, eliminated };
    const scored: { readonly score: number | null; readonly trial: SweepTrial }[] = [];
    for (const [n, trial] of active.entries()) {
      const runs = runsOf(placed[n], graphs[n], computation.finished);
      if (runs === undefined) {
        failures.set(trial.name, failuresOf(placed[n]));
        continue;
      }
      const score = devScore(runs, metric);
      known.set(trial.name, [...(known.get(trial.name) ?? []), { rung: i + 1, tokens, runs, score }]);
      scored.push({ score, trial });
    }
    active = promoted(scored, metric, rungs[i + 1].trials).map(({ trial }) => trial);
    for (const { trial } of scored) if (!active.includes(trial)) eliminated.add(trial.name);
    if (active.length === 0) return { last: [], rungs: known, failures, eliminated };
  }
  const whole = active.map((trial) => ({ ...trial, graph: lastGraph(trial, rungs) }));
  const placed = await computeOf(whole);
  const last = active.map((trial, n): SweepTrial => {
    const ids = new Map(placed[n].graph.tasks.map(({ id }, at) => [id, placed[n].ids[at]]));
    return { ...trial, ids: trial.graph.tasks.map(({ id }) => ids.get(id) ?? id) };
  });
  return { last, rungs: known, failures, eliminated };

  /** Computes graphs of trials; returns the trials with ids in the union of all that was computed. */
  async function computeOf(some: readonly SweepTrial[]): Promise<SweepTrial[]> {
    parts.push(...some);
    const { graph, ids } = unionOf(parts, settings);
    const own = some.map((trial, n) => ({ ...trial, ids: ids[parts.length - some.length + n] }));
    const wanted = new Set(own.flatMap((trial) => trial.ids));
    // A failed task of an earlier rung is no concern of this one.
    if (!signal.aborted)
      await computation.compute(graph, { ...graph, tasks: graph.tasks.filter(({ id }) => wanted.has(id)) }, own);
    return own;
  }

  function isDecided(trial: SweepTrial): boolean {
    const { finished, failures: failed } = computation;
    // After a stop nobody knows whether the others would have failed, too.
    return trial.ids.every((id) => finished.has(id)) || (!signal.aborted && trial.ids.some((id) => failed.has(id)));
  }

  function failuresOf(trial: SweepTrial): string[] {
    return [...new Set(trial.ids.flatMap((id) => computation.failures.get(id) ?? []))];
  }
}

/** What a trial's models did at a rung; undefined unless all are finished. */
function runsOf(
  { graph, ids }: SweepTrial,
  { arms }: RungTasks,
  finished: ReadonlyMap<string, Finished>,
): RungRun[] | undefined {
  const own = new Map(graph.tasks.map(({ id }, at) => [id, finished.get(ids[at])]));
  const runs = arms.flatMap(({ condition, seed, part, dev }): RungRun[] => {
    const trained = own.get(part)?.summary as TrainPartSummary | undefined;
    const counted = (own.get(dev)?.summary as CurveSummary | undefined)?.last;
    return trained && counted ? [{ condition, seed, steps: trained.steps, tokens: trained.tokens, dev: counted }] : [];
  });
  return runs.length === arms.length ? runs : undefined;
}

/** The results of all trials. */
export async function halvedResults(
  trials: readonly SweepTrial[],
  { last, rungs, failures, eliminated }: Halved,
  finished: ReadonlyMap<string, Finished>,
  failed: ReadonlyMap<string, string>,
): Promise<TrialResult[]> {
  const finalists = new Map(last.map((trial) => [trial.name, trial]));
  return Promise.all(
    trials.map(async ({ name, settings, loaded }): Promise<TrialResult> => {
      const finalist = finalists.get(name);
      const own = { rungs: rungs.get(name) ?? [] };
      if (finalist) return { ...(await trialResult(finalist, finished, failed)), ...own };
      const why = failures.get(name) ?? [];
      const state = why.length > 0 ? 'failed' : eliminated.has(name) ? 'eliminated' : 'missing';
      return { trial: name, settings, config_hash: configHash(loaded.config), state, failures: why, runs: [], ...own };
    }),
  );
}

/** A rung as a plan counts it. */
export interface PlannedRung extends Rung {
  /** Trainings that are trained up to its tokens, where no two trials share one. */
  readonly trainings: number;
}

/** The tasks of all rungs if the costliest trials go on. */
export interface RungsPlan {
  readonly rungs: readonly PlannedRung[];
  readonly graph: Graph;
  readonly shared: number;
  /** Tasks that each rung adds. */
  readonly added: readonly Graph[];
}

/**
 * @param planned of all trials, each trained to its end
 * @throws TracelabError CONFIG_IMPOSSIBLE for trainings that are no longer than the first rung
 */
export function rungsPlan(sweep: LoadedSweep, { trials }: SweepGraph, { estimates }: Planned): RungsPlan {
  const rungs = rungsFor(sweep, trials);
  const secondsOf = (trial: SweepTrial): number => sum(trial.ids.map((id) => estimates.get(id)?.seconds ?? 0));
  const costs = new Map(trials.map((trial) => [trial, secondsOf(trial)]));
  const costliest = trials.toSorted((a, b) => (costs.get(b) ?? 0) - (costs.get(a) ?? 0));
  const settings = new SharedSettings();
  const parts: { readonly name: string; readonly graph: Graph }[] = [];
  const added: Graph[] = [];
  const before = new Set<string>();
  let union = unionOf(parts, settings);
  for (const [i, rung] of rungs.entries()) {
    const isLast = i === rungs.length - 1;
    for (const trial of costliest.slice(0, rung.trials))
      parts.push({ name: trial.name, graph: isLast ? lastGraph(trial, rungs) : rungGraph(trial, rungs, i).graph });
    union = unionOf(parts, settings);
    added.push({ ...union.graph, tasks: union.graph.tasks.filter(({ id }) => !before.has(id)) });
    for (const { id } of union.graph.tasks) before.add(id);
  }
  return {
    rungs: rungs.map((rung, i) => ({
      ...rung,
      trainings: added[i].tasks.filter(({ kind }) => kind === (i === rungs.length - 1 ? 'train' : 'train-part')).length,
    })),
    graph: union.graph,
    shared: union.shared,
    added,
  };
}

/** The plan of all tasks, with the time of rungs one after the other. */
export function withRungs({ plan, estimates, ...planned }: Planned, { added }: RungsPlan, slots: Slots): Planned {
  const bounds = added.map((graph) =>
    timeBounds(
      graph,
      graph.tasks.map(({ id }) => estimates.get(id) ?? UNKNOWN_ESTIMATE),
      slots,
    ),
  );
  const seconds = {
    low: FASTER * sum(bounds.map(({ low }) => low)),
    high: SLOWER * sum(bounds.map(({ high }) => high)),
  };
  return { ...planned, estimates, plan: { ...plan, seconds, schedule: 'bounds' } };
}

function rungsFor(sweep: LoadedSweep, trials: readonly SweepTrial[]): Rung[] {
  const { halving } = sweep.config as Required<Pick<SweepConfig, 'halving'>>;
  const [{ loaded }] = trials;
  const { tokens } = loaded.config.train;
  if (tokens !== undefined && tokens > halving.min_tokens) return rungsOf(halving, tokens, trials.length);
  throw new TracelabError({
    code: 'CONFIG_IMPOSSIBLE',
    kind: 'refused_input',
    where: sweep.where('halving', 'min_tokens'),
    what: 'the first rung is no part of a training',
    expected: tokens === undefined ? 'a study with train.tokens' : `less than train.tokens, ${tokens}`,
    got: tokens === undefined ? 'one with train.epochs' : String(halving.min_tokens),
    hint: 'set: {train.tokens: N} gives all trials that length',
  });
}
