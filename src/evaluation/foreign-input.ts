// Files of completions from elsewhere, whatever they are: text lines or a Parquet table, or a stream.
import { isAscii } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { readBytes } from '../base/files.ts';
import type { TextChunk } from '../data/text-chunks.ts';

/** Names standard input. */
export const STDIN = '-';

/** What is read of a table, where it has them. */
export const TABLE_COLUMNS: readonly string[] = ['id', 'generator', 'size', 'prompt', 'completion', 'text'];

export interface Input {
  readonly name: string;
  readonly kind: 'text' | 'parquet';
  /** Null for a stream, which may have no end. */
  readonly bytes: number | null;
}

/**
 * What a file is, by its first bytes. A pipe is never looked into: what is read from it is gone.
 * @throws TracelabError FILE_MISSING, FILE_READ
 */
export async function inspectInput(name: string): Promise<Input> {
  if (name === STDIN) return { name, kind: 'text', bytes: null };
  const found = await stat(name).catch(() => undefined);
  if (found && !found.isFile() && !found.isDirectory()) return { name, kind: 'text', bytes: null };
  const begin = readBytes(name);
  try {
    const first = await begin.next();
    const magic = Buffer.from(first.done === true ? [] : first.value.subarray(0, 4)).toString('latin1');
    return { name, kind: magic === 'PAR1' ? 'parquet' : 'text', bytes: found?.size ?? 0 };
  } finally {
    await begin.return(undefined);
  }
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
