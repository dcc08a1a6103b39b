// The executor of a sweep whose tasks are computed by workers of an engine.
import { resolve } from 'node:path';
import { fleetExecutor } from '../fleet/executor.ts';
import type { SweepConfig } from '../study/sweep/config.ts';
import { sweepHash } from '../study/sweep/config.ts';
import { KINDS } from '../tasks/kinds.ts';
import type { Executor } from '../work/executor.ts';
import { FolderStore } from '../work/folder-store.ts';
import { identityHere, openEngine } from './engine.ts';
import type { EngineOptions } from './engine.ts';

/** @param say tells the user one line */
export async function openFleet(
  options: EngineOptions,
  config: SweepConfig,
  runsDir: string,
  say: (text: string) => void,
): Promise<{ readonly executor: Executor; readonly close: () => Promise<void> }> {
  const identity = await identityHere();
  const { engine, artefacts, shown } = await openEngine(options, KINDS, true);
  say(
    `tasks are computed by the workers of ${shown}; Ctrl-C leaves them at work, and the same command follows them again`,
  );
  const executor = fleetExecutor({
    engine,
    artefacts,
    store: new FolderStore(resolve(runsDir)),
    name: config.sweep,
    config_hash: sweepHash(config),
    identity,
    onGone: (error) => say(`${error.message}\nwaiting for it`),
  });
  return { executor, close: async () => engine.close() };
}
