// A lease has one owner: who counts as alive, how an owner elsewhere is watched, how a lost lease is noticed.
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TracelabError } from '../../src/base/errors.ts';
import { lookAtLease, takeLease } from '../../src/work/lease.ts';
import type { Lease, LeaseOptions } from '../../src/work/lease.ts';
import { newestLease } from '../../src/work/lease-file.ts';
import { describeOwner, thisOwner } from '../../src/work/lease-owner.ts';
import type { LeaseOwner } from '../../src/work/lease-owner.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-lease-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const SINCE = new Date('2026-01-02T03:04:05Z');
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const owner = (changes: Partial<LeaseOwner> = {}): LeaseOwner => ({ ...thisOwner(SINCE), ...changes });
const elsewhere = (): LeaseOwner => owner({ host: 'elsewhere', boot: 'another boot', pid: 77 });
/** Leaves a lease behind that nobody renews. */
function leave(left: LeaseOwner): void {
  writeFileSync(join(folder, '.lease-1'), `${JSON.stringify(left)}\nbeat 000000000000\n`);
}
const take = (options: LeaseOptions = {}): Promise<Lease> => takeLease(folder, { patienceSeconds: 0, ...options });
const refusal = async (options: LeaseOptions = {}): Promise<TracelabError> =>
  (await take(options).then(
    () => new Error('not refused'),
    (error: unknown) => error,
  )) as TracelabError;
/** Time that passes when somebody waits, and only then. */
function watching(everyWait: (waits: number) => void = () => undefined): LeaseOptions & { waits: () => number } {
  let seconds = 0;
  let waits = 0;
  return {
    clock: { now: () => SINCE, seconds: () => seconds },
    wait: (by) => {
      seconds += by;
      waits += 1;
      everyWait(waits);
      return Promise.resolve();
    },
    waits: () => waits,
  };
}

const onLinux = it.runIf(process.platform === 'linux');

onLinux('is refused to a second taker, which learns pid, host and start, and is free again after release', async () => {
  const lease = await take({ owner: owner() });
  const error = await refusal();
  expect(error.message).toBe(
    `error[CELL_IN_USE] ${folder}: this folder is in use; expected one process at a time, got process ${process.pid} on ${hostname()} since 2026-01-02T03:04:05.000Z (hint: wait for it, or stop it, or give another directory)`,
  );
  expect(error.exitCode).toBe(4);
  expect(await lookAtLease(folder)).toMatchObject({ state: 'alive' });
  lease.release();
  lease.release();
  expect(await lookAtLease(folder)).toEqual({ state: 'free', owner: undefined });
  const next = await take();
  expect(next.generation).toBe(2);
  lease.release();
  expect(next.held()).toBe(true);
  next.release();
});

it('makes the folder, and leaves nothing but its own files', async () => {
  folder = join(folder, 'deep/cell');
  (await take()).release();
  const next = await take();
  expect(readdirSync(folder)).toEqual(['.lease-1', expect.stringMatching(/^\.lease-2-[0-9a-f-]{13}$/)]);
  next.release();
});

it('keeps the first and the newest file when older ones are swept', async () => {
  for (let start = 0; start < 4; start++) (await take()).release();
  const lease = await take();
  await lease.sweepOlder();
  expect(readdirSync(folder)).toEqual(['.lease-1', expect.stringMatching(/^\.lease-5-/)]);
  expect(lease.held()).toBe(true);
  lease.release();
  const next = await take();
  expect(next.generation).toBe(6);
  next.release();
});

it('says in one line why the folder cannot be had', async () => {
  folder = join(folder, 'file');
  writeFileSync(folder, '');
  expect((await refusal()).message).toBe(
    `error[FILE_WRITE] ${folder}: cannot take the folder's lease (a part of the path is not a folder); expected a place that can be written to, got ENOTDIR (hint: remove the file in its place, or give another path)`,
  );
});

it.each(['b3c6c[be2-', '(a+)+', '../../outside', 'a/b', ''])(
  'an owner with the token %j is unreadable',
  async (token) => {
    // The token is part of the names of later files.
    leave(owner({ token }));
    expect((await newestLease(folder))?.owner).toBeUndefined();
  },
);

