// The study as one command: its graph is run by an executor, its finished tasks are folded into results.json and
// report.html. Finished cells are reused, whichever study computed them, so a stopped study resumes where it was.
import type { Clock } from '../base/clock.ts';
import type { DatasetManifest } from '../data/manifest.ts';
import { readExamples } from '../data/dataset.ts';
import { isOwn } from '../domain/conditions/condition.ts';
import type { CoreDescription } from '../tasks/core.ts';
import { pathOf } from '../tasks/finished-files.ts';
import { longestTrained } from '../tasks/sequence-lengths.ts';
import type { Executor, Slots } from '../work/executor.ts';
import type { Kinds } from '../work/kind.ts';
import { checkNeeds } from '../work/recorded-files.ts';
import type { Store } from '../work/store.ts';
import type { Finished, Graph } from '../work/task.ts';
import { collectResults } from './collect.ts';
import { computeLeft } from './compute.ts';
import { checkLengths, checkRlCap } from './config-checks.ts';
import type { LoadedConfig } from './config-file.ts';
import type { StudyHooks } from './events.ts';
import { FinishedTasks, resultHash } from './finished-tasks.ts';
import { StudyFolder } from './folder.ts';
import { armsOf, studyGraph } from './graph.ts';
import { factsOf, flopsOfTrainings, planStudy } from './plan.ts';
import type { Measurements, Planned } from './plan.ts';
import { lookAt, type Progress, tidyFinished } from './progress.ts';
import type { StudyResults } from './results.ts';
import { shardOf } from './shard.ts';
import type { Shard } from './shard.ts';

export interface StudyOptions {
  readonly loaded: LoadedConfig;
  /** Folder of studies and of their store of cells. */
  readonly runsDirectory: string;
  readonly slots: Slots;
  /** Of tracelab, for results. */
  readonly version: string;
  /** Whether a finished study of this name with another configuration gives way. */
  readonly replace?: boolean;
  readonly shard?: Shard;
  /** @param studyPath the study's folder, below runsDirectory as that was given */
  readonly renderReport: (results: StudyResults, studyPath: string) => string | Promise<string>;
}

/** What a study works with: real, or toys in tests. */
export interface Workshop extends Measurements {
  readonly kinds: Kinds;
  readonly store: Store;
  readonly executor: Executor;
  /** Compiles and checks the core, once a process. */
  readonly core: () => CoreDescription;
  readonly clock: Clock;
}

export type StudyOutcome =
  | { readonly outcome: 'finished'; readonly results: StudyResults; readonly report: string }
  /** A part of a study is finished, or all that could be; what was set aside was reported. */
  | { readonly outcome: 'shard' | 'partly_failed'; readonly left: readonly string[] }
  /** The signal stopped it; nothing is lost. */
  | { readonly outcome: 'stopped' };

/** The plan of a study without running it: looks at the store, writes nothing. */
export async function planOnly(
  { loaded, slots }: Pick<StudyOptions, 'loaded' | 'slots'>,
  { kinds, store, core, clock, measure, watchLoad }: Omit<Workshop, 'executor'>,
): Promise<Planned> {
  const { facts, memory } = factsOf(loaded, clock);
  const { graph } = studyGraph(loaded.config);
  const progress = await lookAt(graph, kinds, store, core());
  return planStudy({ ...loaded, graph, kinds, slots, progress, facts, measure, watchLoad }, memory);
}

/**
 * Runs a study, or resumes it, or gives the result of a finished one at once.
 * @throws TracelabError: refused sizes and lengths, MEMORY_PLAN, STUDY_OTHER, CELL_DAMAGED
 */
