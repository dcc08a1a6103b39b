// The harness: medians and extremes of samples, and how many calls a warm-up and a round take; the clock is a made-up
// one.
import { describe, expect, it } from 'vitest';
import { ratesOf, summarizeRates, summarizeTiming, timeCalls, turnsOf } from '../../bench/timing.ts';

describe('summarizeTiming', () => {
  it('gives the middle, the fastest and the slowest of an odd number of samples, in any order', () => {
    expect(summarizeTiming([5, 1, 9], 7)).toEqual({
      median: 5,
      fastest: 1,
      slowest: 9,
      calls: 7,
      samples: [5, 1, 9],
    });
  });

  it('gives the mean of the two middle ones of an even number', () => {
    expect(summarizeTiming([4, 1, 2, 100], 1)).toMatchObject({ median: 3, fastest: 1, slowest: 100 });
  });

  it('leaves its samples as they are, sorts by size and not as text, and refuses none', () => {
    const samples = [10, 9, 100];
    expect(summarizeTiming(samples, 1).median).toBe(10);
    expect(samples).toEqual([10, 9, 100]);
    expect(() => summarizeTiming([], 1)).toThrow('expected at least one sample');
  });
});

describe('rates', () => {
  it('the best is the largest, the slowest the smallest', () => {
    const rates = { best: 10, median: 5, slowest: 2, samples: [5, 10, 2] };
    expect(summarizeRates([5, 10, 2])).toEqual(rates);
    expect(ratesOf({ samples: [4, 2, 10] }, 20)).toEqual(rates);
  });
});

describe('turnsOf', () => {
  it('alternates short steps one by one, and long ones in two turns', () => {
    expect(turnsOf(0.3, 5)).toEqual([1, 1, 1, 1, 1]);
    expect(turnsOf(12, 5)).toEqual([2, 3]);
    expect(turnsOf(12, 1)).toEqual([1]);
  });
});

describe('timeCalls', () => {
  const EFFORT = { warmUpCalls: 200, leastWarmUpCalls: 5, warmUpSeconds: 0.4, rounds: 3, roundSeconds: 0.02 };

  /** A clock that a call moves by some milliseconds. */
  function counted(milliseconds: (call: number) => number): {
    readonly call: () => void;
    readonly now: () => number;
    readonly calls: () => number;
  } {
    let calls = 0,
      time = 0;
    return {
      call: () => {
        time += milliseconds(calls++);
      },
      now: () => time,
      calls: () => calls,
    };
  }

  it('warms a short call up 200 times and fills each round with many calls', () => {
    const { call, now, calls } = counted(() => 0.1);
    const timing = timeCalls(call, EFFORT, now);
    expect(timing.calls).toBe(200);
    expect(timing.median).toBeCloseTo(1e-4, 10);
    expect(calls()).toBe(200 + 1 + 3 * 200);
  });

  it('stops warming up a long call when its time is over, but not before the least number of calls', () => {
    const long = counted(() => 100);
    timeCalls(long.call, EFFORT, long.now);
    expect(long.calls()).toBe(5 + 1 + 3);
    const middle = counted(() => 20);
    timeCalls(middle.call, EFFORT, middle.now);
    expect(middle.calls()).toBe(20 + 1 + 3);
  });

  it('does not count the slow calls of the warm-up', () => {
    const { call, now } = counted((n) => (n < 200 ? 1 : 0.5));
    const { median, slowest } = timeCalls(call, { ...EFFORT, warmUpSeconds: 10 }, now);
    expect([median, slowest]).toEqual([5e-4, 5e-4]);
  });

  it('tells the spread of rounds that differ', () => {
    const { call, now } = counted((n) => (n <= 5 ? 100 : [100, 300, 200][n - 6]));
    expect(timeCalls(call, EFFORT, now)).toMatchObject({
      median: 0.2,
      fastest: 0.1,
      slowest: 0.3,
      samples: [0.1, 0.3, 0.2],
      calls: 1,
    });
  });
});