describe('an owner on this machine', () => {
  onLinux('that is gone is followed at once', async () => {
    leave(owner({ pid: deadPid(), start: null }));
    expect(await lookAtLease(folder)).toMatchObject({ state: 'dead' });
    const lease = await take({ wait: () => Promise.reject(new Error('waited')) });
    expect(lease.generation).toBe(2);
    lease.release();
  });

  onLinux.each([0, -1, -process.pid, 1.5, NaN, 2 ** 60])('with the pid %s never lives', async (pid) => {
    leave(owner({ pid: Number.isNaN(pid) ? 0.5 : pid, start: null }));
    (await take({ wait: () => Promise.reject(new Error('waited')) })).release();
  });

  onLinux('is dead when its pid now belongs to another process', async () => {
    leave(owner({ start: '17' }));
    (await take()).release();
  });

  onLinux('of another user lives: the system refuses the signal, and its start fits', async () => {
    const stat = readFileSync('/proc/1/stat', 'utf8');
    leave(owner({ pid: 1, start: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] }));
    expect((await refusal()).code).toBe('CELL_IN_USE');
  });

  onLinux('that was killed and not yet collected by its parent is dead', async () => {
    // The shell starts a child, kills it, and never waits for it: a zombie as long as the shell lives.
    const shell = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; kill -9 $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = await new Promise<number>((resolve) => {
      shell.stdout.once('data', (text: Buffer) => {
        resolve(Number(text.toString()));
      });
    });
    leave(owner({ pid, start: null }));
    (await takeLease(folder)).release();
    shell.kill('SIGKILL');
  });

  onLinux('that dies while it is looked at is followed', async () => {
    const child = spawn('/bin/sh', ['-c', 'exec sleep 60'], { stdio: 'ignore' });
    leave(owner({ pid: child.pid, start: null }));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const lease = await takeLease(folder, {
      wait: async () => {
        child.kill('SIGKILL');
        await gone;
      },
    });
    expect(lease.generation).toBe(2);
    lease.release();
  });
});

describe.each([
  ['on another machine', elsewhere],
  ['on a machine of the same name', () => owner({ boot: 'another boot', pid: deadPid() })],
  ['in another container of this machine', () => owner({ pid_namespace: 'pid:[1]', pid: deadPid() })],
  ['on a system without /proc', () => owner({ boot: null, pid_namespace: null, pid: deadPid() })],
])('an owner %s', (_, other) => {
  it('is followed only after its counter stood still for the period', async () => {
    const dead = other();
    leave(dead);
    expect(await lookAtLease(folder)).toMatchObject({ state: 'watch' });
    const time = watching();
    const watched: [string, number][] = [];
    const onWatch = (name: string): number => watched.push([name, time.waits()]);
    const lease = await take({ ...time, onWatch, beatSeconds: 5, periodSeconds: 60 });
    expect(time.waits()).toBe(12);
    // Named once, before the first wait.
    expect(watched).toEqual([[describeOwner(dead), 0]]);
    lease.release();
  });

  it('lives when its counter moves, however late', async () => {
    const first = await take({ owner: other() });
    const renewals: Promise<void>[] = [];
    const time = watching((waits) => {
      if (waits === 11) renewals.push(first.renew());
    });
    const wait: LeaseOptions['wait'] = async (by, signal) => {
      await time.wait?.(by, signal);
      await Promise.all(renewals);
    };
    expect(await refusal({ ...time, wait, beatSeconds: 5, periodSeconds: 60 })).toMatchObject({ code: 'CELL_IN_USE' });
    expect(time.waits()).toBe(11);
    expect(first.held()).toBe(true);
    first.release();
  });

  it('that gives it back while it is watched is followed at once', async () => {
    const first = await take({ owner: other() });
    const time = watching(() => {
      first.release();
    });
    (await take({ ...time, periodSeconds: 60 })).release();
    expect(time.waits()).toBe(1);
  });
});

describe('watching', () => {
  it('does not count time in which this machine slept', async () => {
    leave(elsewhere());
    let seconds = 0;
    let waits = 0;
    const wait = (): Promise<void> => {
      seconds += 1000;
      waits += 1;
      return Promise.resolve();
    };
    const clock = { now: () => SINCE, seconds: () => seconds };
    (await take({ clock, wait, beatSeconds: 5, periodSeconds: 60 })).release();
    expect(waits).toBe(6);
  });

  it('ends with the signal, and the owner counts as alive', async () => {
    leave(elsewhere());
    const controller = new AbortController();
    const time = watching(() => {
      controller.abort();
    });
    const error = await refusal({ ...time, signal: controller.signal });
    expect(error.message).toContain('got process 77 on elsewhere since 2026-01-02T03:04:05.000Z (hint: it still');
    expect(time.waits()).toBe(1);
  });

  it.each(['', '{"format":1,"pid":', 'null\nbeat'])('follows a first file without an owner: %j', async (text) => {
    writeFileSync(join(folder, '.lease-1'), text);
    const lease = await take({ ...watching(), periodSeconds: 60 });
    expect(lease.generation).toBe(2);
    expect((await refusal()).code).toBe('CELL_IN_USE');
    lease.release();
    const next = await take();
    expect(next.generation).toBe(3);
    next.release();
  });

  it('waits for the owner of a file that is still being written', async () => {
    writeFileSync(join(folder, '.lease-1'), '');
    const time = watching((waits) => {
      if (waits === 3) leave(owner());
    });
    expect((await refusal({ ...time, periodSeconds: 60 })).code).toBe('CELL_IN_USE');
    expect(time.waits()).toBe(3);
  });
});

