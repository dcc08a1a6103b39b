// Where threads of one long task meet. Who waits looks for some fifty microseconds, about what waking costs, and then
// sleeps; a failing thread releases all others.
import { TracelabError } from '../base/errors.ts';

/** Int32 words that a barrier uses in shared memory. */
export const BARRIER_WORDS = 3;
const ARRIVED = 0;
const GENERATION = 1;
const ABORTED = 2;
/** Looks at the generation before a thread sleeps, each followed by a pause. */
const LOOKS = 1000;

let breath = 1;

/**
 * Some fifty nanoseconds in which this thread leaves the units of its core to the other thread of the core, as in
 * assembly/team.ts.
 */
function pause(): void {
  let x = breath;
  for (let i = 0; i < 8; i++) x = Math.sqrt(x + 1);
  breath = x;
}

/** A barrier of all threads that share its words; abort() releases waiting threads with an error. */
export class Barrier {
  private readonly words: Int32Array;
  private readonly threads: number;

  /** @param words BARRIER_WORDS zeroed words in shared memory, the same ones in every thread */
  constructor(words: Int32Array, threads: number) {
    this.words = words;
    this.threads = threads;
  }

  /**
   * Returns when all threads have called it. What a thread wrote before is seen by all after.
   * @throws Error when a thread gave up
   */
  wait(): void {
    const { words } = this;
    const generation = Atomics.load(words, GENERATION);
    // After the generation, as abort() sets the mark before it: who comes late must not wait for those that are gone.
    this.check();
    if (Atomics.add(words, ARRIVED, 1) === this.threads - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, GENERATION, 1);
      Atomics.notify(words, GENERATION);
    } else {
      for (let look = 0; look < LOOKS && Atomics.load(words, GENERATION) === generation; look++) pause();
      while (Atomics.load(words, GENERATION) === generation) Atomics.wait(words, GENERATION, generation);
    }
    this.check();
  }

  /** Releases every waiting thread with an error; called by a thread that cannot continue. */
  abort(): void {
    Atomics.store(this.words, ABORTED, 1);
    Atomics.add(this.words, GENERATION, 1);
    Atomics.notify(this.words, GENERATION);
  }

  private check(): void {
    if (Atomics.load(this.words, ABORTED) !== 0)
      throw new TracelabError({
        code: 'THREAD_ABORTED',
        kind: 'bug',
        where: 'barrier',
        what: 'another thread failed',
        expected: 'all threads at the barrier',
        got: 'a stop',
        hint: 'the error of the other thread says why',
      });
  }
}
