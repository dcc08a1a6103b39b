// The words of a plan: a table that fits, a time range with its reasons, what limits threads, and busy machines.
import { describe, expect, it } from 'vitest';
import {
  otherProgramsWarning,
  planRange,
  planTable,
  planTime,
  type PlannedTask,
  threadWords,
} from '../../../src/cli/display/plan-words.ts';

const task = (kind: string, condition: string | null, rest: Partial<PlannedTask> = {}): PlannedTask => ({
  kind,
  condition,
  tokens: 27_000_000,
  seconds: 250,
  threads: 1,
  finished: false,
  ...rest,
});

const TASKS = [
  task('data', null, { tokens: 31_000, seconds: 4, finished: true }),
  task('train', 'correct'),
  task('train', 'correct', { finished: true }),
  task('train', 'correct', { threads: 2 }),
  task('train', 'truncated-from-the-end@0.25'),
  task('interventions', 'correct', { tokens: 1_200_000, seconds: 61 }),
];

describe('planTable', () => {
  it('has a row for each kind and condition, and fits 80 columns', () => {
    expect(planTable(TASKS.with(4, task('train', 'thinned@0.25')))).toEqual([
      'kind           condition          tasks  tokens    CPU time  threads',
      'data           all             1 (done)  31.0 k           -        -',
      'train          correct       3 (1 done)  81.0 M  8 min 20 s   1 to 2',
      '               thinned@0.25           1  27.0 M  4 min 10 s        1',
      'interventions  correct                1  1.20 M  1 min 01 s        1',
    ]);
  });

  it('drops threads, then tokens, and then shortens conditions in the middle', () => {
    const row = (width: number): string => planTable(TASKS, width)[3];
    expect(row(83)).toBe('               truncated-from-the-end@0.25           1  27.0 M  4 min 10 s        1');
    expect(row(80)).toBe('               truncated-from-the-end@0.25           1  27.0 M  4 min 10 s');
    expect(row(72)).toBe('               truncated-from-the-end@0.25           1  4 min 10 s');
    expect(row(60)).toBe('               truncated...-end@0.25           1  4 min 10 s');
    for (let width = 55; width < 90; width++)
      expect(Math.max(...planTable(TASKS, width).map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('shows nothing of a file that moves the cursor', () => {
    expect(planTable([task('train', 'x\u001b[2J')]).join('')).not.toContain('\u001b');
  });
});

describe('planRange', () => {
  it('is as long as the shared work when no chain is long', () => {
    const range = planRange(3200, 0, 16, []);
    expect(range).toEqual({ low: 200, high: 200, why: [] });
    expect(planTime(range, 16)).toEqual(['Time: about 3 min on 16 threads.']);
  });

  it('is at least the longest chain, and at most all the rest before it', () => {
    expect(planRange(1600, 400, 16, [])).toMatchObject({ low: 400, high: 475 });
    expect(planRange(1000, 1000, 1, [])).toEqual({ low: 1000, high: 1000, why: [] });
  });

  it('names the reasons for its width, the widest first, and leaves small ones out', () => {
    const range = planRange(16_000, 300, 16, [
      { low: 0.9, high: 1.2, why: 'lengths come from a sample of 200 problems' },
      { low: 0.99, high: 1, why: 'of nothing' },
    ]);
    expect(range.low).toBeCloseTo(1000 * 0.9 * 0.99, 9);
    expect(range.high).toBeCloseTo((1000 + (300 * 15) / 16) * 1.2, 9);
    expect(planTime(range, 16).join('\n')).toBe(
      'Time: about 15 to 26 min on 16 threads. A range, because lengths come from a\n' +
        'sample of 200 problems and the longest chain of tasks takes 5 min 00 s, and\n' +
        'threads may idle at the end.',
    );
  });
});

describe('threadWords', () => {
  it('says what limits threads', () => {
    expect(threadWords('train', 8, 1, { by: 'use' })).toBe('train: 8 threads a task; more would not make it faster');
    expect(threadWords('train', 2, 1, { by: 'threads', threads: 2 })).toBe(
      'train: 2 threads a task; --threads 2 limits them',
    );
    expect(threadWords('train', 1, 16, { by: 'tasks', jobs: 16 })).toBe(
      'train: 1 thread a task, 16 tasks side by side; the others go to 15 tasks next to it',
    );
    const memory = { by: 'memory', bytes: 3 * 2 ** 30, more: 4.25 * 2 ** 30, there: 4 * 2 ** 30 } as const;
    expect(threadWords('train', 2, 1, memory)).toBe(
      'train: 2 threads a task; memory limits them: a task needs 3.00 GiB, 4.25 GiB with 3 threads, and 4.00 GiB may be used',
    );
  });
});

describe('otherProgramsWarning', () => {
  it('warns when the cores that are left are too few', () => {
    expect(otherProgramsWarning({ used: 1.3, of: 2 }, 2)).toBe(
      'other programs use 1.3 of 2 cores; times may be longer',
    );
    expect(otherProgramsWarning({ used: 0.5, of: 1 }, 1)).toBe('other programs use 0.5 of 1 core; times may be longer');
  });

  it.each([
    ['unknown', null, 2],
    ['idle', { used: 0.1, of: 2 }, 2],
    ['busy, but with cores to spare', { used: 40, of: 64 }, 4],
  ])('says nothing of a machine that is %s', (_, load, threads) => {
    expect(otherProgramsWarning(load, threads)).toBeNull();
  });
});
