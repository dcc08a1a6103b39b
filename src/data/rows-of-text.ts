// The text of a file as chunks of rows, one a line, whatever holds them: lines, a JSON array, or pictures of mazes.
// Lines keep their numbers, elements of an array have theirs, a picture has the number of its first line.
import { isAscii } from 'node:buffer';
import { TracelabError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { peek, refuseOtherTexts, textOf } from './input.ts';
import { lineTooLong, type TextChunk, textChunks } from './text-chunks.ts';

/** Bytes of text in which the first letter must come, else the text counts as lines. */
const LOOK = 1 << 16;
const CHUNK = 4 << 20;
const ROW_BYTES = LIMITS.rowBytes.most;

/**
 * Rows of a stream, several to a chunk. A picture is the row `{"picture": "..."}`.
 * @param name for errors
 * @throws TracelabError as textOf and textChunks; JSON_SYNTAX for an array that is broken between its elements
 */
export async function* rowChunks(stream: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<TextChunk> {
  const { head, bytes } = await peek(
    textOf(stream, name),
    (begin) => begin.length >= LOOK || /\S[^\n]*\n/.test(begin.toString('latin1').slice(0, LOOK)),
  );
  const text = head.toString('utf8').replace(/^\ufeff/, '');
  const first = /[^\n]*\S[^\n]*/.exec(text)?.[0] ?? '';
  refuseOtherTexts(text, first, name);
  if (first.trimStart().startsWith('[')) yield* elementChunks(bytes, name);
  else if (/^[# SEX\t\r]+$/.test(first) && first.includes('#')) yield* pictureChunks(bytes, name);
  else yield* textChunks(bytes, name);
}

/** The lines of a chunk, without their ends, with their numbers. */
export function* linesOf({ bytes, line: first }: Pick<TextChunk, 'line'> & { readonly bytes: Uint8Array }): Generator<{
  readonly text: string;
  readonly line: number;
}> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = isAscii(buffer) ? buffer.toString('latin1') : buffer.toString('utf8');
  let line = first;
  for (let at = 0; at < text.length; line++) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    yield { text: text.slice(at, end), line };
    at = end + 1;
  }
}

const [QUOTE, BACKSLASH, COMMA, NEWLINE, RETURN] = [0x22, 0x5c, 0x2c, 0x0a, 0x0d];
const isOpening = (byte: number): boolean => byte === 0x5b || byte === 0x7b;
const isClosing = (byte: number): boolean => byte === 0x5d || byte === 0x7d;
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Cuts a JSON array at the commas between its elements; what an element holds is not looked at. */
async function* elementChunks(stream: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<TextChunk> {
  let ready: Uint8Array[] = [];
  let bytes = 0;
  let first = 1;
  let row = 1;
  // Of the element at hand.
  let parts: Uint8Array[] = [];
  let length = 0;
  let isBlank = true;
  // 0 before the array, 1 in it, more inside an element; -1 behind it.
  let depth = 0;
  let inText = false;
  let isEscaped = false;
  const keep = (piece: Uint8Array): void => {
    parts.push(piece);
    length += piece.length;
    if (length > ROW_BYTES) throw broken(name, row, `at most ${ROW_BYTES} bytes an element`, `more than ${ROW_BYTES}`);
  };
  const finish = (next: string): void => {
    if (isBlank) throw broken(name, row, 'an element', next);
    ready.push(Buffer.concat([...parts, Buffer.of(NEWLINE)]));
    bytes += length + 1;
    [parts, length, isBlank, row] = [[], 0, true, row + 1];
  };
  for await (const given of stream) {
    const piece = Uint8Array.from(given);
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at];
      if (inText) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inText = false;
        // A line end inside a text is no JSON: it stays one row, and is refused as such.
        else if (byte === NEWLINE) piece[at] = 0x01;
        continue;
      }
      if (depth <= 0) {
        if (depth === 0 && byte === 0x5b) [depth, from] = [1, at + 1];
        // Before the array there may be a byte order mark.
        else if (depth < 0 && !isSpace(byte)) throw broken(name, row, 'the end of the file', 'more behind the array');
        continue;
      }
      if (byte === NEWLINE || byte === RETURN) piece[at] = 0x20;
      if (isSpace(piece[at])) continue;
      if (depth === 1 && (byte === COMMA || byte === 0x5d)) {
        keep(piece.subarray(from, at));
        from = at + 1;
        if (byte === COMMA) finish('`,`');
        else {
          if (!isBlank || row > 1) finish('`]`');
          depth = -1;
        }
        continue;
      }
      isBlank = false;
      if (byte === QUOTE) inText = true;
      else if (isOpening(byte)) depth += 1;
      else if (isClosing(byte) && depth > 1) depth -= 1;
    }
    if (depth > 0) keep(piece.subarray(from));
    if (bytes < CHUNK) continue;
    yield { bytes: Uint8Array.from(Buffer.concat(ready)), line: first };
    [ready, bytes, first] = [[], 0, row];
  }
  if (bytes > 0) yield { bytes: Uint8Array.from(Buffer.concat(ready)), line: first };
  if (depth >= 0) throw broken(name, row, '`]` at the end of the array', 'the end of the file');
}

function broken(name: string, row: number, expected: string, got: string): TracelabError {
  return new TracelabError({
    code: 'JSON_SYNTAX',
    kind: 'refused_input',
    where: `${name}:${row}`,
    what: 'not a valid JSON array',
    expected,
    got,
    hint: 'a row is an element of the array; the file may be cut short',
  });
}

/** Pictures are blocks of lines with blank lines between them. */
async function* pictureChunks(stream: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<TextChunk> {
  let block: string[] = [];
  let begin = 1;
  let bytes = 0;
  const finish = (): TextChunk => {
    const chunk = { bytes: Uint8Array.from(Buffer.from(JSON.stringify({ picture: block.join('\n') }))), line: begin };
    block = [];
    return chunk;
  };
  for await (const chunk of textChunks(stream, name)) {
    for (const { text, line } of linesOf(chunk)) {
      if (text.trim() === '') {
        if (block.length > 0) yield finish();
        continue;
      }
      if (block.length === 0) [begin, bytes] = [line, 0];
      bytes += text.length + 1;
      if (bytes > ROW_BYTES)
        throw lineTooLong(`${name}:${begin}`, 'a picture is too long to be read', ROW_BYTES, bytes);
      block.push(text.endsWith('\r') ? text.slice(0, -1) : text);
    }
  }
  if (block.length > 0) yield finish();
}
