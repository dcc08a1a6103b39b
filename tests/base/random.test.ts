// The counter-based generator against the published vectors (Random123, kat_vectors), and the draws built on it.
import { describe, expect, it } from 'vitest';
import { RandomSequence, threefry2x32 } from '../../src/base/random.ts';

const hex = (word: number): string => word.toString(16).padStart(8, '0');

describe('threefry2x32-20', () => {
  it.each([
    { key: [0, 0], counter: [0, 0], expected: ['6b200159', '99ba4efe'] },
    { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], expected: ['1cb996fc', 'bb002be7'] },
    { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], expected: ['c4923a9c', '483df7a0'] },
  ])('key $key counter $counter', ({ key, counter, expected }) => {
    const out = new Uint32Array(2);
    threefry2x32(key[0], key[1], counter[0], counter[1], out);
    expect([...out].map(hex)).toEqual(expected);
  });
});

describe('RandomSequence', () => {
  it('reads the two words of each counter in order, the key being (seed, stream)', () => {
    const random = new RandomSequence(0, 0, 0);
    expect([random.nextU32(), random.nextU32()].map(hex)).toEqual(['6b200159', '99ba4efe']);
    const second = new Uint32Array(2);
    threefry2x32(0, 0, 0, 1, second);
    expect(random.nextU32()).toBe(second[0]);
  });

  it('gives each seed, stream and index its own numbers', () => {
    const first = [
      [1, 2, 3],
      [2, 2, 3],
      [1, 3, 3],
      [1, 2, 4],
    ].map(([seed, stream, index]) => new RandomSequence(seed, stream, index).nextU32());
    expect(new Set(first).size).toBe(4);
  });

  it('draws below n uniformly', () => {
    const random = new RandomSequence(5, 0, 0);
    const counts = new Uint32Array(6);
    for (let i = 0; i < 60_000; i++) counts[random.below(6)] += 1;
    // Chi-square with 5 degrees of freedom is below 20.5 in 999 of 1,000 cases.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(20.5);
  });

  it('draws what the definition says: the first word below the largest multiple of n, modulo n', () => {
    for (const n of [
      1,
      2,
      3,
      4,
      7,
      10,
      64,
      1000,
      65_535,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 31 + 1,
      3_000_000_000,
      2 ** 32 - 1,
    ]) {
      const random = new RandomSequence(11, 1, n),
        words = new RandomSequence(11, 1, n);
      const limit = 2 ** 32 - (2 ** 32 % n);
      for (let i = 0; i < 200; i++) {
        let word = words.nextU32();
        while (word >= limit) word = words.nextU32();
        expect(random.below(n)).toBe(word % n);
      }
    }
  });

  it('rejects instead of folding the top of the range', () => {
    // 2^31 + 1 leaves almost half of all words to reject; folding them would favour small values.
    const n = 0x8000_0001;
    const random = new RandomSequence(6, 0, 0);
    let low = 0;
    for (let i = 0; i < 20_000; i++) if (random.below(n) < n / 2) low += 1;
    expect(Math.abs(low - 10_000)).toBeLessThan(5 * Math.sqrt(5_000));
  });

  it('stays inside [0, 1)', () => {
    const random = new RandomSequence(7, 0, 0);
    const values = Array.from({ length: 10_000 }, () => random.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(values.reduce((a, b) => a + b) / values.length - 0.5)).toBeLessThan(0.015);
  });

  it('shuffles arrays and typed arrays alike, all orders equally likely', () => {
    const array = ['a', 'b', 'c', 'd', 'e'];
    const typed = Uint32Array.from([0, 1, 2, 3, 4]);
    new RandomSequence(8, 0, 0).shuffle(array);
    new RandomSequence(8, 0, 0).shuffle(typed);
    expect(array.map((letter) => letter.charCodeAt(0) - 97)).toEqual([...typed]);

    const counts = new Map<string, number>();
    for (let i = 0; i < 6_000; i++) {
      const items = [1, 2, 3];
      new RandomSequence(9, 0, i).shuffle(items);
      counts.set(items.join(''), (counts.get(items.join('')) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(5 * Math.sqrt(1_000));
  });
});
