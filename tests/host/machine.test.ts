// Cores and memory of a process, from sample files of machines and containers: the smallest limit counts, and it is
// named.
import { describe, expect, it } from 'vitest';
import { controlGroups } from '../../src/base/cgroup.ts';
import { type MachineFacts, usableCores, usableMemory } from '../../src/host/machine.ts';

const GIB = 2 ** 30;
const CGROUP2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
const statOf = (cores: number): string =>
  ['cpu  1 2 3 4 5 6 7 8', ...Array.from({ length: cores }, (_, i) => `cpu${i} 1 2 3 4 5 6 7 8`), 'intr 5', ''].join(
    '\n',
  );

/** A machine of 64 cores and 128 GiB, with the files of a test. */
function machine(files: Readonly<Record<string, string>>, facts: Partial<MachineFacts> = {}): MachineFacts {
  const all: Readonly<Record<string, string>> = {
    '/proc/stat': statOf(64),
    '/proc/self/status': 'Name:\tnode\nCpus_allowed:\tffff\nCpus_allowed_list:\t0-63\n',
    '/proc/meminfo': `MemTotal:       ${128 * 2 ** 20} kB\nMemFree:        1 kB\nMemAvailable:   ${120 * 2 ** 20} kB\n`,
    ...files,
  };
  return {
    read: (path) => all[path],
    parallelism: 64,
    totalBytes: 128 * GIB,
    freeBytes: 1 * GIB,
    ownBytes: GIB,
    ...facts,
  };
}

describe('controlGroups', () => {
  const found = (files: Readonly<Record<string, string>>, controller = 'cpu'): unknown =>
    controlGroups(controller, (path) => files[path]);

  it('finds the own group of version 2 and those above it', () => {
    const files = { '/proc/self/mountinfo': CGROUP2, '/proc/self/cgroup': '0::/user.slice/a:b/run 1\n' };
    expect(found(files)).toEqual([
      {
        version: 2,
        folders: [
          '/sys/fs/cgroup/user.slice/a:b/run 1',
          '/sys/fs/cgroup/user.slice/a:b',
          '/sys/fs/cgroup/user.slice',
          '/sys/fs/cgroup',
        ],
      },
    ]);
  });

  it('finds a controller of version 1 by its mount, and takes the root of a container away', () => {
    const files = {
      '/proc/self/mountinfo':
        '33 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n' +
        '35 31 0:32 / /mnt/with\\040blank/memory rw - cgroup cgroup rw,memory\n',
      '/proc/self/cgroup': '5:memory:/jobs\n4:cpu,cpuacct:/docker/abc/inner\n3:cpuset:/\n0::/\n',
    };
    expect(found(files)).toEqual([
      { version: 1, folders: ['/sys/fs/cgroup/cpu,cpuacct/inner', '/sys/fs/cgroup/cpu,cpuacct'] },
    ]);
    expect(found(files, 'memory')).toEqual([
      { version: 1, folders: ['/mnt/with blank/memory/jobs', '/mnt/with blank/memory'] },
    ]);
  });

  it('takes the mount point for a path outside of it', () => {
    const mount = '30 23 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n';
    for (const path of ['/docker/abcdef/x', '/../other'])
      expect(found({ '/proc/self/mountinfo': mount, '/proc/self/cgroup': `0::${path}\n` })).toEqual([
        { version: 2, folders: ['/sys/fs/cgroup'] },
      ]);
  });

  it.each(['', 'nonsense\n', '0::/a\n'])('finds nothing without mounts: %j', (text) => {
    expect(found({ '/proc/self/cgroup': text, '/proc/self/mountinfo': text })).toEqual([]);
  });
});

