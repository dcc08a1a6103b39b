// What every mode of the display is given and does: the stream, the clock, the plan; events, messages and the end.
import type { Writable } from 'node:stream';
import type { Midway, ScheduleLeft } from '../../study/schedule-left.ts';
import type { TaskEvent } from '../../work/executor.ts';
import type { Estimate } from '../../work/kind.ts';

export type DisplayMode = 'live' | 'lines' | 'json';

/** A terminal's stream, a pipe, or a test's. */
export type DisplayStream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  hasColors?(): boolean;
};

export interface DisplayOptions {
  readonly mode: DisplayMode;
  /** stderr for people, stdout for JSON. */
  readonly out: DisplayStream;
  /** Seconds. */
  readonly now: () => number;
  /** Tasks of the graph. */
  readonly ids: readonly string[];
  /**
   * What is left to do of each task, in seconds on one thread, by its id. A task without an estimate counts as nothing;
   * without any, all count the same.
   */
  readonly estimates: ReadonlyMap<string, Pick<Estimate, 'seconds'>>;
  /** The plan's time for all tasks together. */
  readonly wholeSeconds?: { readonly low: number; readonly high: number };
  /** The plan's schedule for what is left; without it, the sum of the estimates counts. */
  readonly scheduled?: (midway: Midway) => ScheduleLeft;
  /** Default process.env: NO_COLOR, TERM, locale. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Calls back again and again, so that times move on while no event comes; tests pass one of their own.
   * @returns ends it
   */
  readonly every?: (milliseconds: number, callback: () => void) => () => void;
}

export interface Display {
  readonly event: (event: TaskEvent) => void;
  /** A message of its own line. */
  readonly say: (text: string) => void;
  /** Prints the last state and shows the cursor. Safe to call twice; later messages are plain lines. */
  readonly end: () => void;
}
