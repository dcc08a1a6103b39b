// Judges damaged traces with the readable validator and with the core, in every form that the core reads, and counts
// where they differ. Usage: npm run agree-validator -- [traces, default 1,000,000] [seed, default 1] [first index,
// default 0]. Exit code 1 when they differ.
import { ARENA_START, createMemory } from '../src/core/memory.ts';
import { instantiateCore, loadCore } from '../src/core/module.ts';
import { disagreements } from '../tests/core/agreement.ts';

const REGION_BYTES = 64 << 20;
const BATCH = 1000;
/** Lines that are printed in full. */
const SHOWN = 20;

const [count = 1_000_000, seed = 1, first = 0] = process.argv.slice(2).map(Number);
if (![count, seed, first].every((value) => Number.isInteger(value) && value >= 0)) {
  console.error('agree-validator: expected whole numbers: traces, seed, first index');
  process.exit(2);
}

const memory = createMemory(REGION_BYTES);
const core = loadCore();
const region = { exports: instantiateCore(core, memory), memory, base: ARENA_START, bytes: REGION_BYTES - ARENA_START };
console.log(
  `${count} damaged traces of seed ${seed} from index ${first}, ${core.kernel_path} module ` +
    `${core.module_sha256.slice(0, 12)}`,
);
let found = 0;
for (let from = first; from < first + count; from += BATCH) {
  const to = Math.min(from + BATCH, first + count);
  for (const { index, path, completion, expected, got } of disagreements(region, seed, from, to)) {
    found += 1;
    if (found <= SHOWN)
      console.log(
        `seed ${seed}, index ${index}, ${path}\n  readable ${expected}\n  core     ${got}\n  ` +
          `${JSON.stringify(completion)}`,
      );
  }
  if ((to - first) % (100 * BATCH) === 0) console.log(`${to - first} judged, ${found} disagreements`);
}
console.log(`${count} judged, ${found} disagreements`);
process.exitCode = found === 0 ? 0 : 1;
