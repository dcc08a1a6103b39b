// Fails one file operation in one process of a small study or sweep, once there or for ever everywhere, and runs the
// same command again: it must end as one that nothing disturbed.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { runCli, type Finished } from '../cli/run-cli.ts';
import { writeSmallStudy } from '../cli/small-study.ts';
import { clear, differences, leftovers, refusalFault, stateOf, STUDY, SWEEP, type WritingCommand } from './commands.ts';
import type { Judged } from './fail-operations.ts';
import { FAULT_NAMES, type Fault, type FaultName } from './failing-port.ts';
import { type InstalledPort, SETTING } from './install.ts';

const HOOK = new URL('install.ts', import.meta.url).href;
export interface StudyCase {
  readonly command: WritingCommand;
  readonly role: InstalledPort['role'];
  readonly fault: Fault;
}

export class FailingStudies {
  /** Every operation of the parent and of its first child that a fault can hit, in an order drawn from the seed. */
  readonly cases: readonly StudyCase[];
  private readonly folder: string;
  private readonly whole: ReadonlyMap<WritingCommand, ReadonlyMap<string, string>>;

  private constructor(folder: string, cases: readonly StudyCase[], whole: FailingStudies['whole']) {
    this.folder = folder;
    this.cases = cases;
    this.whole = whole;
  }

  /** @param folder an empty one */
  static async of(folder: string, seed: number): Promise<FailingStudies> {
    writeSmallStudy(folder);
    const cases: StudyCase[] = [];
    const whole = new Map<WritingCommand, ReadonlyMap<string, string>>();
    for (const command of [STUDY, SWEEP]) {
      clear(folder, command);
      const setting: InstalledPort = { role: 'parent', fault: null, folder: portFolder(folder) };
      const { code, error } = await run(command, folder, setting);
      if (code !== 0) throw new Error(`${command.name}: exit code ${code}: ${error}`);
      whole.set(command, stateOf(folder));
      for (const file of readdirSync(portFolder(folder))) {
        const role = file.startsWith('count-child-') ? 'child' : 'parent';
        const counts = JSON.parse(readFileSync(join(portFolder(folder), file), 'utf8')) as Record<FaultName, number>;
        for (const fault of FAULT_NAMES)
          for (let at = 0; at < counts[fault]; at++)
            for (const forever of [false, true]) cases.push({ command, role, fault: { fault, at, forever } });
      }
    }
    const random = new RandomSequence(seed, STREAMS.sampling, 0);
    for (let i = cases.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [cases[i], cases[j]] = [cases[j], cases[i]];
    }
    return new FailingStudies(folder, cases, whole);
  }

  async judge({ command, role, fault }: StudyCase): Promise<Judged> {
    clear(this.folder, command);
    const { folder } = this;
    const ran = await run(command, folder, { role, fault, folder: portFolder(folder) });
    const hit = readdirSync(portFolder(folder)).includes('hit');
    const text = hit ? readFileSync(join(portFolder(folder), 'hit'), 'utf8') : '';
    const found = endingFault(ran);
    if (found !== undefined) return { ending: 'FAULT', text: `${text}: ${found}` };
    const later = await run(command, folder, undefined);
    if (later.code !== 0) return { ending: 'FAULT', text: `${text}: later: exit code ${later.code}: ${later.error}` };
    const wrong = [
      ...differences(this.whole.get(command) ?? new Map(), withoutLogs(stateOf(folder))),
      ...leftovers(folder),
    ];
    if (wrong.length > 0) return { ending: 'FAULT', text: `${text}: later: ${wrong[0]}` };
    return { ending: hit ? (ran.code === 0 ? 'tolerated' : 'refused') : 'not reached', text };
  }
}

/** One line and code 4, also where tasks were set aside: the disk is to blame. */
function endingFault(ran: Finished): string | undefined {
  const { code, out, error } = ran;
  if (code === 0) return undefined;
  return refusalFault({ code: code ?? -1, out, error });
}

/** Logs of failed tries stay, for whoever looks into them. */
function withoutLogs(state: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...state].filter(([path]) => !path.endsWith('.log')));
}

function portFolder(folder: string): string {
  return join(folder, 'port');
}

async function run(command: WritingCommand, folder: string, setting: InstalledPort | undefined): Promise<Finished> {
  rmSync(portFolder(folder), { recursive: true, force: true });
  mkdirSync(portFolder(folder));
  const { NODE_OPTIONS: before = '' } = process.env;
  try {
    if (setting) {
      process.env.NODE_OPTIONS = `${before} --import=${HOOK}`;
      process.env[SETTING] = JSON.stringify(setting);
    }
    return await runCli(command.args, folder);
  } finally {
    process.env.NODE_OPTIONS = before;
    Reflect.deleteProperty(process.env, SETTING);
  }
}
