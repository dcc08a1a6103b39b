// JSON files that carry their own hash: `sha256` is that of all other keys, in their order, as JSON without blanks. For
// files that people copy without the record of their folder. The order counts because tables are printed in it.
import { sha256 } from './hash.ts';

/** A value with the hash of its content, as it is after a way through a file. */
export function sealed(value: object): { readonly sha256: string } {
  // What JSON leaves out or rounds is no part of the hash either.
  const plain = JSON.parse(JSON.stringify(value)) as object;
  return { ...plain, sha256: sha256(JSON.stringify(plain)) };
}

export interface BrokenSeal {
  /** The hash that the file names; `none` without one. */
  readonly expected: string;
  readonly got: string;
}

/**
 * @param value of a JSON file
 * @returns null when its content is what was sealed
 */
export function brokenSeal(value: object): BrokenSeal | null {
  const { sha256: named = 'none', ...rest } = value as { readonly sha256?: unknown };
  const expected = `sha256 ${String(named).slice(0, 16)}`;
  // JSON.parse reads 1e999 as infinity, which nothing writes.
  if (!isFiniteJson(rest)) return { expected, got: 'a number beyond all bounds' };
  const got = sha256(JSON.stringify(rest));
  return named === got ? null : { expected, got: got.slice(0, 16) };
}

function isFiniteJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFiniteJson);
}
