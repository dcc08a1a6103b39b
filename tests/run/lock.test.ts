// One process a run directory: locks against live, dead and distant owners.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TracelabError } from '../../src/base/errors.ts';
import { LOCK_FILE, lockDirectory } from '../../src/run/lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-lock-'));
  path = join(folder, LOCK_FILE);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const now = (): Date => new Date('2026-01-02T03:04:05Z');
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

it('is refused to a second taker, which learns pid, host and start, and is free again after release', async () => {
  const lock = await lockDirectory(folder, now);
  const error = (await lockDirectory(folder, now).catch((e: unknown) => e)) as TracelabError;
  expect(error.message).toBe(
    `error[RUN_IN_USE] ${folder}: this run directory is in use; expected one process at a time, got process ${process.pid} on ${hostname()} since 2026-01-02T03:04:05.000Z (hint: wait for it, or stop it, or give another directory)`,
  );
  expect(error.exitCode).toBe(4);
  lock.release();
  expect(existsSync(path)).toBe(false);
  (await lockDirectory(folder, now)).release();
});

it('takes over from a process that is gone, and leaves no other file', async () => {
  writeFileSync(path, JSON.stringify({ pid: deadPid(), host: hostname(), started: 'x', process_mark: null }));
  const lock = await lockDirectory(folder, now);
  expect((JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid).toBe(process.pid);
  expect(readdirSync(folder)).toEqual([LOCK_FILE]);
  lock.release();
});

it.runIf(process.platform === 'linux')('takes over when the pid now belongs to another process', async () => {
  writeFileSync(
    path,
    JSON.stringify({ pid: process.pid, host: hostname(), started: 'x', process_mark: 'an-earlier-boot 17' }),
  );
  await expect(lockDirectory(folder, now)).resolves.toBeDefined();
});

it.runIf(process.platform === 'linux')(
  'takes over from a process that was killed and not yet collected by its parent',
  async () => {
    // The shell starts a child, kills it, and never waits for it: a zombie as long as the shell lives.
    const shell = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; kill -9 $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = await new Promise<number>((resolve) => {
      shell.stdout.once('data', (text: Buffer) => {
        resolve(Number(text.toString()));
      });
    });
    writeFileSync(path, JSON.stringify({ pid, host: hostname(), started: 'x', process_mark: null }));
    await expect(lockDirectory(folder, now)).resolves.toBeDefined();
    shell.kill('SIGKILL');
  },
);

it('takes over a lock that its owner never wrote', async () => {
  writeFileSync(path, '');
  await expect(lockDirectory(folder, now)).resolves.toBeDefined();
});

it('never judges a process on another host', async () => {
  writeFileSync(path, JSON.stringify({ pid: deadPid(), host: 'elsewhere', started: 'x', process_mark: null }));
  await expect(lockDirectory(folder, now)).rejects.toThrow(`got process`);
  await expect(lockDirectory(folder, now)).rejects.toThrow(`(hint: if that process is gone, delete ${path})`);
});

it('does not remove the lock of a later owner', async () => {
  const lock = await lockDirectory(folder, now);
  writeFileSync(path, 'another owner');
  lock.release();
  expect(readFileSync(path, 'utf8')).toBe('another owner');
});

it('goes to exactly one of many takers of a dead lock', async () => {
  writeFileSync(path, JSON.stringify({ pid: deadPid(), host: hostname(), started: 'x', process_mark: null }));
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(folder, now)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
