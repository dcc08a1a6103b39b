// Starts one long task on each of N worker threads and waits for all of them. The main thread stays free for signals
// and progress. Threads that stay between calls are thread-pool.ts.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { FixedQueue, Piscina } from 'piscina';
import { type ErrorDetails, TracelabError } from '../base/errors.ts';
import { type Shortage, shortageOfThreads } from '../base/process-limits.ts';
import { type Watch, watchProgress } from './thread-watch.ts';

/** What piscina hands to postMessage; its own type needs the browser's. */
type TransferList = NonNullable<NonNullable<Parameters<Piscina['run']>[1]>['transferList']>;

/** A task as a thread gets it. */
export interface ThreadTask<Shared> {
  readonly shared: Shared;
  /** 0..threads-1; thread 0 leads. */
  readonly thread: number;
  readonly threads: number;
  /** To the main thread. */
  readonly port: MessagePort;
}

/** Sends a message to the thread's port; what is listed in `transfer` moves there instead of being copied. */
export type Reply = (message: unknown, transfer?: readonly ArrayBuffer[]) => void;

/** How a run of threads may end before its work is done. */
export interface ThreadControl {
  /** Fails the run when its threads make no headway. */
  readonly watch?: Watch;
  /** Ends the threads in the middle of whatever they do. */
  readonly abandon?: AbortSignal;
}

/** What each of some threads is to do. */
export interface ThreadCall<Shared, Message> {
  /**
   * Module URL; a `.ts` entry of a built package is looked for as `.js` by the caller. Its default export is a
   * `threadWork`.
   */
  readonly entry: URL;
  readonly threads: number;
  /** Plain data, SharedArrayBuffers, a wasm memory and module: cloned to every thread. */
  readonly shared: Shared;
  /** Messages that threads post, in order per thread, and a way to answer the one that posted. */
  readonly onMessage: (message: Message, thread: number, reply: Reply) => void;
  /** Called with each thread that has ended, for any reason. */
  readonly onEnd?: ((thread: number) => void) | undefined;
  readonly control?: ThreadControl;
}

/**
 * Milliseconds that threads have to end by themselves after one has failed. A thread that died silently leaves others
 * waiting endlessly.
 */
const GRACE = 1000;

/**
 * Runs the default export of `entry`, a `threadWork`, once on each thread of its own, which end with the call.
 * @param entry module URL; a `.ts` entry of a built package is looked for as `.js` by the caller
 * @param shared plain data, SharedArrayBuffers, a wasm memory and module: cloned to every thread
 * @param onMessage messages that threads post, in order per thread, and a way to answer the one that posted
 * @param onEnd called with each thread that has ended, for any reason
 * @throws what runOnWorkers throws
 */
export async function runThreads<Shared, Message>(
  entry: URL,
  threads: number,
  shared: Shared,
  onMessage: (message: Message, thread: number, reply: Reply) => void,
  onEnd?: (thread: number) => void,
  control: ThreadControl = {},
): Promise<void> {
  const workers = createWorkers(threads);
  try {
    await runOnWorkers(workers, { entry, threads, shared, onMessage, onEnd, control });
  } finally {
    await endWorkers(workers);
  }
}

/**
 * Tasks that wait for a worker. piscina queues a task and then starts a worker for it; when the system refuses that,
 * nobody holds the promise of the task, and its rejection at the end would end the process.
 */
class WaitingTasks extends FixedQueue {
  private last: Parameters<FixedQueue['push']>[0] | undefined;

  override push(task: Parameters<FixedQueue['push']>[0]): void {
    this.last = task;
    super.push(task);
  }

  /** Drops the task that was queued last. */
  forgetLast(): void {
    if (this.last) this.remove(this.last);
    this.last = undefined;
  }
}

export interface Workers {
  readonly pool: Piscina;
  readonly waiting: WaitingTasks;
}

/** @param threads most of them; one starts when a call first needs it */
export function createWorkers(threads: number): Workers {
  const waiting = new WaitingTasks();
  const pool = new Piscina({
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: Infinity,
    atomics: 'disabled',
    taskQueue: waiting,
  });
  // Of a worker that fails while it has no task; the call that waits for it listens, too.
  pool.on('error', () => undefined);
  return { pool, waiting };
}

/** Starts a task. Unlike `pool.run`, it leaves no task behind when the system refuses its thread. */
async function runTask(
  { pool, waiting }: Workers,
  task: unknown,
  options: NonNullable<Parameters<Piscina['run']>[1]>,
): Promise<unknown> {
  let running: Promise<unknown>;
  try {
    running = pool.run(task, options);
  } catch (error) {
    waiting.forgetLast();
    throw error;
  }
  return running;
}

