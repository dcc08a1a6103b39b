// One process a run directory: a lock file with pid, host and start, taken over when its process is gone.
import { readFileSync, renameSync, rmSync, writeFileSync, linkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSystemError, systemReason } from '../base/files.ts';
import { TracelabError } from '../base/errors.ts';

export const LOCK_FILE = '.lock';

/** Looks at a living owner, a tenth of a second apart, before it is told to the user. */
const DYING_CHECKS = 5;

interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** ISO time, for people. */
  readonly started: string;
  /** What tells this process from a later one with the same pid; null where the system has no such mark. */
  readonly process_mark: string | null;
}

export interface RunLock {
  /** Removes the lock file if it is still ours; safe to call twice, and from an exit handler (synchronous). */
  readonly release: () => void;
}

/**
 * Takes the lock of a directory, which must exist.
 * Throws TracelabError RUN_IN_USE (environment) when a living process has it, or one on another host, which cannot be asked.
 */
export async function lockDirectory(directory: string, now: () => Date): Promise<RunLock> {
  const path = join(directory, LOCK_FILE);
  const owner: LockOwner = {
    pid: process.pid,
    host: hostname(),
    started: now().toISOString(),
    process_mark: processMark(process.pid),
  };
  const mine = `${JSON.stringify(owner)}\n`;
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      return {
        release: () => {
          if (readLock(path) === mine) rmSync(path, { force: true });
        },
      };
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      if (cause.code !== 'EEXIST') {
        throw new TracelabError({
          code: 'FILE_WRITE',
          kind: 'environment',
          where: path,
          what: `cannot write (${systemReason(cause)})`,
          cause,
        });
      }
    }
    const theirs = readLock(path);
    if (theirs === undefined) continue; // Released in this moment.
    const other = parseOwner(theirs);
    // An owner between creating the file and writing it needs some milliseconds; one that died there never comes back.
    if (!other && attempt < 3) await sleep(50);
    else if (other && isAlive(other)) {
      // A process that was just killed needs a moment to be gone.
      if (attempt >= DYING_CHECKS || !isHere(other)) throw inUse(directory, path, other);
      await sleep(100);
    } else takeAway(path, theirs);
  }
  throw new TracelabError({
    code: 'RUN_IN_USE',
    kind: 'environment',
    where: directory,
    what: 'other processes keep taking the lock of this run directory',
    hint: 'run one at a time',
  });
}

/** Removes a dead process's lock. Two processes may find it dead at once, so what was moved away is looked at again. */
function takeAway(path: string, dead: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readLock(aside) !== dead) linkSync(aside, path); // It was a new owner's: put it back, unless yet another one came.
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
  }
  rmSync(aside, { force: true });
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<LockOwner> | null;
    return typeof owner?.pid === 'number' && typeof owner.host === 'string'
      ? ({ started: 'an unknown time', process_mark: null, ...owner } as LockOwner)
      : undefined;
  } catch {
    return undefined;
  }
}

function isHere(owner: LockOwner): boolean {
  return owner.host === hostname();
}

function isAlive(owner: LockOwner): boolean {
  if (!isHere(owner)) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (cause) {
    // EPERM: it lives, under another user.
    return isSystemError(cause) && cause.code === 'EPERM';
  }
  if (isZombie(owner.pid)) return false;
  const mark = processMark(owner.pid);
  return owner.process_mark === null || mark === null || mark === owner.process_mark;
}

/** Boot and start time of a process in clock ticks (proc(5), field 22 of stat); null where there is no /proc. */
function processMark(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
}

/** Ended, but not yet collected by its parent. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

function inUse(directory: string, path: string, owner: LockOwner): TracelabError {
  const elsewhere = !isHere(owner);
  return new TracelabError({
    code: 'RUN_IN_USE',
    kind: 'environment',
    where: directory,
    what: 'this run directory is in use',
    expected: 'one process at a time',
    got: `process ${owner.pid} on ${owner.host} since ${owner.started}`,
    hint: elsewhere ? `if that process is gone, delete ${path}` : 'wait for it, or stop it, or give another directory',
  });
}
