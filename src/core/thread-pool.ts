// Worker threads that stay alive between calls. Each call starts one long task on each of them and waits for all, as
// runThreads does for one call alone. The main thread stays free for signals and progress.
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type ErrorDetails, TracelabError } from '../base/errors.ts';
import type { Reply, ThreadTask } from './threads.ts';

/** What piscina hands to postMessage; its own type needs the browser's. */
type TransferList = NonNullable<NonNullable<Parameters<Piscina['run']>[1]>['transferList']>;

/**
 * Milliseconds that threads have to end by themselves after one has failed. One that died silently leaves others asleep
 * for ever.
 */
const GRACE = 1000;

export class ThreadPool implements AsyncDisposable {
  readonly threads: number;
  private workers: Piscina | undefined;
  private isRunning = false;

  /** @param threads most of one call; a thread starts when a call first needs it */
  constructor(threads: number) {
    this.threads = threads;
  }

  /**
   * Runs the default export of `entry`, a `threadWork`, once on each of `threads` threads. One call at a time.
   * @param entry module URL; a `.ts` entry of a built package is looked for as `.js` by the caller
   * @param shared plain data, SharedArrayBuffers, a wasm memory and module: cloned to every thread
   * @param onMessage messages that threads post, in order per thread, and a way to answer the one that posted
   * @throws the error of the thread that failed first, after all have stopped; the next call gets new threads
   */
  async run<Shared, Message>(
    entry: URL,
    threads: number,
    shared: Shared,
    onMessage: (message: Message, thread: number, reply: Reply) => void,
  ): Promise<void> {
    if (threads > this.threads) throw new Error(`${threads} threads of ${this.threads}`);
    if (this.isRunning) throw new Error('two calls of one thread pool at once');
    this.isRunning = true;
    try {
      await this.runAll(entry, threads, shared, onMessage);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      this.isRunning = false;
    }
  }

  /** Ends the threads. A later call starts new ones. */
  async close(): Promise<void> {
    const { workers } = this;
    this.workers = undefined;
    await workers?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async runAll<Shared, Message>(
    entry: URL,
    threads: number,
    shared: Shared,
    onMessage: (message: Message, thread: number, reply: Reply) => void,
  ): Promise<void> {
    this.workers ??= new Piscina({
      minThreads: 0,
      maxThreads: this.threads,
      idleTimeout: Infinity,
      atomics: 'disabled',
    });
    const { workers } = this;
    // In the order of time.
    const failures: unknown[] = [];
    let grace: NodeJS.Timeout | undefined;
    const tasks = Array.from({ length: threads }, async (_, thread) => {
      const { port1, port2 } = new MessageChannel();
      const drained = new Promise<void>((resolve) => {
        port1.once('close', resolve);
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
        if (details) throw new TracelabError(details);
        // The thread closes its end after its last message: everything it posted has been handled.
        await drained;
      } catch (error) {
        failures.push(error);
        grace ??= setTimeout(() => {
          void workers.destroy();
        }, GRACE);
      } finally {
        port1.close();
      }
    });
    await Promise.all(tasks);
    clearTimeout(grace);
    // Threads that waited for the one that failed may end before it.
    const isCause = (error: unknown): boolean => !(error instanceof TracelabError && error.code === 'THREAD_ABORTED');
    if (failures.length > 0) throw failures.find(isCause) ?? failures[0];
  }
}