/**
 * Runs a call on workers that have nothing else to do. After an error they are of no use any more.
 * @throws the error of the thread that failed first, after all have stopped; a TracelabError as one
 * @throws TracelabError THREAD_STUCK (environment) as the watch has it
 * @throws TracelabError THREAD_START (environment) when the system refuses a thread
 * @throws TracelabError THREADS_ABANDONED (bug, as its caller expects it)
 */
export async function runOnWorkers<Shared, Message>(
  workers: Workers,
  { entry, threads, shared, onMessage, onEnd, control: { watch, abandon } = {} }: ThreadCall<Shared, Message>,
): Promise<void> {
  const { pool } = workers;
  const shortage = shortageOfThreads(threads - pool.threads.length);
  if (shortage) throw refused(shortage);
  // In the order of time.
  const failures: unknown[] = [];
  let grace: NodeJS.Timeout | undefined;
  const giveUp = (error: unknown): void => {
    failures.push(error);
    grace ??= setTimeout(() => {
      void pool.destroy();
    }, GRACE);
  };
  const unwatch = watch
    ? watchProgress(watch, (error) => {
        giveUp(error);
        watch.release();
      })
    : undefined;
  const abandonAll = (): void => {
    failures.push(
      new TracelabError({
        code: 'THREADS_ABANDONED',
        kind: 'bug',
        where: 'threads',
        what: 'ended in the middle',
        expected: 'an answer of every thread',
        got: 'none',
        hint: 'run again with --debug, and report it',
      }),
    );
    void pool.destroy();
  };
  abandon?.addEventListener('abort', abandonAll);
  // A worker that cannot start never takes its task from the queue.
  const onWorkerError = (error: unknown): void => {
    failures.push(startError(error, threads) ?? error);
    void pool.destroy();
  };
  pool.on('error', onWorkerError);
  try {
    const tasks = Array.from({ length: threads }, async (_, thread) => {
      const { port1, port2 } = new MessageChannel();
      const drained = new Promise<void>((resolve) => {
        port1.once('close', () => {
          onEnd?.(thread);
          resolve();
        });
      });
      const reply: Reply = (message, transfer = []) => {
        port1.postMessage(message, [...transfer]);
      };
      port1.on('message', (message: Message) => {
        onMessage(message, thread, reply);
      });
      const task: ThreadTask<Shared> = { shared, thread, threads, port: port2 };
      try {
        const transferList = [port2] as unknown as TransferList;
        const details = (await runTask(workers, task, { filename: entry.href, transferList })) as
          ErrorDetails | undefined;
        // The thread closes its end after its last message: everything it posted has been handled.
        await drained;
        if (details) throw new TracelabError(details);
      } catch (error) {
        giveUp(startError(error, threads) ?? error);
      } finally {
        port1.close();
      }
    });
    await Promise.all(tasks);
    // Threads that waited for the one that failed may end before it.
    const isCause = (error: unknown): boolean => !(error instanceof TracelabError && error.code === 'THREAD_ABORTED');
    if (failures.length > 0) throw failures.find(isCause) ?? failures[0];
  } finally {
    clearTimeout(grace);
    unwatch?.();
    pool.off('error', onWorkerError);
    abandon?.removeEventListener('abort', abandonAll);
  }
}

/** The refusal of a thread that the system did not let start or work; undefined for any other error. */
function startError(error: unknown, threads: number): TracelabError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return refused({
      expected: 'a heap that is large enough',
      got: message,
      hint: 'give node a larger --max-old-space-size, or fewer --threads',
    });
  if (code !== 'ERR_WORKER_INIT_FAILED') return undefined;
  return refused(
    {
      expected: `files, processes and memory for ${counted(threads)}`,
      got: message.replace(/^Worker initialization failure: /, ''),
      hint: 'raise the limits of open files (ulimit -n) and processes (ulimit -u), or give fewer --threads',
    },
    error,
  );
}

function refused({ expected, got, hint }: Shortage, cause?: unknown): TracelabError {
  return new TracelabError({
    code: 'THREAD_START',
    kind: 'environment',
    where: 'threads',
    what: 'the system refuses a thread',
    expected,
    got,
    hint,
    cause,
  });
}

function counted(threads: number): string {
  return `${threads} thread${threads === 1 ? '' : 's'}`;
}

/** A worker that does not even notice that it is ended must not keep its caller: the process ends with the caller. */
export async function endWorkers({ pool }: Workers): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GRACE);
  });
  await Promise.race([pool.destroy(), enough]);
  clearTimeout(timer);
}
