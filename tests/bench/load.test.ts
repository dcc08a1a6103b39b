// What else runs on the machine: read from /proc/stat, without the share of the benchmark itself, and said in words only when it matters.
import { describe, expect, it } from 'vitest';
import { loadWarnings, readTicks, sampleLoad, shares } from '../../bench/load.ts';

describe('readTicks', () => {
  it('reads the line over all cores', () => {
    expect(readTicks('cpu  10 1 5 100 4 0 2 3 9 9\ncpu0 1 1 1 1 1 1 1 1 0 0\n')).toEqual({
      all: 125,
      idle: 104,
      steal: 3,
    });
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

describe('loadWarnings', () => {
  const idle = { average: 0.1, cores: 2, others: 0, steal: 0 };

  it('says nothing of an idle machine', () => {
    expect(loadWarnings(idle)).toEqual([]);
    expect(loadWarnings({ ...idle, others: null, steal: null })).toEqual([]);
  });

  it('names other programs, the host, and a load that may come back', () => {
    expect(loadWarnings({ ...idle, others: 0.5, average: 2 })).toEqual([
      expect.stringContaining('other programs use 50 % of the cores'),
    ]);
    expect(loadWarnings({ ...idle, steal: 0.02 })).toEqual([
      expect.stringContaining('host of this virtual machine takes 2 %'),
    ]);
    expect(loadWarnings({ ...idle, average: 1.9 })).toEqual([
      expect.stringContaining('load average of the last minute is 1.9 on 2 cores'),
    ]);
  });
});

it('sampleLoad gives shares between 0 and 1', async () => {
  const { others, steal, cores } = await sampleLoad(0.05);
  expect(cores).toBeGreaterThan(0);
  for (const share of [others, steal]) if (share !== null) expect(share >= 0 && share <= 1).toBe(true);
});
