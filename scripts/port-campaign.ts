// What the campaigns of file ports share: their options, their workshop, and what they print.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS, makeWorkshop, ownFolders } from '../tests/ports/commands.ts';
import { printSummary, readShare } from './campaign-options.ts';

export interface Campaign<Case> {
  readonly cases: readonly Case[];
  readonly describe: (each: Case) => string;
  readonly judge: (each: Case) => Promise<{ readonly name: string; readonly ending: string; readonly text: string }>;
}

const REPORT_SECONDS = 60;

/**
 * Judges cases until the budget is used up; ends the process, with exit code 1 after any FAULT.
 * @param inputs makes what the commands read
 */
export async function campaign<Case>(
  name: string,
  prepare: (folder: string, seed: number, commands: typeof COMMANDS) => Promise<Campaign<Case>>,
  inputs: (folder: string) => Promise<void> = makeWorkshop,
): Promise<void> {
  const share = readShare(name, 10, ['only']);
  const only = share.others.only?.split(',');
  const commands = COMMANDS.filter((command) => only?.includes(command.name) ?? true);
  if (commands.length !== (only?.length ?? COMMANDS.length)) {
    console.error(`${name}: expected names of commands in --only: ${COMMANDS.map((each) => each.name).join(', ')}`);
    process.exit(2);
  }
  const { budgetMinutes, seed, first, every } = share;
  const folder = mkdtempSync(join(tmpdir(), `tracelab-${name}-`));
  let faults = 0;
  try {
    Object.assign(process.env, ownFolders(folder));
    await inputs(folder);
    const { cases, describe, judge } = await prepare(folder, seed, commands);
    const end = performance.now() + budgetMinutes * 60_000;
    const counts = new Map<string, number>();
    const report = (): string =>
      [...counts]
        .map(([counted, n]) => `${counted}: ${n}`)
        .sort()
        .join('\n');
    const judgedCases = (): number => [...counts.values()].reduce((sum, n) => sum + n, 0);
    const summarise = (found: number): void => {
      printSummary(share, { campaign: name, cases: judgedCases(), of: cases.length, faults: found, counts });
    };
    let index = first;
    for (let shown = performance.now(); index < cases.length && performance.now() < end; index += every) {
      const judged = await judge(cases[index]).catch((error: unknown) => {
        // A command that hangs still holds its files: nothing can be judged after it.
        console.log(`FAULT seed ${seed}, case ${index}: ${describe(cases[index])}: ${String(error)}`);
        summarise(faults + 1);
        process.exit(1);
      });
      const counted = `${judged.name}, ${judged.ending}`;
      counts.set(counted, (counts.get(counted) ?? 0) + 1);
      if (judged.ending === 'FAULT') {
        faults += 1;
        console.log(`FAULT seed ${seed}, case ${index}: ${judged.name}: ${judged.text.trim()}`);
      }
      if (performance.now() - shown < REPORT_SECONDS * 1000) continue;
      shown = performance.now();
      console.log(`at case ${index} of ${cases.length}\n${report()}`);
    }
    console.log(`seed ${seed}: ${judgedCases()} of ${cases.length} cases, ${faults} faults\n${report()}`);
    summarise(faults);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit(faults === 0 ? 0 : 1);
}
