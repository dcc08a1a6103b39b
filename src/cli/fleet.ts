// The executor of a sweep whose tasks are computed by workers of an engine.
import { join, resolve } from 'node:path';
import { SYSTEM_CLOCK } from '../base/clock.ts';
import { fleetExecutor } from '../fleet/executor.ts';
import { sharedExecutor } from '../fleet/shared/executor.ts';
import { sweepHash } from '../study/sweep/config.ts';
import type { LoadedSweep } from '../study/sweep/config.ts';
import { KINDS } from '../tasks/kinds.ts';
import type { Executor } from '../work/executor.ts';
import { FolderStore } from '../work/folder-store.ts';
import { identityHere, openEngine } from './engine.ts';
import type { Address, EngineOptions } from './engine.ts';

const LEAVES = 'Ctrl-C leaves them at work, and the same command follows them again';

/**
 * @param runsDir where results are collected
 * @param say tells the user one line
 */
export async function openFleet(
  address: Exclude<Address, { kind: 'slurm' }>,
  { artefacts: folder }: EngineOptions,
  { sweep, replace }: { readonly sweep: LoadedSweep; readonly replace: boolean },
  runsDir: string,
  say: (text: string) => void,
): Promise<{ readonly executor: Executor; readonly close: () => Promise<void> }> {
  const identity = await identityHere();
  const config_hash = sweepHash(sweep);
  if (address.kind === 'folder') {
    say(`tasks are computed by the workers of ${address.shown}; ${LEAVES}`);
    const executor = sharedExecutor({
      kinds: KINDS,
      core: identity.core,
      identity,
      config_hash,
      folder: join(address.path, sweep.config.sweep),
      now: SYSTEM_CLOCK.now,
    });
    return { executor, close: async () => Promise.resolve() };
  }
  const { engine, artefacts, shown } = await openEngine(address, folder, true);
  say(`tasks are computed by the workers of ${shown}; ${LEAVES}`);
  const executor = fleetExecutor({
    engine,
    artefacts,
    store: new FolderStore(resolve(runsDir)),
    name: sweep.config.sweep,
    config_hash,
    replace,
    identity,
    onGone: (error) => {
      say(`${error.message}\nwaiting for it`);
    },
  });
  return { executor, close: async () => engine.close() };
}
