// The split that a problem belongs to: a function of the data seed and the problem alone. So two sets of different
// splits share no problem, whatever distributions they are drawn from and however many problems they have.
import { STREAMS, threefry2x32 } from '../base/random.ts';

export type SplitName = 'train' | 'dev' | 'test';

const TEST = 1 / 3;
const DEV = 1 / 16;

/** The share of all problems that belongs to each split. Part of the data format, like the hash below. */
export const SHARES: Readonly<Record<SplitName, number>> = { train: 1 - TEST - DEV, dev: DEV, test: TEST };

const words = new Uint32Array(2);

/** @param key a text that two problems share exactly when they are the same */
export function splitOf(seed: number, key: string): SplitName {
  threefry2x32(seed, STREAMS.splits, fnv1a(key, 0, 1), fnv1a(key, key.length - 1, -1), words);
  const u = words[0] / 0x1_0000_0000;
  if (u < TEST) return 'test';
  return u < TEST + DEV ? 'dev' : 'train';
}

/**
 * FNV-1a, 32 bits (Fowler, Noll and Vo), over the UTF-16 units of a text, the low byte of each first.
 * @param first index of the unit to begin with
 * @param step 1 reads to the end, -1 to the beginning
 */
function fnv1a(text: string, first: number, step: 1 | -1): number {
  let hash = 0x811c9dc5;
  for (let i = first; i >= 0 && i < text.length; i += step) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}
