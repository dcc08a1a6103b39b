// Performs an assignment in this process and returns its outcome as plain data that can be sent to another process.
import type { Clock } from '../base/clock.ts';
import { failedBy, ownerIn } from './failure.ts';
import type { Kinds } from './kind.ts';
import { perform, type TaskHooks } from './perform.ts';
import type { Assignment, Outcome } from './performer.ts';
import type { Store } from './store.ts';

/** What a process has to perform tasks with. */
export interface Workplace {
  readonly kinds: Kinds;
  readonly store: Store;
  readonly clock: Clock;
}

/** Never rejects. */
export async function outcomeOf(
  { task, key, needs, threads }: Assignment,
  { kinds, store, clock }: Workplace,
  hooks: TaskHooks,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const kind = kinds.get(task.kind);
    if (!kind) throw new Error(`no kind ${task.kind} of task ${task.id}`);
    const result = await perform({ kind, config: task.config, key, needs, store, threads, signal, hooks, clock });
    return 'stopped' in result ? { outcome: 'stopped' } : { outcome: 'finished', ...result };
  } catch (error) {
    const owner = ownerIn(error);
    if (owner !== undefined) return { outcome: 'in_use', owner };
    const failed = failedBy(error);
    return failed.failure.code === 'CELL_LOST'
      ? { outcome: 'interrupted', failure: failed.failure, details: failed.details }
      : { outcome: 'failed', ...failed };
  }
}
