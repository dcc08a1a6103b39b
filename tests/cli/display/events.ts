// Events of an executor, made up for tests of the display.
import type { TaskEvent, TaskFailure } from '../../../src/work/executor.ts';
import type { TaskProgress } from '../../../src/work/kind.ts';

export const started = (id: string, threads = 1, attempt = 1): TaskEvent => ({
  event: 'started',
  id,
  threads,
  attempt,
});

export const progress = (id: string, share: number, rest: Partial<TaskProgress> = {}): TaskEvent => ({
  event: 'progress',
  id,
  progress: { share, tokens_per_second: 12_345, seconds_left: 252, words: 'loss 0.312', detail: null, ...rest },
});

export const finished = (id: string, seconds = 252, reused = false): TaskEvent => ({
  event: 'finished',
  id,
  reused,
  finished: {
    hash: 'a'.repeat(64),
    result: 'b'.repeat(64),
    seconds,
    outputs: { 'metrics.jsonl': 'c'.repeat(64) },
    summary: { loss: 0.3 },
    directory: `/runs/cells/${id}`,
  },
});

const FAILURE: TaskFailure = {
  code: 'CHILD_DIED',
  message: 'error[CHILD_DIED] train-correct-seed1: the process of the task ended with signal SIGKILL',
  exit_code: 4,
};

export const note = (id: string, text: string, level: 'note' | 'warning' = 'note'): TaskEvent => ({
  event: 'said',
  id,
  level,
  text,
});

export const retried = (id: string, attempt = 1): TaskEvent => ({ event: 'retried', id, failure: FAILURE, attempt });

export const setAside = (id: string, blocked: readonly string[] = [], log: string | null = null): TaskEvent => ({
  event: 'set_aside',
  id,
  failure: FAILURE,
  log,
  blocked,
});

export const stopped = (id: string): TaskEvent => ({ event: 'stopped', id });

export const waiting = (id: string, owner = 'process 71 on atlas'): TaskEvent => ({ event: 'waiting', id, owner });
