// SHA-256 of texts, files and plain values. Names of results are hashes, so the text that is hashed must not depend on
// key order.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { readError } from './files.ts';

/** The most bytes of one update: Node refuses 2 GiB and more. */
const PIECE = 1 << 30;

/** Lower-case hex SHA-256 (64 characters). */
export function sha256(data: string | Uint8Array): string {
  const hash = createHash('sha256');
  if (typeof data === 'string') return hash.update(data).digest('hex');
  for (let from = 0; from < data.length; from += PIECE) hash.update(data.subarray(from, from + PIECE));
  return hash.digest('hex');
}

/** Files up to this size are read at once: a stream takes several turns of the event loop for each file. */
const AT_ONCE = 4 << 20;

/** SHA-256 of a file; a large one is read as a stream. Throws TracelabError FILE_READ when it cannot be read. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    if ((await stat(path)).size <= AT_ONCE) return sha256(await readFile(path));
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  } catch (cause) {
    throw readError(path, cause);
  }
  return hash.digest('hex');
}

/**
 * JSON with sorted keys and no blanks: equal values give equal texts. Properties that are undefined are left out.
 * Throws TypeError on what JSON cannot hold (NaN, infinity, functions, class instances such as typed arrays).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (
    typeof value === 'object' &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
  ) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  throw new TypeError(
    `canonicalJson: expected plain JSON data, got ${Object.prototype.toString.call(value)} (${typeof value})`,
  );
}
