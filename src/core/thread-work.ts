// The thread's side of `threads.ts`: does the work of a task and hands a failure on so that the main thread can throw
// the same error.
import type { MessagePort } from 'node:worker_threads';
import { type ErrorDetails, TracelabError } from '../base/errors.ts';

/**
 * What a thread's entry does and returns; closes the port.
 * @param release called with a failure, to wake threads that wait for this one
 * @returns details of a TracelabError, whose class and code would be lost on the way to the main thread; nothing when
 * the work is done
 * @throws any other error of the work
 */
export async function threadWork(
  port: MessagePort,
  work: () => void | Promise<void>,
  release: () => void = () => undefined,
): Promise<ErrorDetails | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    release();
    if (!(error instanceof TracelabError)) throw error;
    // A cause may be more than a port can carry.
    return { ...error.details, cause: undefined };
  } finally {
    port.close();
  }
}
