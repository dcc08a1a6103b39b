// What is said of a busy machine: nothing, unless it matters for the numbers.
import { describe, expect, it } from 'vitest';
import { loadWarnings } from '../../bench/load.ts';

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
