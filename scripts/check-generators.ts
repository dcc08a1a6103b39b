// The long check of the generators: every one of 100,000 mazes of each keeps the invariants of its family, and training
// sets of twenty seeds are uniform samples of Wilson's mazes. Longer than a test may take; its last result is in
// tests/README.md. Usage: node scripts/check-generators.ts [mazes a generator]
import { RandomSequence } from '../src/base/random.ts';
import { generateProblem } from '../src/domain/maze/generate.ts';
import { ALL_GENERATORS } from '../src/domain/maze/types.ts';
import { brokenInvariant } from '../tests/domain/maze-invariants.ts';
import { FREEDOM, LIMITS, trainingChiSquare } from '../tests/domain/training-layouts.ts';

const SIZES = [4, 5, 6, 8, 9, 12, 20, 30];
const COVERAGES = [0.1, 0.5, 0.8];
const SEED = 40;

const count = Number(process.argv[2] ?? 100_000);
const started = performance.now();
let broken = 0;
for (const generator of ALL_GENERATORS) {
  for (let index = 0; index < count; index++) {
    const size = SIZES[index % SIZES.length],
      coverage = COVERAGES[index % COVERAGES.length];
    const problem = generateProblem(generator, size, new RandomSequence(SEED, 1, index), {
      drunkard_coverage: coverage,
    });
    const invariant = brokenInvariant(problem, coverage);
    if (invariant === null) continue;
    broken += 1;
    console.log(`${generator} ${index}, ${size}x${size}: expected ${invariant}`);
  }
  console.log(
    `${generator}: ${count.toLocaleString('en-US')} mazes, sizes ${SIZES.join(', ')}, ${broken} broken so far, ` +
      `${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
}
const chiSquare = trainingChiSquare(Array.from({ length: 20 }, (_, i) => i + 1));
const uniform = chiSquare > LIMITS.least && chiSquare < LIMITS.most;
console.log(
  `layouts of 6x6 training sets, seeds 1 to 20: chi-square ${chiSquare.toFixed(1)}, ${FREEDOM} degrees of freedom, ` +
    `expected ${LIMITS.least.toFixed(1)} to ${LIMITS.most.toFixed(1)}`,
);
process.exitCode = broken === 0 && uniform ? 0 : 1;
