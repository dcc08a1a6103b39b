// How far verification is: a line that renews itself on a terminal, a line every few seconds elsewhere; on stderr.
import { duration } from '../tables/format.ts';
import { createRenewedLine, type LineStream } from './renewed-line.ts';

export interface VerifyProgress {
  /**
   * @param done bytes behind us
   * @param total null where it is not known
   */
  readonly show: (done: number, total: number | null) => void;
  /** Removes the renewing line. */
  readonly end: () => void;
}

/** @param clock seconds */
export function createVerifyProgress(stream: LineStream, clock: () => number): VerifyProgress {
  const started = clock();
  const line = createRenewedLine(stream, clock);
  return {
    show: (done, total) => {
      line.show((now) => progressText(done, total, now - started));
    },
    end: line.end,
  };
}

function progressText(done: number, total: number | null, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = `${megabytes(rate)} MB/s`;
  if (total === null) return `verify ${megabytes(done)} MB, ${speed}`;
  const eta = rate > 0 ? duration(Math.max(0, total - done) / rate) : '?';
  return (
    `verify ${megabytes(done)} of ${megabytes(total)} MB, ${total === 0 ? 100 : Math.floor((100 * done) / total)} ` +
    `%, ${speed}, ETA ${eta}`
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 0 });
}
