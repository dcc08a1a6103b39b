// A world in virtual time: one queue of events, whose order and times follow from a seed. Real code runs in it as the
// program of simulated processes; which process runs is known from the asynchronous context.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { RandomSequence, STREAMS } from '../../../src/base/random.ts';
import { SimulatedFiles } from './files.ts';
import { Killed, type Machine, type SimulatedProcess } from './processes.ts';

/** Events that a failure is printed with. */
const SHOWN_EVENTS = 60;
/** Events that happen whether there is work or not: no steps, and nobody wants to read them. */
const TRIVIAL = /(?:goes off|has sent|next turn|hears beat)$/;
/** Seconds of an operation or a message, at most, while nothing is wrong. */
const LATENCY = 0.02;

interface WorldEvent {
  readonly due: number;
  /** Decides among events of one moment. */
  readonly order: number;
  /** Whose program it continues; undefined for what happens in the world itself. */
  readonly process: SimulatedProcess | undefined;
  readonly words: string;
  readonly run: () => void;
}

/** What must never be. */
export class Violation extends Error {}

const running = new AsyncLocalStorage<SimulatedProcess | undefined>();

/** The process whose program runs now; undefined outside of all of them. */
export function runningProcess(): SimulatedProcess | undefined {
  return running.getStore();
}

export class World {
  readonly seed: number;
  readonly random: RandomSequence;
  readonly files: SimulatedFiles;
  readonly machines: Machine[] = [];
  /** Seconds since the beginning. */
  now = 0;
  /** Events that have happened, idle timers apart. */
  step = 0;
  /** No fault is begun from here on. */
  isQuiet = false;
  violation: Violation | undefined;
  readonly #queue: WorldEvent[] = [];
  readonly #trace: string[] = [];
  readonly #digest = createHash('sha256');
  #order = 0;
  #pid = 100;

  constructor(seed: number) {
    this.seed = seed;
    this.random = new RandomSequence(seed, STREAMS.sampling, 0);
    this.files = new SimulatedFiles(() => this.now);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.random.below(times) === 0;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)];
  }

  between(low: number, high: number): number {
    return low + this.random.uniform() * (high - low);
  }

  nextPid(): number {
    return (this.#pid += 1);
  }

  /** Of an operation or a message. Outside of the quiet time a few take seconds, and one in a thousand minutes. */
  latency(): number {
    const usual = this.random.uniform() * LATENCY;
    if (this.isQuiet || !this.oneIn(100)) return usual;
    return this.oneIn(10) ? this.between(5, 150) : this.between(0, 3);
  }

  /** Puts an event into the queue. */
  after(seconds: number, process: SimulatedProcess | undefined, words: string, run: () => void): void {
    this.#push({ due: this.now + seconds, order: (this.#order += 1), process, words, run });
  }

  note(words: string): void {
    this.#digest.update(`${words}\n`);
    if (TRIVIAL.test(words)) return;
    this.#trace.push(`${String(this.step).padStart(6)}  ${this.now.toFixed(3).padStart(10)} s  ${words}`);
    if (this.#trace.length > 2 * SHOWN_EVENTS) this.#trace.splice(0, SHOWN_EVENTS);
  }

  /** The last events, one line each. */
  trace(): string {
    return this.#trace.slice(-SHOWN_EVENTS).join('\n');
  }

  /** Of all events: equal for equal runs. */
  digest(): string {
    return this.#digest.copy().digest('hex').slice(0, 16);
  }

  violate(words: string): void {
    this.violation ??= new Violation(words);
    this.note(`VIOLATION: ${words}`);
  }

  /**
   * Runs program text of a process; an error that leaves it is a violation, unless the process was killed meanwhile.
   */
  enter(process: SimulatedProcess | undefined, run: () => void): void {
    try {
      running.run(process, run);
    } catch (error) {
      this.caught(error);
    }
  }

  /** An error that nobody caught. */
  caught(error: unknown): void {
    if (error instanceof Killed) return;
    this.violate(
      `an error that nobody caught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  /**
   * Lets the next event happen and waits until everything that follows at once has happened.
   * @returns false when nothing is left to happen
   */
  async advance(): Promise<boolean> {
    for (;;) {
      const event = this.#pop();
      if (!event) return false;
      const { process } = event;
      if (process?.isDead) continue;
      if (process && process.pausedUntil() > event.due) {
        this.#push({ ...event, due: process.pausedUntil() });
        continue;
      }
      this.now = Math.max(this.now, event.due);
      if (!TRIVIAL.test(event.words)) this.step += 1;
      this.note(`${process?.name ?? 'world'}: ${event.words}`);
      this.enter(process, event.run);
      await turn();
      return true;
    }
  }

  /** Binary heap: the earliest event is first. */
  #push(event: WorldEvent): void {
    const queue = this.#queue;
    let at = queue.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isEarlier(event, queue[parent])) break;
      queue[at] = queue[parent];
      at = parent;
    }
    queue[at] = event;
  }

  #pop(): WorldEvent | undefined {
    const queue = this.#queue;
    const [first] = queue;
    const last = queue.pop();
    if (!last || queue.length === 0) return last;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isEarlier(queue[child + 1], queue[child])) child += 1;
      if (!isEarlier(queue[child], last)) break;
      queue[at] = queue[child];
      at = child;
    }
    queue[at] = last;
    return first;
  }
}

function isEarlier(a: WorldEvent, b: WorldEvent): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
