// A line that renews itself on a terminal, and a line every few seconds elsewhere.
import { columnsOf, type Screen } from './fit.ts';

export interface RenewedLine {
  /** @param text called with the time in seconds, only when a line is due */
  readonly show: (text: (now: number) => string) => void;
  /** Removes the renewing line. */
  readonly end: () => void;
}

export type LineStream = NodeJS.WritableStream & Screen;

/** Seconds between two lines, on a terminal and elsewhere. */
const RENEW_EVERY = 0.2;
const LINE_EVERY = 5;
/** To the beginning of the line, and erase it. */
const CLEAR = '\r\u001b[K';

/** @param clock seconds */
export function createRenewedLine(stream: LineStream, clock: () => number): RenewedLine {
  const isTerminal = stream.isTTY === true;
  const every = isTerminal ? RENEW_EVERY : LINE_EVERY;
  let next = clock() + every;
  let isShown = false;
  return {
    show: (text) => {
      const now = clock();
      if (now < next) return;
      next = now + every;
      isShown = isTerminal;
      // A line that the terminal breaks could not be erased: only its last part is in reach.
      stream.write(isTerminal ? `${CLEAR}${text(now).slice(0, columnsOf(stream) - 1)}` : `${text(now)}\n`);
    },
    end: () => {
      if (isShown) stream.write(CLEAR);
      isShown = false;
    },
  };
}
