// JSON files that carry their own hash: `sha256` is that of all other keys as canonical JSON. For files that people
// copy without the record of their folder.
import { canonicalJson, sha256 } from './hash.ts';

/** A value with the hash of its content, as it is after a way through a file. */
export function sealed(value: object): { readonly sha256: string } {
  // What JSON leaves out or rounds is no part of the hash either.
  const plain = JSON.parse(JSON.stringify(value)) as object;
  return { ...plain, sha256: sha256(canonicalJson(plain)) };
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
  const got = sha256(canonicalJson(rest));
  return named === got ? null : { expected: `sha256 ${String(named).slice(0, 16)}`, got: got.slice(0, 16) };
}
