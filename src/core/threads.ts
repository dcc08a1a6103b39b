// Starts one long task on each of N worker threads and waits for all of them. The main thread stays free for signals
// and progress. Threads that stay between calls are thread-pool.ts.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type ErrorDetails, TracelabError } from '../base/errors.ts';
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

/** @param threads most of them; one starts when a call first needs it */
export function createWorkers(threads: number): Piscina {
  const workers = new Piscina({ minThreads: 0, maxThreads: threads, idleTimeout: Infinity, atomics: 'disabled' });
  // Of a worker that fails while it has no task; the call that waits for it listens, too.
  workers.on('error', () => undefined);
  return workers;
}

/**
 * Runs a call on workers that have nothing else to do. After an error they are of no use any more.
 * @throws the error of the thread that failed first, after all have stopped; a TracelabError as one
 * @throws TracelabError THREAD_STUCK (environment) as the watch has it
 * @throws TracelabError THREAD_START (environment) when the system refuses a thread
 * @throws TracelabError THREADS_ABANDONED (bug, as its caller expects it)
 */
export async function runOnWorkers<Shared, Message>(
  workers: Piscina,
  { entry, threads, shared, onMessage, onEnd, control: { watch, abandon } = {} }: ThreadCall<Shared, Message>,
): Promise<void> {
  // In the order of time.
  const failures: unknown[] = [];
  let grace: NodeJS.Timeout | undefined;
  const giveUp = (error: unknown): void => {
    failures.push(error);
    grace ??= setTimeout(() => {
      void workers.destroy();
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
    void workers.destroy();
  };
  abandon?.addEventListener('abort', abandonAll);
  // A worker that cannot start never takes its task from the queue.
  const onWorkerError = (error: unknown): void => {
    failures.push(startError(error, threads) ?? error);
    void workers.destroy();
  };
  workers.on('error', onWorkerError);
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
        const details = (await workers.run(task, { filename: entry.href, transferList })) as ErrorDetails | undefined;
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
    workers.off('error', onWorkerError);
    abandon?.removeEventListener('abort', abandonAll);
  }
}

/** The refusal of a thread that the system did not let start; undefined for any other error. */
function startError(error: unknown, threads: number): TracelabError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_WORKER_INIT_FAILED' && code !== 'ERR_WORKER_OUT_OF_MEMORY') return undefined;
  return new TracelabError({
    code: 'THREAD_START',
    kind: 'environment',
    where: 'threads',
    what: 'the system refuses a thread',
    expected: `files, processes and memory for ${threads} thread${threads === 1 ? '' : 's'}`,
    got: message.replace(/^Worker initialization failure: /, ''),
    hint: 'raise the limits of open files (ulimit -n) and processes (ulimit -u), or give fewer --threads',
    cause: error,
  });
}

/** A worker that does not even notice that it is ended must not keep its caller: the process ends with the caller. */
export async function endWorkers(workers: Piscina): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GRACE);
  });
  await Promise.race([workers.destroy(), enough]);
  clearTimeout(timer);
}
