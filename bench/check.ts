// The proof before the clock: a number that is wrong must never be timed. Every breach ends the benchmark with exit
// code 70.
import { TracelabError } from '../src/base/errors.ts';

/** @throws TracelabError BENCH_CHECK (a bug) unless |got - expected| <= tolerance; NaN fails */
export function checkNear(where: string, what: string, got: number, expected: number, tolerance: number): void {
  if (Math.abs(got - expected) <= tolerance) return;
  throw failure(where, what, `${expected} +- ${tolerance.toPrecision(2)}`, String(got));
}

/** @throws TracelabError BENCH_CHECK (a bug) unless both texts are the same */
export function checkSame(where: string, what: string, got: string, expected: string): void {
  if (got !== expected) throw failure(where, what, expected, got);
}

/**
 * The proof before a comparison of speeds: all results have the bits of the first.
 * @param results at least one: what it is, and the SHA-256 of its bits
 * @returns the SHA-256 of all
 * @throws TracelabError BENCH_CHECK (a bug) when one differs
 */
export function checkEqualBits(where: string, results: readonly (readonly [what: string, sha256: string])[]): string {
  const [[, first]] = results;
  for (const [what, hash] of results) checkSame(where, what, hash, first);
  return first;
}

function failure(where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({
    code: 'BENCH_CHECK',
    kind: 'bug',
    where,
    what: `wrong result, not timed: ${what}`,
    expected,
    got,
    hint: 'tracelab doctor prints the kernel path; TRACELAB_KERNEL_PATH=portable forces the plainest one',
  });
}

/** `count` different whole numbers spread over 0..n-1, the first and the last among them. */
export function spread(n: number, count: number): number[] {
  if (n <= count) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (n - 1)) / (count - 1)));
}

/** Unit roundoff of f32: the relative error of one operation. */
export const UNIT = 2 ** -24;
