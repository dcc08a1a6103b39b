// Fails file operations of every command that writes, one at a time, once and for ever: the command must end with exit
// code 4 and one line that names a path, or as if nothing had happened; the same command must then give what an
// undisturbed one gives.
// Usage: npm run fail-operations -- [--budget MINUTES] [--seed N] [--first N] [--every N]. The order is drawn from the
// seed; --first 3 --every 16 takes the cases 3, 19, 35, ... Exit code 1 at any other ending.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeWorkshop, ownFolders } from '../tests/ports/commands.ts';
import { FailingOperations } from '../tests/ports/fail-operations.ts';

const { values } = parseArgs({
  options: {
    budget: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    every: { type: 'string', default: '1' },
  },
});
const [budget, seed, first, every] = [values.budget, values.seed, values.first, values.every].map(Number);
if (!(budget > 0) || ![seed, first, every].every((value) => Number.isSafeInteger(value) && value >= 0) || every === 0) {
  console.error('fail-operations: expected --budget above 0, and whole numbers: --seed, --first, --every');
  process.exit(2);
}

const end = performance.now() + budget * 60_000;
const folder = mkdtempSync(join(tmpdir(), 'tracelab-fail-'));
try {
  Object.assign(process.env, ownFolders(folder));
  await makeWorkshop(folder);
  const operations = await FailingOperations.of(folder, seed);
  console.log(`${operations.cases.length} cases`);
  const counts = new Map<string, number>();
  let [faults, index] = [0, first];
  const report = (): string =>
    [...counts]
      .sort()
      .map(([name, n]) => `${name} ${n}`)
      .join('\n');
  for (let shown = performance.now(); index < operations.cases.length && performance.now() < end; index += every) {
    const failCase = operations.cases[index];
    const { ending, text } = await operations.judge(failCase);
    const name = `${failCase.command.name}, ${failCase.forever ? 'for ever' : 'once'}: ${ending}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (ending === 'FAULT') {
      faults += 1;
      const { command, fault, at, forever } = failCase;
      console.log(
        `FAULT case ${index}: ${command.name}, ${fault} ${at} ${forever ? 'for ever' : 'once'}: ${text.trim()}`,
      );
    }
    if (performance.now() - shown > 60_000) {
      shown = performance.now();
      console.log(`at ${index} of ${operations.cases.length}\n${report()}`);
    }
  }
  console.log(`seed ${seed}, cases ${first} to ${index}, every ${every}th, ${faults} faults\n${report()}`);
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
