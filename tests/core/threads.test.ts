// What a caller is told when one of several threads fails, and that the others do not keep it waiting.
import { expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { BARRIER_WORDS } from '../../src/core/barrier.ts';
import { runThreads } from '../../src/core/threads.ts';
import type { FailingShared } from './failing-thread.ts';

/** What running two threads of which one fails throws. */
async function failure(way: FailingShared['way']): Promise<unknown> {
  const shared: FailingShared = { words: new Int32Array(new SharedArrayBuffer(4 * BARRIER_WORDS)), way };
  return runThreads(new URL('./failing-thread.ts', import.meta.url), 2, shared, () => undefined).catch(
    (error: unknown) => error,
  );
}

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

it('does not wait for threads that sleep until one comes that has died', async () => {
  expect(await failure('exit')).toMatchObject({ message: 'worker exited with code: 1' });
});
