// Where threads meet: nobody passes before all have come, and a thread that gives up lets all others go, late ones too.
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Barrier, BARRIER_WORDS } from '../../src/core/barrier.ts';

const THREAD = fileURLToPath(new URL('./barrier-thread.ts', import.meta.url));

/** What a thread that waits comes back with; `stuck` when it does not. */
async function waitAside(words: Int32Array, whileItWaits: () => void = () => undefined): Promise<string> {
  const worker = new Worker(THREAD, { workerData: words });
  try {
    const outcome = new Promise<string>((resolve, reject) => {
      worker.once('error', reject);
      worker.on('message', (message: string) => {
        if (message === 'waiting') whileItWaits();
        else resolve(message);
      });
    });
    return await Promise.race([
      outcome,
      new Promise<string>((resolve) => {
        setTimeout(resolve, 5_000, 'stuck');
      }),
    ]);
  } finally {
    await worker.terminate();
  }
}

const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * BARRIER_WORDS));

it('lets two threads pass when both have come', async () => {
  const shared = words();
  expect(
    await waitAside(shared, () => {
      new Barrier(shared, 2).wait();
    }),
  ).toBe('passed');
});

it('lets a waiting thread go when the other gives up', async () => {
  const shared = words();
  expect(
    await waitAside(shared, () => {
      new Barrier(shared, 2).abort();
    }),
  ).toBe('THREAD_ABORTED');
});

it('a thread that comes after the other gave up does not wait for it', async () => {
  const shared = words();
  new Barrier(shared, 2).abort();
  expect(await waitAside(shared)).toBe('THREAD_ABORTED');
});
