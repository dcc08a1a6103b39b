// A worker: claims cells from an engine as long as it has a place for one, and says that it lives. Its own thread
// computes nothing (tasks run in child processes), so it can always say so. What becomes of a claim: holding.ts.
import type { Clock } from '../base/clock.ts';
import { failedBy } from '../work/failure.ts';
import type { FolderStore } from '../work/folder-store.ts';
import type { Kinds } from '../work/kind.ts';
import type { PerformerOf } from '../work/performer.ts';
import type { Artefacts } from './artefacts.ts';
import type { Claim, Engine, WorkerIdentity } from './engine.ts';
import { Holding } from './holding.ts';
import type { BadEnd, Bench, WorkerEvent } from './holding.ts';
import { Inputs } from './inputs.ts';
import { isGone, pause, persist } from './persist.ts';

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
  /** From the stop signal until tasks that have not come to a safe point are ended, and for handing back. */
  readonly stopSeconds: number;
  /** How long a finished result waits for an engine that cannot be reached. */
  readonly commitSeconds: number;
}

const LIMITS: WorkerLimits = {
  renewSeconds: 5,
  stateSeconds: 5,
  idleSeconds: 0.5,
  mostIdleSeconds: 2,
  aheadSeconds: 20,
  stopSeconds: 10,
  commitSeconds: 600,
};

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

export type WorkerEnd = { readonly end: 'stopped' | 'empty' } | BadEnd;

/** Works until the signal, until there is nothing to do, or until this machine cannot continue. */
export async function work(options: WorkerOptions, signal: AbortSignal): Promise<WorkerEnd> {
  return new Worker(options, signal).run();
}

class Worker {
  readonly #options: WorkerOptions;
  readonly #limits: WorkerLimits;
  readonly #bench: Bench;
  /** By attempt. */
  readonly #held = new Map<string, Holding>();
  readonly #serving = new Set<Promise<void>>();
  /** Aborted: no further claims; running tasks stop. */
  readonly #stop = new AbortController();
  /** Aborted: stopped, and nothing is held any more. */
  readonly #ended = new AbortController();
  /** Those that wait for a free place among the running ones. */
  readonly #queue: (() => void)[] = [];
  #end: WorkerEnd = { end: 'stopped' };
  #wake: () => void = () => undefined;

  constructor(options: WorkerOptions, signal: AbortSignal) {
    const { engine, artefacts, store, performer, worker, clock, emit } = options;
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#bench = {
      ...this.#limits,
      ...{ engine, artefacts, store, worker, clock, emit },
      inputs: new Inputs(engine, artefacts, store),
      performer: performer(store),
      stop: this.#stop.signal,
      place: async (holding) => this.#place(holding),
      free: (holding) => {
        holding.isPlaced = false;
        this.#look();
      },
      changed: () => {
        this.#wake();
      },
    };
    const stop = (): void => {
      this.#stopAll();
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  }

