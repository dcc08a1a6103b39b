// Who owns a lease, and whether that process is still there. A process is judged by its pid only where pids mean the
// same as here: equal host name, boot and pid namespace. Everywhere else its heartbeat decides (lease.ts).
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isSystemError } from '../base/files.ts';
import { thisPlace } from '../base/place.ts';

export interface LeaseOwner {
  readonly format: 1;
  /** Unique to this lease. */
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** Of the machine; null where the system has no such mark. Host names alone repeat, boots do not. */
  readonly boot: string | null;
  /** Processes of another container have pids that mean nothing here. */
  readonly pid_namespace: string | null;
  /** Start of the process in clock ticks since the boot: distinguishes it from a later process with the same pid. */
  readonly start: string | null;
  /** ISO time, for people. */
  readonly since: string;
}

/**
 * `watch`: its pid says nothing here, so its heartbeat has to be watched.
 */
export type Judgement = 'alive' | 'dead' | 'watch';

/**
 * This process as the owner of a new lease.
 * @param since wall time, for people
 */
export function thisOwner(since: Date): LeaseOwner {
  return {
    format: 1,
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    ...thisPlace(),
    start: statusOf(process.pid)?.start ?? null,
    since: since.toISOString(),
  };
}

/**
 * The owner in the first line of a lease file.
 * @returns undefined when the line is none, as after a crash of the machine
 */
export function parseOwner(line: string): LeaseOwner | undefined {
  try {
    const owner = JSON.parse(line) as Partial<LeaseOwner> | null;
    const texts = [owner?.token, owner?.host, owner?.since];
    const marks = [owner?.boot, owner?.pid_namespace, owner?.start];
    const fits =
      owner?.format === 1 &&
      // It is part of the names of files.
      /^[\w-]+$/.test(String(owner.token)) &&
      typeof owner.pid === 'number' &&
      texts.every((text) => typeof text === 'string') &&
      marks.every((mark) => mark === null || typeof mark === 'string');
    return fits ? (owner as LeaseOwner) : undefined;
  } catch {
    return undefined;
  }
}

/** For messages. */
export function describeOwner(owner: LeaseOwner | undefined): string {
  return owner ? `process ${owner.pid} on ${owner.host} since ${owner.since}` : 'an unknown process';
}

/** Whether pids of the owner mean the same here. */
export function isHere(owner: LeaseOwner): boolean {
  const { boot, pid_namespace } = thisPlace();
  return (
    boot !== null &&
    pid_namespace !== null &&
    owner.host === hostname() &&
    owner.boot === boot &&
    owner.pid_namespace === pid_namespace
  );
}

/** An unreadable owner may be anyone. */
export function judge(owner: LeaseOwner | undefined): Judgement {
  if (!owner || !isHere(owner)) return 'watch';
  return isAlive(owner) ? 'alive' : 'dead';
}

function isAlive({ pid, start }: LeaseOwner): boolean {
  // 0 and negative numbers name groups of processes: kill(0) asks for our own group and always succeeds.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // EPERM: there is such a process, of another user.
    if (!isSystemError(cause) || cause.code !== 'EPERM') return false;
  }
  const status = statusOf(pid);
  // Hidden from this user.
  if (!status) return true;
  if (status.ended) return false;
  return start === null || status.start === start;
}

/** What /proc says of a process (proc(5), stat); undefined where there is no such file. */
function statusOf(pid: number): { readonly start: string; readonly ended: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program may contain blanks and brackets; fields are counted from the state, field 3, on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const threads = Number(fields[17]);
    // A zombie: ended and not yet collected by its parent. Its first thread may end before the others do.
    return { start: fields[19] ?? '', ended: /^[ZXx]$/.test(fields[0] ?? '') && threads <= 1 };
  } catch {
    return undefined;
  }
}
