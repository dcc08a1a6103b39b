// Runs the world of one seed to its end or to the first violation.
import { installPort } from '../../../src/base/file-port.ts';
import { EngineScenario } from './engine.ts';
import { fleetScenario } from './fleet.ts';
import { localScenario } from './local.ts';
import { type FileWatch, simulatedPort } from './simulated-port.ts';
import { World } from './world.ts';

export interface Simulated {
  readonly seed: number;
  readonly steps: number;
  /** Equal for equal runs. */
  readonly digest: string;
  readonly violation: string | undefined;
  /** The last events. */
  readonly trace: string;
}

export async function simulateSeed(seed: number): Promise<Simulated> {
  const world = new World(seed);
  // Errors that nobody handles belong to the world that runs.
  const caught = (error: unknown): void => world.caught(error);
  process.on('unhandledRejection', caught).on('uncaughtException', caught);
  const { scenario, watch } = scenarioOf(world);
  const before = installPort(simulatedPort(watch));
  while (!world.violation && !scenario.isOver())
    if (!(await world.advance())) world.violate('nothing is left to happen, and the runs have not finished');
  installPort(before);
  process.off('unhandledRejection', caught).off('uncaughtException', caught);
  const { step: steps } = world;
  return { seed, steps, digest: world.digest(), violation: world.violation?.message, trace: world.trace() };
}

/** One third each: local executors on shared files, a run with workers on a network, workers of an engine. */
function scenarioOf(world: World): { readonly scenario: { isOver: () => boolean }; readonly watch: FileWatch } {
  const kind = world.random.below(3);
  if (kind === 2) {
    const scenario = new EngineScenario(world);
    return { scenario, watch: scenario.watch };
  }
  const scenario = kind === 0 ? localScenario(world) : fleetScenario(world);
  return { scenario, watch: scenario.invariants };
}
