// Random numbers of the core: bit-equal to src/base/random.ts, and normal deviates at published quantiles, on every
// kernel path.
import { describe, expect, it } from 'vitest';
import { RandomSequence, threefry2x32 } from '../../src/base/random.ts';
import { corePaths } from './paths.ts';
import { bitsOf, expectSameBits, expectWithin, Room } from './room.ts';

/**
 * Quantiles p and z: test values of algorithm AS 241 (Wichura, 1988), and the usual table of the normal distribution.
 */
const QUANTILES = [
  [0.25, -0.6744897501960817],
  [0.001, -3.090232306167813],
  [1e-20, -9.262340089798408],
  [0.5, 0],
  [0.75, 0.6744897501960817],
  [0.9, 1.2815515655446004],
  [0.95, 1.6448536269514722],
  [0.975, 1.959963984540054],
  [0.99, 2.3263478740408408],
  [0.995, 2.5758293035489004],
  [0.999, 3.090232306167813],
  [0.8413447460685429, 1],
  [0.9772498680518208, 2],
  [0.9986501019683699, 3],
  [1e-10, -6.361340902404056],
];

describe.each(corePaths())('random, $name', ({ core }) => {
  const room = new Room(core());

  it('threefry is bit-equal to the TypeScript twin', () => {
    const draws = new RandomSequence(1, 2, 3);
    const words = new Uint32Array(2);
    const edges = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff];
    const keys = [
      ...edges.flatMap((a) => edges.flatMap((b) => edges.map((c) => [a, b, c, 0xffffffff - c]))),
      ...Array.from({ length: 2000 }, () => Array.from({ length: 4 }, () => draws.nextU32())),
    ];
    for (const [k0, k1, c0, c1] of keys) {
      threefry2x32(k0, k1, c0, c1, words);
      const got = BigInt.asUintN(64, room.core.threefry(k0, k1, c0, c1));
      expect(got, `key ${k0} ${k1}, counter ${c0} ${c1}`).toBe((BigInt(words[1]) << 32n) | BigInt(words[0]));
    }
  });

  it('threefry gives the published known answers', () => {
    // Random123, kat_vectors: threefry2x32, 20 rounds; word 1 then word 0.
    const hex = (k0: number, k1: number, c0: number, c1: number): string =>
      BigInt.asUintN(64, room.core.threefry(k0, k1, c0, c1))
        .toString(16)
        .padStart(16, '0');
    expect(hex(0, 0, 0, 0)).toBe('99ba4efe6b200159');
    expect(hex(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toBe('bb002be71cb996fc');
    expect(hex(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toBe('483df7a0c4923a9c');
  });

  it('inverse_normal gives the published quantiles', () => {
    // 16 digits are published; the rational approximation, a logarithm and a root leave a few units of the last place.
    for (const [p, z] of QUANTILES)
      expectWithin([room.core.inverse_normal(p)], [z], Math.abs(z) * 4e-15 + 1e-16, `quantile of ${p}`);
  });

  it('normal quantiles are odd about 1/2 and rise', () => {
    let previous = -Infinity;
    for (let i = 1; i < 4096; i++) {
      const p = i / 4096;
      const z = room.core.inverse_normal(p);
      expect(z).toBe(-room.core.inverse_normal(1 - p) + 0);
      expect(z).toBeGreaterThan(previous);
      previous = z;
    }
  });

  it('fill_normal is the quantile of a 53-bit draw, entry by entry', () => {
    const n = 1003,
      std = 0.02,
      seed = 0xdeadbeef,
      index = 12;
    room.clear();
    const at = room.output(n);
    room.run((k) => {
      k.fill_normal(at, n, seed, 4, index, std);
    });
    const words = new Uint32Array(2);
    const exact = Float32Array.from({ length: n }, (_, i) => {
      threefry2x32(seed, 4, index, i, words);
      const top = ((BigInt(words[1]) << 32n) | BigInt(words[0])) >> 11n;
      return std * room.core.inverse_normal((Number(top) + 0.5) / 2 ** 53);
    });
    expectSameBits(room.read(at, n), exact);
  });

  it('fill_normal has the moments and the tails of the normal distribution', () => {
    const n = 40_000;
    room.clear();
    const at = room.output(n);
    room.run((k) => {
      k.fill_normal(at, n, 7, 4, 0, 1);
    });
    const x = [...room.read(at, n)];
    const moment = (k: number): number => x.reduce((sum, value) => sum + value ** k, 0) / n;
    // Four standard errors of each moment: sqrt(variance of x^k / n), variances 1, 2, 15, 96.
    for (const [k, mean, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ])
      expectWithin([moment(k)], [mean], 4 * Math.sqrt(variance / n), `moment ${k}`);
    const beyond = x.filter((value) => Math.abs(value) > 1.959963984540054).length;
    expectWithin([beyond], [0.05 * n], 4 * Math.sqrt(0.05 * 0.95 * n), 'beyond 1.96');
  });

  it('another seed, stream or tensor gives other numbers', () => {
    const fill = (seed: number, stream: number, index: number): string => {
      room.clear();
      const at = room.output(16);
      room.run((k) => {
        k.fill_normal(at, 16, seed, stream, index, 1);
      });
      return bitsOf(room.read(at, 16)).toString('hex');
    };
    expect(new Set([fill(1, 1, 1), fill(2, 1, 1), fill(1, 2, 1), fill(1, 1, 2)]).size).toBe(4);
    expect(fill(1, 1, 1)).toBe(fill(1, 1, 1));
  });
});
