// Worker threads that stay alive between calls. Each call starts one long task on each of them and waits for all, as
// runThreads does for one call alone.
import { createWorkers, endWorkers, runOnWorkers } from './threads.ts';
import type { Reply, Workers } from './threads.ts';

/** Worker threads that are kept between calls. One call at a time. */
export class ThreadPool implements AsyncDisposable {
  readonly threads: number;
  private workers: Workers | undefined;
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
      this.workers ??= createWorkers(this.threads);
      await runOnWorkers(this.workers, { entry, threads, shared, onMessage });
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
    if (workers) await endWorkers(workers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
