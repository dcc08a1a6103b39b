// What the system still gives this process: threads and processes (ulimit -u, control groups), address space (ulimit
// -v), heap of V8. Node ends without a word where it gets less than it asks for, so tracelab looks before it asks.
import { readdirSync } from 'node:fs';
import { controlGroups, readTextFile, type ReadText } from './cgroup.ts';

/** A resource that is too small. */
export interface Shortage {
  /** `200 MiB of address space`. */
  readonly expected: string;
  readonly got: string;
  /** The way out. */
  readonly hint: string;
}

/** What the check reads; tests pass samples. */
export interface LimitFacts {
  readonly read: ReadText;
  /** Names in a folder. */
  readonly list: (path: string) => readonly string[];
}

/** Node reserves 842 MiB of addresses for the heap of a thread, 1,034 MiB for the first one. */
const ADDRESSES_OF_THREAD = 1100 * 2 ** 20;
/** For the pool of libuv and the memory of a small model. */
const ADDRESSES_AT_START = 256 * 2 ** 20;
/** Node starts them at its first asynchronous operation, and aborts if it cannot. */
const POOL_THREADS = 4;
/** A process of Node: main thread, its helpers, the pool, the watch of the parent. */
const THREADS_OF_PROCESS = 12;
/** `--max-old-space-size=32`, of which V8 makes 32 MiB and 96 MiB for young objects. The smallest study needs 20. */
const LEAST_HEAP = 128 * 2 ** 20;
/** A limit of processes above this is not looked at: to count the processes of a user takes time. */
const SMALL_LIMIT = 8192;
/** Capabilities that make a process exempt from ulimit -u: CAP_SYS_ADMIN, CAP_SYS_RESOURCE. */
const EXEMPT = (1n << 21n) | (1n << 24n);

/**
 * What a command lacks before it begins; undefined if it may begin.
 * @param heap most bytes of V8's heap
 */
export function shortageAtStart(heap: number, facts: LimitFacts = factsOfThisProcess()): Shortage | undefined {
  if (heap < LEAST_HEAP)
    return {
      expected: `a heap of at least ${mebibytes(LEAST_HEAP)}`,
      got: mebibytes(heap),
      hint: 'give node a larger --max-old-space-size',
    };
  return shortage(POOL_THREADS, ADDRESSES_AT_START, facts);
}

/** What a number of threads more lacks; undefined if they may start. */
export function shortageOfThreads(threads: number, facts: LimitFacts = factsOfThisProcess()): Shortage | undefined {
  return shortage(threads, threads * ADDRESSES_OF_THREAD, facts);
}

/** What a process more lacks; undefined if it may start. Its address space is its own. */
export function shortageOfProcess(facts: LimitFacts = factsOfThisProcess()): Shortage | undefined {
  return shortage(THREADS_OF_PROCESS, 0, facts);
}

function shortage(threads: number, addresses: number, { read, list }: LimitFacts): Shortage | undefined {
  if (threads === 0) return undefined;
  const left = threadsLeft(read, list);
  if (left.count < threads)
    return {
      expected: `${threads} thread${threads === 1 ? '' : 's'} more`,
      got: `${Math.max(0, left.count)} by ${left.why}`,
      hint: `raise the limit of processes and threads (${left.why})`,
    };
  const space = addressesLeft(read);
  if (space >= addresses) return undefined;
  return {
    expected: `${mebibytes(addresses)} of address space more`,
    got: mebibytes(Math.max(0, space)),
    hint: 'raise the limit of address space (ulimit -v)',
  };
}

function threadsLeft(read: ReadText, list: LimitFacts['list']): { readonly count: number; readonly why: string } {
  let found = { count: Infinity, why: 'no limit' };
  for (const { folders } of controlGroups('pids', read))
    for (const folder of folders) {
      const [most, current] = ['pids.max', 'pids.current'].map((name) => (read(`${folder}/${name}`) ?? '').trim());
      if (!/^\d+$/.test(most) || !/^\d+$/.test(current)) continue;
      const count = Number(most) - Number(current);
      if (count < found.count) found = { count, why: 'pids.max of its control group' };
    }
  const limit = softLimit('Max processes', read);
  const status = read('/proc/self/status') ?? '';
  if (limit > SMALL_LIMIT || isExempt(status)) return found;
  const count = limit - threadsOfUser(userIn(status), read, list);
  return count < found.count ? { count, why: 'ulimit -u' } : found;
}

/** All threads of all processes of a user count. */
function threadsOfUser(user: string | undefined, read: ReadText, list: LimitFacts['list']): number {
  let threads = 0;
  for (const name of list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = read(`/proc/${name}/status`) ?? '';
    if (user !== undefined && userIn(status) === user) threads += Number(/^Threads:\s*(\d+)/m.exec(status)?.[1] ?? 1);
  }
  return threads;
}

function userIn(status: string): string | undefined {
  return /^Uid:\s*(\d+)/m.exec(status)?.[1];
}

function isExempt(status: string): boolean {
  const effective = /^CapEff:\s*([\da-f]+)/m.exec(status)?.[1];
  return userIn(status) === '0' || (effective !== undefined && (BigInt(`0x${effective}`) & EXEMPT) !== 0n);
}

function addressesLeft(read: ReadText): number {
  const limit = softLimit('Max address space', read);
  if (limit === Infinity) return Infinity;
  const used = /^VmSize:\s*(\d+) kB$/m.exec(read('/proc/self/status') ?? '')?.[1];
  return used === undefined ? Infinity : limit - 1024 * Number(used);
}

/** Infinity where there is none, or none that the system reports. */
function softLimit(name: string, read: ReadText): number {
  const found = new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(read('/proc/self/limits') ?? '');
  return found === null ? Infinity : Number(found[1]);
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}

function factsOfThisProcess(): LimitFacts {
  return { read: readTextFile, list: namesIn };
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