  async run(): Promise<WorkerEnd> {
    const leave = (error: unknown): void => {
      this.#leave({ end: 'unfit', failure: failedBy(error).failure });
    };
    const renewing = this.#renewAll().catch(leave);
    await this.#claimAll().catch(leave);
    this.#stopAll();
    await Promise.all(this.#serving);
    await renewing;
    await this.#bench.performer.close();
    return this.#end;
  }

  /** May change whenever something is awaited. */
  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #stopAll(): void {
    if (this.#isStopped()) return;
    this.#stop.abort();
    for (const holding of this.#held.values()) holding.stop();
    const kill = setTimeout(() => {
      for (const holding of this.#held.values()) holding.kill();
    }, this.#limits.stopSeconds * 1000);
    kill.unref();
    this.#look();
  }

  /** Something has ended: whoever waits looks again. */
  #look(): void {
    for (const resume of this.#queue.splice(0)) resume();
    if (this.#isStopped() && this.#held.size === 0) this.#ended.abort();
    this.#wake();
  }

  /** This worker ends, and this is why. */
  #leave(end: WorkerEnd): void {
    if (!this.#isStopped()) this.#end = end;
    this.#stopAll();
  }

  /** Claims cells as long as there is a place for one, or one will be free soon. */
  async #claimAll(): Promise<void> {
    const { engine, worker, untilEmpty } = this.#options;
    let idle = this.#limits.idleSeconds;
    while (!this.#isStopped()) {
      if (!this.#wantsMore()) {
        await this.#until(1);
        continue;
      }
      const claim = await this.#persist(async () => engine.claim(worker));
      if (claim) {
        idle = this.#limits.idleSeconds;
        this.#take(claim);
        continue;
      }
      if (untilEmpty && this.#held.size === 0 && (await this.#isEmpty())) this.#leave({ end: 'empty' });
      // A task that ends here may make others ready: it wakes this loop.
      await this.#until(idle);
      idle = Math.min(idle * 1.5, this.#limits.mostIdleSeconds);
    }
  }

  async #isEmpty(): Promise<boolean> {
    const status = await this.#persist(async () => this.#options.engine.status());
    if (!status) return false;
    return status.graphs.every(({ states, cancelled }) => cancelled || states.ready + states.waiting === 0);
  }

  /** Waits some seconds, or until something changes. */
  async #until(seconds: number): Promise<void> {
    const wake = new AbortController();
    this.#wake = () => {
      wake.abort();
    };
    await pause(seconds, AbortSignal.any([wake.signal, this.#stop.signal]));
  }

  /** A free place, or one task that ends soon and has no successor yet. */
  #wantsMore(): boolean {
    const { jobs } = this.#options.worker;
    const held = [...this.#held.values()];
    if (held.length !== jobs) return held.length < jobs;
    return held.some((each) => each.secondsLeft() < this.#limits.aheadSeconds);
  }

  #take(claim: Claim): void {
    const kind = this.#options.kinds.get(claim.kind);
    if (!kind) throw new Error(`no kind ${claim.kind} of task ${claim.id}`);
    this.#options.emit({ event: 'claimed', id: claim.id });
    const { threads, jobs } = this.#options.worker;
    const holding = new Holding(claim, kind, Math.max(1, Math.floor(threads / jobs)), this.#bench);
    this.#held.set(claim.attempt, holding);
    const serving = holding.serve().then(
      (end) => {
        if (end) this.#leave(end);
      },
      (error: unknown) => {
        // Only a fault of the worker itself comes here.
        this.#leave({ end: 'unfit', failure: failedBy(error).failure });
      },
    );
    this.#serving.add(serving);
    void serving.finally(() => {
      this.#serving.delete(serving);
      this.#held.delete(claim.attempt);
      this.#look();
    });
  }

  /** Waits for a place among the running tasks, and for memory. */
  async #place(holding: Holding): Promise<void> {
    const { worker, bytes } = this.#options;
    const isOver = (): boolean => this.#isStopped() || holding.lost.signal.aborted;
    const fits = (): boolean => {
      const placed = [...this.#held.values()].filter(({ isPlaced }) => isPlaced);
      const used = placed.reduce((sum, { claim }) => sum + claim.bytes, 0);
      return placed.length < worker.jobs && (placed.length === 0 || used + holding.claim.bytes <= bytes);
    };
    while (!isOver() && !fits())
      await new Promise<void>((resolve) => {
        this.#queue.push(resolve);
        holding.lost.signal.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true },
        );
      });
    holding.isPlaced = !isOver();
  }

  /** @returns undefined when the worker was stopped while the engine was away */
  async #persist<T>(call: () => Promise<T>): Promise<T | undefined> {
    const gone = (error: Error): void => {
      this.#options.emit({ event: 'gone', text: error.message });
    };
    try {
      return await persist(call, this.#stop.signal, gone);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
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
