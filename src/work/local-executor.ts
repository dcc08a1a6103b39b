// Runs the tasks of a graph side by side in child processes of this one, until every core has work.
import { type Clock, SYSTEM_CLOCK } from '../base/clock.ts';
import { CHILD_LIMITS, type ChildEntry, type ChildLimits, childPerformer } from './children.ts';
import type { Executor } from './executor.ts';
import type { CoreIdentity } from './key.ts';
import type { Kinds } from './kind.ts';
import { runGraph } from './runner.ts';

export interface LocalOptions extends ChildEntry {
  /** The same that the entry module of the children has. */
  readonly kinds: Kinds;
  readonly core: CoreIdentity;
  /** Absolute path of the log of a task: what its processes print, and failures of its tries. */
  readonly logOf?: (id: string) => string;
  /** The second Ctrl-C: ends all children at once. */
  readonly killed?: AbortSignal;
  readonly clock?: Clock;
  readonly limits?: Partial<LocalLimits>;
}

/** Times and sizes; tests choose shorter ones. */
export interface LocalLimits extends ChildLimits {
  /** From the stop signal until children that have not come to a safe point are ended. */
  readonly stopSeconds: number;
  /** Between two looks at a cell that another process computes. */
  readonly waitSeconds: number;
}

const LIMITS: LocalLimits = { ...CHILD_LIMITS, stopSeconds: 5, waitSeconds: 1 };

/** Runs tasks in child processes of this machine. */
export function localExecutor({
  kinds,
  core,
  logOf,
  killed,
  clock = SYSTEM_CLOCK,
  ...options
}: LocalOptions): Executor {
  const limits = { ...LIMITS, ...options.limits };
  return {
    run: (graph, store, estimates, slots, signal) =>
      runGraph(
        {
          kinds,
          core,
          performer: () => childPerformer(options, limits, logOf),
          clock,
          logOf,
          killed,
          stopSeconds: limits.stopSeconds,
          waitSeconds: limits.waitSeconds,
        },
        graph,
        store,
        estimates,
        slots,
        signal,
      ),
  };
}
