// The sweeps of an engine as what the dashboard looks at: states from its changes, workers from its status, logs on
// request. Curves are what running tasks reported since the dashboard was started: files are on the workers.
import type { Clock } from '../base/clock.ts';
import { LIMITS } from '../base/limits.ts';
import type {
  Changes,
  Engine,
  FleetStatus,
  GraphReader,
  GraphStatus,
  QueuedTask,
  RunningTask,
  TaskChange,
  TaskState,
} from '../fleet/engine.ts';
import { pointOf, Points } from './metrics.ts';
import type { GraphShape, TaskDetail, TaskNow, Worker } from './protocol.ts';
import { shapeOf } from './shape.ts';
import { configText, countStates, onlyState } from './source.ts';
import type { GraphLook, Look, Source } from './source.ts';
import { WorkerRates } from './worker-rates.ts';

/** What of an engine is used: nothing that changes it. */
type WatchedEngine = Pick<Engine, 'changes' | 'status' | 'logs' | 'close'> & GraphReader;

/** Between two questions for all sweeps and workers. */
const STATUS_SECONDS = 5;
/** Tasks of a sweep whose points are kept: those that ran last. */
const MOST_POINTS = 256;

export interface EngineSourceOptions {
  readonly engine: WatchedEngine;
  /** For people: without a password. */
  readonly place: string;
  readonly clock: Clock;
}

/** Looks at an engine. */
export class EngineSource implements Source {
  readonly place: string;
  private readonly engine: WatchedEngine;
  private readonly clock: Clock;
  private readonly rates: WorkerRates;
  private readonly keys = new Map<string, number>();
  private readonly watches = new Map<number, SweepWatch>();
  private status: FleetStatus = { graphs: [], workers: [], alarms: [] };
  private asked = -Infinity;

  constructor({ engine, place, clock }: EngineSourceOptions) {
    this.engine = engine;
    this.place = place;
    this.clock = clock;
    this.rates = new WorkerRates(clock);
  }

  /** As the interface says. */
  async look(): Promise<Look> {
    const now = this.clock.seconds();
    if (now - this.asked >= STATUS_SECONDS) {
      this.status = await this.engine.status();
      this.asked = now;
    }
    const graphs = new Map<number, GraphLook>();
    for (const { name, submitted, states, running } of this.status.graphs) {
      const key = this.keys.get(name) ?? this.keys.size;
      this.keys.set(name, key);
      const known = this.watches.get(key);
      const watch = known?.submitted === submitted.getTime() ? known : new SweepWatch(key, name, submitted.getTime());
      this.watches.set(key, watch);
      // Nothing changes in a sweep with nothing left to do.
      const isQuiet = states.ready + states.waiting + running === 0 && watch.hasCounted(states);
      graphs.set(key, await watch.look(this.engine, isQuiet));
    }
    for (const key of this.watches.keys()) if (!graphs.has(key)) this.watches.delete(key);
    return { graphs, workers: this.rates.withRates(this.workers()), alarms: this.status.alarms };
  }

  /** As the interface says. */
  async detail(graph: number, place: number): Promise<TaskDetail | undefined> {
    const watch = this.watches.get(graph);
    const found = watch?.at(place);
    if (watch === undefined || found === undefined) return undefined;
    const { task, change, points } = found;
    const lines = await this.engine.logs(watch.name, task.id);
    const log = lines.map(({ at, worker, text }) => `${at.toISOString()} ${worker}\n${text}\n`).join('\n');
    return {
      id: task.id,
      hash: change?.hash ?? null,
      config: configText(task),
      seconds: null,
      failure: change?.failure?.message ?? null,
      log: log.slice(-LIMITS.dashboardLog.most),
      curve: points?.curve() ?? null,
      hasSamples: false,
    };
  }

