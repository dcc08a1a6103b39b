// One of two threads that meet at a barrier: thread 1 does not come, in the way that the test chooses.
import { TracelabError } from '../../src/base/errors.ts';
import { Barrier, BARRIER_WORDS } from '../../src/core/barrier.ts';
import { threadWork } from '../../src/core/thread-work.ts';
import type { ThreadTask } from '../../src/core/threads.ts';

export interface FailingShared {
  /** Of the barrier; then a count of what each thread has done. */
  readonly words: Int32Array;
  readonly way: 'error' | 'refusal' | 'exit' | 'exit 0' | 'spin' | 'none';
}

export default async function failingThread({
  shared: { words, way },
  thread,
  threads,
  port,
}: ThreadTask<FailingShared>): ReturnType<typeof threadWork> {
  const barrier = new Barrier(words.subarray(0, BARRIER_WORDS), threads);
  return threadWork(
    port,
    () => {
      Atomics.add(words, BARRIER_WORDS + thread, 1);
      port.postMessage('started');
      if (thread === 1) fail(way);
      barrier.wait();
    },
    () => {
      barrier.abort();
    },
  );
}

function fail(way: FailingShared['way']): void {
  if (way === 'none') return;
  // The other thread sleeps by then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  if (way === 'exit') process.exit(1);
  if (way === 'exit 0') process.exit(0);
  if (way === 'error') throw new RangeError('the real cause');
  if (way === 'spin') for (;;);
  throw new TracelabError({
    code: 'REFUSED',
    kind: 'refused_input',
    where: 'here',
    what: 'the real cause',
    expected: 'a',
    got: 'b',
    hint: 'c',
    cause: () => undefined,
  });
}
