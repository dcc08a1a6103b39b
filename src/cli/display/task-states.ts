// Where every task is: a fold over the events of an executor. Knows no words and no terminal.
import type { TaskEvent } from '../../work/executor.ts';
import type { TaskProgress } from '../../work/kind.ts';

export interface TaskState {
  readonly id: string;
  /** `elsewhere`: another process computes the same cell. `retried`: waits for its next try. */
  readonly state: 'running' | 'elsewhere' | 'retried' | 'done' | 'reused' | 'set_aside' | 'blocked' | 'stopped';
  readonly threads: number;
  /** When its newest try started, in seconds. */
  readonly startedAt: number;
  /** Share of the first report of this run: what an earlier run left behind. */
  readonly firstShare: number | undefined;
  readonly progress: TaskProgress | undefined;
  /** When the newest report came. */
  readonly progressAt: number;
}

export interface TaskCounts {
  /** Reused ones among them. */
  readonly done: number;
  readonly reused: number;
  readonly running: number;
  readonly waiting: number;
  readonly setAside: number;
  /** Will not run, since a task that they need was set aside. */
  readonly blocked: number;
  readonly stopped: number;
  readonly of: number;
}

/** The state of each task, learned from the events of an executor, and their counts. */
export class TaskStates {
  readonly total: number;
  private readonly states = new Map<string, TaskState>();
  private begun: number | undefined;

  constructor(total: number) {
    this.total = total;
  }

  /** @param now seconds */
  learn(event: TaskEvent, now: number): void {
    const { id } = event;
    switch (event.event) {
      case 'started':
        this.begun ??= now;
        this.put(id, { state: 'running', threads: event.threads, startedAt: now }, true);
        break;
      case 'progress': {
        const firstShare = this.states.get(id)?.firstShare ?? event.progress.share;
        this.put(id, { state: 'running', progress: event.progress, progressAt: now, firstShare });
        break;
      }
      case 'said':
        break;
      case 'waiting':
        this.put(id, { state: 'elsewhere' }, true);
        break;
      case 'finished':
        this.put(id, { state: event.reused ? 'reused' : 'done' });
        break;
      case 'stopped':
        this.put(id, { state: 'stopped' });
        break;
      case 'retried':
        this.put(id, { state: 'retried' }, true);
        break;
      case 'set_aside':
        this.put(id, { state: 'set_aside' });
        for (const blocked of event.blocked) this.put(blocked, { state: 'blocked' });
        break;
      default:
        event satisfies never;
    }
  }

  /** State of a task; undefined before its first event. */
  get(id: string): TaskState | undefined {
    return this.states.get(id);
  }

  /** States of all tasks with an event, in the order of their first events. */
  all(): IteratorObject<TaskState> {
    return this.states.values();
  }

  /** In the order in which they started. */
  running(): TaskState[] {
    return [...this.states.values()].filter(({ state }) => state === 'running');
  }

  /** When the first task started; undefined before. */
  get startedAt(): number | undefined {
    return this.begun;
  }

  /** Number of tasks in each state; tasks without an event are waiting. */
  counts(): TaskCounts {
    const count = (...states: readonly TaskState['state'][]): number =>
      [...this.states.values()].filter(({ state }) => states.includes(state)).length;
    const [reused, running, setAside] = [count('reused'), count('running'), count('set_aside')];
    const [blocked, stopped] = [count('blocked'), count('stopped')];
    const done = reused + count('done');
    const waiting = Math.max(0, this.total - done - running - setAside - blocked - stopped);
    return { done, reused, running, waiting, setAside, blocked, stopped, of: this.total };
  }

  /** @param afresh forgets what an earlier try reported, but not where the first one began */
  private put(id: string, change: Partial<TaskState> & Pick<TaskState, 'state'>, afresh = false): void {
    const before = this.states.get(id);
    // Moved to the end: tasks are listed by when they started.
    if (afresh) this.states.delete(id);
    const blank = { id, threads: 1, startedAt: 0, progress: undefined, progressAt: 0 };
    this.states.set(id, { ...blank, firstShare: before?.firstShare, ...(afresh ? {} : before), ...change });
  }
}

/** Seconds; what takes longer is no estimate. */
export const FOREVER = 1e9;

/**
 * What a running task still needs, by its newest report; null when it does not know.
 * @param now seconds
 */
export function secondsLeft({ progress, progressAt }: TaskState, now: number): number | null {
  const left = progress?.seconds_left ?? null;
  return left === null || !(left < FOREVER) ? null : Math.max(0, left - Math.max(0, now - progressAt));
}
