// Runs the runner, its executor, the store and its leases in simulated worlds (tests/work/simulation): virtual time, a
// shared file system in memory, several machines, faults drawn from a seed. Exit code 1 at the first violation, with
// seed, step and the events before it.
// Usage: npm run simulate-runner -- --seed S                        the world of one seed, as it was
//        npm run simulate-runner -- --budget MINUTES --seed N        worlds N, N + 1, ... for so long
//        npm run simulate-runner -- --steps STEPS --seed N           the same for STEPS steps
//        npm run simulate-runner -- --mutant NAME --seed S           with a deliberate fault in the code
//        npm run simulate-runner -- --mutants NAME,NAME              each must be found within its steps; `all`: all
import { parseArgs } from 'node:util';
import { MODULES, simulateGlobals } from '../tests/work/simulation/globals.ts';
import { simulateModules } from '../tests/work/simulation/modules.ts';
import { MUTANTS } from '../tests/work/simulation/mutants.ts';
import type { simulateSeed } from '../tests/work/simulation/simulate.ts';

const { values } = parseArgs({
  options: {
    budget: { type: 'string', default: '0' },
    steps: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    mutant: { type: 'string' },
    mutants: { type: 'string' },
  },
});
const [budget, steps, first] = [values.budget, values.steps, values.seed].map(Number);
const names = values.mutants === 'all' ? MUTANTS.map(({ name }) => name) : (values.mutants?.split(',') ?? []);
const isKnown = (name: string): boolean => MUTANTS.some((mutant) => mutant.name === name);
if (
  ![budget, steps, first].every((value) => value >= 0) ||
  !Number.isInteger(first) ||
  ![...names, ...(values.mutant === undefined ? [] : [values.mutant])].every(isKnown)
) {
  console.error('simulate-runner: expected --budget MINUTES, --steps N and a whole --seed N, none below 0');
  console.error(`mutants: ${MUTANTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

simulateGlobals();
simulateModules(MODULES);
const loaded = async (mutant?: string): Promise<{ simulateSeed: typeof simulateSeed }> =>
  (await import(`../tests/work/simulation/simulate.ts${mutant ? `?mutant=${mutant}` : ''}`)) as never;

/** Worlds from a seed on, until one has a violation or the time and the steps are over. */
async function simulate(mutant: string | undefined, seconds: number, least: number): Promise<{ found: boolean }> {
  const simulation = await loaded(mutant);
  const end = performance.now() + seconds * 1000;
  let [done, seed, shown, digest] = [0, first, performance.now(), ''];
  do {
    const result = await simulation.simulateSeed(seed);
    done += result.steps;
    ({ digest } = result);
    if (result.violation !== undefined) {
      if (names.length === 0) console.log(`${result.trace}\n`);
      console.log(`seed ${seed}, step ${result.steps}: ${result.violation}`);
      const option = mutant ? ` --mutant ${mutant}` : '';
      console.log(`${done} steps; again: npm run simulate-runner -- --seed ${seed}${option}`);
      return { found: true };
    }
    seed += 1;
    if (performance.now() - shown > 30_000) {
      shown = performance.now();
      console.log(`${done} steps, seeds ${first} to ${seed - 1}`);
    }
  } while (performance.now() < end || done < least);
  console.log(`${done} steps, seeds ${first} to ${seed - 1}, the last with the digest ${digest}: no violation`);
  return { found: false };
}

let failed = 0;
if (names.length === 0) failed = (await simulate(values.mutant, budget * 60, steps)).found ? 1 : 0;
for (const name of names) {
  const limit = MUTANTS.find((mutant) => mutant.name === name)?.steps ?? 0;
  console.log(`${name}:`);
  if (!(await simulate(name, 0, limit)).found) failed = 1;
}
process.exitCode = failed;
