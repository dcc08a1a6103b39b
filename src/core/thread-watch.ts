// Notices threads that make no headway: each bumps a word in shared memory while it works, and the main thread looks at
// the words now and then.
import { TracelabError } from '../base/errors.ts';

/** How long a standstill may last. */
export interface WatchPatience {
  readonly lookSeconds: number;
  /** Looks in a row that may find nothing new. */
  readonly looks: number;
  /** A standstill may also last this many times as long as the longest one that ended by itself. */
  readonly factor: number;
}

/** Two minutes. A micro-batch or a token takes less than a second; the engine's first compilation a few. */
const WATCH_PATIENCE: WatchPatience = { lookSeconds: 5, looks: 24, factor: 50 };

export interface Watch {
  /** One word a thread, each bumped by its thread with Atomics.add. */
  readonly progress: Int32Array;
  /** Wakes threads that wait for one that does not come. */
  readonly release: () => void;
  readonly patience?: Partial<WatchPatience>;
}

/**
 * Checks until its end function is called. A blocked thread keeps the others at the next barrier, so the words of all
 * threads are checked together. Checks are counted, not seconds: a process that was suspended has had none.
 * @param onStuck called once, with THREAD_STUCK (environment: the run can be started again from its last state)
 * @returns ends the watch
 */
export function watchProgress({ progress, patience }: Watch, onStuck: (error: TracelabError) => void): () => void {
  const { lookSeconds, looks, factor } = { ...WATCH_PATIENCE, ...patience };
  let seen = total(progress),
    quiet = 0,
    longest = 0;
  const timer = setInterval(() => {
    const now = total(progress);
    if (now !== seen) {
      longest = Math.max(longest, quiet);
      seen = now;
      quiet = 0;
      return;
    }
    quiet += 1;
    if (quiet < Math.max(looks, factor * longest)) return;
    clearInterval(timer);
    onStuck(
      new TracelabError({
        code: 'THREAD_STUCK',
        kind: 'environment',
        where: `${progress.length} thread${progress.length === 1 ? '' : 's'}`,
        what: `no headway for ${quiet * lookSeconds} s`,
        expected: 'progress',
        got: 'none',
        hint: 'start it again: it resumes from its last saved state',
      }),
    );
  }, 1000 * lookSeconds);
  return () => {
    clearInterval(timer);
  };
}

/** Wraps around like the words themselves. */
function total(words: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum = (sum + Atomics.load(words, i)) | 0;
  return sum;
}
