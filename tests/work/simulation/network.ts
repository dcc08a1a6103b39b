// A network between machines that loses, delays, doubles and reorders messages. Addressed by role: whoever has the role
// when a message arrives hears it.
import type { SimulatedProcess } from './processes.ts';
import type { World } from './world.ts';

export class Network<Message extends { readonly type: string }> {
  readonly #world: World;
  readonly #roles = new Map<string, { process: SimulatedProcess; hear: (message: Message, from: string) => void }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Gives a role to a process; its predecessor hears nothing any more. */
  join(role: string, process: SimulatedProcess, hear: (message: Message, from: string) => void): void {
    this.#roles.set(role, { process, hear });
  }

  send(process: SimulatedProcess, from: string, to: string, message: Message): void {
    process.call();
    const { isQuiet } = this.#world;
    const isLost = !isQuiet && this.#world.oneIn(15);
    const isDoubled = !isQuiet && this.#world.oneIn(15);
    if (!isLost) this.#deliver(process, from, to, message);
    if (isDoubled) this.#deliver(process, from, to, message);
  }

  #deliver(process: SimulatedProcess, from: string, to: string, message: Message): void {
    const copy = structuredClone(message);
    const world = this.#world;
    // Much more often late than the disk is.
    const delay = !world.isQuiet && world.oneIn(20) ? world.between(0, 200) : world.latency();
    const cut = Math.max(0, process.machine.cutOffUntil - world.now);
    world.after(delay + cut, undefined, `${message.type} of ${from} is at ${to}`, () => {
      const heard = this.#roles.get(to);
      if (!heard || heard.process.isDead) return;
      const wait = Math.max(0, heard.process.machine.cutOffUntil - world.now);
      world.after(wait, heard.process, `hears ${message.type} of ${from}`, () => {
        if (this.#roles.get(to)?.process === heard.process) heard.hear(copy, from);
      });
    });
  }
}
