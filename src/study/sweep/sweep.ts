// A sweep as one command: the union of its trials' graphs is computed like a study; finished tasks of any study are
// reused, a failed trial stops no other.
import { existsSync } from '../../base/disk.ts';
import { TracelabError } from '../../base/errors.ts';
import { canonicalJson } from '../../base/hash.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { sealed } from '../../base/sealed.ts';
import type { DatasetManifest } from '../../data/manifest.ts';
import { measureBriefly } from '../../tasks/brief-speed.ts';
import { makeFacts } from '../../tasks/facts.ts';
import type { TaskFailure, Slots } from '../../work/executor.ts';
import type { Finished, Graph } from '../../work/task.ts';
import { workOf } from '../../training/config.ts';
import { checkNeeds } from '../../work/recorded-files.ts';
import { join } from 'node:path';
import type { LoadedConfig } from '../config-file.ts';
import type { Variation } from '../variation.ts';
import { computeLeft } from '../compute.ts';
import type { StudyHooks } from '../events.ts';
import { GraphFolder, SWEEP_FILE } from '../folder.ts';
import { planStudy } from '../plan.ts';
import type { Measurements, Planned, PlanOptions } from '../plan.ts';
import { checkFit } from '../fit.ts';
import type { MemoryPlan } from '../fit.ts';
import { lookAt, tidyFinished } from '../progress.ts';
import { checkData } from '../study.ts';
import type { Workshop } from '../study.ts';
import { sweepHash } from './config.ts';
import type { LoadedSweep } from './config.ts';
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
  const left = { slots, progress, facts, memory };
  const planned = await planLeft(union.trials, union.graph, left, { kinds: machine.kinds, measure });
  const { finished } = progress;
  const finishedTrials = union.trials.filter(({ ids }) => ids.every((id) => finished.has(id))).length;
  return { ...union, planned, finishedTrials };
}

/**
 * Runs a sweep, or resumes it: what is missing of the union of its trials is computed, and sweep.json and the report
 * are written with all that is known.
 * @throws TracelabError: refusals of sweepGraph and checkFit, STUDY_OTHER, CELL_DAMAGED
 */
export async function runSweep(options: SweepOptions, workshop: Workshop, hooks: StudyHooks): Promise<SweepOutcome> {
  const { sweep, study, runsDirectory, slots, version, replace = false, only } = options;
  const { kinds, store } = workshop;
  const core = workshop.core();
  const { config } = sweep;
  const folder = new GraphFolder(runsDirectory, { name: config.sweep, hash: sweepHash(config), value: config });
  const union = await sweepGraph(sweep, study);
  const before = await lastResults(join(folder.path, SWEEP_FILE), sweepHash(config));
  const wanted =
    only === undefined
      ? union.trials
      : union.trials.filter(({ name }) => (before.get(name)?.state ?? 'missing') === only);
  const ids = new Set(wanted.flatMap((trial) => trial.ids));
  const graph: Graph = { ...union.graph, tasks: union.graph.tasks.filter(({ id }) => ids.has(id)) };
  const facts = makeFacts(workshop.clock);
  const memory = checkTrials(union.trials, facts);
  const progress = await lookAt(union.graph, kinds, store, core);
  const finished = new Map(progress.finished);
  await folder.open(union.graph, replace);
  await folder.nameCells(new Map([...finished].map(([id, { hash }]) => [id, hash])));
  await tidyFinished(progress, union.graph, kinds, store, core);
  const check = dataCheck(wanted);
  for (const [id, each] of finished) await check(id, each);
  const failed: TaskFailure[] = [];
  const failures = new Map<string, string>();
  const begun = await computeLeft(
    {
      graph,
      folder,
      runsDirectory,
      slots,
      finished,
      plan: async () => planLeft(wanted, graph, { slots, progress, facts, memory }, workshop),
      check,
    },
    workshop,
    core,
    {
      signal: hooks.signal,
      emit: (event) => {
        hooks.emit(event);
        if (event.event !== 'set_aside') return;
        failed.push(event.failure);
        for (const id of [event.id, ...event.blocked]) failures.set(id, event.failure.message);
      },
    },
  );
  await checkNeeds(Object.fromEntries(finished));
  const tried = hooks.signal.aborted ? new Set<SweepTrial>() : new Set(wanted);
  const trials = await Promise.all(
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
    config_hash: sweepHash(config),
    in_distribution: union.trials[0].loaded.config.data.generator,
    trials,
  };
  await writeFileAtomic(folder.report, await options.renderReport(results, folder.path));
  await writeFileAtomic(join(folder.path, SWEEP_FILE), `${JSON.stringify(sealed(results))}\n`);
  const isWhole = wanted.every(({ ids: each }) => each.every((id) => finished.has(id)));
  return {
    outcome: isWhole ? 'finished' : !begun || hooks.signal.aborted ? 'stopped' : 'partly_failed',
    results,
    path: folder.path,
    report: folder.report,
    failures: failed,
  };
}

/** Measures this machine with the model of the first trial; the speeds of others follow from their operations. */
async function planLeft(
  trials: readonly SweepTrial[],
  graph: Graph,
  { memory, ...known }: Pick<PlanOptions, 'slots' | 'progress' | 'facts'> & { readonly memory: MemoryPlan },
  { kinds, measure, watchLoad }: Pick<Machine, 'kinds' | 'measure' | 'watchLoad'>,
): Promise<Planned> {
  const [{ loaded }] = trials;
  const conditions = [...new Set(trials.flatMap((trial) => trial.loaded.config.conditions))];
  const config = { ...loaded.config, conditions };
  return planStudy({ config, where: loaded.where, graph, kinds, measure, watchLoad, ...known }, memory);
}

/** Trials of the last run of the same sweep by name; none where there was none, or its file is damaged. */
async function lastResults(file: string, hash: string): Promise<ReadonlyMap<string, TrialResult>> {
  if (!existsSync(file)) return new Map();
  const last = await readSweepResults(file).catch((error: unknown) => {
    if (error instanceof TracelabError && error.kind === 'damaged_artifact') return undefined;
    throw error;
  });
  return new Map(last?.config_hash === hash ? last.trials.map((each) => [each.trial, each]) : []);
}

/** Refuses sizes that real data contradict; trials that such a refusal cannot tell apart are looked at once. */
function dataCheck(trials: readonly SweepTrial[]): (id: string, finished: Finished) => Promise<void> {
  const readers = new Map<string, Map<string, LoadedConfig>>();
  for (const { loaded, tasks, graph, ids } of trials) {
    const { model, conditions, seeds, rl, train } = loaded.config;
    const data = ids[graph.tasks.findIndex(({ id }) => id === tasks.data)];
    const configs = readers.get(data) ?? new Map<string, LoadedConfig>();
    configs.set(canonicalJson({ context: model.context, conditions, seeds, rl, train: workOf(train) }), loaded);
    readers.set(data, configs);
  }
  return async (id, finished) => {
    for (const loaded of readers.get(id)?.values() ?? [])
      await checkData(finished as Finished<DatasetManifest>, loaded);
  };
}
