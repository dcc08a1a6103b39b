// Runs the runner, its executor, the store and its leases in simulated worlds (tests/work/simulation): virtual time, a
// shared file system in memory, several machines, faults drawn from a seed. Exit code 1 at the first violation, with
// seed, step and the events before it.
// Usage: npm run simulate-runner -- --seed S                  one world, as it was
//        npm run simulate-runner -- --budget MINUTES --seed N  worlds N, N + 1, ... for so long
//        --steps N instead of a budget; --mutant NAME puts a deliberate fault into the code
import { parseArgs } from 'node:util';
import { MODULES, simulateGlobals } from '../tests/work/simulation/globals.ts';
import { simulateModules } from '../tests/work/simulation/modules.ts';
import { MUTANTS } from '../tests/work/simulation/mutants.ts';

const { values } = parseArgs({
  options: {
    budget: { type: 'string' },
    steps: { type: 'string' },
    seed: { type: 'string', default: '1' },
    mutant: { type: 'string' },
  },
});
const [budget, steps, first] = [values.budget ?? '0', values.steps ?? '0', values.seed].map(Number);
const mutant = MUTANTS.find(({ name }) => name === values.mutant);
if (!(budget >= 0) || !(steps >= 0) || !Number.isInteger(first) || first < 0 || (values.mutant && !mutant)) {
  const names = MUTANTS.map(({ name }) => name).join(', ');
  console.error(`simulate-runner: expected --budget MINUTES, --steps N, whole --seed N, --mutant ${names}`);
  process.exit(2);
}

simulateGlobals();
simulateModules(MODULES, mutant);
const { catchErrors, simulateSeed } = await import('../tests/work/simulation/simulate.ts');
catchErrors();
const end = performance.now() + budget * 60_000;
let done = 0;
let seed = first;
let shown = performance.now();
const digests: string[] = [];
do {
  const { steps: taken, violation, trace, digest } = await simulateSeed(seed);
  done += taken;
  digests.push(digest);
  if (violation !== undefined) {
    console.log(`${trace}\n\nseed ${seed}, step ${taken}: ${violation}`);
    console.log(`again: npm run simulate-runner -- --seed ${seed}${mutant ? ` --mutant ${mutant.name}` : ''}`);
    console.log(`${done} steps`);
    process.exit(1);
  }
  seed += 1;
  if (performance.now() - shown > 30_000) {
    shown = performance.now();
    console.log(`${done} steps, seeds ${first} to ${seed - 1}`);
  }
} while (performance.now() < end || done < steps);
console.log(`${done} steps, seeds ${first} to ${seed - 1}, digest ${digests.at(-1)}, no violation`);
