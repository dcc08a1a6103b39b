// Runs side by side: which time is common to all, and what they do in it. Times are made up.
import { describe, expect, it } from 'vitest';
import { sideBySide, summedRates } from '../../bench/side-by-side.ts';

describe('summedRates', () => {
  it('adds the speeds of all runs between the last end of a warm-up and the first end of a run', () => {
    // One step a second and one every two seconds; common from 3 to 7.
    const ends = [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [3, 5, 7],
    ];
    expect(summedRates(ends, [10, 10], 1, 2)).toEqual([15, 15]);
  });

  it('counts a step by its share of a part', () => {
    // From 2 to 5 in three parts; the second run does one step in these three seconds.
    const rates = summedRates(
      [
        [1, 2, 5],
        [2, 6],
      ],
      [30, 4],
      1,
      3,
    );
    expect(rates.map((rate) => rate.toFixed(9))).toEqual(Array(3).fill('11.000000000'));
  });

  it('shows in its parts that the machine became slower', () => {
    expect(summedRates([[0, 1, 2, 4, 6]], [1], 1, 3).map((rate) => rate.toFixed(2))).toEqual(['1.00', '0.50', '0.50']);
  });

  it('refuses runs that were never active together', () => {
    expect(() =>
      summedRates(
        [
          [1, 2],
          [3, 4],
        ],
        [1, 1],
        1,
        1,
      ),
    ).toThrow(RangeError);
  });
});

describe('sideBySide', () => {
  /** Runs whose steps take the given times, on a clock that follows their order. */
  async function simulate(lengths: readonly number[], warmUp: number, steps: number): Promise<readonly number[][]> {
    let time = 0;
    const next = lengths.map((length) => length);
    const waiting: (() => void)[] = [];
    const ends = sideBySide(
      lengths.length,
      warmUp,
      steps,
      async (i, ended) => {
        do await new Promise<void>((resolve) => (waiting[i] = resolve));
        while (!ended());
        next[i] = Infinity;
      },
      () => time,
    );
    while (next.some((each) => each < Infinity)) {
      const first = next.indexOf(Math.min(...next));
      time = next[first];
      next[first] += lengths[first];
      waiting[first]();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return (await ends).map((own) => [...own]);
  }

  it('lets the faster run work until the slower one has done its steps', async () => {
    const [fast, slow] = await simulate([1, 5], 1, 2);
    expect(slow).toEqual([5, 10, 15]);
    expect(fast.length).toBeGreaterThanOrEqual(15);
    expect(summedRates([fast, slow], [1, 5], 1, 2)).toEqual([2, 2]);
  });

  it('one run does its warm-up and its steps', async () => {
    expect(await simulate([2], 2, 3)).toEqual([[2, 4, 6, 8, 10]]);
  });
});
