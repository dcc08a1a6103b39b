// One claim of a worker, from its inputs to its end: inputs and state are brought, the task is performed, newer states
// and the result are kept among the artefacts, and what is not finished is handed back or counted as a failed try.
import type { Clock } from '../base/clock.ts';
import { EXIT_CODES, TracelabError } from '../base/errors.ts';
import type { TaskFailure } from '../work/executor.ts';
import { failedBy } from '../work/failure.ts';
import type { FolderStore } from '../work/folder-store.ts';
import type { Kind, TaskProgress } from '../work/kind.ts';
import type { Attempt, Outcome, Performer } from '../work/performer.ts';
import type { Finished } from '../work/task.ts';
import { bringState, dropState, keepCell, keepState, outdated } from './artefacts.ts';
import type { Artefacts } from './artefacts.ts';
import type { Claim, Engine, SavedState, WorkerIdentity } from './engine.ts';
import type { Inputs } from './inputs.ts';
import { expiry, isGone, pause, persist } from './persist.ts';

/** What a worker tells its user. */
export type WorkerEvent =
  | { readonly event: 'claimed' | 'started' | 'handed_back' | 'lost' | 'finished'; readonly id: string }
  | { readonly event: 'resumed'; readonly id: string; readonly files: number }
  | { readonly event: 'failed'; readonly id: string; readonly failure: TaskFailure; readonly setAside: boolean }
  | { readonly event: 'alarm'; readonly id: string; readonly text: string }
  | { readonly event: 'said'; readonly id: string; readonly level: 'note' | 'warning'; readonly text: string }
  | { readonly event: 'gone'; readonly text: string };

/** Why a worker cannot continue after a claim. */
export type BadEnd =
  /** Its disk is full, say. Its tasks are handed back. */
  | { readonly end: 'unfit'; readonly failure: TaskFailure }
  /** Two workers computed different bytes under one key. */
  | { readonly end: 'alarm'; readonly text: string };

/** What a worker gives to all of its claims. */
export interface Bench {
  readonly engine: Engine;
  readonly artefacts: Artefacts;
  readonly store: FolderStore;
  readonly inputs: Inputs;
  readonly performer: Performer;
  readonly worker: WorkerIdentity;
  readonly clock: Clock;
  readonly emit: (event: WorkerEvent) => void;
  /** Aborted: the worker stops. */
  readonly stop: AbortSignal;
  /** Between two looks for a newer state. */
  readonly stateSeconds: number;
  /** What handing back may take. */
  readonly stopSeconds: number;
  /** How long a finished result waits for an engine that cannot be reached. */
  readonly commitSeconds: number;
  /** Waits for a place among the running tasks; returns early when it is stopped or lost. */
  readonly place: (holding: Holding) => Promise<void>;
  readonly free: (holding: Holding) => void;
  /** It has progressed. */
  readonly changed: () => void;
}

/** A claim in the hands of this worker. */
export class Holding {
  readonly claim: Claim;
  /** Aborted when the cell is another's: nothing is written for this claim any more. */
  readonly lost = new AbortController();
  /** Has a place among the running tasks. */
  isPlaced = false;
  readonly #kind: Kind;
  readonly #threads: number;
  readonly #bench: Bench;
  #attempt: Attempt | undefined;
  #progress: TaskProgress | null = null;
  #startedAt: number | undefined;
  /** The newest state that the engine knows. */
  #kept: SavedState | null;

  constructor(claim: Claim, kind: Kind, threads: number, bench: Bench) {
    this.claim = claim;
    this.#kind = kind;
    this.#threads = threads;
    this.#bench = bench;
    this.#kept = claim.state;
  }

  /** Asks the task to save and stop at its next safe point. */
  stop(): void {
    this.#attempt?.stop();
  }

  /** Ends the task at once. */
  kill(): void {
    this.#attempt?.kill();
  }

