// Runs a graph: looks up what is finished, starts what the schedule says, counts failed tries, sets aside, stops. Where
// a task is performed is the performer's matter.
import type { Clock } from '../base/clock.ts';
import { eventQueue } from './event-queue.ts';
import type { Slots, TaskEvent, TaskFailure } from './executor.ts';
import { failedBy, stoppedByOthers } from './failure.ts';
import { Dependents } from './graph.ts';
import type { CoreIdentity } from './key.ts';
import type { Estimate, Kind, Kinds, TaskProgress } from './kind.ts';
import { appendLog } from './task-log.ts';
import { speedup, UNKNOWN_ESTIMATE } from './paths.ts';
import type { Attempt, Outcome, Performer, PerformerOf } from './performer.ts';
import { type Resolved, resolve } from './resolve.ts';
import { type RunningTask, type Schedule, scheduleOf, type Situation } from './schedule.ts';
import type { Store } from './store.ts';
import type { Finished, Graph, Task } from './task.ts';

/** A task is set aside after this number of failed attempts in a row that saved no newer state. */
const MAXIMUM_TRIES = 3;

export interface RunnerOptions {
  readonly kinds: Kinds;
  readonly core: CoreIdentity;
  readonly performer: PerformerOf;
  readonly clock: Clock;
  /** Absolute path of the log of a task, which is written when there is something to say. */
  readonly logOf?: (id: string) => string;
  /** Ends all running tasks at once: the second Ctrl-C. */
  readonly killed?: AbortSignal;
  /** From the signal until those that have not stopped are ended. */
  readonly stopSeconds: number;
  /** Between two looks at a cell that another process computes. */
  readonly waitSeconds: number;
}

interface Running {
  readonly task: Task;
  readonly attempt: Attempt;
  readonly threads: number;
  readonly since: number;
  progress: { readonly said: TaskProgress; readonly at: number } | undefined;
  /** It was asked to stop, in order to start again with more threads. */
  widened: boolean;
}

/** @param graph its tasks in order */
export async function* runGraph(
  options: RunnerOptions,
  graph: Graph,
  store: Store,
  estimates: ReadonlyMap<string, Estimate>,
  slots: Slots,
  signal: AbortSignal,
): AsyncGenerator<TaskEvent> {
  const queue = eventQueue<TaskEvent>();
  const run = new GraphRun(options, graph, store, estimates, slots, queue.push);
  const stop = (): void => run.stop();
  const kill = (): void => run.kill();
  signal.addEventListener('abort', stop);
  options.killed?.addEventListener('abort', kill);
  if (signal.aborted) run.stop();
  const ended = run.run().then(queue.end, queue.fail);
  try {
    yield* queue.events;
  } finally {
    // A reader that went away early leaves nothing running.
    run.kill();
    await ended;
    signal.removeEventListener('abort', stop);
    options.killed?.removeEventListener('abort', kill);
  }
}

class GraphRun {
  readonly #options: RunnerOptions;
  readonly #graph: Graph;
  readonly #store: Store;
  readonly #estimates: ReadonlyMap<string, Estimate>;
  readonly #emit: (event: TaskEvent) => void;
  readonly #schedule: Schedule;
  readonly #performer: Performer;
  readonly #tasks: ReadonlyMap<string, Task>;
  readonly #dependents: Dependents;

  readonly #finished = new Map<string, Finished>();
  /** Their ids: one set that grows, as the schedule wants it. */
  readonly #done = new Set<string>();
  readonly #resolved = new Map<string, Resolved>();
  readonly #running = new Map<string, Running>();
  /** Being looked up in the store. */
  readonly #expected = new Set<string>();
  /** Computed by another process: until the next look. */
  readonly #elsewhere = new Map<string, NodeJS.Timeout>();
  /** Whom a task was last said to wait for. */
  readonly #owners = new Map<string, string>();
  readonly #givenUp = new Set<string>();
  /** Given up or computed by another process. */
  readonly #absent = new Set<string>();
  /** Mark of the newest saved state before a try. */
  readonly #marks = new Map<string, string | null>();
  readonly #tries = new Map<string, { attempt: number; vain: number }>();
  /** Seconds on one thread that are left of tasks that ran before. */
  readonly #left = new Map<string, number>();
  #stopping = false;
  #over = false;
  #stopTimer: NodeJS.Timeout | undefined;
  #pump: NodeJS.Immediate | undefined;
  #settled = (): void => undefined;
  #failed: (error: unknown) => void = () => undefined;

  constructor(
    options: RunnerOptions,
    graph: Graph,
    store: Store,
    estimates: ReadonlyMap<string, Estimate>,
    slots: Slots,
    emit: (event: TaskEvent) => void,
  ) {
    this.#options = options;
    this.#graph = graph;
    this.#store = store;
    this.#estimates = estimates;
    this.#emit = emit;
    this.#schedule = scheduleOf(graph, estimates, slots);
    this.#performer = options.performer(store);
    this.#tasks = new Map(graph.tasks.map((task) => [task.id, task]));
    this.#dependents = new Dependents(graph);
  }

