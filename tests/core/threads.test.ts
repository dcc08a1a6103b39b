// The error that a caller gets when one of several threads fails, dies or hangs, and that the others do not keep it
// waiting.
import { expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { Barrier, BARRIER_WORDS } from '../../src/core/barrier.ts';
import { type ThreadControl, runThreads } from '../../src/core/threads.ts';
import type { FailingShared } from './failing-thread.ts';

const THREADS = 2;

/** What running two threads of which one fails throws; undefined when it does not. */
async function failure(
  way: FailingShared['way'],
  control: (words: Int32Array) => ThreadControl = () => ({}),
  onStarted: () => void = () => undefined,
): Promise<unknown> {
  const words = new Int32Array(new SharedArrayBuffer(4 * (BARRIER_WORDS + THREADS)));
  const shared: FailingShared = { words, way };
  const entry = new URL('./failing-thread.ts', import.meta.url);
  let started = 0;
  const onMessage = (): void => {
    started += 1;
    if (started === THREADS) onStarted();
  };
  return runThreads(entry, THREADS, shared, onMessage, undefined, control(words)).catch((error: unknown) => error);
}

const watched =
  (looks: number, lookSeconds: number) =>
  (words: Int32Array): ThreadControl => ({
    watch: {
      progress: words.subarray(BARRIER_WORDS),
      release: () => {
        new Barrier(words.subarray(0, BARRIER_WORDS), THREADS).abort();
      },
      patience: { looks, lookSeconds, factor: 1 },
    },
  });

it('tells the error of the thread that failed, not of those that waited for it', async () => {
  expect(await failure('error')).toMatchObject({ name: 'RangeError', message: 'the real cause' });
});

it('tells a refusal of a thread as a refusal', async () => {
  const error = await failure('refusal');
  expect(error).toBeInstanceOf(TracelabError);
  expect(error).toMatchObject({
    code: 'REFUSED',
    exitCode: 2,
    where: 'here',
    message: 'error[REFUSED] here: the real cause; expected a, got b (hint: c)',
  });
});

it.each(['exit', 'exit 0'] as const)(
  'does not wait for threads that sleep until one comes that has died: %s',
  async (way) => {
    expect(await failure(way)).toMatchObject({ message: `worker exited with code: ${way === 'exit' ? 1 : 0}` });
  },
);

it('fails when a thread spins for ever and the other waits for it', async () => {
  // Longer than a worker takes to start, on a machine under load too.
  expect(await failure('spin', watched(100, 0.05))).toMatchObject({
    code: 'THREAD_STUCK',
    exitCode: 4,
    details: { hint: 'start it again: it resumes from its last saved state' },
  });
});

it('does not fail while threads make headway, and ends its watch with them', async () => {
  expect(await failure('none', watched(1000, 0.05))).toBeUndefined();
});

it('ends threads in the middle when they are abandoned', async () => {
  const abandon = new AbortController();
  const error = await failure(
    'spin',
    () => ({ abandon: abandon.signal }),
    () => {
      abandon.abort();
    },
  );
  expect(error).toMatchObject({ code: 'THREADS_ABANDONED' });
});
