// SHA-256 of texts, files and plain values. Names of results are hashes, so the text that is hashed must not depend on
// key order.
import { createHash } from 'node:crypto';
import { readPieces } from './disk.ts';
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

/** SHA-256 of a file; which is read piece by piece. Throws TracelabError FILE_MISSING or FILE_READ. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of readPieces(path)) hash.update(piece);
  } catch (cause) {
    throw readError(path, cause);
  }
  return hash.digest('hex');
}

/** Canonical texts of values that never change, null until one is asked for: see shareJson(). */
const SHARED = new WeakMap<object, string | null>();

/**
 * Freezes a value of plain JSON, with all values in it. canonicalJson() then makes its text once, because many other
 * values contain it.
 * @param value without undefined properties
 * @returns the same value
 */
export function shareJson<T extends object>(value: T): T {
  if (SHARED.has(value)) return value;
  for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) shareJson(item as object);
  SHARED.set(Object.freeze(value), null);
  return value;
}

/** Whether shareJson() has frozen this very value. */
export function isShared(value: object): boolean {
  return SHARED.has(value);
}

/**
 * JSON with sorted keys and no blanks: equal values give equal texts. Properties that are undefined are left out.
 * Throws TypeError on what JSON cannot hold (NaN, infinity, functions, class instances such as typed arrays).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  const known = typeof value === 'object' ? SHARED.get(value) : undefined;
  if (typeof known === 'string') return known;
  const text = textOf(value);
  if (known === null) SHARED.set(value as object, text);
  return text;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (
    typeof value === 'object' &&
    value !== null &&
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