  /** Resolves when nothing is left to do or to stop. */
  async run(): Promise<void> {
    const done = new Promise<void>((settled, failed) => {
      this.#settled = settled;
      this.#failed = failed;
    });
    const ticks = setInterval(() => this.#next(), 1000);
    try {
      this.#lookAtReady(this.#graph.tasks);
      this.#next();
      await done;
    } finally {
      this.#over = true;
      clearInterval(ticks);
      clearTimeout(this.#stopTimer);
      for (const timer of this.#elsewhere.values()) clearTimeout(timer);
      for (const { attempt } of this.#running.values()) attempt.kill();
      await this.#performer.close();
    }
  }

  stop(): void {
    if (this.#stopping || this.#over) return;
    this.#stopping = true;
    for (const { attempt } of this.#running.values()) attempt.stop();
    this.#stopTimer = setTimeout(() => this.kill(), this.#options.stopSeconds * 1000);
    this.#next();
  }

  kill(): void {
    this.#stopping = true;
    for (const { attempt } of this.#running.values()) attempt.kill();
    this.#next();
  }

  /** Schedules the next decision, after all events of this turn. */
  #next(): void {
    this.#pump ??= setImmediate(() => {
      this.#pump = undefined;
      try {
        this.#decide();
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  #decide(): void {
    if (this.#stopping) {
      if (this.#running.size === 0 && this.#expected.size === 0) this.#settled();
      return;
    }
    if (this.#finished.size + this.#givenUp.size === this.#tasks.size) {
      this.#settled();
      return;
    }
    for (const { id, threads } of this.#schedule.start(this.#situation()).starts) this.#start(id, threads);
    // The plan of memory counts tasks, not processes that wait for one.
    this.#performer.endIdle(this.#schedule.freeBytes(this.#situation()));
    if ([...this.#running.values()].some(({ widened }) => widened)) return;
    const wider = this.#schedule.widen(this.#situation());
    const running = wider && this.#running.get(wider.id);
    if (!running) return;
    running.widened = true;
    running.attempt.stop();
  }

  #situation(): Situation {
    return {
      finished: this.#done,
      running: [...this.#running].map(([id, running]): RunningTask => {
        const age = this.#options.clock.seconds() - running.since;
        return {
          id,
          threads: running.threads,
          seconds: this.#secondsLeft(id, running),
          age,
          resumable: this.#kind(id).state.length > 0,
        };
      }),
      absent: this.#absent,
      expected: this.#expected,
      left: this.#left,
    };
  }

  #kind(id: string): Kind {
    const name = this.#tasks.get(id)?.kind ?? '';
    const kind = this.#options.kinds.get(name);
    if (!kind) throw new Error(`no kind ${name} of task ${id}`);
    return kind;
  }

  /** At the threads that it has. */
  #secondsLeft(id: string, { progress, since, threads }: Running): number {
    const now = this.#options.clock.seconds();
    const estimate = this.#estimates.get(id) ?? UNKNOWN_ESTIMATE;
    if (progress && progress.said.seconds_left !== null)
      return Math.max(0, progress.said.seconds_left - (now - progress.at));
    if (progress) return ((1 - progress.said.share) * estimate.seconds) / speedup(estimate, threads);
    return Math.max(0, (this.#left.get(id) ?? estimate.seconds) / speedup(estimate, threads) - (now - since));
  }

  /** Looks up those of some tasks whose needs have just been finished. */
  #lookAtReady(tasks: readonly Task[]): void {
    for (const task of tasks) {
      if (this.#resolved.has(task.id) || this.#givenUp.has(task.id)) continue;
      const needs = Object.values(task.needs);
      if (!needs.every((id) => this.#finished.has(id) || Object.hasOwn(this.#graph.given, id))) continue;
      try {
        const kind = this.#kind(task.id);
        this.#resolved.set(task.id, resolve(task, this.#graph, this.#finished, kind, this.#options.core));
      } catch (error) {
        this.#fail(task.id, error);
        continue;
      }
      void this.#look(task.id);
    }
  }

  /** Is it finished, by an earlier run or by another process? Does another process compute it? Else it is ready. */
  async #look(id: string): Promise<void> {
    const resolved = this.#resolved.get(id);
    if (!resolved) return;
    this.#expected.add(id);
    try {
      const found = await this.#store.finished(resolved.key);
      if (found) await this.#store.tidy(resolved.key, this.#kind(id));
      if (!found) this.#marks.set(id, await this.#store.state(resolved.key, this.#kind(id)));
      // Without a try of its own: that would take a thread from others for a moment.
      const owner = found ? null : await this.#store.owner(resolved.key);
      if (found) this.#finish(id, found, true);
      else if (owner !== null && !this.#stopping) this.#wait(id, owner);
    } catch (error) {
      this.#fail(id, error);
    } finally {
      this.#expected.delete(id);
      this.#next();
    }
  }

  #start(id: string, threads: number): void {
    const task = this.#tasks.get(id);
    const resolved = this.#resolved.get(id);
    if (!task || !resolved) return;
    const tries = this.#tries.get(id) ?? { attempt: 1, vain: 0 };
    this.#tries.set(id, tries);
    const attempt = this.#performer.perform(
      { task, ...resolved, threads },
      {
        watches: (owner) => this.#waitsFor(id, owner),
        leased: () => {
          this.#owners.delete(id);
          this.#emit({ event: 'started', id, threads, attempt: tries.attempt });
        },
        said: (text, level) => this.#emit({ event: 'said', id, level, text }),
        progress: (progress) => {
          const running = this.#running.get(id);
          if (running) running.progress = { said: progress, at: this.#options.clock.seconds() };
          this.#emit({ event: 'progress', id, progress });
        },
      },
    );
    const since = this.#options.clock.seconds();
    this.#running.set(id, { task, attempt, threads, since, progress: undefined, widened: false });
    void attempt.outcome.then(async (outcome) => this.#ended(id, outcome)).catch(this.#failed);
  }

  async #ended(id: string, outcome: Outcome): Promise<void> {
    const running = this.#running.get(id);
    const resolved = this.#resolved.get(id);
    if (!running || !resolved) return;
    const estimate = this.#estimates.get(id) ?? UNKNOWN_ESTIMATE;
    this.#left.set(id, this.#secondsLeft(id, running) * speedup(estimate, running.threads));
    this.#running.delete(id);
    switch (outcome.outcome) {
      case 'finished':
        this.#finish(id, outcome.finished, outcome.reused);
        break;
      case 'stopped':
        if (this.#stopping) this.#emit({ event: 'stopped', id });
        else if (running.widened) await this.#look(id);
        else await this.#again(id, { outcome: 'interrupted', failure: stoppedByOthers(id), details: '' });
        break;
      case 'in_use':
        if (!this.#stopping) this.#wait(id, outcome.owner);
        break;
      case 'interrupted':
      case 'failed':
        await this.#again(id, outcome);
        break;
    }
    this.#next();
  }

  #finish(id: string, finished: Finished, reused: boolean): void {
    this.#finished.set(id, finished);
    this.#done.add(id);
    this.#left.delete(id);
    this.#emit({ event: 'finished', id, finished, reused });
    if (!this.#stopping) this.#lookAtReady(this.#dependents.of(id).flatMap((each) => this.#tasks.get(each) ?? []));
  }

  /** Another process has the cell: a second later it is looked at again, and leased if it is free. */
  #wait(id: string, owner: string): void {
    this.#waitsFor(id, owner);
    const again = (): void => {
      this.#elsewhere.delete(id);
      this.#absent.delete(id);
      void this.#look(id);
    };
    this.#absent.add(id);
    this.#elsewhere.set(id, setTimeout(again, this.#options.waitSeconds * 1000));
  }

  #waitsFor(id: string, owner: string): void {
    if (this.#owners.get(id) !== owner) this.#emit({ event: 'waiting', id, owner });
    this.#owners.set(id, owner);
  }

  /** After a try that ended without the task being finished. Only a failed one counts. */
  async #again(id: string, outcome: Extract<Outcome, { outcome: 'failed' | 'interrupted' }>): Promise<void> {
    const { failure, details } = outcome;
    const final = outcome.outcome === 'failed' && outcome.final;
    if (this.#stopping && !final) {
      this.#emit({ event: 'stopped', id });
      return;
    }
    const tries = this.#tries.get(id) ?? { attempt: 1, vain: 0 };
    this.#log(id, `try ${tries.attempt}: ${failure.message}\n${details}\n`);
    if (outcome.outcome === 'failed') tries.vain = !final && (await this.#headway(id)) ? 0 : tries.vain + 1;
    if (final || tries.vain >= MAXIMUM_TRIES) {
      this.#setAside(id, failure);
      return;
    }
    this.#emit({ event: 'retried', id, failure, attempt: tries.attempt });
    tries.attempt++;
    await this.#look(id);
  }

  /** Whether the last try saved newer state. */
  async #headway(id: string): Promise<boolean> {
    const resolved = this.#resolved.get(id);
    if (!resolved) return false;
    // Expected until it is decided, so that the run does not end and nobody starts it.
    this.#expected.add(id);
    const mark = await this.#store.state(resolved.key, this.#kind(id)).catch(() => null);
    this.#expected.delete(id);
    return mark !== null && mark !== this.#marks.get(id);
  }

  /** A task that cannot even be looked up or resolved. */
  #fail(id: string, error: unknown): void {
    const { failure, details } = failedBy(error);
    this.#log(id, `${failure.message}\n${details}\n`);
    this.#setAside(id, failure);
  }

  #setAside(id: string, failure: TaskFailure): void {
    const blocked = this.#dependents.all(id).filter((other) => !this.#givenUp.has(other));
    for (const set of [this.#givenUp, this.#absent]) for (const each of [id, ...blocked]) set.add(each);
    this.#left.delete(id);
    this.#emit({ event: 'set_aside', id, failure, log: this.#options.logOf?.(id) ?? null, blocked });
    this.#next();
  }

  #log(id: string, text: string): void {
    const path = this.#options.logOf?.(id);
    if (path !== undefined) appendLog(path, text);
  }
}