  /** Estimated, until the task ends; infinite before it has begun. */
  secondsLeft(): number {
    if (this.#startedAt === undefined) return Infinity;
    const { seconds } = this.claim;
    if (!this.#progress) return seconds - (this.#bench.clock.seconds() - this.#startedAt);
    return this.#progress.seconds_left ?? (1 - this.#progress.share) * seconds;
  }

  /** @returns why the worker cannot continue; undefined if it can */
  async serve(): Promise<BadEnd | undefined> {
    const { emit, stop } = this.#bench;
    let outcome: Outcome;
    try {
      outcome = await this.#attemptOnce();
      if (outcome.outcome === 'finished') return await this.#commit();
    } catch (error) {
      const isStopped = stop.aborted || this.#isLost() || isGone(error);
      outcome = isStopped ? { outcome: 'stopped' } : { outcome: 'failed', ...failedBy(error) };
    }
    if (!this.#isLost()) return this.#unfinished(outcome);
    emit({ event: 'lost', id: this.claim.id });
    return undefined;
  }

  /** May change whenever something is awaited. */
  #isLost(): boolean {
    return this.lost.signal.aborted;
  }

  async #attemptOnce(): Promise<Outcome> {
    const needs = await this.#bring();
    await this.#bench.place(this);
    if (!this.isPlaced) return { outcome: 'stopped' };
    try {
      return await this.#perform(needs);
    } finally {
      this.#bench.free(this);
    }
  }

  /** @returns finished needs by role, with their files here; the newest state of the cell is here, too */
  async #bring(): Promise<Readonly<Record<string, Finished>>> {
    const { artefacts, store, inputs, stop, emit } = this.#bench;
    const { needs: hashes, state, key, id } = this.claim;
    const signal = AbortSignal.any([this.lost.signal, stop]);
    const needs: Record<string, Finished> = {};
    for (const [role, hash] of Object.entries(hashes)) needs[role] = await inputs.finished(hash, signal);
    if (!state) return needs;
    try {
      await persist(async () => bringState(artefacts, store, key, state, signal), signal);
      emit({ event: 'resumed', id, files: Object.keys(state.files).length });
    } catch (error) {
      // Without its state it begins anew: slower, with the same bits.
      if (!(error instanceof TracelabError) || !error.code.startsWith('ARTEFACT_')) throw error;
      await dropState(store, key, signal);
      emit({ event: 'said', id, level: 'warning', text: `begins anew: ${error.message}` });
    }
    return needs;
  }

  async #perform(needs: Readonly<Record<string, Finished>>): Promise<Outcome> {
    const { emit, clock, performer, stop, changed } = this.#bench;
    const { id, kind, config, key } = this.claim;
    // The needs are resolved: nothing reads their ids any more.
    const task = { id, kind, config, needs: {} };
    const attempt = performer.perform(
      { task, key, needs, threads: this.#threads },
      {
        watches: () => undefined,
        leased: () => {
          emit({ event: 'started', id });
          this.#report();
        },
        said: (text, level) => {
          emit({ event: 'said', id, level, text });
        },
        progress: (progress) => {
          this.#progress = progress;
          changed();
        },
      },
    );
    this.#attempt = attempt;
    this.#startedAt = clock.seconds();
    const kill = (): void => {
      attempt.kill();
    };
    this.lost.signal.addEventListener('abort', kill, { once: true });
    if (this.#isLost()) kill();
    if (stop.aborted) attempt.stop();
    const ended = new AbortController();
    const keeping = this.#keepStates(ended.signal);
    const outcome = await attempt.outcome;
    ended.abort();
    this.#attempt = undefined;
    this.lost.signal.removeEventListener('abort', kill);
    await keeping;
    return outcome;
  }

  /** For people: may get lost. */
  #report(): void {
    void this.#bench.engine.report(this.claim, this.#threads, this.#progress).catch(() => undefined);
  }

