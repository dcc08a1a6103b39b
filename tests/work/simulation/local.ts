// The local executor with its child processes, on one to three machines that share a runs directory.
import { serveTasks } from '../../../src/work/child.ts';
import { localExecutor } from '../../../src/work/local-executor.ts';
import { beginFaults } from './faults.ts';
import { setChildMain } from './globals.ts';
import { CORE, Scenario } from './scenario.ts';
import type { World } from './world.ts';

export function localScenario(world: World): Scenario {
  const scenario = new Scenario(world);
  const { kinds } = scenario;
  setChildMain(async (child) => {
    child.onEnd(({ signal }) => {
      if (signal === 'SIGKILL') scenario.invariants.cause(child);
    });
    await serveTasks(async () => ({ kinds, store: scenario.store() }));
  });
  const count = 1 + world.random.below(3);
  for (let i = 0; i < count; i++)
    scenario.drive(scenario.machine(`machine-${i}`), (_, killed) =>
      localExecutor({
        kinds,
        core: CORE,
        entry: new URL('simulated:child'),
        killed,
        logOf: (id) => `${scenario.root}/logs/${id}.log`,
      }),
    );
  beginFaults(world, () => true);
  return scenario;
}
