// A worker: claims cells from an engine, brings what they need, has them performed in child processes, keeps their
// states and results among the artefacts, and hands back what it cannot finish. Its own thread computes nothing, so it
// can always say that it lives.
import type { Clock } from '../base/clock.ts';
import { EXIT_CODES } from '../base/errors.ts';
import type { TaskFailure } from '../work/executor.ts';
import { failedBy } from '../work/failure.ts';
import type { FolderStore } from '../work/folder-store.ts';
import type { Kind, Kinds, TaskProgress } from '../work/kind.ts';
import type { Attempt, Outcome, PerformerOf, Performer } from '../work/performer.ts';
import type { Finished } from '../work/task.ts';
import { bringCell, bringState, keepCell, keepState } from './artefacts.ts';
import type { Artefacts } from './artefacts.ts';
import type { Claim, Engine, WorkerIdentity } from './engine.ts';
import { expiry, isGone, pause, persist } from './persist.ts';

export interface WorkerLimits {
  /** Between two signs of life. */
  readonly renewSeconds: number;
  /** Between two looks for a newer state. */
  readonly stateSeconds: number;
  /** Between two looks for a ready cell, while there is none; and at most, after many in vain. */
  readonly idleSeconds: number;
  readonly mostIdleSeconds: number;
  /** A running task with less left than this has its successor claimed, whose inputs travel meanwhile. */
  readonly aheadSeconds: number;
  /** From the stop signal until tasks that have not come to a safe point are ended. */
  readonly stopSeconds: number;
  /** How long a finished result waits for an engine that cannot be reached. */
  readonly commitSeconds: number;
}

export const WORKER_LIMITS: WorkerLimits = {
  renewSeconds: 5,
  stateSeconds: 5,
  idleSeconds: 0.5,
  mostIdleSeconds: 5,
  aheadSeconds: 20,
  stopSeconds: 10,
  commitSeconds: 600,
};

/** What a worker tells its user. */
export type WorkerEvent =
  | { readonly event: 'claimed' | 'started' | 'handed_back' | 'lost' | 'finished'; readonly id: string }
  | { readonly event: 'resumed'; readonly id: string; readonly files: number }
  | { readonly event: 'failed'; readonly id: string; readonly failure: TaskFailure; readonly setAside: boolean }
  | { readonly event: 'alarm'; readonly id: string; readonly text: string }
  | { readonly event: 'said'; readonly id: string; readonly level: 'note' | 'warning'; readonly text: string }
  | { readonly event: 'gone'; readonly text: string };

export interface WorkerOptions {
  readonly engine: Engine;
  readonly artefacts: Artefacts;
  /** On the worker's own disk. */
  readonly store: FolderStore;
  readonly kinds: Kinds;
  readonly performer: PerformerOf;
  readonly worker: WorkerIdentity;
  /** Memory for all tasks together. */
  readonly bytes: number;
  readonly clock: Clock;
  readonly emit: (event: WorkerEvent) => void;
  /** Ends when nothing is ready or running any more. */
  readonly untilEmpty: boolean;
  readonly limits?: Partial<WorkerLimits>;
}

export type WorkerEnd =
  | { readonly end: 'stopped' | 'empty' }
  /** This machine cannot go on: its disk is full, say. Its tasks were handed back. */
  | { readonly end: 'unfit'; readonly failure: TaskFailure }
  /** Two workers computed different bytes under one key. */
  | { readonly end: 'alarm'; readonly text: string };

interface Held {
  readonly claim: Claim;
  readonly kind: Kind;
  /** Aborted: stop, and write nothing for this claim any more. */
  readonly lost: AbortController;
  readonly threads: number;
  /** Has a place among the running tasks. */
  isPlaced: boolean;
  attempt: Attempt | undefined;
  progress: TaskProgress | null;
  startedAt: number | undefined;
}

/** Works until the signal, until there is nothing to do, or until this machine cannot go on. */
export async function work(options: WorkerOptions, signal: AbortSignal): Promise<WorkerEnd> {
  return new Worker(options, signal).run();
}

class Worker {
  readonly #options: WorkerOptions;
  readonly #limits: WorkerLimits;
  readonly #performer: Performer;
  readonly #held = new Map<string, Held>();
  readonly #serving = new Set<Promise<void>>();
  /** Records of cells by hash, as texts: they never change. */
  readonly #records = new Map<string, string>();
  readonly #bringing = new Map<string, Promise<void>>();
  /** Aborted: no further claims; running tasks stop. */
  readonly #stop = new AbortController();
  /** Aborted: stopped, and nothing is held any more. */
  readonly #ended = new AbortController();
  /** Those that wait for a free place among the running ones. */
  readonly #queue: (() => void)[] = [];
  #end: WorkerEnd = { end: 'stopped' };
  #wake: () => void = () => undefined;

