// What a process may still take of the system, read from sample files of Linux. tests/cli/limits-of-machine.test.ts has
// real limits.
import { describe, expect, it } from 'vitest';
import {
  type LimitFacts,
  shortageAtStart,
  shortageOfProcess,
  shortageOfThreads,
} from '../../src/base/process-limits.ts';

const HEAP = 2 ** 31;
const status = (uid: number, threads: number, capabilities = 0): string =>
  `Name:\tnode\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nVmSize:\t 1048576 kB\nThreads:\t${threads}\n` +
  `CapEff:\t${capabilities.toString(16).padStart(16, '0')}\n`;
const limits = (processes: string, addresses: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \n` +
  `Max processes             ${processes.padEnd(20)} unlimited            processes \n` +
  `Max address space         ${addresses.padEnd(20)} unlimited            bytes     \n`;

function factsOf(files: Readonly<Record<string, string>>): LimitFacts {
  return {
    read: (path) => files[path],
    list: (path) =>
      path === '/proc' ? Object.keys(files).flatMap((file) => /^\/proc\/(\d+)\//.exec(file)?.[1] ?? []) : [],
  };
}

const free = factsOf({ '/proc/self/status': status(1000, 7), '/proc/self/limits': limits('unlimited', 'unlimited') });
const group = (most: string, current: number): LimitFacts =>
  factsOf({
    '/proc/self/status': status(0, 7),
    '/proc/self/limits': limits('96365', 'unlimited'),
    '/proc/self/cgroup': '8:pids:/a\n',
    '/proc/self/mountinfo': '30 24 0:26 / /sys/fs/cgroup/pids rw shared:9 - cgroup cgroup rw,pids\n',
    '/sys/fs/cgroup/pids/a/pids.max': `${most}\n`,
    '/sys/fs/cgroup/pids/a/pids.current': `${current}\n`,
  });
const user = (uid: number, limit: number, capabilities = 0): LimitFacts =>
  factsOf({
    '/proc/self/status': status(uid, 7, capabilities),
    '/proc/self/limits': limits(String(limit), 'unlimited'),
    '/proc/10/status': status(uid, 7, capabilities),
    '/proc/11/status': status(uid, 3),
    '/proc/12/status': status(uid + 1, 500),
  });
const addresses = (bytes: number): LimitFacts =>
  factsOf({
    '/proc/self/status': status(1000, 7),
    '/proc/self/limits': limits('unlimited', String(bytes)),
  });

describe('without a limit', () => {
  it.each([
    ['Linux', free],
    ['a system without /proc', factsOf({})],
    ['a group without a limit', group('max', 7)],
  ])('%s lacks nothing', (_, facts) => {
    expect(shortageAtStart(HEAP, facts)).toBeUndefined();
    expect(shortageOfThreads(1000, facts)).toBeUndefined();
    expect(shortageOfProcess(facts)).toBeUndefined();
  });
});

it('counts what a control group leaves', () => {
  expect(shortageAtStart(HEAP, group('11', 7))).toBeUndefined();
  expect(shortageAtStart(HEAP, group('10', 7))).toEqual({
    expected: '4 threads more',
    got: '3 by pids.max of its control group',
    hint: 'raise the limit of processes and threads (pids.max of its control group)',
  });
  expect(shortageOfThreads(5, group('12', 7))).toBeUndefined();
  expect(shortageOfThreads(6, group('12', 7))).toMatchObject({ expected: '6 threads more' });
  expect(shortageOfThreads(0, group('7', 7))).toBeUndefined();
  expect(shortageOfProcess(group('19', 7))).toBeUndefined();
  expect(shortageOfProcess(group('18', 7))).toMatchObject({ got: '11 by pids.max of its control group' });
});

it('counts the threads of this user only, and none for who is exempt', () => {
  // 10 of 14 are taken.
  expect(shortageOfThreads(4, user(1000, 14))).toBeUndefined();
  expect(shortageOfThreads(5, user(1000, 14))).toMatchObject({ got: '4 by ulimit -u' });
  expect(shortageOfThreads(5, user(0, 14))).toBeUndefined();
  expect(shortageOfThreads(5, user(1000, 14, 1 << 24))).toBeUndefined();
  expect(shortageOfThreads(1, user(1000, 5))).toMatchObject({ got: '0 by ulimit -u' });
});

it('compares address space with what threads reserve', () => {
  const gibibyte = 2 ** 30;
  expect(shortageAtStart(HEAP, addresses(gibibyte + 2 ** 28))).toBeUndefined();
  expect(shortageAtStart(HEAP, addresses(gibibyte + 2 ** 28 - 1))).toEqual({
    expected: '256 MiB of address space more',
    got: '255 MiB',
    hint: 'raise the limit of address space (ulimit -v)',
  });
  expect(shortageOfThreads(2, addresses(4 * gibibyte))).toBeUndefined();
  expect(shortageOfThreads(3, addresses(4 * gibibyte))).toMatchObject({ got: '3072 MiB' });
});

it('refuses a heap in which nothing ends', () => {
  expect(shortageAtStart(128 * 2 ** 20, free)).toBeUndefined();
  expect(shortageAtStart(128 * 2 ** 20 - 1, free)).toMatchObject({
    expected: 'a heap of at least 128 MiB',
    got: '127 MiB',
  });
});
