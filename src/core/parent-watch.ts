// Watches the parent of a child process. A main thread that is free notices by itself that its channel is closed; one
// that is blocked, by an endless loop or by long work, does not. A thread of its own does, and ends the process then.
import { Worker } from 'node:worker_threads';
import { shortageOfThreads } from '../base/process-limits.ts';
import type { WatchedParent } from './parent-watch-thread.ts';

/** Half the time between two looks of the thread, so that a free main thread always shows a beat. */
const BEAT_MILLISECONDS = 500;
const STILL_SECONDS = 5;

/**
 * Ends this process by SIGKILL once its parent is gone and its main thread has not responded for some seconds. Does not
 * keep the process alive.
 */
export function watchParent(seconds = STILL_SECONDS): void {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MILLISECONDS).unref();
  const entry = new URL(
    import.meta.url.endsWith('.ts') ? './parent-watch-thread.ts' : './parent-watch-thread.js',
    import.meta.url,
  );
  const workerData: WatchedParent = { parent: process.ppid, beats, seconds };
  // Without the thread, the process ends as soon as its main thread is free again.
  if (shortageOfThreads(1)) return;
  try {
    const thread = new Worker(entry, { workerData });
    thread.on('error', () => undefined);
    thread.unref();
  } catch {
    // The system refuses it.
  }
}
