// fork() of the simulation: a child process on the same machine, and the pipe between the two. Messages arrive late but
// in order, as those of a pipe do; what was sent before a death still arrives.
import { EventEmitter } from 'node:events';
import { SimulatedProcess } from './processes.ts';

/** What the program of children is: set by the scenario. */
export type ChildMain = (child: SimulatedProcess) => Promise<void>;

/**
 * @param parent that forks
 * @returns what the parent sees as a ChildProcess
 */
export function forkIn(parent: SimulatedProcess, main: ChildMain): EventEmitter {
  const { world, machine } = parent;
  const child = new SimulatedProcess(machine, 'child', parent);
  const seen = Object.assign(new EventEmitter(), {
    pid: child.pid,
    connected: true,
    exitCode: null as number | null,
    signalCode: null as NodeJS.Signals | null,
    stdout: new EventEmitter(),
    stderr: new EventEmitter(),
    send: (message: { readonly type: string; readonly task?: { readonly id: string } }, sent?: () => void) => {
      if (message.task) child.assigned = message.task.id;
      down.send(message, sent);
    },
    kill: (signal: NodeJS.Signals) => {
      if (signal === 'SIGKILL') child.kill();
      else deliverSignal(child, signal);
    },
  });
  // Node keeps messages until somebody listens.
  const early: unknown[] = [];
  const down = new Pipe(parent, child, (message) => {
    if (!child.facade.emit('message', message)) early.push(message);
  });
  child.facade.on('newListener', (name) => {
    if (name !== 'message') return;
    world.after(0, child, 'hears what came before it listened', () => {
      for (const message of early.splice(0)) child.facade.emit('message', message);
    });
  });
  const up = new Pipe(child, parent, (message) => seen.emit('message', message));
  const disconnectChild = (): void => {
    if (!child.facade['connected']) return;
    child.facade['connected'] = false;
    child.facade.emit('disconnect');
  };
  child.facade['connected'] = true;
  child.facade['send'] = (message: unknown, ...rest: unknown[]) =>
    up.send(message, rest.findLast((each) => typeof each === 'function') as (() => void) | undefined);
  parent.onEnd(() => down.close('loses its parent', disconnectChild));
  child.onEnd(({ code, signal }) => {
    up.close('reads the end of its child', () => {
      seen.connected = false;
      seen.emit('disconnect');
    });
    world.after(world.latency(), parent, `learns that ${child.name} has ended`, () => {
      seen.exitCode = code;
      seen.signalCode = signal;
      seen.emit('exit', code, signal);
      world.after(world.latency(), parent, 'has read all of its child', () => seen.emit('close', code, signal));
    });
  });
  child.start(() => main(child));
  return seen;
}

export function deliverSignal(process: SimulatedProcess, signal: NodeJS.Signals): void {
  process.world.after(process.world.latency(), process, `gets ${signal}`, () => {
    // What has no handler ends the process.
    if (!process.facade.emit(signal)) process.kill(signal);
  });
}

/** One direction. */
class Pipe {
  readonly #from: SimulatedProcess;
  readonly #to: SimulatedProcess;
  readonly #hear: (message: unknown) => void;
  #last = 0;

  constructor(from: SimulatedProcess, to: SimulatedProcess, hear: (message: unknown) => void) {
    this.#from = from;
    this.#to = to;
    this.#hear = hear;
  }

  send(message: unknown, sent?: () => void): void {
    this.#from.call();
    const { world } = this.#from;
    const copy = structuredClone(message);
    world.after(this.#delay(), this.#to, `hears ${describe(copy)}`, () => this.#hear(copy));
    if (sent) world.after(0, this.#from, 'has sent', sent);
  }

  close(words: string, run: () => void): void {
    this.#from.world.after(this.#delay(), this.#to, words, run);
  }

  #delay(): number {
    const { world } = this.#from;
    this.#last = Math.max(this.#last, world.now + world.latency());
    return this.#last - world.now;
  }
}

function describe(message: unknown): string {
  const { type, id, task } = message as { type?: string; id?: string; task?: { id: string } };
  return [type, id ?? task?.id].filter(Boolean).join(' ');
}
