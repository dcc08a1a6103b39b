// What else runs on the machine: read from /proc/stat, without the share of this process itself.
import { describe, expect, it } from 'vitest';
import { otherLoad, readTicks, sampleLoad, shares } from '../../src/host/load.ts';

describe('readTicks', () => {
  it('reads the line over all cores', () => {
    expect(readTicks('cpu  10 1 5 100 4 0 2 3 9 9\ncpu0 1 1 1 1 1 1 1 1 0 0\n')).toEqual({
      all: 125,
      idle: 104,
      steal: 3,
    });
  });

  it('adds up the lines of some cores, and knows nothing when one is missing', () => {
    const stat = 'cpu  9 9 9 9 9 9 9 9\ncpu0 1 1 1 1 1 1 1 1 0 0\ncpu1 2 0 0 5 1 0 0 3\ncpu10 7 7 7 7 7 7 7 7\n';
    expect(readTicks(stat, [0, 1])).toEqual({ all: 8 + 11, idle: 2 + 6, steal: 4 });
    expect(readTicks(stat, [1])).toEqual({ all: 11, idle: 6, steal: 3 });
    expect(readTicks(stat, [1, 2])).toBeNull();
  });

  it.each(['', 'cpu0 1 2 3 4 5 6 7 8\n', 'cpu  1 2 3\n', 'intr 5\n'])('knows nothing from %j', (text) => {
    expect(readTicks(text)).toBeNull();
  });
});

describe('shares', () => {
  const before = { all: 1000, idle: 500, steal: 0 };

  it('takes the own time and the steal out of what is not idle', () => {
    // 200 ticks passed on two cores in one second: 100 idle, 20 stolen, 0.4 of 2 core-seconds our own.
    const { others, steal } = shares(before, { all: 1200, idle: 600, steal: 20 }, 0.4, 2);
    expect(others).toBeCloseTo(1 - 0.5 - 0.1 - 0.2, 12);
    expect(steal).toBeCloseTo(0.1, 12);
  });

  it('is never below nothing, and unknown where the system does not tell', () => {
    expect(shares(before, { all: 1200, idle: 690, steal: 0 }, 2, 2).others).toBe(0);
    expect(shares(null, before, 0, 1)).toEqual({ others: null, steal: null });
    expect(shares(before, before, 0, 1)).toEqual({ others: null, steal: null });
  });
});

it('sampleLoad gives shares between 0 and 1', async () => {
  const { others, steal, cores } = await sampleLoad(0.05);
  expect(cores).toBeGreaterThan(0);
  for (const share of [others, steal]) if (share !== null) expect(share >= 0 && share <= 1).toBe(true);
});

it('otherLoad counts in cores', async () => {
  const load = await otherLoad(0.05);
  if (load === null) return;
  expect(load.of).toBeGreaterThan(0);
  expect(load.used >= 0 && load.used <= load.of).toBe(true);
});