  /** Keeps each newer state while the task runs. */
  async #keepStates(ended: AbortSignal): Promise<void> {
    const isOver = (): boolean => ended.aborted || this.#isLost();
    let last = await this.#mark();
    while (!isOver()) {
      await pause(this.#bench.stateSeconds, ended);
      if (isOver()) return;
      this.#report();
      const mark = await this.#mark();
      if (mark === null || mark === last) continue;
      last = (await this.#keepState(ended).catch(() => undefined)) ?? last;
    }
  }

  /** Of the state in the store of this machine. */
  async #mark(): Promise<string | null> {
    return this.#bench.store.state(this.claim.key, this.#kind).catch(() => null);
  }

  /** @returns its mark; undefined without one, or when the cell is lost */
  async #keepState(signal: AbortSignal): Promise<string | undefined> {
    const { artefacts, store, engine } = this.#bench;
    const state = await persist(async () => keepState(artefacts, store, this.claim.key, this.#kind), signal);
    if (!state || this.#isLost()) return undefined;
    const isKept = await persist(async () => engine.saveState(this.claim, state), signal);
    if (!isKept) {
      this.lost.abort();
      return undefined;
    }
    await this.#forget(Object.values(state.files));
    this.#kept = state;
    return state.mark;
  }

  /**
   * Removes what only the state before needed; what stays because the engine is away is waste and no fault.
   * @param kept SHA-256 of files that stay
   */
  async #forget(kept: readonly string[]): Promise<void> {
    await this.#bench.artefacts.remove(outdated(this.#kept, this.#kind, kept)).catch(() => undefined);
  }

  async #commit(): Promise<BadEnd | undefined> {
    const { artefacts, store, engine, worker, emit, stop, inputs, stopSeconds, commitSeconds } = this.#bench;
    const { key, hash, id } = this.claim;
    // A result is worth waiting for, also after the stop signal, for a while.
    const signal = expiry(stop.aborted ? stopSeconds : commitSeconds);
    const { text, record } = await persist(async () => keepCell(artefacts, store.path(key)), signal, this.#gone);
    const { result } = record;
    const other = await persist(async () => engine.commit(worker, this.claim, text, result), signal, this.#gone);
    inputs.know(hash, text);
    await this.#forget(Object.values(record.outputs));
    emit({ event: 'finished', id });
    if (!other) return undefined;
    const alarm =
      `${id} has the result ${result.slice(0, 16)} on ${worker.id}, ` +
      `and ${other.result.slice(0, 16)} on ${other.worker}`;
    emit({ event: 'alarm', id, text: alarm });
    return { end: 'alarm', text: alarm };
  }

  /** Its state is kept, and it is handed back, or counted as a failed try. */
  async #unfinished(outcome: Exclude<Outcome, { outcome: 'finished' }>): Promise<BadEnd | undefined> {
    const { engine, worker, emit, stop, stopSeconds } = this.#bench;
    const { claim } = this;
    const signal = expiry(stopSeconds);
    const mark = await this.#mark();
    const headway = mark !== null && mark !== claim.state?.mark;
    if (headway) await this.#keepState(signal).catch(() => undefined);
    const failed = outcome.outcome === 'failed' ? outcome : undefined;
    // A full disk is this machine's trouble: another one can do it.
    const isUnfit = failed?.final === true && failed.failure.exit_code === EXIT_CODES.environment;
    try {
      if (!failed || isUnfit) {
        // In other hands on this machine: not at once again.
        if (outcome.outcome === 'in_use') await pause(1, stop);
        await persist(async () => engine.giveBack(claim), signal);
        emit({ event: 'handed_back', id: claim.id });
      } else {
        const { failure, final, details } = failed;
        const said = { final, headway, log: `${failure.message}\n${details}\n` };
        const setAside = await persist(async () => engine.fail(worker, claim, failure, said), signal, this.#gone);
        emit({ event: 'failed', id: claim.id, failure, setAside });
      }
    } catch (error) {
      // The engine is away: the hold ends by itself.
      if (!isGone(error)) throw error;
    }
    return isUnfit ? { end: 'unfit', failure: failed.failure } : undefined;
  }

  readonly #gone = (error: Error): void => {
    this.#bench.emit({ event: 'gone', text: error.message });
  };
}
