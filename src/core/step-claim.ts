// Who decides about a step: the leading thread, which is about to change the parameters, or the main thread, which
// drops the step because the run shall end. One compare-exchange in shared memory settles it, so that nobody copies
// parameters that are half updated.

/** Int32 words that a claim uses in shared memory: whose the step is, and how many steps were done before it. */
export const CLAIM_WORDS = 2;
const OWNER = 0;
const DONE = 1;

const OPEN = 1;
const UPDATING = 2;
const DROPPED = 3;

/** Decides whether a step updates the parameters or is dropped. Every thread has its own object on the same words. */
export class StepClaim {
  private readonly words: Int32Array;

  /** @param words CLAIM_WORDS zeroed words in shared memory, the same ones in every thread */
  constructor(words: Int32Array) {
    this.words = words;
  }

  /**
   * Leader, while nobody works: parameters are only read from now on.
   * @param done steps done before this one
   */
  open(done: number): void {
    Atomics.store(this.words, DONE, done);
    Atomics.store(this.words, OWNER, OPEN);
  }

  /**
   * Leader, before parameters change. Others look at `isDropped` after the next barrier; until the next `open` it stays
   * as it is.
   */
  take(): void {
    Atomics.compareExchange(this.words, OWNER, OPEN, UPDATING);
  }

  /**
   * Main thread: drops the step in hand.
   * @returns steps done, whose parameters and moments nobody changes any more; null when there is no step that may
   * still be dropped
   */
  drop(): number | null {
    return Atomics.compareExchange(this.words, OWNER, OPEN, DROPPED) === OPEN ? Atomics.load(this.words, DONE) : null;
  }

  /** Whether the main thread dropped the step. */
  get isDropped(): boolean {
    return Atomics.load(this.words, OWNER) === DROPPED;
  }
}
