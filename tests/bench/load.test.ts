// What is reported of a busy machine: nothing, unless it matters for the numbers.
import { describe, expect, it } from 'vitest';
import { loadText, loadWarnings } from '../../bench/load.ts';

const IDLE = { average: 0.1, cores: 2, others: 0, steal: 0 };

describe('loadWarnings', () => {
  const warned = (before: Partial<typeof IDLE>, during: Partial<typeof IDLE> = {}) =>
    loadWarnings({ before: { ...IDLE, ...before }, during: { ...IDLE, ...during } });

  it('reports nothing of an idle machine, whose own load average is high while it measures', () => {
    expect(warned({}, { average: 2 })).toEqual([]);
    const unknown = { ...IDLE, others: null, steal: null };
    expect(loadWarnings({ before: unknown, during: unknown })).toEqual([]);
  });

  it('names other programs, the host, and a load that may come back', () => {
    expect(warned({ others: 0.5, average: 2 })).toEqual([
      expect.stringContaining('other programs use 50 % of the cores'),
    ]);
    expect(warned({ steal: 0.02 })).toEqual([expect.stringContaining('host of this virtual machine takes 2 %')]);
    expect(warned({ average: 1.9 })).toEqual([
      expect.stringContaining('load average of the last minute is 1.9 on 2 cores'),
    ]);
  });

  it('counts what began after the first measurement', () => {
    expect(warned({}, { others: 0.3, steal: 0.1 })).toEqual([
      expect.stringContaining('other programs use 30 %'),
      expect.stringContaining('takes 10 %'),
    ]);
  });
});

describe('loadText', () => {
  it('leaves out what the system does not report', () => {
    expect(loadText({ ...IDLE, others: 0.25 })).toBe('average 0.10, other programs 25.0 %, host 0.0 %');
    expect(loadText({ ...IDLE, others: null, steal: null })).toBe('average 0.10');
  });
});
