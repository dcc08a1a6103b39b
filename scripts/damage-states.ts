// Damages states, state lines, metrics, checkpoints and notes of a stopped training and a stopped reinforcement
// learning, and resumes each copy: it must be refused, repaired from the older state, or give the bits of an
// uninterrupted run.
// Usage: npm run damage-states -- [cases, default 10,000] [seed, default 1] [first, default 0]. Exit code 1 at any
// other ending.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DamagedRuns } from '../tests/rl/state-damage.ts';
import { tinyRuns } from '../tests/rl/tiny-runs.ts';

const [cases = 10_000, seed = 1, first = 0] = process.argv.slice(2).map(Number);
if (![cases, seed, first].every((value) => Number.isInteger(value) && value >= 0)) {
  console.error('damage-states: expected whole numbers: cases, seed, first case');
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'tracelab-damage-'));
try {
  const runs = await Promise.all(
    (await tinyRuns(folder)).map(async (run) => ({
      name: run.name,
      copies: await DamagedRuns.of(run, join(folder, run.name)),
      endings: new Map<string, number>(),
    })),
  );
  const report = (): string =>
    runs
      .map(({ name, copies, endings }) => {
        const counts = [...endings].sort().map(([ending, count]) => `${ending} ${count}`);
        return `${name}: ${counts.join(', ')}; ${copies.resumes} resumed in full`;
      })
      .join('\n');
  let faults = 0;
  for (let index = first; index < first + cases; index++) {
    const { name, copies, endings } = runs[index % runs.length];
    const { ending, text } = await copies.judge(seed, index);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
    if (ending === 'FAULT') {
      faults += 1;
      console.log(`${name}, seed ${seed}, case ${index}: ${text}`);
    }
    if ((index + 1 - first) % 1000 === 0) console.log(`${index + 1 - first} cases\n${report()}`);
  }
  console.log(`${cases} cases of seed ${seed} from ${first}, ${faults} faults\n${report()}`);
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
