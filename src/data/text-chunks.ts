// Text of any length as chunks of whole lines, in bounded memory: what threads take turns at.
import { TracelabError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';

/** Whole lines, the last one perhaps without its end. */
export interface TextChunk {
  /** UTF-8, in a buffer of its own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of its first line, from 1. */
  readonly line: number;
}

export interface ChunkLimits {
  /** Bytes from which on a chunk ends at the next chance. */
  readonly chunk: number;
  /** Bytes of the longest line. */
  readonly line: number;
}

/** A chunk is some tens of milliseconds of judging. */
const CHUNK_LIMITS: ChunkLimits = { chunk: 4 << 20, line: LIMITS.rowBytes.most };

const NEWLINE = 10;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Cuts a stream at line ends (\n). A byte order mark at its beginning is dropped.
 * @param name of the stream, for errors
 * @throws TracelabError LINE_TOO_LONG with `name:line`
 */
export async function* textChunks(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  limits: ChunkLimits = CHUNK_LIMITS,
): AsyncGenerator<TextChunk> {
  let pieces: Uint8Array[] = [];
  let total = 0;
  /** Bytes since the last line end. */
  let open = 0;
  let line = 1;
  for await (const piece of stream) {
    const last = piece.lastIndexOf(NEWLINE);
    // Of the line that this piece continues.
    const length = open + (last >= 0 ? piece.indexOf(NEWLINE) : piece.length);
    if (length > limits.line)
      throw lineTooLong(
        `${name}:${line + pieces.reduce((sum, each) => sum + countLines(each), 0)}`,
        'a line is too long to be judged',
        limits.line,
        length,
      );
    let rest = piece;
    if (last >= 0 && total + piece.length >= limits.chunk) {
      const bytes = join([...pieces, piece.subarray(0, last + 1)]);
      yield { bytes: line === 1 ? withoutMark(bytes) : bytes, line };
      line += countLines(bytes);
      rest = piece.subarray(last + 1);
      pieces = [];
      total = 0;
    }
    pieces.push(rest);
    total += rest.length;
    open = last >= 0 ? piece.length - last - 1 : open + piece.length;
    if (open > limits.line)
      throw lineTooLong(
        `${name}:${line + pieces.reduce((sum, each) => sum + countLines(each), 0)}`,
        'a line is too long to be judged',
        limits.line,
        open,
      );
  }
  if (total === 0) return;
  const bytes = join(pieces);
  yield { bytes: line === 1 ? withoutMark(bytes) : bytes, line };
}

/** @param got bytes so far */
export function lineTooLong(where: string, what: string, most: number, got: number): TracelabError {
  return new TracelabError({
    code: 'LINE_TOO_LONG',
    kind: 'refused_input',
    where,
    what,
    expected: `at most ${most} bytes`,
    got: `more than ${got - 1}`,
    hint: 'is it text, with one completion a line?',
  });
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function withoutMark(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}
