// Runs the runner, its executor, the store and its leases in simulated worlds (tests/work/simulation): virtual time, a
// shared file system in memory, several machines, faults drawn from a seed. Exit code 1 at the first violation, with
// seed, step and the events before it.
// Usage: npm run simulate-runner -- --seed S                        the world of one seed, as it was
//        npm run simulate-runner -- --budget MINUTES --seed N        worlds N, N + 1, ... for so long
//        npm run simulate-runner -- --steps STEPS --seed N           the same for STEPS steps
//        --first and --every share the worlds: seed N + first, N + first + every, ...; --json ends with a summary
//        npm run simulate-runner -- --mutant NAME --seed S           with a deliberate fault in the code
//        npm run simulate-runner -- --mutants NAME,NAME              each must be found within its steps; `all`: all
import { MODULES, simulateGlobals } from '../tests/work/simulation/globals.ts';
import { simulateModules } from '../tests/work/simulation/modules.ts';
import { MUTANTS } from '../tests/work/simulation/mutants.ts';
import type { simulateSeed } from '../tests/work/simulation/simulate.ts';
import { printSummary, readShare } from './campaign-options.ts';

const share = readShare('simulate-runner', 0, ['steps', 'mutant', 'mutants']);
const { budgetMinutes, seed: firstSeed, every, others } = share;
const first = firstSeed + share.first;
const steps = Number(others.steps ?? 0);
const names = others.mutants === 'all' ? MUTANTS.map(({ name }) => name) : (others.mutants?.split(',') ?? []);
const isKnown = (name: string): boolean => MUTANTS.some((mutant) => mutant.name === name);
if (!(steps >= 0) || ![...names, ...(others.mutant === undefined ? [] : [others.mutant])].every(isKnown)) {
  console.error('simulate-runner: expected --steps N from 0, and names of mutants:');
  console.error(MUTANTS.map(({ name }) => name).join(', '));
  process.exit(2);
}

simulateGlobals();
simulateModules(MODULES);
const loaded = async (mutant?: string): Promise<{ simulateSeed: typeof simulateSeed }> =>
  (await import(`../tests/work/simulation/simulate.ts${mutant ? `?mutant=${mutant}` : ''}`)) as never;

/** Worlds from a seed on, until one has a violation or the time and the steps are over. */
async function simulate(
  mutant: string | undefined,
  seconds: number,
  least: number,
): Promise<{ found: boolean; done: number; worlds: number }> {
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
      return { found: true, done, worlds: (seed - first) / every + 1 };
    }
    seed += every;
    if (performance.now() - shown > 30_000) {
      shown = performance.now();
      console.log(`${done} steps, seeds ${first} to ${seed - every}`);
    }
  } while (performance.now() < end || done < least);
  console.log(`${done} steps, seeds ${first} to ${seed - every}, the last with the digest ${digest}: no violation`);
  return { found: false, done, worlds: (seed - first) / every };
}

let failed = 0;
if (names.length === 0) {
  const { found, done, worlds } = await simulate(others.mutant, budgetMinutes * 60, steps);
  failed = found ? 1 : 0;
  const counts = new Map([['worlds', worlds]]);
  printSummary(share, { campaign: 'simulate-runner', cases: done, of: null, faults: failed, counts });
}
for (const name of names) {
  const limit = MUTANTS.find((mutant) => mutant.name === name)?.steps ?? 0;
  console.log(`${name}:`);
  if (!(await simulate(name, 0, limit)).found) failed = 1;
}
process.exitCode = failed;