  /** Completions are on the workers, or among the artefacts: not here. */
  async samplesPage(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** The report is where the sweep was given. */
  async reportPage(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Ends the connection to the engine. */
  async close(): Promise<void> {
    await this.engine.close();
  }

  private workers(): Omit<Worker, 'rates'>[] {
    const running = [...this.watches.values()].flatMap((watch) => watch.running);
    const rates = new Map<string, number>();
    for (const { worker, progress } of running) {
      const rate = progress?.tokens_per_second ?? null;
      if (rate !== null) rates.set(worker, (rates.get(worker) ?? 0) + rate);
    }
    return this.status.workers.map(({ id, host, pid, threads, silent, tasks }) => ({
      id,
      host,
      pid,
      threads,
      silent: 10 * Math.floor(silent / 10),
      tasks,
      rate: rates.get(id) ?? null,
    }));
  }
}

/** One sweep, followed by its changes. */
class SweepWatch {
  readonly name: string;
  readonly submitted: number;
  running: readonly RunningTask[] = [];
  private readonly key: number;
  private tasks: readonly Pick<QueuedTask, 'id' | 'kind' | 'config' | 'needs'>[] = [];
  private places = new Map<string, number>();
  private shape: GraphShape = shapeOf([]);
  private changes: (TaskChange | undefined)[] = [];
  private next = '';
  private readonly points = new Map<string, Points>();
  private last: GraphLook | undefined;

  constructor(key: number, name: string, submitted: number) {
    this.key = key;
    this.name = name;
    this.submitted = submitted;
  }

  at(place: number):
    | {
        readonly task: Pick<QueuedTask, 'id' | 'config'>;
        readonly change: TaskChange | undefined;
        readonly points: Points | undefined;
      }
    | undefined {
    const task = this.tasks.at(place);
    return task && { task, change: this.changes[place], points: this.points.get(task.id) };
  }

  /** Whether the last look had these numbers of tasks in each state. */
  hasCounted(states: GraphStatus['states']): boolean {
    return Object.entries(states).every(([state, count]) => this.last?.head.counts[state as TaskState] === count);
  }

  async look(engine: WatchedEngine, isQuiet: boolean): Promise<GraphLook> {
    if (isQuiet && this.last !== undefined) return this.last;
    const changes = await this.newest(engine);
    this.running = changes.running;
    const running = new Map(changes.running.map((task) => [task.id, task]));
    for (const task of changes.running) this.keepPoint(task);
    const now = this.tasks.map(({ id }, place) => nowOf(this.changes[place], running.get(id)));
    const counts = countStates(now);
    const { key, name, shape } = this;
    this.last = { head: { key, name, counts, hasReport: false }, shape, now: now.slice(0, shape.tasks.length) };
    return this.last;
  }

  /** All changes since the last look; tasks that were added to the sweep are read first. */
  private async newest(engine: WatchedEngine): Promise<Changes> {
    for (;;) {
      const changes = await engine.changes(this.name, this.next);
      if (this.tasks.length === 0 || changes.changed.some(({ id }) => !this.places.has(id))) {
        this.tasks = await engine.tasks(this.name);
        this.places = new Map(this.tasks.map(({ id }, place) => [id, place]));
        this.shape = shapeOf(this.tasks);
      }
      for (const change of changes.changed) {
        const place = this.places.get(change.id);
        if (place !== undefined) this.changes[place] = change;
      }
      if (changes.next === this.next || changes.changed.length === 0) return changes;
      this.next = changes.next;
    }
  }

  private keepPoint({ id, progress }: RunningTask): void {
    if (progress === null || typeof progress.detail !== 'object' || progress.detail === null) return;
    const points = this.points.get(id) ?? new Points();
    points.add(pointOf(progress.detail as Readonly<Record<string, unknown>>));
    // The newest is the last one.
    this.points.delete(id);
    this.points.set(id, points);
    for (const oldest of this.points.keys()) {
      if (this.points.size <= MOST_POINTS) break;
      this.points.delete(oldest);
    }
  }
}

function nowOf(change: TaskChange | undefined, running: RunningTask | undefined): TaskNow {
  const state = change?.state ?? 'waiting';
  if (running === undefined || state !== 'ready') return onlyState(state);
  const { progress, worker } = running;
  const rate = progress?.tokens_per_second ?? null;
  return {
    state: 'running',
    share: progress?.share ?? null,
    rate: rate === null ? null : Math.round(rate),
    words: progress?.words ?? '',
    worker,
    point:
      typeof progress?.detail === 'object' && progress.detail !== null
        ? pointOf(progress.detail as Readonly<Record<string, unknown>>)
        : null,
  };
}
