// Fails one file operation of one command, once or for ever, and looks at how the command ends, at what it leaves, and
// at what the same command makes of that.
import { RandomSequence, STREAMS } from '../../src/base/random.ts';
import {
  clear,
  COMMANDS,
  differences,
  inputsOf,
  leftovers,
  refusalFault,
  stateOf,
  type WritingCommand,
} from './commands.ts';
import { FAULT_NAMES, type Fault, type FaultName, countingPort, failingPort } from './failing-port.ts';
import { type Ran, runHere } from './here.ts';

/** One operation of one command that fails. */
export interface FailCase extends Fault {
  readonly command: WritingCommand;
}

export type FailEnding = 'not reached' | 'refused' | 'tolerated' | 'FAULT';

export interface Judged {
  readonly ending: FailEnding;
  readonly text: string;
}

export class FailingOperations {
  /** Every operation that a fault can hit, of every command, in an order drawn from the seed. */
  readonly cases: readonly FailCase[];
  private readonly folder: string;
  private readonly whole: ReadonlyMap<string, { readonly state: ReadonlyMap<string, string>; readonly out: string }>;
  private readonly inputs: string;

  private constructor(folder: string, cases: readonly FailCase[], whole: FailingOperations['whole']) {
    this.folder = folder;
    this.cases = cases;
    this.whole = whole;
    this.inputs = inputsOf(folder);
  }

  /**
   * Runs every command undisturbed, and counts its operations.
   * @param folder a workshop
   */
  static async of(folder: string, seed: number, commands = COMMANDS): Promise<FailingOperations> {
    const cases: FailCase[] = [];
    const whole = new Map<string, { state: ReadonlyMap<string, string>; out: string }>();
    for (const command of commands) {
      // The first run fills caches of the process, which the counted ones then use as all later ones do.
      for (const isCounted of [false, true]) {
        clear(folder, command);
        const counting = countingPort();
        const { code, out, error } = await runHere(command.args, folder, counting.port);
        if (code !== 0) throw new Error(`${command.name}: exit code ${code}: ${out}${error}`);
        whole.set(command.name, { state: stateOf(folder), out });
        for (const fault of isCounted ? FAULT_NAMES : [])
          for (let at = 0; at < counting.counts[fault]; at++)
            for (const forever of [false, true]) cases.push({ command, fault, at, forever });
      }
    }
    const random = new RandomSequence(seed, STREAMS.sampling, 0);
    for (let i = cases.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [cases[i], cases[j]] = [cases[j], cases[i]];
    }
    return new FailingOperations(folder, cases, whole);
  }

  async judge({ command, ...fault }: FailCase): Promise<Judged> {
    clear(this.folder, command);
    const failing = failingPort(fault);
    const ran = await runHere(command.args, this.folder, failing.port);
    const hit = failing.hit();
    const about = hit ? `${fault.fault} of ${hit.name} ${hit.path}` : '';
    const found = hit && this.faultOf(command, fault.fault, ran);
    if (found) return { ending: 'FAULT', text: `${about}: ${found}` };
    if (inputsOf(this.folder) !== this.inputs) return { ending: 'FAULT', text: `${about}: an input was changed` };
    const later = await this.laterFault(command, ran.code === 0);
    if (later !== undefined) return { ending: 'FAULT', text: `${about}: later: ${later}` };
    return { ending: hit ? (ran.code === 0 ? 'tolerated' : 'refused') : 'not reached', text: about };
  }

  private faultOf(command: WritingCommand, fault: FaultName, ran: Ran): string | undefined {
    if (ran.code !== 0) return fault === 'short' ? `exit code ${ran.code}: ${ran.error}` : refusalFault(ran);
    const difference = differences(this.whole.get(command.name)?.state ?? new Map(), this.withoutLeftovers()).at(0);
    return difference === undefined ? undefined : `exit code ${ran.code}, but ${difference}`;
  }

  /** A temporary file that could not be removed is for the next run. */
  private withoutLeftovers(): Map<string, string> {
    const left = leftovers(this.folder);
    return new Map([...stateOf(this.folder)].filter(([path]) => !left.some((each) => path.startsWith(each))));
  }

  /** The same command with a disk that works. */
  private async laterFault(command: WritingCommand, isDone: boolean): Promise<string | undefined> {
    const { code, out, error } = await runHere(command.args, this.folder);
    const whole = this.whole.get(command.name);
    if (code !== 0) return `exit code ${code}: ${out.slice(-200)}${error.slice(-400)}`;
    if (command.isPrinted && !isDone && out !== whole?.out) return `prints ${out}`;
    const difference = differences(whole?.state ?? new Map(), stateOf(this.folder)).at(0);
    if (difference !== undefined) return difference;
    const left = leftovers(this.folder).at(0);
    return left === undefined ? undefined : `left behind: ${left}`;
  }
}
