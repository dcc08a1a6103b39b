// The child's side of the local executor: performs one task after another, until the parent ends it or is gone.
import { type Clock, SYSTEM_CLOCK } from '../base/clock.ts';
import { watchParent } from '../core/parent-watch.ts';
import { failedBy } from './failure.ts';
import type { TaskProgress } from './kind.ts';
import type { ToChild, ToParent } from './messages.ts';
import { outcomeOf, type Workplace } from './outcome.ts';
import type { TaskHooks } from './perform.ts';
import type { Assignment, Outcome } from './performer.ts';

/** Seconds between two reports of progress; the display draws no faster. */
const PROGRESS_SECONDS = 0.2;
const BEAT_SECONDS = 1;
/**
 * Without a parent, a task has so long to come to a safe point; a longer step is dropped and repeated by the next run.
 * A main thread that is not free is not waited for (core/parent-watch.ts).
 */
const ORPHAN_SECONDS = 60;

export interface ServeOptions {
  readonly clock?: Clock;
}

/**
 * Serves the parent; the entry module of children awaits it and exits then, whatever is still running.
 * @param prepare makes kinds and store from what the parent sent; called once, before the first task
 * @returns when the parent said so or is gone and the running task has stopped, or after SIGTERM
 */
export async function serveTasks(
  prepare: (init: unknown) => Promise<Pick<Workplace, 'kinds' | 'store'>>,
  { clock = SYSTEM_CLOCK }: ServeOptions = {},
): Promise<void> {
  watchParent();
  let workplace: Promise<Workplace> | undefined;
  let running: { readonly id: string; readonly controller: AbortController } | undefined;
  let leaving = false;
  const { promise: left, resolve: leave } = Promise.withResolvers<undefined>();

  const performAndTell = async (assignment: Assignment, controller: AbortController): Promise<void> => {
    const { id } = assignment.task;
    const { hooks, end } = hooksOf(id, clock);
    let outcome: Outcome;
    try {
      if (!workplace) throw new Error('a task came before the init message');
      outcome = await outcomeOf(assignment, await workplace, hooks, controller.signal);
    } catch (error) {
      outcome = { outcome: 'failed', ...failedBy(error) };
    }
    end();
    running = undefined;
    await sent({ type: 'ended', id, outcome, bytes: process.memoryUsage.rss() });
    if (leaving) leave(undefined);
  };

  /** Ends this process at the next safe point. */
  const stopAndLeave = (): void => {
    leaving = true;
    void sent({ type: 'leaving' });
    if (!running) leave(undefined);
    running?.controller.abort();
    setTimeout(() => leave(undefined), ORPHAN_SECONDS * 1000).unref();
  };

  process.on('message', (message: ToChild) => {
    switch (message.type) {
      case 'init':
        workplace = prepare(message.init).then((made) => ({ ...made, clock }));
        // A failure is reported with the first task.
        workplace.catch(() => undefined);
        break;
      case 'task': {
        const controller = new AbortController();
        running = { id: message.task.id, controller };
        if (leaving) controller.abort();
        void performAndTell(message, controller);
        break;
      }
      case 'stop':
        if (running?.id === message.id) running.controller.abort();
        break;
      case 'end':
        stopAndLeave();
        break;
    }
  });
  process.on('disconnect', stopAndLeave);
  process.on('SIGTERM', stopAndLeave);
  // The terminal sends these to the whole group; the parent decides.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  const beats = setInterval(() => void sent({ type: 'beat' }), BEAT_SECONDS * 1000);
  if (!process.connected) stopAndLeave();
  await left;
  clearInterval(beats);
}

/** Resolves when the message is on its way; the parent may be gone. */
async function sent(message: ToParent): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

function hooksOf(id: string, clock: Clock): { readonly hooks: TaskHooks; readonly end: () => void } {
  let last = -Infinity;
  let latest: TaskProgress | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!latest) return;
    void sent({ type: 'progress', id, progress: latest });
    latest = undefined;
    last = clock.seconds();
  };
  return {
    hooks: {
      watches: (owner) => void sent({ type: 'watches', id, owner }),
      leased: () => void sent({ type: 'leased', id }),
      said: (text, level) => void sent({ type: 'said', id, text, level }),
      progress: (progress) => {
        latest = progress;
        const wait = last + PROGRESS_SECONDS - clock.seconds();
        if (wait <= 0) flush();
        else timer ??= setTimeout(flush, wait * 1000);
      },
    },
    end: flush,
  };
}