  constructor(options: WorkerOptions, signal: AbortSignal) {
    this.#options = options;
    this.#limits = { ...WORKER_LIMITS, ...options.limits };
    this.#performer = options.performer(options.store);
    if (signal.aborted) this.#stopAll();
    signal.addEventListener('abort', () => this.#stopAll(), { once: true });
  }

  async run(): Promise<WorkerEnd> {
    const leave = (error: unknown): void => this.#leave({ end: 'unfit', failure: failedBy(error).failure });
    const renewing = this.#renewAll().catch(leave);
    await this.#claimAll().catch(leave);
    this.#stopAll();
    await Promise.all(this.#serving);
    await renewing;
    await this.#performer.close();
    return this.#end;
  }

  #stopAll(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    for (const { attempt } of this.#held.values()) attempt?.stop();
    const kill = setTimeout(() => {
      for (const { attempt } of this.#held.values()) attempt?.kill();
    }, this.#limits.stopSeconds * 1000);
    kill.unref();
    for (const resume of this.#queue.splice(0)) resume();
    this.#endIfOver();
    this.#wake();
  }

  #endIfOver(): void {
    if (this.#stop.signal.aborted && this.#held.size === 0) this.#ended.abort();
  }

  /** This machine cannot go on. */
  #leave(end: WorkerEnd): void {
    if (!this.#stop.signal.aborted) this.#end = end;
    this.#stopAll();
  }

  /** Claims cells as long as there is a place for one, or one will be free soon. */
  async #claimAll(): Promise<void> {
    const { engine, worker, untilEmpty } = this.#options;
    let idle = this.#limits.idleSeconds;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (!this.#wantsMore()) {
        await this.#until(1);
        continue;
      }
      const claim = await this.#persist(async () => engine.claim(worker)).catch((error: unknown) => {
        if (isGone(error)) return undefined;
        throw error;
      });
      if (claim) {
        idle = this.#limits.idleSeconds;
        this.#take(claim);
        continue;
      }
      if (signal.aborted) return;
      if (untilEmpty && this.#held.size === 0 && (await this.#isEmpty())) {
        this.#leave({ end: 'empty' });
        return;
      }
      // A task that ends here may make others ready: wake at once.
      await this.#until(idle);
      idle = Math.min(idle * 1.5, this.#limits.mostIdleSeconds);
    }
  }

