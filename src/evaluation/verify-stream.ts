// Verdicts as a filter: one answer line for each line of the input, as soon as the line is there, until the input ends.
import type { TracelabError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { loadCore } from '../core/module.ts';
import { lineTooLong } from '../data/text-chunks.ts';
import { type GivenRow, type RowAnswer, RowJudge } from './row-judge.ts';

export interface StreamHooks {
  /** Takes answer lines; the next input is read when it resolves. */
  readonly write: (lines: string) => Promise<void>;
  /** Bytes of the longest line. */
  readonly longest?: number;
}

/** Lines that are answered in one piece: what bounds the memory. */
const BATCH = 256;

/**
 * Judges each line of the input.
 * @param name of the input, for errors
 * @param size cells per side for rows that do not give it
 * @returns lines of the input, and those with a completion that could not be read
 * @throws what the input throws
 */
export async function verifyStream(
  input: AsyncIterable<Uint8Array>,
  name: string,
  size: number | undefined,
  { write, longest = LIMITS.rowBytes.most }: StreamHooks,
): Promise<{ readonly lines: number; readonly refused: number }> {
  const judge = new RowJudge(loadCore(), name, size);
  let lines = 0;
  let refused = 0;
  for await (const rows of rowsOf(input, name, longest)) {
    for (let from = 0; from < rows.length; from += BATCH) {
      const answers = judge.answer(rows.slice(from, from + BATCH));
      lines += answers.length;
      refused += answers.filter(isRefused).length;
      await write(answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
    }
  }
  return { lines, refused };
}

function isRefused(answer: RowAnswer): boolean {
  return 'completions' in answer ? answer.completions.some(isRefused) : answer.error !== undefined;
}

const NEWLINE = 0x0a;

/** The lines that each piece of the input ends; the last line needs no end. */
async function* rowsOf(input: AsyncIterable<Uint8Array>, name: string, longest: number): AsyncGenerator<GivenRow[]> {
  let line = 1;
  let pieces: Uint8Array[] = [];
  /** Bytes of the open line; its text is dropped when there are too many. */
  let bytes = 0;
  const keep = (piece: Uint8Array): void => {
    bytes += piece.length;
    if (bytes > longest) pieces = [];
    else pieces.push(piece);
  };
  const finish = (): GivenRow => {
    const given: string | TracelabError =
      bytes > longest
        ? lineTooLong(`${name}:${line}`, 'the line is too long to be judged', longest, bytes)
        : Buffer.concat(pieces).toString('utf8');
    pieces = [];
    bytes = 0;
    return { line: line++, given };
  };
  for await (const piece of input) {
    const rows: GivenRow[] = [];
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      keep(piece.subarray(from, end));
      rows.push(finish());
      from = end + 1;
    }
    // A copy: the rest would keep the whole piece.
    if (from < piece.length) keep(Uint8Array.from(piece.subarray(from)));
    if (rows.length > 0) yield rows;
  }
  if (bytes > 0) yield [finish()];
}
