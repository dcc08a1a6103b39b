// The words of a plan: a table that fits, a time range with its reasons, what limits threads, and busy machines.
import { describe, expect, it } from 'vitest';
import {
  otherProgramsWarning,
  planTable,
  planTime,
  type PlannedTask,
  threadWords,
  type ThreadLimit,
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

describe('planTime', () => {
  it('is a range with its reasons, in lines of 80 columns', () => {
    expect(planTime({ low: 200, high: 200, why: [] }, 16)).toEqual(['Time: about 3 min on 16 threads.']);
    const why = ['lengths come from a sample of problems', 'speeds were measured for a few seconds'];
    expect(planTime({ low: 900, high: 1560, why }, 16)).toEqual([
      'Time: about 15 to 26 min on 16 threads. A range, because lengths come from a',
      'sample of problems and speeds were measured for a few seconds.',
    ]);
  });
});

describe('threadWords', () => {
  const gib = 2 ** 30;

  it.each<[number, ThreadLimit, string]>([
    [8, { by: 'use' }, '8 threads a task; more would not make it faster'],
    [2, { by: 'threads', threads: 2 }, '2 threads a task; --threads 2 limits them'],
    [1, { by: 'tasks' }, '1 thread a task; the other threads go to tasks next to it'],
    [1, { by: 'jobs', jobs: 3 }, '1 thread a task; --jobs 3 limits the tasks side by side'],
    [
      2,
      { by: 'memory', bytes: 3 * gib, more: { threads: 3, bytes: 4.25 * gib }, there: 8 * gib },
      '2 threads a task; memory limits them: a task needs 3.00 GiB, 4.25 GiB with 3 threads, and all may use 8.00 GiB',
    ],
    [
      2,
      { by: 'memory', bytes: 3 * gib, more: null, there: 8 * gib },
      '2 threads a task; memory limits them: a task needs 3.00 GiB, and all may use 8.00 GiB',
    ],
    [2, { by: 'address', there: 4 * gib }, '2 threads a task; memory limits them: a task has at most 4.00 GiB'],
  ])('%i threads limited by %j', (threads, limit, words) => {
    expect(threadWords(threads, limit)).toBe(words);
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
