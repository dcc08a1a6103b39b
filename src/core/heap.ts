// The heap of V8, which ends a process that fills it.
import { getHeapStatistics } from 'node:v8';

/** Most bytes that the heap of this thread may have: `--max-old-space-size` and the space of young objects. */
export function heapLimit(): number {
  return getHeapStatistics().heap_size_limit;
}
