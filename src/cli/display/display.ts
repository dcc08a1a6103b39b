// What a command shows while its tasks run: a live view on a terminal, plain lines elsewhere, or JSON lines. This file chooses; each mode has its own.
import type { Writable } from 'node:stream';
import type { Estimate } from '../../work/kind.ts';
import type { TaskEvent } from '../../work/executor.ts';
import { jsonDisplay } from './json.ts';
import { linesDisplay } from './lines.ts';
import { liveDisplay } from './live.ts';

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
  readonly total: number;
  /** What is left to do of each task, in seconds on one thread, by its id. A task without an estimate counts as nothing; without any, all count the same. */
  readonly estimates: ReadonlyMap<string, Pick<Estimate, 'seconds'>>;
  /** The plan's time for all tasks together. */
  readonly wholeSeconds?: { readonly low: number; readonly high: number };
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

export function createDisplay(options: DisplayOptions): Display {
  switch (options.mode) {
    case 'live':
      return liveDisplay(options);
    case 'lines':
      return linesDisplay(options);
    case 'json':
      return jsonDisplay(options);
    default:
      return options.mode satisfies never;
  }
}

/**
 * The mode that fits a stream: a live view needs a terminal that can move its cursor.
 * @param json whether the user asked for JSON
 */
export function chooseMode(
  json: boolean,
  out: Pick<DisplayStream, 'isTTY'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): DisplayMode {
  if (json) return 'json';
  return out.isTTY === true && env.TERM !== 'dumb' ? 'live' : 'lines';
}
