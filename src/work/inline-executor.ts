// Runs the tasks of a graph in this process, one at a time: for commands of one task, and for tests.
import { type Clock, SYSTEM_CLOCK } from '../base/clock.ts';
import type { Executor } from './executor.ts';
import type { CoreIdentity } from './key.ts';
import type { Kinds } from './kind.ts';
import { outcomeOf } from './outcome.ts';
import type { TaskHooks } from './perform.ts';
import type { Assignment, Attempt, PerformerOf } from './performer.ts';
import { runGraph } from './runner.ts';
import type { Store } from './store.ts';

export interface InlineOptions {
  readonly kinds: Kinds;
  readonly core: CoreIdentity;
  readonly clock?: Clock;
  readonly logOf?: (id: string) => string;
  /** Between two looks at a cell that another process computes. */
  readonly waitSeconds?: number;
}

/** Runs all tasks in this process, one after another. */
export function inlineExecutor({ kinds, core, clock = SYSTEM_CLOCK, logOf, waitSeconds = 1 }: InlineOptions): Executor {
  const performer = inlinePerformer(kinds, clock);
  // A task of this process cannot be ended from outside: it is awaited however long its step is.
  const stopSeconds = 5;
  return {
    run: (graph, store, estimates, slots, signal) =>
      runGraph(
        { kinds, core, performer, clock, logOf, stopSeconds, waitSeconds },
        graph,
        store,
        estimates,
        { ...slots, jobs: 1 },
        signal,
      ),
  };
}

/** Performs tasks in this process. */
export function inlinePerformer(kinds: Kinds, clock: Clock): PerformerOf {
  return (store) => ({
    perform: (assignment, hooks) => performHere(assignment, hooks, kinds, store, clock),
    endIdle: () => undefined,
    close: async () => Promise.resolve(),
  });
}

function performHere(assignment: Assignment, hooks: TaskHooks, kinds: Kinds, store: Store, clock: Clock): Attempt {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const outcome = outcomeOf(assignment, { kinds, store, clock }, hooks, controller.signal);
  return { outcome, stop, kill: stop };
}
