// A runs folder as what the dashboard looks at: its studies and sweeps, whoever computes them. Nothing is written.
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { stat } from '../../base/disk.ts';
import { TracelabError } from '../../base/errors.ts';
import { readText } from '../../base/files.ts';
import { METRICS_FILE } from '../../model/metrics-file.ts';
import type { Arm } from '../../tasks/arm.ts';
import type { Kinds } from '../../work/kind.ts';
import { readRecord } from '../../work/cell-record.ts';
import { foldersIn } from '../../work/folders.ts';
import { isStudyName } from '../../work/study-cells.ts';
import type { Task } from '../../work/task.ts';
import { MetricsFollower } from '../metrics.ts';
import type { Curve, TaskDetail, Worker } from '../protocol.ts';
import { configText } from '../source.ts';
import type { GraphLook, Look, Source } from '../source.ts';
import { WorkerRates } from '../worker-rates.ts';
import { logEnd } from './log-end.ts';
import { hasCompletions, readSamples } from './samples.ts';
import type { CellSamples } from './samples.ts';
import { stepCurve } from './step-curve.ts';
import { StudyWatch } from './study-watch.ts';

/** Followers that are kept: those of tasks that readers looked at last. */
const MOST_FOLLOWERS = 16;
/** Looks between two for new studies. */
const LIST_AGAIN = 5;

export interface FolderSourceOptions {
  /** Absolute. */
  readonly root: string;
  /** The same for people. */
  readonly place: string;
  readonly kinds: Kinds;
  readonly clock: Clock;
  /** Makes a page of the completions of a task. */
  readonly renderSamples: (id: string, samples: CellSamples) => string;
}

/** Looks at a runs folder. */
export class FolderSource implements Source {
  readonly place: string;
  private readonly options: FolderSourceOptions;
  private readonly keys = new Map<string, number>();
  private watches = new Map<number, StudyWatch>();
  private readonly followers = new Map<string, MetricsFollower>();
  private readonly rates: WorkerRates;
  private looks = 0;

  constructor(options: FolderSourceOptions) {
    this.options = options;
    this.place = options.place;
    this.rates = new WorkerRates(options.clock);
  }

  /** As the interface says. A study that is damaged is an alarm, and the others are shown. */
  async look(): Promise<Look> {
    const { root, kinds, clock } = this.options;
    if (this.looks % LIST_AGAIN === 0) {
      const names = await graphFolders(root);
      this.watches = new Map(
        names.map((name) => {
          const key = this.keys.get(name) ?? this.keys.size;
          this.keys.set(name, key);
          return [key, this.watches.get(key) ?? new StudyWatch(root, name, key, kinds.keys(), clock)];
        }),
      );
    }
    this.looks += 1;
    const graphs = new Map<number, GraphLook>();
    const alarms: string[] = [];
    for (const [key, watch] of this.watches) {
      try {
        const others = [...this.watches.values()].filter((each) => each !== watch);
        graphs.set(key, await watch.look((hash) => others.some((each) => each.names(hash))));
      } catch (error) {
        if (!(error instanceof TracelabError)) throw error;
        alarms.push(`${watch.name}: ${error.message}`);
      }
    }
    return { graphs, workers: this.rates.withRates(this.workers()), alarms };
  }

  /** As the interface says. */
  async detail(graph: number, place: number): Promise<TaskDetail | undefined> {
    const watch = this.watches.get(graph);
    const found = watch?.at(place);
    if (watch === undefined || found === undefined) return undefined;
    const { task, hash, directory } = found;
    const record = directory === null ? undefined : await readRecord(directory).catch(() => undefined);
    return {
      id: task.id,
      hash,
      config: configText(task),
      seconds: record?.seconds ?? null,
      failure: (await watch.failure(task.id).catch(() => undefined)) ?? null,
      log: await logEnd(watch.log(task.id)),
      curve: directory === null ? null : await this.curveOf(directory),
      hasSamples: directory !== null && (await hasCompletions(directory)),
    };
  }

  /** As the interface says. */
  async samplesPage(graph: number, place: number): Promise<string | undefined> {
    const watch = this.watches.get(graph);
    const found = watch?.at(place);
    if (watch === undefined || found === undefined || found.directory === null) return undefined;
    const samples = await readSamples(found.directory, armOf(found.task, watch) ?? UNKNOWN);
    return samples.samples.length === 0 ? undefined : this.options.renderSamples(found.task.id, samples);
  }

  /** As the interface says. It is the page that the study has written. */
  async reportPage(graph: number): Promise<string | undefined> {
    const report = await this.watches.get(graph)?.report();
    return report === undefined ? undefined : readText(report);
  }

  /** Nothing is open. */
  async close(): Promise<void> {
    return Promise.resolve();
  }

  private workers(): Omit<Worker, 'rates'>[] {
    const running = [...this.watches.values()].flatMap((watch) => watch.runningTasks);
    const byId = Map.groupBy(running, ({ owner }) => `${owner.host} ${owner.pid}`);
    return [...byId].map(([id, tasks]) => {
      const [{ owner }] = tasks;
      // Studies that share a cell both have it.
      const rates = new Map(tasks.flatMap(({ id: task, rate }) => (rate === null ? [] : [[task, rate] as const])));
      return {
        id,
        host: owner.host,
        pid: owner.pid,
        threads: null,
        silent: 10 * Math.floor(Math.min(...tasks.map((task) => task.owner.silent)) / 10),
        tasks: [...new Set(tasks.map((task) => task.id))],
        rate: rates.size === 0 ? null : [...rates.values()].reduce((sum, rate) => sum + rate, 0),
      };
    });
  }

  private async curveOf(directory: string): Promise<Curve | null> {
    const follower = this.followers.get(directory) ?? new MetricsFollower(join(directory, METRICS_FILE));
    // The newest is the last one.
    this.followers.delete(directory);
    this.followers.set(directory, follower);
    for (const oldest of this.followers.keys()) {
      if (this.followers.size <= MOST_FOLLOWERS) break;
      this.followers.delete(oldest);
    }
    return (await follower.curve()) ?? stepCurve(directory);
  }
}

/** Folders of a runs directory with a graph. What is in them is read where it changed. */
async function graphFolders(root: string): Promise<string[]> {
  const names = (await foldersIn(root)).filter((name) => isStudyName(name));
  const graphs = await Promise.all(names.map(async (name) => stat(join(root, name, 'graph.json'))));
  return names.filter((_, i) => graphs[i] !== undefined);
}

/** Condition and seed of a task: its own, or those of what it needs. */
function armOf({ config, needs }: Task, watch: StudyWatch): Arm | undefined {
  const { condition, seed } = (config ?? {}) as Partial<Arm>;
  if (condition !== undefined && seed !== undefined) return { condition, seed };
  for (const id of Object.values(needs)) {
    const task = watch.task(id);
    const arm = task && armOf(task, watch);
    if (arm !== undefined) return arm;
  }
  return undefined;
}

/** Of completions of a model that is none of a study: only what they are for has a say in what is chosen. */
const UNKNOWN: Arm = { condition: 'correct', seed: 0 };
