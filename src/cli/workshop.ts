// What `study` and `sweep` compute with on this machine.
import { resolve } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import type { Workshop } from '../study/study.ts';
import type { Slots } from '../work/executor.ts';

/** How long other programs are watched before a plan. */
const LOAD_SECONDS = 0.5;

/** Kinds, store, core and clock; an executor is added by those who run. */
export async function workshopOf(runsDir: string): Promise<Omit<Workshop, 'executor'>> {
  const { describeCore } = await import('../tasks/core.ts');
  const { KINDS } = await import('../tasks/kinds.ts');
  const { FolderStore } = await import('../work/folder-store.ts');
  const { otherLoad } = await import('../host/load.ts');
  return {
    kinds: KINDS,
    store: new FolderStore(resolve(runsDir)),
    core: describeCore,
    clock: SYSTEM_CLOCK,
    watchLoad: async () => otherLoad(LOAD_SECONDS),
  };
}

/** What may be used of this machine. */
export async function slotsOf(threads: number, jobs: number): Promise<Slots> {
  const { usableMemory } = await import('../host/machine.ts');
  return { threads, jobs, bytes: usableMemory().bytes };
}