describe('an owner', () => {
  it('that was taken for dead learns it at its next beat, once, and gives no sign of life any more', async () => {
    let lost = 0;
    const onLost = (): void => {
      lost += 1;
    };
    const first = await take({ owner: elsewhere(), onLost });
    const second = await take({ ...watching(), periodSeconds: 60 });
    await first.renew();
    expect(first.held()).toBe(false);
    await first.renew();
    first.release();
    expect(lost).toBe(1);
    expect(second.held()).toBe(true);
    second.release();
  });

  it('whose folder was deleted, or made anew, does not hold it any more', async () => {
    const first = await take();
    renameSync(folder, `${folder}-aside`);
    const second = await take();
    expect(first.held()).toBe(false);
    expect(second.held()).toBe(true);
    rmSync(folder, { recursive: true });
    expect(second.held()).toBe(false);
    rmSync(`${folder}-aside`, { recursive: true });
  });

  it('beats in place: the file keeps its length, and only the counter moves', async () => {
    const lease = await take();
    const before = readFileSync(join(folder, '.lease-1'), 'utf8');
    await Promise.all([lease.renew(), lease.renew()]);
    await lease.renew();
    const after = readFileSync(join(folder, '.lease-1'), 'utf8');
    expect(after.split('\n')[0]).toBe(before.split('\n')[0]);
    expect(after.split('\n')[1]).toMatch(/^beat 0{11}[23]$/);
    expect(after.length).toBe(before.length);
    const renewing = lease.renew();
    lease.release();
    await renewing;
    expect(readFileSync(join(folder, '.lease-1'), 'utf8')).toContain('\nfree 0');
  });

  it('gives it back from an exit handler', async () => {
    const module = new URL('../../src/work/lease.ts', import.meta.url).href;
    const text = `import { takeLease } from ${JSON.stringify(module)};
      const lease = await takeLease(${JSON.stringify(folder)});
      process.on('exit', () => { lease.release(); });
      process.exit(0);`;
    expect(spawnSync(process.execPath, ['--input-type=module', '-e', text]).status).toBe(0);
    expect(await lookAtLease(folder)).toEqual({ state: 'free', owner: undefined });
  });
});

describe('a slow taker', () => {
  /** A taker that stops after a step until it is let go. */
  function slow(step: 'beforeCreate' | 'afterCreate'): { taken: Promise<Lease>; there: Promise<void>; go: () => void } {
    let go = (): void => undefined;
    let reached = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const there = new Promise<void>((resolve) => (reached = resolve));
    const hook = async (): Promise<void> => {
      reached();
      await gate;
    };
    return { taken: take({ hooks: { [step]: hook } }), there, go };
  }

  it('that read a dead lease cannot follow it once others came and went', async () => {
    leave(owner({ pid: -1 }));
    const late = slow('beforeCreate');
    await late.there;
    (await take()).release();
    (await take()).release();
    const newest = await take();
    late.go();
    await expect(late.taken).rejects.toMatchObject({ code: 'CELL_IN_USE' });
    expect(newest.held()).toBe(true);
    newest.release();
  });

  it('that creates a generation which was there and was swept withdraws', async () => {
    leave(owner({ pid: -1 }));
    const late = slow('beforeCreate');
    await late.there;
    (await take()).release();
    (await take()).release();
    const newest = await take();
    await newest.sweepOlder();
    late.go();
    await expect(late.taken).rejects.toMatchObject({ code: 'CELL_IN_USE' });
    expect(newest.held()).toBe(true);
    newest.release();
    const next = await take();
    expect(next.generation).toBe(newest.generation + 1);
    next.release();
  });

  it('that read a folder which was deleted and made anew withdraws, and the owner there does not notice', async () => {
    leave(owner({ pid: -1 }));
    const late = slow('beforeCreate');
    await late.there;
    rmSync(folder, { recursive: true });
    const current = await take();
    late.go();
    await expect(late.taken).rejects.toMatchObject({ code: 'CELL_IN_USE' });
    expect(current.held()).toBe(true);
    current.release();
  });

  it('starts again when the folder is deleted under its hands', async () => {
    const late = slow('beforeCreate');
    await late.there;
    rmSync(folder, { recursive: true });
    late.go();
    const lease = await late.taken;
    expect(lease.held()).toBe(true);
    lease.release();
  });

  it('whose new lease goes with the folder takes one in the folder that came after', async () => {
    const late = slow('afterCreate');
    await late.there;
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    appendFileSync(join(folder, 'other'), '');
    late.go();
    const lease = await late.taken;
    expect(existsSync(join(folder, '.lease-1'))).toBe(true);
    expect(lease.held()).toBe(true);
    lease.release();
  });
});
