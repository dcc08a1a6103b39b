// Pauses of long work: due by the clock that is given, and the moment at which a stop is heard.
import { describe, expect, it } from 'vitest';
import { createPace, StoppedAtPause } from '../../src/base/pace.ts';

describe('a pace', () => {
  it('is due 20 ms after its start and after each pause', async () => {
    let now = 5;
    const pace = createPace(undefined, { seconds: () => now });
    const dueAfter = (seconds: number): boolean => {
      now += seconds;
      return pace.isDue();
    };
    expect([dueAfter(0), dueAfter(0.019), dueAfter(0.0011), dueAfter(1)]).toEqual([false, false, true, true]);
    await pace.pause();
    expect([dueAfter(0.019), dueAfter(0.0011)]).toEqual([false, true]);
  });

  it('gives way to what waits for the main thread', async () => {
    const order: string[] = [];
    const pace = createPace(undefined);
    setImmediate(() => order.push('waiting'));
    await pace.pause();
    order.push('work');
    expect(order).toEqual(['waiting', 'work']);
  });

  it('throws at the pause in which the signal is aborted, not before', async () => {
    const stop = new AbortController();
    const pace = createPace(stop.signal);
    await pace.pause();
    setImmediate(() => {
      stop.abort();
    });
    await expect(pace.pause()).rejects.toBeInstanceOf(StoppedAtPause);
    await expect(pace.pause()).rejects.toBeInstanceOf(StoppedAtPause);
  });
});