describe('usableCores', () => {
  const version2 = (files: Readonly<Record<string, string>>): MachineFacts =>
    machine({ '/proc/self/mountinfo': CGROUP2, '/proc/self/cgroup': '0::/a/b\n', ...files });

  it('takes all without a limit', () => {
    expect(usableCores(version2({ '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n' }))).toEqual({
      count: 64,
      all: 64,
      why: 'all 64 cores',
    });
  });

  it.each([
    ['the own group', '/sys/fs/cgroup/a/b/cpu.max'],
    ['the group above', '/sys/fs/cgroup/a/cpu.max'],
    ['the mount, which is the group of a container', '/sys/fs/cgroup/cpu.max'],
  ])('takes the quota of %s', (_, path) => {
    expect(usableCores(version2({ [path]: '400000 100000\n' }))).toEqual({
      count: 4,
      all: 64,
      why: '4 of 64 cores: cgroup cpu.max 400000 100000',
    });
  });

  it('takes the smallest of quotas and affinity', () => {
    const files = {
      '/sys/fs/cgroup/a/b/cpu.max': '1600000 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '300000 100000\n',
      '/proc/self/status': 'Cpus_allowed_list:\t0-3,8,10-12\n',
    };
    expect(usableCores(version2(files)).why).toBe('3 of 64 cores: cgroup cpu.max 300000 100000');
    expect(usableCores(version2({ ...files, '/proc/self/status': 'Cpus_allowed_list:\t5,63\n' })).why).toBe(
      '2 of 64 cores: CPU affinity',
    );
  });

  it('rounds a quota up, and never to none', () => {
    const count = (quota: string): number => usableCores(version2({ '/sys/fs/cgroup/a/b/cpu.max': quota })).count;
    expect([count('150000 100000'), count('50000 100000'), count('0 100000'), count('1000 100000')]).toEqual([
      2, 1, 64, 1,
    ]);
  });

  it('takes the quota of version 1', () => {
    const mount = '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n';
    const files = (quota: string): MachineFacts =>
      machine({
        '/proc/self/mountinfo': mount,
        '/proc/self/cgroup': '1:cpu:/job\n0::/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us': `${quota}\n`,
        '/sys/fs/cgroup/cpu/job/cpu.cfs_period_us': '50000\n',
      });
    expect(usableCores(files('150000')).why).toBe('3 of 64 cores: cgroup cpu.cfs_quota_us 150000 50000');
    expect(usableCores(files('-1')).count).toBe(64);
  });

  it('counts no core that is allowed but not there', () => {
    const facts = machine({ '/proc/stat': statOf(2), '/proc/self/status': 'Cpus_allowed_list:\t0-127\n' });
    expect(usableCores(facts)).toEqual({ count: 2, all: 2, why: 'all 2 cores' });
    // A container that numbers its cores anew.
    const anew = machine({ '/proc/stat': statOf(4), '/proc/self/status': 'Cpus_allowed_list:\t8-11\n' });
    expect(usableCores(anew).count).toBe(4);
  });

  it('believes Node where there is no /proc', () => {
    expect(usableCores({ read: () => undefined, parallelism: 8 })).toEqual({ count: 8, all: 8, why: 'all 8 cores' });
    expect(usableCores({ read: () => undefined, parallelism: 1 }).why).toBe('all 1 core');
  });
});

describe('usableMemory', () => {
  it('takes the machine without a limit, and what is not available is used by others', () => {
    expect(usableMemory(machine({}))).toEqual({
      bytes: 128 * GIB,
      others: 7 * GIB,
      why: '128.00 GiB: memory of the machine',
    });
  });

  it('takes the smallest limit of the own group and those above it; its file cache gives way', () => {
    const facts = machine({
      '/proc/self/mountinfo': CGROUP2,
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/memory.max': 'max\n',
      '/sys/fs/cgroup/a/memory.max': `${8 * GIB}\n`,
      '/sys/fs/cgroup/a/memory.current': `${5 * GIB}\n`,
      '/sys/fs/cgroup/a/memory.stat': `anon 5\nactive_file 7\ninactive_file ${2 * GIB}\n`,
      '/sys/fs/cgroup/memory.max': `${16 * GIB}\n`,
      '/sys/fs/cgroup/memory.current': '0\n',
    });
    expect(usableMemory(facts)).toEqual({
      bytes: 8 * GIB,
      others: 2 * GIB,
      why: `8.00 GiB of 128.00 GiB: cgroup memory.max ${8 * GIB}`,
    });
  });

  it('leaves no more than the machine has, however high the limit', () => {
    const facts = machine({
      '/proc/self/mountinfo': CGROUP2,
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${64 * GIB}\n`,
      '/sys/fs/cgroup/memory.current': `${GIB}\n`,
      '/proc/meminfo': `MemTotal:       ${128 * 2 ** 20} kB\nMemAvailable:   ${9 * 2 ** 20} kB\n`,
    });
    // 9 GiB are available and 1 GiB is our own: of the 64 GiB that we may use, 54 are gone.
    expect(usableMemory(facts)).toMatchObject({ bytes: 64 * GIB, others: 54 * GIB });
  });

  it('knows version 1, where no limit is a huge number', () => {
    const files = (limit: string): MachineFacts =>
      machine({
        '/proc/self/mountinfo': '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
        '/proc/self/cgroup': '4:memory:/job\n',
        '/sys/fs/cgroup/memory/job/memory.limit_in_bytes': limit,
        '/sys/fs/cgroup/memory/job/memory.usage_in_bytes': `${3 * GIB}\n`,
        '/sys/fs/cgroup/memory/job/memory.stat': `inactive_file 1\ntotal_inactive_file ${GIB}\n`,
      });
    expect(usableMemory(files(`${4 * GIB}\n`))).toMatchObject({ bytes: 4 * GIB, others: GIB });
    expect(usableMemory(files('9223372036854771712\n')).bytes).toBe(128 * GIB);
  });

  it('asks Node where there is no /proc', () => {
    const facts = machine({}, { read: () => undefined, freeBytes: 100 * GIB });
    expect(usableMemory(facts)).toMatchObject({ bytes: 128 * GIB, others: 27 * GIB });
  });
});

it('this machine has a core and memory', () => {
  const { count, all } = usableCores();
  expect(count >= 1 && count <= all).toBe(true);
  const { bytes, others } = usableMemory();
  expect(bytes > 0 && others >= 0 && others <= bytes).toBe(true);
});
