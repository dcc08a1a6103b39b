// A thread that meets the others of its call and posts which worker it is.
import { threadId } from 'node:worker_threads';
import { Barrier } from '../../src/core/barrier.ts';
import { threadWork } from '../../src/core/thread-work.ts';
import type { ThreadTask } from '../../src/core/threads.ts';

export interface PostingShared {
  /** Of a barrier for all threads of the call. */
  readonly words: Int32Array<SharedArrayBuffer>;
}

export default async function postingThread({
  shared,
  threads,
  port,
}: ThreadTask<PostingShared>): ReturnType<typeof threadWork> {
  return threadWork(port, () => {
    new Barrier(shared.words, threads).wait();
    port.postMessage(threadId);
  });
}
