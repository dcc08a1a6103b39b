// The seam between a graph and whatever runs its tasks: children of this process, a queue in a database, a cluster. One
// stream of events each.
import type { Estimate, TaskProgress } from './kind.ts';
import type { Store } from './store.ts';
import type { Finished, Graph } from './task.ts';

/** What may be used. */
export interface Slots {
  /** In all. */
  readonly threads: number;
  /** Tasks side by side. */
  readonly jobs: number;
  /** Memory of all tasks together. */
  readonly bytes: number;
}

/** A failure as plain data, since it may come from another process. */
export interface TaskFailure {
  readonly code: string;
  /** The one line that a user reads. */
  readonly message: string;
  readonly exit_code: number;
}

export type TaskEvent =
  | {
      readonly event: 'started';
      readonly id: string;
      readonly threads: number;
      /** Counts from 1. */ readonly attempt: number;
    }
  | { readonly event: 'progress'; readonly id: string; readonly progress: TaskProgress }
  | { readonly event: 'said'; readonly id: string; readonly level: 'note' | 'warning'; readonly text: string }
  /** Another process has the lease of the cell: it computes the same, or it died on another host. */
  | { readonly event: 'waiting'; readonly id: string; readonly owner: string }
  | { readonly event: 'finished'; readonly id: string; readonly finished: Finished; readonly reused: boolean }
  | { readonly event: 'stopped'; readonly id: string }
  /** A try ended without the task being finished; it is tried again. */
  | { readonly event: 'retried'; readonly id: string; readonly failure: TaskFailure; readonly attempt: number }
  /** Given up; `blocked` are the tasks that need it and will not run. */
  | {
      readonly event: 'set_aside';
      readonly id: string;
      readonly failure: TaskFailure;
      readonly log: string | null;
      readonly blocked: readonly string[];
    };

export interface Executor {
  /**
   * Runs every task of the graph that is not finished, each after its needs; finished ones are reported as reused. Ends
   * when all are finished, set aside or blocked, or, after the signal, when all are stopped at safe points.
   * @param estimates by task id, for order and threads
   */
  run(
    graph: Graph,
    store: Store,
    estimates: ReadonlyMap<string, Estimate>,
    slots: Slots,
    signal: AbortSignal,
  ): AsyncIterable<TaskEvent>;
}
