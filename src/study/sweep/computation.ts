// Computes graphs of one sweep, one after the other, in one folder: what was finished or failed before stays known.
import { canonicalJson } from '../../base/hash.ts';
import type { DatasetManifest } from '../../data/manifest.ts';
import type { Facts } from '../../tasks/facts.ts';
import { measureSpeed } from '../../tasks/speed.ts';
import { workOf } from '../../training/config.ts';
import type { Slots, TaskFailure } from '../../work/executor.ts';
import { dependents } from '../../work/graph.ts';
import type { Finished, Graph } from '../../work/task.ts';
import type { LoadedConfig } from '../config-file.ts';
import { computeLeft } from '../compute.ts';
import type { StudyHooks } from '../events.ts';
import type { GraphFolder } from '../folder.ts';
import type { MemoryPlan } from '../fit.ts';
import { planStudy } from '../plan.ts';
import type { Measurements, Planned, PlanOptions } from '../plan.ts';
import { lookAt, tidyFinished } from '../progress.ts';
import { checkData } from '../study.ts';
import type { Workshop } from '../study.ts';
import type { SweepTrial } from './plan.ts';

/** Where and with what a sweep is computed. */
export interface Place {
  readonly folder: GraphFolder;
  readonly runsDirectory: string;
  readonly slots: Slots;
  /** Whether a sweep of this name with another configuration gives way. */
  readonly replace: boolean;
  readonly facts: Facts;
  readonly memory: MemoryPlan;
}

/** The tasks of a sweep that were computed so far. */
export class SweepComputation {
  /** By the ids of the union. */
  readonly finished = new Map<string, Finished>();
  /** Why tasks were set aside, or those that they need, by id. */
  readonly failures = new Map<string, string>();
  readonly failed: TaskFailure[] = [];
  /** Whether the signal stopped it before a graph was begun. */
  wasStopped = false;
  private readonly place: Place;
  private readonly workshop: Workshop;
  private readonly hooks: StudyHooks;

  constructor(place: Place, workshop: Workshop, hooks: StudyHooks) {
    this.place = place;
    this.workshop = { ...workshop, measure: once(workshop.measure ?? measureSpeed) };
    this.hooks = hooks;
  }

  /**
   * @param union all tasks of the sweep that are known so far
   * @param graph those of them that are to be computed
   * @param trials whose tasks these are, with their ids in the union
   */
  async compute(union: Graph, graph: Graph, trials: readonly SweepTrial[]): Promise<void> {
    const { folder, runsDirectory, slots, facts, memory } = this.place;
    const { progress, core, check } = await this.begin(union, trials);
    const plan = async (): Promise<Planned> =>
      planLeft(trials, graph, { slots, progress, facts, memory }, this.workshop);
    const begun = await computeLeft(
      { graph, folder, runsDirectory, slots, finished: this.finished, plan, check },
      this.workshop,
      core,
      {
        signal: this.hooks.signal,
        emit: (event) => {
          this.hooks.emit(event);
          if (event.event === 'set_aside') this.setAside(event.failure, [event.id, ...event.blocked]);
        },
      },
    );
    this.wasStopped ||= !begun;
  }

  /**
   * Takes what is finished and what failed, and computes nothing.
   * @param failureOf why others have set a task aside; undefined for one that they have not
   */
  async collect(
    union: Graph,
    trials: readonly SweepTrial[],
    failureOf: (id: string) => Promise<TaskFailure | undefined>,
  ): Promise<void> {
    const { folder } = this.place;
    await this.begin(union, trials);
    // Others have added names, each in a file of its own.
    await folder.nameCells(new Map(), true);
    for (const { id } of union.tasks) {
      if (this.finished.has(id) || this.failures.has(id)) continue;
      const failure = await failureOf(id);
      if (failure) this.setAside(failure, [id, ...dependents(union, id)]);
    }
  }

  private setAside(failure: TaskFailure, ids: readonly string[]): void {
    this.failed.push(failure);
    for (const id of ids) this.failures.set(id, failure.message);
  }

  /** Makes the folder, and finds what is finished. */
  private async begin(union: Graph, trials: readonly SweepTrial[]) {
    const { folder, replace } = this.place;
    const { kinds, store } = this.workshop;
    const core = this.workshop.core();
    const progress = await lookAt(union, kinds, store, core);
    for (const [id, each] of progress.finished) this.finished.set(id, each);
    await folder.open(union, replace);
    await folder.nameCells(new Map([...this.finished].map(([id, { hash }]) => [id, hash])));
    await tidyFinished(progress, union, kinds, store, core);
    const check = dataCheck(trials);
    for (const [id, each] of this.finished) await check(id, each);
    return { progress, core, check };
  }
}

/** A machine is measured once for all graphs of a sweep. */
function once(measure: NonNullable<Measurements['measure']>): NonNullable<Measurements['measure']> {
  const known = new Map<string, ReturnType<typeof measure>>();
  return async (request, traces) => {
    const key = `${traces} ${canonicalJson({ model: request.model, data: request.data })}`;
    const found = known.get(key) ?? measure(request, traces);
    known.set(key, found);
    return found;
  };
}

/** Measures this machine with the model of the first trial; the speeds of others follow from their operations. */
export async function planLeft(
  trials: readonly SweepTrial[],
  graph: Graph,
  { memory, ...known }: Pick<PlanOptions, 'slots' | 'progress' | 'facts'> & { readonly memory: MemoryPlan },
  { kinds, measure, watchLoad }: Pick<Workshop, 'kinds' | 'measure' | 'watchLoad'>,
): Promise<Planned> {
  const [{ loaded }] = trials;
  const conditions = [...new Set(trials.flatMap((trial) => trial.loaded.config.conditions))];
  const config = { ...loaded.config, conditions };
  return planStudy({ config, where: loaded.where, graph, kinds, measure, watchLoad, ...known }, memory);
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
