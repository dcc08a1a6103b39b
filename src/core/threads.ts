// Starts one long task on each of N worker threads and waits for all of them. The main thread stays free for signals and progress.
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

/** Milliseconds that threads have to end by themselves after one has failed. One that died without a word leaves others asleep for ever. */
const GRACE = 1000;

/**
 * Runs the default export of `entry`, a `threadWork`, once on each thread.
 * @param entry module URL; a `.ts` entry of a built package is looked for as `.js` by the caller
 * @param shared plain data, SharedArrayBuffers, a wasm memory and module: cloned to every thread
 * @param onMessage messages that threads post, in order per thread, and a way to answer the one that posted
 * @param onEnd told each thread that has ended, whatever ended it
 * @throws the error of the thread that failed first, after all have stopped; a TracelabError as one
 * @throws TracelabError THREAD_STUCK (environment) as the watch has it; THREADS_ABANDONED (bug, as its caller expects it)
 */
export async function runThreads<Shared, Message>(
  entry: URL,
  threads: number,
  shared: Shared,
  onMessage: (message: Message, thread: number, reply: Reply) => void,
  onEnd?: (thread: number) => void,
  { watch, abandon }: ThreadControl = {},
): Promise<void> {
  const pool = new Piscina({
    filename: entry.href,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: 0,
    atomics: 'disabled',
  });
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
      new TracelabError({ code: 'THREADS_ABANDONED', kind: 'bug', where: 'threads', what: 'ended in the middle' }),
    );
    void pool.destroy();
  };
  abandon?.addEventListener('abort', abandonAll);
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
        const details = (await pool.run(task, { transferList: [port2] as unknown as TransferList })) as
          ErrorDetails | undefined;
        if (details) throw new TracelabError(details);
        // The thread closes its end after its last message: everything it posted has been handled.
        await drained;
      } catch (error) {
        giveUp(error);
      } finally {
        port1.close();
      }
    });
    await Promise.all(tasks);
    // Threads that waited for the one that failed may end before it.
    if (failures.length > 0)
      throw (
        failures.find((error) => !(error instanceof TracelabError && error.code === 'THREAD_ABORTED')) ?? failures[0]
      );
  } finally {
    clearTimeout(grace);
    unwatch?.();
    abandon?.removeEventListener('abort', abandonAll);
    await endPool(pool);
  }
}

/** A worker that does not even notice that it is ended must not keep its caller: the process ends with the caller. */
async function endPool(pool: Piscina): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GRACE);
  });
  await Promise.race([pool.destroy(), enough]);
  clearTimeout(timer);
}
