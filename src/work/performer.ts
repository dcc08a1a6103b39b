// The seam between the run of a graph and where a single task is performed: in this process, or in a child.
import type { TaskFailure } from './executor.ts';
import type { CellKey } from './key.ts';
import type { TaskHooks } from './perform.ts';
import type { Store } from './store.ts';
import type { Finished, Task } from './task.ts';

/** A task that is ready: keys and needs are resolved once, where the graph is run. */
export interface Assignment {
  readonly task: Task;
  readonly key: CellKey;
  /** By role. */
  readonly needs: Readonly<Record<string, Finished>>;
  readonly threads: number;
}

/** How a try ended; plain data. */
export type Outcome =
  | { readonly outcome: 'finished'; readonly finished: Finished; readonly reused: boolean }
  | { readonly outcome: 'stopped' }
  | { readonly outcome: 'in_use'; readonly owner: string }
  /** Ended by what is not the task's fault: a lost lease, a preempted machine. Never counts as a failed try. */
  | { readonly outcome: 'interrupted'; readonly failure: TaskFailure; /** For the log. */ readonly details: string }
  | {
      readonly outcome: 'failed';
      readonly failure: TaskFailure;
      /** Another try cannot help. */
      readonly final: boolean;
      /** For the log. */
      readonly details: string;
    };

export interface Attempt {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Asks the task to save and stop at its next safe point. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

export interface Performer {
  perform(assignment: Assignment, hooks: TaskHooks): Attempt;
  /** Ends processes that wait for a task, until all that still wait hold at most this many bytes of memory. */
  endIdle(bytes: number): void;
  /** Ends what is left of it; resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

/** Makes a performer for the time of one run. */
export type PerformerOf = (store: Store) => Performer;