  async #isEmpty(): Promise<boolean> {
    const { graphs } = await this.#persist(async () => this.#options.engine.status());
    return graphs.every(({ states, cancelled }) => cancelled || states.ready + states.waiting === 0);
  }

  /** Waits some seconds, or until something changes. */
  async #until(seconds: number): Promise<void> {
    const wake = new AbortController();
    this.#wake = () => wake.abort();
    await pause(seconds, AbortSignal.any([wake.signal, this.#stop.signal]));
  }

  /** A free place, or one task that ends soon and has no successor yet. */
  #wantsMore(): boolean {
    const { jobs } = this.#options.worker;
    const held = [...this.#held.values()];
    if (held.length < jobs) return true;
    return held.length === jobs && held.some((each) => this.#secondsLeft(each) < this.#limits.aheadSeconds);
  }

  #secondsLeft({ claim, progress, startedAt }: Held): number {
    if (startedAt === undefined) return Infinity;
    if (progress?.seconds_left != null) return progress.seconds_left;
    if (progress) return (1 - progress.share) * claim.seconds;
    return claim.seconds - (this.#options.clock.seconds() - startedAt);
  }

  #take(claim: Claim): void {
    const kind = this.#options.kinds.get(claim.kind);
    if (!kind) throw new Error(`no kind ${claim.kind} of task ${claim.id}`);
    this.#options.emit({ event: 'claimed', id: claim.id });
    const { threads, jobs } = this.#options.worker;
    const each = Math.max(1, Math.floor(threads / jobs));
    const lost = new AbortController();
    const held: Held = {
      claim,
      kind,
      lost,
      threads: each,
      isPlaced: false,
      attempt: undefined,
      progress: null,
      startedAt: undefined,
    };
    this.#held.set(claim.attempt, held);
    const serving = this.#serve(held).catch((error: unknown) => {
      // Only a fault of the worker itself comes here.
      this.#leave({ end: 'unfit', failure: failedBy(error).failure });
    });
    this.#serving.add(serving);
    void serving.finally(() => {
      this.#serving.delete(serving);
      this.#held.delete(claim.attempt);
      this.#endIfOver();
      this.#wake();
    });
  }

  /** One claim from its inputs to its end. */
  async #serve(held: Held): Promise<void> {
    const { claim, lost } = held;
    let outcome: Outcome;
    try {
      const needs = await this.#bring(held);
      await this.#place(held);
      try {
        outcome = await this.#perform(held, needs);
      } finally {
        this.#free(held);
      }
      if (outcome.outcome === 'finished') {
        await this.#commit(held);
        return;
      }
    } catch (error) {
      const isStopped = this.#stop.signal.aborted || lost.signal.aborted || isGone(error);
      outcome = isStopped ? { outcome: 'stopped' } : { outcome: 'failed', ...failedBy(error) };
    }
    if (lost.signal.aborted) {
      this.#options.emit({ event: 'lost', id: claim.id });
      return;
    }
    await this.#unfinished(held, outcome);
  }

  /** @returns finished needs by role, with their files here */
  async #bring({ claim, lost }: Held): Promise<Readonly<Record<string, Finished>>> {
    const { store, artefacts, engine, emit } = this.#options;
    const signal = AbortSignal.any([lost.signal, this.#stop.signal]);
    const needs: Record<string, Finished> = {};
    for (const [role, hash] of Object.entries(claim.needs)) {
      const text = this.#records.get(hash) ?? (await persist(async () => engine.record(hash), signal));
      if (text === undefined) throw new Error(`no record of ${hash}, which ${claim.id} needs`);
      this.#records.set(hash, text);
      const bringing =
        this.#bringing.get(hash) ?? persist(async () => bringCell(artefacts, store, text, this.#stop.signal), signal);
      this.#bringing.set(hash, bringing);
      await bringing.finally(() => this.#bringing.delete(hash));
      const { key } = JSON.parse(text) as { key: Claim['key'] };
      const found = await store.finished(key);
      if (!found) throw new Error(`${hash} is not in the store`);
      needs[role] = found;
    }
    const { state } = claim;
    if (state) {
      await persist(async () => bringState(artefacts, store, claim.key, state, signal), signal);
      emit({ event: 'resumed', id: claim.id, files: Object.keys(state.files).length });
    }
    return needs;
  }

  /** Waits for a place among the running tasks, and for memory. */
  async #place(held: Held): Promise<void> {
    const { claim, lost } = held;
    const { worker, bytes } = this.#options;
    const fits = (): boolean => {
      const placed = [...this.#held.values()].filter(({ isPlaced }) => isPlaced);
      const used = placed.reduce((sum, each) => sum + each.claim.bytes, 0);
      return placed.length < worker.jobs && (placed.length === 0 || used + claim.bytes <= bytes);
    };
    while (!fits() && !this.#stop.signal.aborted && !lost.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#queue.push(resolve);
        lost.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    if (this.#stop.signal.aborted || lost.signal.aborted) throw new Error('stopped before it began');
    held.isPlaced = true;
  }

  #free(held: Held): void {
    held.isPlaced = false;
    for (const resume of this.#queue.splice(0)) resume();
    this.#wake();
  }

  async #perform(held: Held, needs: Readonly<Record<string, Finished>>): Promise<Outcome> {
    const { emit, engine, clock } = this.#options;
    const { claim, threads, lost } = held;
    const report = (): void => {
      void engine.report(claim, threads, held.progress).catch(() => undefined);
    };
    const { id, kind, config, key } = claim;
    // The needs are resolved: nothing reads their ids any more.
    const task = { id, kind, config, needs: {} };
    const attempt = this.#performer.perform(
      { task, key, needs, threads },
      {
        watches: () => undefined,
        leased: () => {
          emit({ event: 'started', id });
          report();
        },
        said: (text, level) => emit({ event: 'said', id, level, text }),
        progress: (progress) => {
          held.progress = progress;
          this.#wake();
        },
      },
    );
    held.attempt = attempt;
    held.startedAt = clock.seconds();
    const stop = (): void => attempt.kill();
    lost.signal.addEventListener('abort', stop, { once: true });
    if (lost.signal.aborted) attempt.kill();
    if (this.#stop.signal.aborted) attempt.stop();
    const ended = new AbortController();
    const keeping = this.#keepStates(held, ended.signal, report);
    const outcome = await attempt.outcome;
    ended.abort();
    held.attempt = undefined;
    lost.signal.removeEventListener('abort', stop);
    await keeping;
    return outcome;
  }

  /** Keeps each newer state while a task runs. */
  async #keepStates(held: Held, ended: AbortSignal, report: () => void): Promise<void> {
    const { claim, kind } = held;
    let last = await this.#options.store.state(claim.key, kind).catch(() => null);
    while (!ended.aborted) {
      await pause(this.#limits.stateSeconds, ended);
      if (ended.aborted || held.lost.signal.aborted) return;
      report();
      const mark = await this.#options.store.state(claim.key, kind).catch(() => null);
      if (mark === null || mark === last) continue;
      const kept = await this.#keepState(held, ended).catch(() => undefined);
      if (kept !== undefined) last = kept;
    }
  }

  /** @returns its mark, or undefined without one */
  async #keepState({ claim, kind, lost }: Held, signal: AbortSignal): Promise<string | undefined> {
    const { artefacts, store, engine } = this.#options;
    const state = await persist(async () => keepState(artefacts, store, claim.key, kind), signal);
    if (!state || lost.signal.aborted) return undefined;
    const isKept = await persist(async () => engine.saveState(claim, state), signal);
    if (!isKept) lost.abort();
    return isKept ? state.mark : undefined;
  }

  async #commit({ claim }: Held): Promise<void> {
    const { artefacts, store, engine, worker, emit } = this.#options;
    // A result is worth waiting for: also for an engine that comes back after the stop signal, for a while.
    const signal = expiry(this.#stop.signal.aborted ? this.#limits.stopSeconds : this.#limits.commitSeconds);
    const { text, record } = await persist(async () => keepCell(artefacts, store.path(claim.key)), signal, this.#gone);
    const other = await persist(async () => engine.commit(worker, claim, text, record.result), signal, this.#gone);
    this.#records.set(claim.hash, text);
    emit({ event: 'finished', id: claim.id });
    if (!other) return;
    const alarm =
      `${claim.id} has the result ${record.result.slice(0, 16)} on ${worker.id}, ` +
      `and ${other.result.slice(0, 16)} on ${other.worker}`;
    emit({ event: 'alarm', id: claim.id, text: alarm });
    this.#leave({ end: 'alarm', text: alarm });
  }

  /** What was not finished: its state is kept, and it is handed back, or counted as a failed try. */
  async #unfinished(held: Held, outcome: Exclude<Outcome, { outcome: 'finished' }>): Promise<void> {
    const { claim, kind } = held;
    const { engine, worker, emit, store } = this.#options;
    const signal = expiry(this.#limits.stopSeconds);
    const mark = await store.state(claim.key, kind).catch(() => null);
    const headway = mark !== null && mark !== claim.state?.mark;
    if (headway) await this.#keepState(held, signal).catch(() => undefined);
    const failed = outcome.outcome === 'failed' ? outcome : undefined;
    // A full disk is this machine's trouble: another one can do it.
    const isUnfit = failed?.final === true && failed.failure.exit_code === EXIT_CODES.environment;
    try {
      if (!failed || isUnfit) {
        // In other hands on this machine: not at once again.
        if (outcome.outcome === 'in_use') await pause(1, this.#stop.signal);
        await persist(async () => engine.giveBack(claim), signal);
        emit({ event: 'handed_back', id: claim.id });
      } else {
        const { failure, final, details } = failed;
        const log = `${failure.message}\n${details}\n`;
        const setAside = await persist(
          async () => engine.fail(worker, claim, failure, { final, headway, log }),
          signal,
          this.#gone,
        );
        emit({ event: 'failed', id: claim.id, failure, setAside });
      }
    } catch (error) {
      // The engine is away: the hold ends by itself.
      if (!isGone(error)) throw error;
    }
    if (isUnfit) this.#leave({ end: 'unfit', failure: failed.failure });
  }

  readonly #gone = (error: Error): void => this.#options.emit({ event: 'gone', text: error.message });

  async #persist<T>(call: () => Promise<T>): Promise<T> {
    return persist(call, this.#stop.signal, this.#gone);
  }

  /** Says that this worker lives until all is handed back; learns which cells it has lost. */
  async #renewAll(): Promise<void> {
    const { engine, worker } = this.#options;
    while (!this.#ended.signal.aborted) {
      try {
        const lost = await engine.renew(worker, [...this.#held.keys()]);
        for (const attempt of lost) this.#held.get(attempt)?.lost.abort();
      } catch (error) {
        if (!isGone(error)) throw error;
      }
      await pause(this.#limits.renewSeconds, this.#ended.signal);
    }
  }
}
