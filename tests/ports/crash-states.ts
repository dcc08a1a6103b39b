// Cuts the power at every operation of a command that writes, draws a state that the disk may be in after that, and
// runs the same command on it: it must end as if nothing had happened.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import { clear, COMMANDS, differences, leftovers, OUT, stateOf, type WritingCommand } from './commands.ts';
import { runHere } from './here.ts';
import { type Loss, recording, SimulatedDisk, type Step } from './simulated-disk.ts';
import { watchedPort } from './watched-port.ts';

const LOSSES: readonly Loss[] = ['all', 'none', 'some', 'some'];

interface Recorded {
  readonly command: WritingCommand;
  readonly steps: readonly Step[];
  readonly state: ReadonlyMap<string, string>;
}

export interface CrashCase {
  readonly recorded: Recorded;
  /** Steps that were begun before the power went. */
  readonly steps: number;
  readonly loss: Loss;
  readonly seed: number;
}

export class CrashStates {
  /** Every moment of every command, each with all, none and some of what was not synced lost; in a drawn order. */
  readonly cases: readonly CrashCase[];
  private readonly folder: string;

  private constructor(folder: string, cases: readonly CrashCase[]) {
    this.folder = folder;
    this.cases = cases;
  }

  /** @param folder a workshop */
  static async of(folder: string, seed: number, commands = COMMANDS): Promise<CrashStates> {
    const cases: CrashCase[] = [];
    for (const command of commands) {
      clear(folder, command);
      const steps: Step[] = [];
      const { code, out, error } = await runHere(command.args, folder, watchedPort(recording(steps)));
      if (code !== 0) throw new Error(`${command.name}: exit code ${code}: ${out}${error}`);
      const recorded = { command, steps, state: stateOf(folder) };
      for (let n = 0; n <= steps.length; n++)
        for (const [i, loss] of LOSSES.entries())
          cases.push({ recorded, steps: n, loss, seed: seed * 1_000_000 + n * LOSSES.length + i });
    }
    const random = new RandomSequence(seed, STREAMS.sampling, 0);
    for (let i = cases.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [cases[i], cases[j]] = [cases[j], cases[i]];
    }
    return new CrashStates(folder, cases);
  }

  /** @returns what is wrong with the end of the command; undefined when nothing is */
  async faultOf({
    recorded: { command, steps, state },
    steps: begun,
    loss,
    seed,
  }: CrashCase): Promise<string | undefined> {
    clear(this.folder, command);
    const out = join(this.folder, OUT);
    mkdirSync(out, { recursive: true });
    const disk = new SimulatedDisk(out);
    for (const step of steps.slice(0, begun)) disk.apply(step);
    rmSync(out, { recursive: true });
    mkdirSync(out);
    disk.crash(loss, new RandomSequence(seed, STREAMS.sampling, 1));
    const found = readdirSync(out, { recursive: true, encoding: 'utf8' }).join(' ');
    const ran = await runHere(command.args, this.folder);
    if (ran.code !== 0) return `exit code ${ran.code}: ${ran.error.slice(-500)} with ${found}`;
    const difference = differences(state, stateOf(this.folder)).at(0);
    if (difference !== undefined) return `${difference}; began with ${found}`;
    const left = leftovers(this.folder).at(0);
    return left === undefined ? undefined : `left behind: ${left}; began with ${found}`;
  }
}
