// Mutated artefacts of every kind (flipped, cut, appended, zeroed, swapped with another run's), read in this process by
// the commands' own readers, and some of them through the command line. Each must be refused with exit code 3 and a way
// out, or give what the undamaged file gives.
// Usage: npm run mutate-artefacts -- [--budget MINUTES, default 5] [--seed N, default 1] [--first N, default 0]
//        [--every N, default 1] [--command-every N, default 200] [--json]. Exit code 1 at any other ending.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeArtefacts } from '../tests/cli/artefacts.ts';
import { commandFor, CommandOutcomes } from '../tests/cli/mutant-commands.ts';
import { artefactsIn, endingOf, Mutants } from '../tests/cli/mutants.ts';
import { printSummary, readShare } from './campaign-options.ts';

const share = readShare('mutate-artefacts', 5, ['command-every']);
const { budgetMinutes, seed, first, every } = share;
const commandEvery = Number(share.others['command-every'] ?? 200);
if (!Number.isSafeInteger(commandEvery) || commandEvery < 1) {
  console.error('mutate-artefacts: expected a whole --command-every from 1');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'tracelab-mutants-'));
try {
  await makeArtefacts(folder);
  const artefacts = await artefactsIn(folder);
  const expected = new Map<string, string>();
  for (const artefact of artefacts)
    expected.set(artefact.name + artefact.files[0], JSON.stringify(await artefact.read()));
  const mutants = new Mutants(folder, artefacts);
  const outcomes = new CommandOutcomes(folder);
  const counts = new Map<string, number>();
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  const end = performance.now() + budgetMinutes * 60_000;
  let index = first;
  let faults = 0;
  const report = (): string =>
    [...counts]
      .sort()
      .map(([name, n]) => `${name} ${n}`)
      .join('\n');
  for (let shown = performance.now(); performance.now() < end; index += every) {
    const mutant = mutants.draw(seed, index);
    if (!mutant) continue;
    mutants.put(mutant);
    const { artefact, file, mutation } = mutant;
    const fault = (how: string, text: string): void => {
      faults += 1;
      console.log(`FAULT ${how}, seed ${seed}, mutant ${index}: ${mutation} in ${file} (${artefact.name}): ${text}`);
    };
    const { ending, text } = await endingOf(artefact, expected.get(artefact.name + artefact.files[0]) ?? '');
    count(`in process, ${ending}`);
    if (ending === 'FAULT') fault('in process', text);
    const args = Math.floor(index / every) % commandEvery === 0 ? commandFor(mutant.file, index) : undefined;
    if (args) {
      const seen = await outcomes.of(
        args,
        () => mutants.put(mutant),
        () => mutants.restore(file),
      );
      count(`command line, ${seen.ending}`);
      if (seen.ending === 'FAULT') fault(`tracelab ${args.join(' ')}`, seen.text);
    }
    mutants.restore(file);
    if (performance.now() - shown > 30_000) {
      shown = performance.now();
      console.log(`at mutant ${index}\n${report()}`);
    }
  }
  console.log(`seed ${seed}, mutants ${first} to ${index - every}, every ${every}, ${faults} faults\n${report()}`);
  const cases = [...counts.values()].reduce((sum, n) => sum + n, 0);
  printSummary(share, { campaign: 'mutate-artefacts', cases, of: null, faults, counts });
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
