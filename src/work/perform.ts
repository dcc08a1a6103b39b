// Performs one task in this process: lease, work, record. The only place that does so; executors differ in where they
// call it.
import type { Clock } from '../base/clock.ts';
import { TracelabError } from '../base/errors.ts';
import { cellLost } from './failure.ts';
import type { CellKey } from './key.ts';
import type { Kind, TaskProgress, Work } from './kind.ts';
import { checkNeeds } from './recorded-files.ts';
import type { Store } from './store.ts';
import type { Finished } from './task.ts';

/** What a running task reports to whoever started it. */
export interface TaskHooks {
  /** The cell's owner is on another host and may be dead: its lease is waited for. */
  readonly watches: (owner: string) => void;
  /** The cell is in the hands of this process and its work begins. */
  readonly leased: () => void;
  readonly progress: (progress: TaskProgress) => void;
  readonly said: (text: string, level: 'note' | 'warning') => void;
}

export interface Performance {
  readonly kind: Kind;
  readonly config: unknown;
  readonly key: CellKey;
  /** Finished results by role. */
  readonly needs: Readonly<Record<string, Finished>>;
  readonly store: Store;
  readonly threads: number;
  /** Aborted: the task saves its state and stops at its next safe point. */
  readonly signal: AbortSignal;
  readonly hooks: TaskHooks;
  readonly clock: Clock;
}

export type Performed =
  | { readonly finished: Finished; /** Another process had finished it. */ readonly reused: boolean }
  | { readonly stopped: true };

/**
 * Runs the task of a key, unless its finished record is in the store once the lease is ours: another process may just
 * have finished it.
 * @returns the record, or `stopped` after the signal
 * @throws TracelabError CELL_IN_USE while another owner has the cell; CELL_LOST when another has taken it over;
 * CELL_DAMAGED, FILE_CHANGED when a file that the
 * task reads is not the one of its hash, before the work or after it; whatever the kind or the store throws
 */
export async function perform(performance: Performance): Promise<Performed> {
  const { kind, key, store, clock } = performance;
  const lost = new AbortController();
  const isLost = (): boolean => lost.signal.aborted;
  const lease = await store.lease(key, {
    signal: performance.signal,
    onWatch: performance.hooks.watches,
    onLost: () => lost.abort(),
  });
  // Who has lost the lease stops at the next safe point, as after the signal.
  const signal = AbortSignal.any([performance.signal, lost.signal]);
  const wasStopped = (): boolean => signal.aborted;
  const release = (): void => lease.release();
  process.once('exit', release);
  try {
    const before = await store.finished(key);
    if (before) return { finished: before, reused: true };
    if (wasStopped()) return { stopped: true };
    // Here and now: the process that found them whole may be another one.
    await checkNeeds(performance.needs);
    performance.hooks.leased();
    const start = clock.seconds();
    const summary = await kind.run(workOf({ ...performance, signal }, lease.directory));
    const seconds = clock.seconds() - start;
    if (summary !== null) {
      // What changed while it was read must not become a result under the old hash.
      await checkNeeds(performance.needs);
      return { finished: await lease.commit(kind.outputs, kind.state, summary, seconds), reused: false };
    }
    if (!wasStopped() || isLost()) throw endedEarly(kind.name);
    await lease.stop(seconds);
    return { stopped: true };
  } catch (error) {
    // Whatever failed in a folder that another process works in.
    throw isLost()
      ? cellLost(lease.directory, 'another process has taken over this cell', 'that of another', error)
      : error;
  } finally {
    release();
    process.off('exit', release);
  }
}

function workOf(performance: Performance, directory: string): Work<unknown> {
  const { kind, config, needs, threads, signal, hooks } = performance;
  const needIfAny = (role: string): Finished | undefined => (Object.hasOwn(needs, role) ? needs[role] : undefined);
  return {
    config,
    directory,
    need: (role) => {
      const found = needIfAny(role);
      if (found) return found;
      throw new TracelabError({
        code: 'NEED_MISSING',
        kind: 'refused_input',
        where: `task of kind ${kind.name}`,
        what: `needs no task as "${role}"`,
        expected: `"${role}" among its needs`,
        got: Object.keys(needs).join(', ') || 'none',
        hint: 'add it to `needs` of the task in the graph',
      });
    },
    needIfAny,
    threads,
    signal,
    progress: hooks.progress,
    say: (text, level = 'note') => hooks.said(text, level),
  };
}

function endedEarly(name: string): TracelabError {
  return new TracelabError({
    code: 'TASK_ENDED_EARLY',
    kind: 'bug',
    where: `task of kind ${name}`,
    what: 'ended without a summary although nothing stopped it',
    expected: 'a summary',
    got: 'none',
    hint: 'run again with --debug, and report it',
  });
}
