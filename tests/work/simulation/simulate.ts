// Runs the world of one seed to its end or to the first violation.
import { forgetDescriptors, watchFiles } from './file-calls.ts';
import { fleetScenario } from './fleet.ts';
import { localScenario } from './local.ts';
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

let current: World | undefined;

/** Errors that nobody handles belong to the world that runs. */
export function catchErrors(): void {
  for (const event of ['unhandledRejection', 'uncaughtException'])
    process.on(event, (error: unknown) => {
      if (!current) throw error;
      current.caught(error);
    });
}

export async function simulateSeed(seed: number): Promise<Simulated> {
  const world = new World(seed);
  current = world;
  forgetDescriptors();
  const scenario = world.oneIn(2) ? localScenario(world) : fleetScenario(world);
  watchFiles(scenario.invariants);
  while (!world.violation && !scenario.isOver())
    if (!(await world.advance())) world.violate('nothing is left to happen, and the runs have not finished');
  watchFiles(undefined);
  const { step: steps } = world;
  return { seed, steps, digest: world.digest(), violation: world.violation?.message, trace: world.trace() };
}
