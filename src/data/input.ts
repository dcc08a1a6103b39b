// What a file or a stream from elsewhere is, by its first bytes, and its text as UTF-8: compressed text is unpacked,
// UTF-16 is decoded. What is no text and no table is refused by its name. rows-of-text.ts cuts the text into rows.
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { statIfPath } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { readBytes } from '../base/files.ts';
import { LIMITS } from '../base/limits.ts';

/** Names standard input. */
export const STDIN = '-';

export interface Input {
  readonly name: string;
  readonly kind: 'text' | 'parquet';
  /** Of the text; null where it is not known: a stream, which may have no end, or compressed text. */
  readonly bytes: number | null;
}

type Bytes = AsyncIterable<Uint8Array>;

/** Bytes that say what a file is. */
const HEAD = 16;

const startsWith = (head: Buffer, ...bytes: readonly number[]): boolean => bytes.every((byte, i) => head[i] === byte);
const isGzip = (head: Buffer): boolean => startsWith(head, 0x1f, 0x8b);
const isZstandard = (head: Buffer): boolean => startsWith(head, 0x28, 0xb5, 0x2f, 0xfd);
const isParquet = (head: Buffer): boolean => head.toString('latin1', 0, 4) === 'PAR1';

/** Containers that are refused by their names. */
const OTHERS: readonly (readonly [bytes: string, name: string, hint: string])[] = [
  ['PK\x03\x04', 'a zip archive', 'unpack it first'],
  ['BZh', 'compressed with bzip2', 'unpack it first: bzcat FILE | tracelab verify -'],
  ['\xfd7zXZ\x00', 'compressed with xz', 'unpack it first: xzcat FILE | tracelab verify -'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', 'unpack it first'],
  ['ARROW1', 'an Arrow file', 'write it as Parquet or JSONL'],
  ['ORC', 'an ORC file', 'write it as Parquet or JSONL'],
  ['SQLite format 3', 'an SQLite database', 'write its rows as JSONL'],
  ['\x89HDF', 'an HDF5 file', 'write its rows as JSONL'],
  ['\x93NUMPY', 'a NumPy array', 'write its rows as JSONL'],
  ['\x80\x02', 'a pickle', 'write its rows as JSONL'],
  ['\x80\x03', 'a pickle', 'write its rows as JSONL'],
  ['\x80\x04\x95', 'a pickle', 'write its rows as JSONL'],
  ['\x80\x05\x95', 'a pickle', 'write its rows as JSONL'],
  ['\x6d\xe2\x99\x81', 'an archive of MongoDB', 'restore it (mongorestore), and write its collection with mongoexport'],
];
/** BSON begins with the length of its first document, and that document with its id. */
const BSON = ['_id\0', 5, 'BSON, the documents of MongoDB', 'write them as JSON: bsondump FILE'] as const;

const EXPECTED = 'JSONL, a JSON array, text lines, pictures or Parquet; text also as gzip';

/**
 * What a file is. A pipe is never looked into: what is read from it is gone.
 * @throws TracelabError FILE_MISSING, FILE_READ, FILE_FORMAT
 */
export async function inspectInput(name: string): Promise<Input> {
  if (name === STDIN) return { name, kind: 'text', bytes: null };
  const found = await statIfPath(name);
  if (found && !found.isFile() && !found.isDirectory()) return { name, kind: 'text', bytes: null };
  const begin = readBytes(name);
  try {
    const first = await begin.next();
    const head = Buffer.from(first.done === true ? [] : first.value.subarray(0, HEAD));
    // A file of that name is a table, or a damaged one.
    if (isParquet(head) || name.endsWith('.parquet')) return { name, kind: 'parquet', bytes: Number(found?.size ?? 0) };
    refuseOthers(head, name);
    return { name, kind: 'text', bytes: isGzip(head) || isZstandard(head) ? null : Number(found?.size ?? 0) };
  } finally {
    await begin.return(undefined);
  }
}

/**
 * The text of a stream as UTF-8, perhaps with a byte order mark.
 * @param name for errors
 * @param layers compressions that are unpacked already: there are files that hold themselves
 * @throws TracelabError FILE_FORMAT for what is no text; COMPRESSED_DAMAGED; those of the stream
 */
export async function* textOf(stream: Bytes, name: string, layers = 0): AsyncGenerator<Uint8Array> {
  const { head, bytes } = await peek(stream, (begin) => begin.length >= HEAD);
  if (isParquet(head))
    throw refused(
      name,
      'a Parquet table that is not a file of its own',
      'the path of a Parquet file',
      'a stream',
      'save it, and give its path',
    );
  refuseOthers(head, name);
  const { most } = LIMITS.compressions;
  if (layers === most && (isGzip(head) || isZstandard(head)))
    throw refused(name, 'compressed too often', `at most ${most} times`, `${most + 1} or more`, 'unpack it first');
  if (isGzip(head)) yield* textOf(unpacked(bytes, zlib.createGunzip(), 'gzip', name), name, layers + 1);
  else if (isZstandard(head)) yield* textOf(unpacked(bytes, zstandard(name), 'Zstandard', name), name, layers + 1);
  else {
    const encoding = utf16Of(head);
    if (encoding === undefined) yield* bytes;
    else yield* decoded(bytes, encoding);
  }
}

/**
 * Reads the beginning of a stream.
 * @param isEnough whether the bytes so far are enough
 * @returns the beginning, less than enough where the stream ends; and the whole stream, the beginning included
 */
export async function peek(
  stream: Bytes,
  isEnough: (begin: Buffer) => boolean,
): Promise<{ readonly head: Buffer; readonly bytes: AsyncGenerator<Uint8Array> }> {
  const rest = stream[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (!isEnough(head)) {
    const next = await rest.next();
    if (next.done === true) break;
    head = head.length === 0 ? Buffer.from(next.value) : Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  }
  return { head, bytes: whole() };
}

function refuseOthers(head: Buffer, name: string): void {
  const text = head.toString('latin1');
  if (text.startsWith(BSON[0], BSON[1]))
    throw refused(name, 'no text and no Parquet table', EXPECTED, BSON[2], BSON[3]);
  const other = OTHERS.find(([bytes]) => text.startsWith(bytes));
  if (other !== undefined) throw refused(name, 'no text and no Parquet table', EXPECTED, other[1], other[2]);
}

/** A line with the names of columns. */
const CSV_HEADER = /^"?\w+"?(?:[,;\t]"?\w+"?)+\s*$/;
const COLUMN = /(?:^|[,;\t])"?(?:prompt|completion|text|messages)\b/;
/** Letters of a text that are looked at for binary data. */
const LOOK = 1024;

/**
 * Refuses texts that hold no rows.
 * @param begin of the text
 * @param first its first line that is not empty
 * @throws TracelabError FILE_FORMAT
 */
export function refuseOtherTexts(begin: string, first: string, name: string): void {
  if (CSV_HEADER.test(first) && COLUMN.test(first))
    throw refused(name, 'no rows that can be read', EXPECTED, 'a CSV table', 'write its rows as JSONL');
  const letters = begin.slice(0, LOOK);
  // A damaged byte is the fault of one row.
  const strange = letters.match(/[\0-\x08\x0e-\x1f\ufffd]/g)?.length ?? 0;
  if (strange > 4 && strange > letters.length / 10)
    throw refused(name, 'no text and no Parquet table', EXPECTED, 'binary data', 'write its rows as JSONL');
}

/** By its byte order mark, or by the zero bytes of ASCII letters. */
function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (startsWith(head, 0xff, 0xfe) || (head.length > 1 && head[0] !== 0 && head[1] === 0)) return 'utf-16le';
  if (startsWith(head, 0xfe, 0xff) || (head.length > 1 && head[0] === 0 && head[1] !== 0)) return 'utf-16be';
  return undefined;
}

async function* decoded(bytes: Bytes, encoding: 'utf-16le' | 'utf-16be'): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of bytes) yield Buffer.from(decoder.decode(piece, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function* unpacked(
  bytes: Bytes,
  unpacker: NodeJS.ReadWriteStream,
  format: string,
  name: string,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes);
  let sourceError: unknown;
  source.on('error', (error) => {
    sourceError = error;
    unpacker.emit('error', error);
  });
  try {
    for await (const piece of source.pipe(unpacker)) yield piece as Uint8Array;
  } catch (cause) {
    if (sourceError !== undefined) throw sourceError as Error;
    throw new TracelabError({
      code: 'COMPRESSED_DAMAGED',
      kind: 'refused_input',
      where: name,
      what: `cannot be unpacked as ${format}`,
      expected: 'the whole file',
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'the file may be cut short',
      cause,
    });
  } finally {
    source.destroy();
  }
}

function zstandard(name: string): NodeJS.ReadWriteStream {
  // Node 22.12 has no Zstandard yet.
  if ('createZstdDecompress' in zlib) return zlib.createZstdDecompress();
  throw refused(name, 'this Node.js cannot unpack it', EXPECTED, 'compressed with Zstandard', 'zstdcat FILE | ...');
}

function refused(where: string, what: string, expected: string, got: string, hint: string): TracelabError {
  return new TracelabError({ code: 'FILE_FORMAT', kind: 'refused_input', where, what, expected, got, hint });
}
