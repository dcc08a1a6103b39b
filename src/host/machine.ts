// What this process may use of the machine: cores by affinity and quota, memory by control groups, each with the reason
// in words. Node only.
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { controlGroups, readTextFile, type ReadText } from '../base/cgroup.ts';

export interface UsableCores {
  /** At least 1. A quota of one core and a half counts as 2: it can only be used up by two. */
  readonly count: number;
  /** Cores of the machine. */
  readonly all: number;
  /** `4 of 64 cores: cgroup cpu.max 400000 100000`. */
  readonly why: string;
}

export interface UsableMemory {
  /** In all: of the machine, or the smallest limit. */
  readonly bytes: number;
  /** How much of it other programs use now. */
  readonly others: number;
  readonly why: string;
}

/** What a system without /proc reports; tests pass a machine of their own. */
export interface MachineFacts {
  readonly read: ReadText;
  readonly parallelism: number;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Resident memory of this process. */
  readonly ownBytes: number;
}

function factsOfThisMachine(): MachineFacts {
  return {
    read: readTextFile,
    parallelism: availableParallelism(),
    totalBytes: totalmem(),
    freeBytes: freemem(),
    ownBytes: process.memoryUsage.rss(),
  };
}

/** As the maker calls it. */
export function processorName(): string {
  return cpus().at(0)?.model.trim() ?? 'unknown';
}

/**
 * Cores that this process may use. os.availableParallelism knows quotas in some versions of Node only, so they are read
 * here.
 */
export function usableCores(
  { read, parallelism }: Pick<MachineFacts, 'read' | 'parallelism'> = factsOfThisMachine(),
): UsableCores {
  const online = onlineCores(read) || Infinity;
  const allowed = allowedCores(read)?.length ?? parallelism;
  const affine = Math.max(1, Math.min(allowed, online));
  const all = Math.max(affine, online === Infinity ? parallelism : online);
  let found = { count: affine, why: affine < all ? 'CPU affinity' : '' };
  for (const { cores, why } of quotas(read)) {
    const count = Math.max(1, Math.ceil(cores - 1e-9));
    if (count < found.count) found = { count, why };
  }
  const { count, why } = found;
  return { count, all, why: count < all ? `${count} of ${cored(all)}: ${why}` : `all ${cored(all)}` };
}

/** Memory that this process and its children may use. */
export function usableMemory(
  { read, totalBytes, freeBytes, ownBytes }: Omit<MachineFacts, 'parallelism'> = factsOfThisMachine(),
): UsableMemory {
  const kib = (name: string): number | undefined => {
    const found = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(read('/proc/meminfo') ?? '');
    return found === null ? undefined : 1024 * Number(found[1]);
  };
  const total = kib('MemTotal') ?? totalBytes;
  // What this process holds itself is no other program's.
  let least = Math.min(total, (kib('MemAvailable') ?? freeBytes) + ownBytes);
  let bytes = total;
  let why = 'memory of the machine';
  for (const limit of memoryLimits(read)) {
    least = Math.min(least, Math.max(0, limit.bytes - Math.max(0, limit.used - ownBytes)));
    if (limit.bytes < bytes) [bytes, why] = [limit.bytes, limit.why];
  }
  return {
    bytes,
    others: Math.max(0, bytes - least),
    why: bytes < total ? `${gibibytes(bytes)} of ${gibibytes(total)}: ${why}` : `${gibibytes(bytes)}: ${why}`,
  };
}

/**
 * Numbers of the cores that the scheduler may give this process, offline ones among them; undefined if the system
 * does not report them.
 */
export function allowedCores(read: ReadText = readTextFile): number[] | undefined {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(read('/proc/self/status') ?? '')?.[1];
  return list?.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Cores that are online, by the lines of /proc/stat; 0 if the system does not report them. */
function onlineCores(read: ReadText): number {
  return [...(read('/proc/stat') ?? '').matchAll(/^cpu\d+ /gm)].length;
}

/** Quotas of this group and of those above it, in cores. */
function quotas(read: ReadText): { cores: number; why: string }[] {
  return controlGroups('cpu', read).flatMap(({ version, folders }) =>
    folders.flatMap((folder) => {
      const text = (name: string): string => (read(`${folder}/${name}`) ?? '').trim();
      const [quota, period] =
        version === 2 ? text('cpu.max').split(' ') : [text('cpu.cfs_quota_us'), text('cpu.cfs_period_us')];
      const cores = Number(quota) / Number(period);
      // `max`, -1 and missing files are no limit.
      if (!(cores > 0) || !Number.isFinite(cores)) return [];
      return [{ cores, why: `cgroup ${version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us'} ${quota} ${period}` }];
    }),
  );
}

/** Limits of this group and of those above it, and what they use without the file cache that gives way. */
function memoryLimits(read: ReadText): { bytes: number; used: number; why: string }[] {
  return controlGroups('memory', read).flatMap(({ version, folders }) =>
    folders.flatMap((folder) => {
      const [limitFile, usageFile, cache] =
        version === 2
          ? ['memory.max', 'memory.current', 'inactive_file']
          : ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'];
      const text = (read(`${folder}/${limitFile}`) ?? '').trim();
      const bytes = Number(text);
      // Version 1 writes 2^63 less a page for no limit.
      if (!/^\d+$/.test(text) || bytes >= 2 ** 62) return [];
      const stat = new RegExp(`^${cache} (\\d+)$`, 'm').exec(read(`${folder}/memory.stat`) ?? '');
      const usage = Number((read(`${folder}/${usageFile}`) ?? '').trim());
      return [{ bytes, used: Math.max(0, usage - Number(stat?.[1] ?? 0)), why: `cgroup ${limitFile} ${text}` }];
    }),
  );
}

function cored(count: number): string {
  return `${count} core${count === 1 ? '' : 's'}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
