// A sweep as one command: the union of its trials' graphs is computed like a study; finished tasks of any study are
// reused, a failed trial stops no other.
import { existsSync } from '../../base/disk.ts';
import { TracelabError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { sealed } from '../../base/sealed.ts';
import { measureBriefly } from '../../tasks/brief-speed.ts';
import { makeFacts } from '../../tasks/facts.ts';
import type { TaskFailure, Slots } from '../../work/executor.ts';
import type { Graph } from '../../work/task.ts';
import { checkNeeds } from '../../work/recorded-files.ts';
import { join } from 'node:path';
import type { LoadedConfig } from '../config-file.ts';
import type { Variation } from '../variation.ts';
import type { StudyHooks } from '../events.ts';
import { GraphFolder, SWEEP_FILE } from '../folder.ts';
import type { Measurements, Planned } from '../plan.ts';
import { checkFit } from '../fit.ts';
import { lookAt } from '../progress.ts';
import type { Workshop } from '../study.ts';
import { planLeft, SweepComputation } from './computation.ts';
import { sweepHash } from './config.ts';
import type { LoadedSweep } from './config.ts';
import { computeRungs, halvedResults, rungsPlan, withRungs } from './halving-run.ts';
import type { PlannedRung } from './halving-run.ts';
import { checkTrials, sweepGraph } from './plan.ts';
import type { SweepGraph, SweepTrial } from './plan.ts';
import { SWEEP_FORMAT, trialResult } from './results.ts';
import type { SweepResults, TrialResult } from './results.ts';
import { readSweepResults } from './results-file.ts';

export interface SweepOptions {
  readonly sweep: LoadedSweep;
  /** The study that is varied (loadVariable). */
  readonly study: (variation: Variation) => LoadedConfig;
  /** Folder of studies, sweeps and their store of cells. */
  readonly runsDirectory: string;
  readonly slots: Slots;
  /** Of tracelab, for results. */
  readonly version: string;
  /** Whether a sweep of this name with another configuration gives way. */
  readonly replace?: boolean;
  /** Only trials that failed, or that never ran, in the last run of this sweep. */
  readonly only?: 'failed' | 'missing';
  /** Collects what others have computed, and computes nothing: why they have set a task aside. */
  readonly collect?: (id: string) => Promise<TaskFailure | undefined>;
  /** @param sweepPath the sweep's folder, below runsDirectory as that was given */
  readonly renderReport: (results: SweepResults, sweepPath: string) => string | Promise<string>;
}

/** How a sweep ended. A stopped one has the results of the trials that are finished, too. */
export interface SweepOutcome {
  readonly outcome: 'finished' | 'partly_failed' | 'stopped';
  readonly results: SweepResults;
  /** Path of the sweep's folder. */
  readonly path: string;
  readonly report: string;
  /** Of tasks that were set aside in this run. */
  readonly failures: readonly TaskFailure[];
}

/** What a sweep would do. */
export interface PlannedSweep extends SweepGraph {
  readonly planned: Planned;
  readonly finishedTrials: number;
  readonly finishedTasks: number;
  /** With halving; `planned` is then the most that the rungs cost: the costliest trials go on. */
  readonly rungs?: readonly PlannedRung[];
}

type Machine = Pick<Workshop, 'kinds' | 'store' | 'core' | 'clock' | 'measure' | 'watchLoad'>;

/** The plan of a sweep: looks at the store, measures this machine for some tenths of a second, writes nothing. */
export async function planSweep(
  { sweep, study, slots }: Pick<SweepOptions, 'sweep' | 'study' | 'slots'>,
  machine: Omit<Machine, 'watchLoad'>,
): Promise<PlannedSweep> {
  const facts = makeFacts(machine.clock);
  const core = machine.core();
  let measured: ReturnType<typeof measureBriefly> | undefined;
  // One thread measures while this one makes the other trials.
  const union = await sweepGraph(sweep, study, (first) => {
    if (machine.measure !== undefined) return;
    checkFit(first, facts);
    const { model, train, data } = first.config;
    measured = measureBriefly({ model, train, data, lengths: facts.lengths(data, data.generator) });
    // A refusal of another trial comes first.
    measured.catch(() => undefined);
  });
  const measure: Measurements['measure'] =
    machine.measure ??
    (async (_, traces) => {
      if (measured === undefined) throw new Error('nothing was measured');
      return (await measured)(traces);
    });
  const memory = checkTrials(union.trials, facts);
  const progress = await lookAt(union.graph, machine.kinds, machine.store, core);
  const left = { slots, facts, memory };
  const parts = { kinds: machine.kinds, measure };
  const planned = await planLeft(union.trials, union.graph, { ...left, progress }, parts);
  if (sweep.config.halving !== undefined) {
    const halved = rungsPlan(sweep, union, planned);
    const before = await lookAt(halved.graph, machine.kinds, machine.store, core);
    const plan = await planLeft(union.trials, halved.graph, { ...left, progress: before }, parts);
    return {
      ...union,
      ...halved,
      planned: withRungs(plan, halved, slots),
      finishedTrials: 0,
      finishedTasks: before.finished.size,
    };
  }
  const { finished } = progress;
  const finishedTrials = union.trials.filter(({ ids }) => ids.every((id) => finished.has(id))).length;
  return { ...union, planned, finishedTrials, finishedTasks: finished.size };
}

/**
 * Runs a sweep, or resumes it: what is missing of the union of its trials is computed, and sweep.json and the report
 * are written with all that is known.
 * @throws TracelabError: refusals of sweepGraph and checkFit, STUDY_OTHER, CELL_DAMAGED
 */
export async function runSweep(options: SweepOptions, workshop: Workshop, hooks: StudyHooks): Promise<SweepOutcome> {
  const { sweep, study, runsDirectory, slots, version, replace = false, only, collect } = options;
  const { config } = sweep;
  if (only !== undefined && config.halving !== undefined)
    throw new TracelabError({
      code: 'CONFIG_IMPOSSIBLE',
      kind: 'refused_input',
      where: `--only ${only}`,
      what: 'a rung is decided by all of its trials',
      expected: 'no --only for a sweep with halving',
      got: only,
      hint: 'the same command without --only tries failed trials again',
    });
  const config_hash = sweepHash(sweep);
  const folder = new GraphFolder(runsDirectory, { name: config.sweep, hash: config_hash, value: config });
  const union = await sweepGraph(sweep, study);
  const before = await lastResults(join(folder.path, SWEEP_FILE), config_hash, only);
  const wanted =
    only === undefined
      ? union.trials
      : union.trials.filter(({ name }) => (before.get(name)?.state ?? 'missing') === only);
  const facts = makeFacts(workshop.clock);
  const memory = checkTrials(union.trials, facts);
  const computation = new SweepComputation({ folder, runsDirectory, slots, replace, facts, memory }, workshop, hooks);
  const { finished, failures, failed } = computation;
  const halved =
    config.halving === undefined || collect ? undefined : await computeRungs(sweep, union, computation, hooks.signal);
  if (collect) await computation.collect(union.graph, union.trials, collect);
  else if (halved === undefined) {
    const ids = new Set(wanted.flatMap((trial) => trial.ids));
    const graph: Graph = { ...union.graph, tasks: union.graph.tasks.filter(({ id }) => ids.has(id)) };
    await computation.compute(union.graph, graph, wanted);
  }
  await checkNeeds(Object.fromEntries(finished));
  const tried = hooks.signal.aborted ? new Set<SweepTrial>() : new Set(wanted);
  const trials = halved
    ? await halvedResults(union.trials, halved, finished, failures)
    : await Promise.all(
        union.trials.map(async (trial): Promise<TrialResult> => {
          const result = await trialResult(trial, finished, failures);
          const last = before.get(trial.name);
          // What was not tried again is still failed.
          return result.state === 'missing' && !tried.has(trial) && last?.state === 'failed' ? last : result;
        }),
      );
  await checkNeeds(Object.fromEntries(finished));
  const results: SweepResults = {
    format: SWEEP_FORMAT,
    version,
    config,
    config_hash,
    in_distribution: union.trials[0].loaded.config.data.generator,
    trials,
  };
  await writeFileAtomic(folder.report, await options.renderReport(results, folder.path));
  await writeFileAtomic(join(folder.path, SWEEP_FILE), `${JSON.stringify(sealed(results))}\n`);
  const isWhole = halved
    ? trials.every(({ state }) => state === 'finished' || state === 'eliminated')
    : wanted.every(({ ids }) => ids.every((id) => finished.has(id)));
  const isStopped = computation.wasStopped || hooks.signal.aborted;
  return {
    outcome: isWhole ? 'finished' : isStopped ? 'stopped' : 'partly_failed',
    results,
    path: folder.path,
    report: folder.report,
    failures: failed,
  };
}

/**
 * Trials of the last run of the same sweep by name; none where there was none.
 * @throws TracelabError as readSweepResults, if only some trials are to run: which of them failed is in this file
 * alone. A run of all trials makes a damaged file again
 */
async function lastResults(
  file: string,
  hash: string,
  only: SweepOptions['only'],
): Promise<ReadonlyMap<string, TrialResult>> {
  if (!existsSync(file)) return new Map();
  const last = await readSweepResults(file).catch((error: unknown) => {
    if (only === undefined && error instanceof TracelabError && error.kind === 'damaged_artifact') return undefined;
    throw error;
  });
  return new Map(last?.config_hash === hash ? last.trials.map((each) => [each.trial, each]) : []);
}
