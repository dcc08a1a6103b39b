// How far verification is: a line that renews itself on a terminal, a line every few seconds elsewhere; on stderr.
import { duration } from '../report/format.ts';

export interface VerifyProgress {
  /** @param done bytes behind us @param total null where it is not known */
  readonly show: (done: number, total: number | null) => void;
  /** Removes the renewing line. */
  readonly end: () => void;
}

/** Seconds between two lines, on a terminal and elsewhere. */
const RENEW_EVERY = 0.2;
const LINE_EVERY = 5;
/** To the beginning of the line, and erase it. */
const CLEAR = '\r\u001b[K';

/** @param clock seconds */
export function createVerifyProgress(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }, clock: () => number): VerifyProgress {
  const isTerminal = stream.isTTY === true;
  const started = clock();
  let next = started + (isTerminal ? RENEW_EVERY : LINE_EVERY);
  let isShown = false;
  return {
    show: (done, total) => {
      const now = clock();
      if (now < next) return;
      next = now + (isTerminal ? RENEW_EVERY : LINE_EVERY);
      isShown = isTerminal;
      const text = progressText(done, total, now - started);
      stream.write(isTerminal ? `${CLEAR}${text}` : `${text}\n`);
    },
    end: () => {
      if (isShown) stream.write(CLEAR);
      isShown = false;
    },
  };
}

function progressText(done: number, total: number | null, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = `${megabytes(rate)} MB/s`;
  if (total === null) return `verify ${megabytes(done)} MB, ${speed}`;
  const eta = rate > 0 ? duration(Math.max(0, total - done) / rate) : '?';
  return `verify ${megabytes(done)} of ${megabytes(total)} MB, ${total === 0 ? 100 : Math.floor((100 * done) / total)} %, ${speed}, ETA ${eta}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 0 });
}
