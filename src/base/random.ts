// Counter-based random numbers: every value is a pure function of (seed, stream, index, draw). Threefry2x32-20 of
// Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011). AssemblyScript twin: assembly/random.ts.

const PARITY = 0x1bd11bda;

/** Streams keep the uses of one seed apart. Numbers are part of the data format: append, never renumber. */
export const STREAMS = {
  train: 1,
  dev: 2,
  test: 3,
  weights: 4,
  shuffle: 5,
  swap: 6,
  sampling: 7,
  bootstrap: 8,
  touched: 9,
  corruption: 10,
  rl_prompts: 11,
  rollouts: 12,
  observed: 13,
  splits: 14,
  position_offset: 15,
  added_events: 16,
  sweep: 17,
} as const;

/**
 * Threefry2x32 with 20 rounds. Writes two u32 words to `out`.
 * @param k0 key word 0
 * @param k1 key word 1
 * @param c0 counter word 0
 * @param c1 counter word 1 (all taken modulo 2^32)
 */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number, out: Uint32Array): void {
  const k2 = PARITY ^ k0 ^ k1;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + k1) | 0;
  x1 = (x1 + k2 + 1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + k2) | 0;
  x1 = (x1 + k0 + 2) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + k0) | 0;
  x1 = (x1 + k1 + 3) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + k1) | 0;
  x1 = (x1 + k2 + 4) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  out[0] = x0 + k2;
  out[1] = x1 + k0 + 5;
}

/**
 * A sequence of draws with its own (seed, stream, index): item `index` of a stream never depends on how many draws
 * another item made.
 * @public
 */
export class RandomSequence {
  private readonly seed: number;
  private readonly stream: number;
  private readonly index: number;
  private draw = 0;
  private readonly words = new Uint32Array(2);

  constructor(seed: number, stream: number, index: number) {
    this.seed = seed;
    this.stream = stream;
    this.index = index;
  }

  /** The next u32, uniform over [0, 2^32). */
  nextU32(): number {
    const word = this.draw & 1;
    if (word === 0) threefry2x32(this.seed, this.stream, this.index, this.draw >>> 1, this.words);
    this.draw += 1;
    return this.words[word];
  }

  /**
   * Uniform integer in [0, n), exactly (rejection, no modulo bias).
   * @param n an integer, 1..2^32 - 1
   * @throws RangeError for any other number, which would have no end
   */
  below(n: number): number {
    // With a u32 the engine uses integer division.
    const range = n >>> 0;
    if (range !== n || range === 0) throw new RangeError(`no number below ${n}`);
    for (;;) {
      const value = this.nextU32();
      const rest = value % range;
      // The last multiples of n that begin below 2^32 but do not end there are drawn again.
      if (value - rest <= 0x1_0000_0000 - range) return rest;
    }
  }

  /** Uniform f64 in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.nextU32() / 0x1_0000_0000;
  }

  /** Fisher-Yates shuffle in place, of an array or a typed array. */
  shuffle<T>(items: { readonly length: number; [index: number]: T }): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
  }
}
