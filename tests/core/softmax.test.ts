// Rows of exponentials: accuracy of exp in units in the last place, the sum, log-sum-exp, and rows that depend on their
// length alone.
import { describe, expect, it } from 'vitest';
import { corePaths } from './paths.ts';
import { expectSameBits, expectWithin, randomFloats, Room, UNIT } from './room.ts';

/** Spacing of f32 numbers at a positive normal x. */
function ulp(x: number): number {
  return 2 ** (Math.floor(Math.log2(x)) - 23);
}

/** exp(x) is promised on [LOWEST, HIGHEST], and exactly 0 below. */
const LOWEST = -87.3,
  HIGHEST = 88.3;

describe.each(corePaths())('exponentials, $name', ({ core }) => {
  const room = new Room(core());

  /**
   * e^(sign (x - top)) with top = 0, so that nothing but the exponential rounds. A multiple of 8 values whose largest
   * is 0.
   */
  function exponentials(values: Float32Array, sign: 1 | -1): Float32Array {
    room.clear();
    const row = room.output(values.length, values);
    room.run((k) => k.exp_row(row, values.length, values.length, sign, 0));
    return room.read(row, values.length);
  }

  function largestError(from: number, to: number, sign: 1 | -1): number {
    const values = Float32Array.from({ length: 80_000 }, (_, i) =>
      i === 0 ? 0 : -Math.abs(from + ((to - from) * i) / 79_999),
    );
    const got = exponentials(values, sign);
    let worst = 0;
    for (const [i, x] of values.entries()) {
      const exact = Math.exp(sign * x);
      const error = Math.abs(got[i] - exact) / ulp(exact);
      if (!(error <= worst)) worst = error;
    }
    return worst;
  }

  it('are within 2 ulp from the least normal result to the largest', () => {
    // Math.exp is within 1 ulp of f64, 2^-29 ulp of f32.
    expect(largestError(Math.fround(LOWEST + 1e-5), 0, 1)).toBeLessThanOrEqual(2);
    expect(largestError(0, -HIGHEST, -1)).toBeLessThanOrEqual(2);
    expect(largestError(0, -1e-3, 1)).toBeLessThanOrEqual(2);
  });

  it('are 1 at 0, 0 below the range and at -infinity, and stay finite above it', () => {
    const values = Float32Array.of(0, -0, -88, -1e4, -3e38, -Infinity, -87.4, -87.5);
    expect([...exponentials(values, 1)]).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
    const high = exponentials(Float32Array.of(0, -88.3, -89, -1000, -3e38, -Infinity, 0, 0), -1);
    expectWithin(
      [...high].map((x) => Math.log(x)),
      [0, HIGHEST, HIGHEST, HIGHEST, HIGHEST, HIGHEST, 0, 0],
      1e-5,
      'logarithm',
    );
  });

  it('rise with x', () => {
    const values = Float32Array.from({ length: 16_000 }, (_, i) => -i / 200);
    const got = exponentials(values, 1);
    for (let i = 1; i < got.length; i++)
      if (!(got[i] <= got[i - 1])) expect.fail(`e^${values[i]} = ${got[i]} > e^${values[i - 1]} = ${got[i - 1]}`);
  });

  it.each(
    [1, 2, 7, 8, 9, 15, 16, 17, 31, 53, 256].flatMap((length) =>
      [0, 1, 7, 8, 40].map((more) => [length, length + more]),
    ),
  )('row of %i in a width of %i: exponentials, zeros, sum and maximum', (length, width) => {
    const scale = Math.fround(0.3);
    const values = randomFloats(length, 1).map((x) => 30 * x);
    room.clear();
    const row = room.output(8 * Math.ceil(width / 8), values),
      largest = room.output(1);
    const sum = room.run((k) => k.exp_row(row, length, width, scale, largest));
    const top = Math.max(...values);
    const exact = Array.from(values, (x) => Math.exp((x - top) * scale));
    // The argument, at most 18 in size, is rounded twice; then 2 ulp of the exponential.
    const relative = (2 * 18 + 4) * UNIT;
    const got = room.read(row, 8 * Math.ceil(width / 8));
    expectWithin(got.subarray(0, length), exact, (i) => relative * exact[i], 'exponential');
    expectWithin(got.subarray(length), new Float32Array(got.length - length), 0, 'after the row');
    const total = exact.reduce((a, b) => a + b, 0);
    expectWithin([sum], [total], (relative + (length / 8 + 3) * UNIT) * total, 'sum');
    expect(room.read(largest, 1)[0]).toBe(top);
  });

  it('a row has the same bits whatever width it is computed in and whatever lies behind it', () => {
    const values = randomFloats(21, 1);
    const results = [21, 24, 48].map((width) => {
      room.clear();
      const row = room.output(48, [...values, ...randomFloats(27, width).map((x) => 1000 * x)]);
      const sum = room.run((k) => k.exp_row(row, 21, width, 0.7, 0));
      return [...room.read(row, 21), sum];
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('a NaN in a row spoils its sum', () => {
    room.clear();
    const row = room.output(8, [1, 2, NaN, 4]);
    const sum = room.run((k) => k.exp_row(row, 4, 4, 1, 0));
    // The caller divides by the sum: 0 / 0 is NaN again.
    expect(room.read(row, 4)[0] / sum).toBeNaN();
  });

  it('scale_row multiplies n entries and no more', () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 11, 32]) {
      const values = randomFloats(n, 1);
      room.clear();
      const row = room.output(n, values);
      room.run((k) => {
        k.scale_row(row, n, 0.37);
      });
      expectSameBits(
        room.read(row, n),
        values.map((x) => x * Math.fround(0.37)),
      );
    }
  });
});
