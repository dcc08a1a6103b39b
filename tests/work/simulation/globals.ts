// Replaces the globals through which a program sees time, its own process and other processes. Outside of simulated
// processes they are Node's own.
import * as crypto from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type ChildMain, forkIn } from './channel.ts';
import { systemError } from './files.ts';
import type { SimulatedProcess } from './processes.ts';
import { runningProcess } from './world.ts';

/** Seconds by which a timer may be late. */
const LATE_SECONDS = 0.01;

interface Timer {
  readonly cleared: () => boolean;
  readonly clear: () => void;
  readonly ref: () => Timer;
  readonly unref: () => Timer;
  readonly hasRef: () => boolean;
}

type Run = (...args: unknown[]) => void;

let childMain: ChildMain | undefined;

/** What children of the local executor do. */
export function setChildMain(main: ChildMain): void {
  childMain = main;
}

function running(what: string): SimulatedProcess {
  const process = runningProcess();
  if (!process) throw new Error(`${what} outside of every simulated process`);
  return process;
}

function timerIn(seconds: number, words: string, repeats: boolean, run: () => void): Timer {
  const process = running('a timer');
  const { world } = process;
  let cleared = false;
  const timer: Timer = {
    cleared: () => cleared,
    clear: () => (cleared = true),
    ref: () => timer,
    unref: () => timer,
    hasRef: () => true,
  };
  const arm = (): void => {
    const late = seconds === 0 ? 0 : world.random.uniform() * LATE_SECONDS;
    world.after(seconds + late, process, words, () => {
      if (cleared) return;
      if (repeats) arm();
      run();
    });
  };
  arm();
  return timer;
}

async function sleep(milliseconds: number, value: unknown, options?: { signal?: AbortSignal }): Promise<unknown> {
  const { signal } = options ?? {};
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer.clear();
      reject(new DOMException('The operation was aborted', 'AbortError'));
    };
    const timer = timerIn(milliseconds / 1000, 'has waited', false, () => {
      signal?.removeEventListener('abort', stop);
      resolve(value);
    });
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Modules of Node as src/ sees them. */
export const MODULES = {
  // Of the system itself; all other files go through the file port.
  'node:fs': {
    readFileSync: (path: string) => {
      const process = running('a file operation');
      process.call();
      if (path === '/proc/sys/kernel/random/boot_id') return 'one-boot\n';
      const pid = Number(/^\/proc\/(\d+)\/stat$/.exec(path)?.[1]);
      const found = [...process.machine.processes].find((each) => each.pid === pid);
      if (!found) throw systemError('ENOENT', 'open', path);
      return `${found.pid} (node) S ${'0 '.repeat(18)}${found.startTick} 0\n`;
    },
    readlinkSync: (path: string) => `simulated ${path}`,
  },
  'node:timers/promises': {
    setTimeout: sleep,
    setImmediate: async (value: unknown) => sleep(0, value),
  },
  'node:crypto': {
    createHash: crypto.createHash,
    randomUUID: () => {
      const { world } = running('a random name');
      const digits = Array.from({ length: 4 }, () => world.random.nextU32().toString(16).padStart(8, '0'));
      return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    },
  },
  'node:os': { hostname: () => runningProcess()?.machine.name ?? 'outside' },
  'node:child_process': {
    fork: () => {
      const process = running('a fork');
      if (!childMain) throw new Error('no program of children');
      process.call();
      return forkIn(process, childMain);
    },
  },
  'node:worker_threads': {
    // The thread that watches a parent ends its process when the main thread does not respond: pauses do more than
    // that.
    Worker: class extends EventEmitter {
      unref(): void {
        // Nothing holds a simulated process.
      }
    },
  },
} as const;

/** Replaces the globals for the rest of this process. */
export function simulateGlobals(): void {
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, process } = globalThis;
  const own = { setTimeout, setInterval, setImmediate };
  const clears = { clearTimeout, clearInterval, clearImmediate };
  (globalThis as Record<symbol, unknown>)[Symbol.for('tracelab.simulation.process')] = process;
  const start =
    (name: keyof typeof own, words: string, repeats: boolean) =>
    (run: Run, milliseconds = 0, ...rest: unknown[]): unknown => {
      if (!runningProcess()) return (own[name] as (...args: unknown[]) => unknown)(run, milliseconds, ...rest);
      const isImmediate = name === 'setImmediate';
      const args = isImmediate && milliseconds !== 0 ? [milliseconds, ...rest] : rest;
      return timerIn(isImmediate ? 0 : Number(milliseconds) / 1000, words, repeats, () => run(...args));
    };
  const clear =
    (name: keyof typeof clears) =>
    (timer: unknown): void => {
      if (timer && typeof timer === 'object' && 'cleared' in timer) (timer as Timer).clear();
      else clears[name](timer as never);
    };
  const simulatedDate = class extends Date {
    constructor(...args: readonly unknown[]) {
      const { machine } = runningProcess() ?? {};
      const given = (args.length === 0 && machine ? [machine.wallMilliseconds()] : args) as [];
      super(...given);
    }
  };
  const realNow = performance.now.bind(performance);
  Object.defineProperty(performance, 'now', {
    value: () => (runningProcess()?.machine.steadySeconds() ?? realNow() / 1000) * 1000,
  });
  Object.assign(globalThis, {
    setTimeout: start('setTimeout', 'a timer goes off', false),
    setInterval: start('setInterval', 'a repeated timer goes off', true),
    setImmediate: start('setImmediate', 'takes its next turn', false),
    clearTimeout: clear('clearTimeout'),
    clearInterval: clear('clearInterval'),
    clearImmediate: clear('clearImmediate'),
    Date: simulatedDate,
  });
  Object.defineProperty(globalThis, 'process', {
    value: new Proxy(process, {
      get: (real, key) => {
        const facade = runningProcess()?.facade;
        const from = facade && key in facade && key !== 'constructor' ? facade : (real as never);
        const value: unknown = from[key as never];
        return typeof value === 'function' ? (value as Run).bind(from) : value;
      },
    }),
    configurable: true,
    writable: true,
  });
}
