// The thread of parent-watch.ts: looks once a second whether the parent is there and whether the main thread is free.
import { workerData } from 'node:worker_threads';

/** What the thread is given. */
export interface WatchedParent {
  /** Process id of the parent. */
  readonly parent: number;
  /** One word, bumped by the main thread while it is free. */
  readonly beats: Int32Array;
  /** How long the main thread may be blocked without a parent. */
  readonly seconds: number;
}

const LOOK_MILLISECONDS = 1000;

const { parent, beats, seconds } = workerData as WatchedParent;
let seen = Atomics.load(beats, 0);
let still = 0;
// Counts looks, not time: a process that was suspended has had none.
setInterval(() => {
  const now = Atomics.load(beats, 0);
  still = now === seen && isGone() ? still + 1 : 0;
  seen = now;
  if (still * LOOK_MILLISECONDS >= seconds * 1000) process.kill(process.pid, 'SIGKILL');
}, LOOK_MILLISECONDS);

/** An orphan gets another parent; where it does not (Windows), its parent's id is that of no process. */
function isGone(): boolean {
  if (process.ppid !== parent) return true;
  try {
    process.kill(parent, 0);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
