// Simulated machines and processes: identity, clocks, pauses, death, and the channel between a parent and its child.
// `facade` is what the program of a process sees as the global `process`.
import { EventEmitter } from 'node:events';
import type { Dirent } from '../../../src/base/file-port.ts';
import type { World } from './world.ts';

/** Thrown into the program of a process that was killed at this call; nothing that it does later has an effect. */
export class Killed extends Error {}

export class Machine {
  readonly world: World;
  readonly name: string;
  readonly processes = new Set<SimulatedProcess>();
  /** Seconds by which its clock on the wall differs from the world's. */
  wallOffset: number;
  /** The same of the clock that never goes back. */
  steadyOffset: number;
  /** All its processes are paused until then. */
  pausedUntil = 0;
  /** What it does in the store reaches the store then, at the earliest. */
  cutOffUntil = 0;
  /** Since when it has been neither paused nor cut off. */
  awakeSince = 0;
  /** Listings of folders that a network file system keeps for some seconds; its own changes are always in them. */
  readonly listings = new Map<string, { readonly entries: Dirent[]; readonly until: number }>();

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.wallOffset = world.between(-1e5, 1e5);
    this.steadyOffset = world.between(0, 1e6);
    world.machines.push(this);
  }

  wallMilliseconds(): number {
    return 1.8e12 + (this.world.now + this.wallOffset) * 1000;
  }

  steadySeconds(): number {
    return this.world.now + this.steadyOffset;
  }

  pause(seconds: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.world.now + seconds);
    this.awakeSince = Math.max(this.awakeSince, this.pausedUntil);
  }

  cutOff(seconds: number): void {
    this.cutOffUntil = Math.max(this.cutOffUntil, this.world.now + seconds);
    this.awakeSince = Math.max(this.awakeSince, this.cutOffUntil);
  }
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class SimulatedProcess {
  readonly machine: Machine;
  readonly world: World;
  readonly name: string;
  readonly pid: number;
  /** As in /proc/PID/stat: distinguishes it from another process with the same number. */
  readonly startTick: string;
  readonly parent: SimulatedProcess | undefined;
  readonly facade: EventEmitter & Record<string, unknown>;
  /** The run that it works for, when that is no parent: a worker of a fleet. */
  employer: SimulatedProcess | undefined;
  /** Id of the task that it was given last. */
  assigned: string | undefined;
  isDead = false;
  awakeSince = 0;
  /** It dies at the call of this number from now on; undefined: it does not. */
  callsLeft: number | undefined;
  #pausedUntil = 0;
  readonly #onEnd: ((ending: Ending) => void)[] = [];

  constructor(machine: Machine, role: string, parent?: SimulatedProcess) {
    this.machine = machine;
    this.world = machine.world;
    this.pid = this.world.nextPid();
    this.name = `${machine.name}/${role}-${this.pid}`;
    this.startTick = String(Math.floor(this.world.now * 100) + this.pid);
    this.parent = parent;
    const facade = Object.assign(new EventEmitter() as EventEmitter & Record<string, unknown>, {
      pid: this.pid,
      ppid: parent?.pid ?? 1,
      connected: false,
      exit: (code = 0) => this.exit(code),
      kill: (pid: number) => {
        if ([...machine.processes].some((each) => each.pid === pid)) return true;
        throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH', syscall: 'kill' });
      },
      memoryUsage: { rss: () => 1 },
    });
    facade.setMaxListeners(0);
    this.facade = facade;
    machine.processes.add(this);
  }

  /** Runs a program to its end, as one process. */
  start(main: () => Promise<void>): void {
    this.world.after(this.world.latency(), this, 'starts', () => {
      main().then(
        () => this.exit(0),
        (error: unknown) => {
          if (!this.isDead) this.world.caught(error);
        },
      );
    });
  }

  pausedUntil(): number {
    return Math.max(this.#pausedUntil, this.machine.pausedUntil);
  }

  pause(seconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.world.now + seconds);
    this.awakeSince = Math.max(this.awakeSince, this.#pausedUntil);
  }

  /** Since when nothing has kept it from seeing what became of its lease. */
  runsSince(): number {
    return Math.max(this.awakeSince, this.machine.awakeSince);
  }

  /**
   * Before every call to the system.
   * @throws Killed when this is where it dies
   */
  call(): void {
    if (!this.isDead && this.callsLeft !== undefined && (this.callsLeft -= 1) < 0) this.kill();
    if (this.isDead) throw new Killed();
  }

  onEnd(listener: (ending: Ending) => void): void {
    this.#onEnd.push(listener);
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (this.isDead) return;
    this.world.note(`${this.name} is killed`);
    this.#end({ code: null, signal });
  }

  /** As process.exit(): handlers of `exit` run, then nothing any more. */
  exit(code: number): void {
    if (this.isDead) return;
    this.world.enter(this, () => this.facade.emit('exit', code));
    this.world.note(`${this.name} exits with ${code}`);
    this.#end({ code, signal: null });
  }

  #end(ending: Ending): void {
    this.isDead = true;
    this.machine.processes.delete(this);
    for (const listener of this.#onEnd) listener(ending);
  }
}
