// What the system reports about the processor: caches and threads of a core. Linux only; elsewhere every fact is null.
import { readTextFile, type ReadText } from '../base/cgroup.ts';

/** Bytes of the caches that the first core uses; null if the system does not report them. */
export interface Caches {
  readonly l1_data: number | null;
  readonly l2: number | null;
  readonly l3: number | null;
}

export interface ProcessorFacts {
  readonly caches: Caches;
  /** Hardware threads of a core; null if the system does not report them. */
  readonly threads_per_core: number | null;
}

const CPU = '/sys/devices/system/cpu/cpu0';
/** More kinds of cache than any processor has. */
const MOST_CACHES = 8;
const UNITS = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const;

/** Reads the facts of core 0; a system with unlike cores is not described. */
export function processorFacts(read: ReadText = readTextFile): ProcessorFacts {
  const text = (path: string): string => (read(`${CPU}/${path}`) ?? '').trim();
  const sizes = new Map<string, number>();
  for (let index = 0; index < MOST_CACHES; index++) {
    const [level, type, size] = ['level', 'type', 'size'].map((name) => text(`cache/index${index}/${name}`));
    const bytes = bytesOf(size);
    if (bytes !== null && type !== 'Instruction') sizes.set(level, bytes);
  }
  const siblings = coresOf(text('topology/thread_siblings_list'));
  return {
    caches: { l1_data: sizes.get('1') ?? null, l2: sizes.get('2') ?? null, l3: sizes.get('3') ?? null },
    threads_per_core: siblings > 0 ? siblings : null,
  };
}

/** `48K` -> 49152; null for anything else. */
function bytesOf(size: string): number | null {
  const found = /^(\d+)([KMG])$/.exec(size);
  return found === null ? null : Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
}

/** How many cores a list such as `0,8` or `0-1` names. */
function coresOf(list: string): number {
  if (!/^\d+([,-]\d+)*$/.test(list)) return 0;
  return list.split(',').reduce((sum, part) => {
    const [first, last = first] = part.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
}
