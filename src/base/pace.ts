// Long work on the main thread, cut into pieces: between two of them signals, timers and displays get their turn. The
// work asks after each item whether its piece has lasted long enough; the answer changes no result.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import { SYSTEM_CLOCK } from './clock.ts';

/** Thrown at a pause when the signal is aborted; the work catches it and gives its caller null. */
export class StoppedAtPause extends Error {}

export interface Pace {
  /** Whether to pause now; asked after each item. */
  readonly isDue: () => boolean;
  /**
   * Gives way to everything that waits for the main thread.
   * @throws StoppedAtPause when the signal is aborted
   */
  readonly pause: () => Promise<void>;
}

/** Seconds of a piece: with one more item of 30 ms, as the largest mazes take, still below 50 ms. */
const PIECE = 0.02;

/** Pauses of a long computation, so that the main thread can answer. pause() throws StoppedAtPause after the signal. */
export function createPace(signal: AbortSignal | undefined, clock: Pick<Clock, 'seconds'> = SYSTEM_CLOCK): Pace {
  let end = clock.seconds() + PIECE;
  return {
    isDue: () => clock.seconds() >= end,
    pause: async () => {
      await setImmediate();
      if (signal?.aborted) throw new StoppedAtPause();
      end = clock.seconds() + PIECE;
    },
  };
}