export async function runStudy(options: StudyOptions, workshop: Workshop, hooks: StudyHooks): Promise<StudyOutcome> {
  const { loaded, slots, shard } = options;
  const { kinds, store, clock, measure, watchLoad } = workshop;
  const { config } = loaded;
  const folder = new StudyFolder(options.runsDirectory, config);
  const study = studyGraph(config);
  const core = workshop.core();
  /** Cells of earlier runs, of other studies among them, are named before anything else: nobody may sweep them. */
  const open = async (finished: ReadonlyMap<string, Finished>): Promise<void> => {
    await folder.open(study.graph, options.replace ?? false);
    await folder.nameCells(new Map([...finished].map(([id, { hash }]) => [id, hash])));
  };
  // Before anything is drawn or measured: a finished study has nothing to plan.
  const earlier = shard ? undefined : await earlierResults(study.graph, folder, options.version, workshop);
  if (earlier) {
    await open(earlier.finished);
    return finish(folder, earlier.results, hooks);
  }
  const { facts, memory } = factsOf(loaded, clock);
  const graph = shard ? shardOf(study.graph, shard, flopsOfTrainings(study.graph, facts)) : study.graph;
  const progress = await lookAt(graph, kinds, store, core);
  await open(progress.finished);
  await tidyFinished(progress, graph, kinds, store, core);
  const finished = new Map(progress.finished);
  const data = finished.get(study.tasks.data);
  if (data) await checkData(data as Finished<DatasetManifest>, loaded);
  const begun = await computeLeft(
    {
      graph,
      folder,
      runsDirectory: options.runsDirectory,
      slots,
      finished,
      plan: async () => planStudy({ ...loaded, graph, kinds, slots, progress, facts, measure, watchLoad }, memory),
      check: async (id, each) => {
        if (id === study.tasks.data) await checkData(each as Finished<DatasetManifest>, loaded);
      },
    },
    workshop,
    core,
    hooks,
  );
  if (!begun) return { outcome: 'stopped' };
  const left = graph.tasks.map(({ id }) => id).filter((id) => !finished.has(id));
  if (left.length > 0) return hooks.signal.aborted ? { outcome: 'stopped' } : { outcome: 'partly_failed', left };
  const result = resultHash(study.graph, finished);
  if (result === undefined)
    return { outcome: 'shard', left: study.graph.tasks.map(({ id }) => id).filter((id) => !finished.has(id)) };
  // Cells that another process has just finished, too; and once more, so that no number comes from a file that changed.
  await checkNeeds(Object.fromEntries(finished));
  const results = await collectResults({
    config,
    version: options.version,
    tasks: study.tasks,
    done: new FinishedTasks(finished),
    result,
    core,
    threads: slots.threads,
    finished: clock.now(),
  });
  await checkNeeds(Object.fromEntries(finished));
  await folder.write(results, await options.renderReport(results, folder.path));
  return finish(folder, results, hooks);
}

/** The results of a finished study, if its folder has those of its cells. */
async function earlierResults(
  graph: Graph,
  folder: StudyFolder,
  version: string,
  { kinds, store, core }: Pick<Workshop, 'kinds' | 'store' | 'core'>,
): Promise<{ readonly results: StudyResults; readonly finished: Progress['finished'] } | undefined> {
  const progress = await lookAt(graph, kinds, store, core());
  const results = await folder.results(resultHash(graph, progress.finished), version);
  if (!results) return undefined;
  await tidyFinished(progress, graph, kinds, store, core());
  return { results, finished: progress.finished };
}

function finish(folder: StudyFolder, results: StudyResults, hooks: StudyHooks): StudyOutcome {
  hooks.emit({ event: 'result', result: results.result, report: folder.report, seconds: results.seconds });
  return { outcome: 'finished', results, report: folder.report };
}

/** Refuses sizes that the real examples contradict, before hours go into training. */
export async function checkData(data: Finished<DatasetManifest>, { config, where }: LoadedConfig): Promise<void> {
  const { files } = data.summary;
  const examples = await readExamples(pathOf(data, 'train.jsonl'));
  // Own traces are no part of these data: their training refuses what is too long.
  const longestTrain = Math.max(
    0,
    ...armsOf(config)
      .filter(({ condition }) => !isOwn(condition))
      .map(({ condition, seed }) => longestTrained(examples, condition, seed, config.train)),
  );
  // A set that is decoded is decoded together: its longest prompt and its longest completion, with <bos> and <eos>.
  const decoded = Object.entries(files).filter(([name]) => name !== 'train.jsonl' || config.rl !== undefined);
  const longestTest = Math.max(
    ...decoded.map(([, { prompt_words, completion_words }]) => prompt_words.max + completion_words.max + 2),
  );
  checkLengths(config, where, Math.max(longestTrain, longestTest), longestTrain);
  checkRlCap(config, where, files['train.jsonl'].prompt_words.max + 1);
}
