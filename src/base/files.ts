// Files that have their final name and full content, or do not exist; and JSON and JSON Lines with errors that name
// file and line.
import { basename, dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { mkdirs, openFile, readFile, readPieces, remove, rename, syncFolder } from './disk.ts';
import { TracelabError } from './errors.ts';
import { depthFault } from './json-fault.ts';
import { LIMITS } from './limits.ts';
import { sweepTemporaries, temporaryName } from './temporary-names.ts';

/**
 * Writes a file so that readers see the old content or the new, never a part: temporary file, fsync, rename, fsync of
 * the folder. The folder is created when missing. Throws TracelabError FILE_WRITE (environment) when the disk refuses.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await writeAtomically(path, async (temporary) => {
    const file = await openFile(temporary, 'wx');
    try {
      await file.write(data);
    } finally {
      await file.close();
    }
  });
}

/** Writes one JSON document per line, streaming, with the guarantee of writeFileAtomic. */
export async function writeJsonl(path: string, rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  await writeTexts(path, jsonLines(rows));
}

/** Characters that wait in memory before they are written. */
const WRITTEN_AT_ONCE = 1 << 16;

/** Writes texts one after the other, streaming, with the guarantee of writeFileAtomic. */
export async function writeTexts(path: string, texts: AsyncIterable<string>): Promise<void> {
  await writeAtomically(path, async (temporary) => {
    const file = await openFile(temporary, 'wx');
    try {
      let waiting = '';
      for await (const text of texts) {
        waiting += text;
        if (waiting.length < WRITTEN_AT_ONCE) continue;
        await file.write(waiting);
        waiting = '';
      }
      await file.write(waiting);
    } finally {
      await file.close();
    }
  });
}

async function* jsonLines(rows: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/**
 * The guarantee of writeFileAtomic for any way of writing. Sweeps what killed processes left that wrote the same file.
 * @param fill makes the file at the temporary path that it is given; when it throws, nothing is left behind
 */
export async function writeAtomically(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  // A name of its own: two writers never share a temporary file, and process numbers come again in containers.
  const temporary = join(folder, temporaryName(basename(path)));
  try {
    await mkdirs(folder);
    await sweepTemporaries(folder, basename(path));
    await fill(temporary);
    await syncFile(temporary);
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    // The first failure is reported.
    await remove(temporary).catch(() => undefined);
    if (!isSystemError(cause)) throw cause;
    throw diskRefusal('FILE_WRITE', path, 'cannot write', cause);
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await openFile(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads a JSON Lines file row by row; empty lines are skipped.
 * @param parse turns a row into a typed value; gets the place as `file:line` for its errors
 * @throws TracelabError FILE_MISSING (refused input), FILE_READ (environment), JSONL_SYNTAX (damaged artefact) with
 * `file:line`
 */
export function readJsonl(path: string): AsyncGenerator<unknown>;
export function readJsonl<T>(path: string, parse: (value: unknown, where: string) => T): AsyncGenerator<T>;
export async function* readJsonl(
  path: string,
  parse: (value: unknown, where: string) => unknown = (value) => value,
): AsyncGenerator<unknown> {
  let line = 0;
  for await (const text of readLines(path)) {
    line += 1;
    if (text.trim() === '') continue;
    const where = `${path}:${line}`;
    yield parse(parseJson(text, where, 'JSONL_SYNTAX', 'one JSON document per line'), where);
  }
}

/** The bytes of a file, streaming. Throws TracelabError FILE_MISSING or FILE_READ. */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* readPieces(path);
  } catch (cause) {
    throw readError(path, cause);
  }
}

/**
 * The bytes of a whole file in a buffer of their own, which may be larger than 2 GiB.
 * @throws TracelabError FILE_MISSING, FILE_READ; FILE_TOO_LARGE (damaged artefact); MEMORY (environment)
 * @param piece most bytes of one call to the system
 */
export async function readWhole(path: string, piece = 1 << 30): Promise<Uint8Array<ArrayBuffer>> {
  const { most } = LIMITS.weightsBytes;
  try {
    return await readFile(path, piece, (bytes) => {
      if (bytes > most) throw tooLarge(path, most, String(bytes));
    });
  } catch (cause) {
    if (cause instanceof RangeError) throw noMemory(path, cause);
    throw readError(path, cause);
  }
}

const NEWLINE = 10;

/** Lines without their end; only \n and \r\n end a line (readline would also split at U+2028). */
async function* readLines(path: string): AsyncGenerator<string> {
  const { most } = LIMITS.artefactLineBytes;
  let rest = '';
  /** Bytes since the last line end. */
  let open = 0;
  let ended = 0;
  const decoder = new StringDecoder('utf8');
  try {
    for await (const piece of readPieces(path, 1 << 18)) {
      // Of the line that this piece continues; no piece is as long as a line may be.
      const newline = piece.indexOf(NEWLINE);
      const length = open + (newline < 0 ? piece.length : newline);
      if (length > most) {
        const [expected, got] = [`at most ${most} bytes`, `more than ${length - 1}`];
        throw damaged('JSONL_SYNTAX', `${path}:${ended + 1}`, 'a line is too long', expected, got);
      }
      open = newline < 0 ? length : piece.length - piece.lastIndexOf(NEWLINE) - 1;
      const lines = decoder.write(piece).split('\n');
      // Split before they are joined: a long line would be searched again with each of its pieces.
      lines[0] = rest + lines[0];
      rest = lines.pop() ?? '';
      ended += lines.length;
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
  } catch (cause) {
    throw readError(path, cause);
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

/** Reads a whole JSON file. Throws TracelabError FILE_MISSING, FILE_READ or JSON_SYNTAX (damaged artefact). */
export async function readJson(path: string): Promise<unknown> {
  return parseJson(await readText(path), path, 'JSON_SYNTAX', 'a complete JSON document');
}

/**
 * Reads a whole UTF-8 file.
 * @throws TracelabError FILE_MISSING, FILE_READ; FILE_TOO_LARGE (damaged artefact)
 */
export async function readText(path: string): Promise<string> {
  const { most } = LIMITS.textBytes;
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of readPieces(path)) {
      bytes += piece.length;
      if (bytes > most) throw tooLarge(path, most, `more than ${bytes - 1}`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  } catch (cause) {
    throw readError(path, cause);
  }
}

const REPLACE_HINT = 'put the file back as it was written, or delete what it belongs to and make it again';

function tooLarge(path: string, most: number, bytes: string): TracelabError {
  return damaged('FILE_TOO_LARGE', path, 'is too large for what it should be', `at most ${most} bytes`, bytes);
}

function damaged(code: string, where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({ code, kind: 'damaged_artifact', where, what, expected, got, hint: REPLACE_HINT });
}

function noMemory(path: string, cause: RangeError): TracelabError {
  return new TracelabError({
    code: 'MEMORY',
    kind: 'environment',
    where: path,
    what: 'there is no memory to read it',
    expected: 'memory for the whole file',
    got: cause.message,
    hint: 'end other programs, or use a machine with more memory',
    cause,
  });
}

/** @throws TracelabError `code` (damaged artefact) */
export function parseJson(text: string, where: string, code: string, expected: string): unknown {
  const { most } = LIMITS.artefactDepth;
  if (depthFault(text, most) !== undefined)
    throw damaged(code, where, 'nested too deeply', `at most ${most} levels`, 'more');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const end = text.slice(-24);
    throw new TracelabError({
      code,
      kind: 'damaged_artifact',
      where,
      what: 'not valid JSON',
      expected,
      got: text === '' ? 'nothing' : `${text.length} characters ending in ${JSON.stringify(end)}`,
      hint: `it may be cut short: ${REPLACE_HINT}`,
      cause,
    });
  }
}

/** Codes of paths that no other disk would accept either. */
const WRONG_PATHS: ReadonlySet<string> = new Set(['ENOTDIR', 'EISDIR', 'ENAMETOOLONG']);

/** What a file is that cannot be read because its path is wrong. */
const MISSING: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'is a folder',
};

/** What a failed reading of a file throws: FILE_MISSING, FILE_READ, or the cause itself. */
export function readError(path: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  const missing = MISSING[cause.code ?? ''];
  if (missing === undefined) return diskRefusal('FILE_READ', path, 'cannot read', cause);
  const isFolder = cause.code === 'EISDIR';
  return new TracelabError({
    code: 'FILE_MISSING',
    kind: 'refused_input',
    where: path,
    what: missing,
    expected: 'a file',
    got: isFolder ? 'a folder' : 'none',
    hint: isFolder ? 'give a file of this folder' : 'check the path',
    cause,
  });
}

/** An error of the operating system, with a code such as ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && typeof (error as NodeJS.ErrnoException).code === 'string';
}

const REASONS: Readonly<Partial<Record<string, string>>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EEXIST: 'there is one already',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  EFBIG: 'the file is larger than this process may write',
  ENOMEM: 'the memory is used up',
  EAGAIN: 'the system has no more of it now',
  ELOOP: 'its links lead in a circle',
  EIO: 'the disk failed',
  ENAMETOOLONG: 'the path is too long',
};

/** An error of the operating system as one line with its path; anything else is given back as it is. */
export function explained(error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const where = error.path ?? error.syscall ?? 'system';
  return diskRefusal('SYSTEM', where, `cannot ${CALLS[error.syscall ?? ''] ?? error.syscall ?? 'continue'}`, error);
}

/** What calls to the system do. */
const CALLS: Readonly<Partial<Record<string, string>>> = {
  open: 'open it',
  read: 'read it',
  write: 'write to it',
  scandir: 'list the folder',
  mkdir: 'make the folder',
  rmdir: 'delete the folder',
  unlink: 'delete it',
  rename: 'rename it',
  stat: 'look at it',
};

/** Short words for a system error. */
export function systemReason(error: NodeJS.ErrnoException): string {
  const code = codeOf(error);
  return REASONS[code] ?? code;
}

function codeOf({ code, syscall, message }: NodeJS.ErrnoException): string {
  // Making a folder finds something else in its place.
  return code === 'EEXIST' && syscall === 'mkdir' ? 'ENOTDIR' : (code ?? message);
}

const WAYS_OUT: Readonly<Partial<Record<string, string>>> = {
  EACCES: 'give another place, or change its permissions',
  EPERM: 'give another place, or change its permissions',
  ENOSPC: 'free some space, and give the command again',
  EDQUOT: 'free some space, and give the command again',
  EROFS: 'give another place',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENFILE: 'end other programs, and give the command again',
  EFBIG: 'raise the limit of file sizes (ulimit -f)',
  ENOMEM: 'end other programs, and give the command again',
  EAGAIN: 'end other programs, or raise the limit of processes (ulimit -u)',
  EIO: 'look at the disk, and give the command again',
  ENAMETOOLONG: 'give a shorter path',
  EISDIR: 'remove the folder in its place, or give another path',
  ENOTDIR: 'remove the file in its place, or give another path',
};

/** Another try at once cannot help. */
const LASTING = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EFBIG']);

/** Whether an error comes from a state of the machine that lasts until somebody changes it, such as a full disk. */
export function isLasting(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause)
    if (isSystemError(each) && LASTING.has(each.code ?? '')) return true;
  return false;
}

const EXPECTED = {
  FILE_READ: 'a file that can be read',
  FILE_WRITE: 'a place that can be written to',
  SYSTEM: 'a file or folder that can be used',
} as const;

/**
 * The refusal that an error of the disk becomes.
 * @param doing `cannot write`
 */
export function diskRefusal(
  code: 'FILE_READ' | 'FILE_WRITE' | 'SYSTEM',
  where: string,
  doing: string,
  cause: NodeJS.ErrnoException,
): TracelabError {
  return new TracelabError({
    code,
    kind: WRONG_PATHS.has(codeOf(cause)) ? 'refused_input' : 'environment',
    where,
    what: `${doing} (${systemReason(cause)})`,
    expected: EXPECTED[code],
    got: codeOf(cause),
    hint: WAYS_OUT[codeOf(cause)] ?? 'check the path',
    cause,
  });
}
