// Workers of an engine (src/fleet), on one to three machines, each with a store of its own, and a follower that submits
// the graph and collects the results. The engine itself is the one in memory, which keeps the contract of all engines;
// every call of it travels through a network that loses questions and answers, delays them, and is down at times.
import { SYSTEM_CLOCK } from '../../../src/base/clock.ts';
import { TracelabError } from '../../../src/base/errors.ts';
import type { Artefacts } from '../../../src/fleet/artefacts.ts';
import type { Engine, FleetIdentity, WorkerIdentity } from '../../../src/fleet/engine.ts';
import { fleetExecutor } from '../../../src/fleet/executor.ts';
import { work } from '../../../src/fleet/worker.ts';
import { FolderStore } from '../../../src/work/folder-store.ts';
import { inlinePerformer } from '../../../src/work/inline-executor.ts';
import type { Kinds } from '../../../src/work/kind.ts';
import { MemoryArtefacts, MemoryEngine } from '../../fleet/memory-engine.ts';
import { beginFaults } from './faults.ts';
import { Machine, SimulatedProcess } from './processes.ts';
import type { FileWatch } from './simulated-port.ts';
import { drawGraph, simulatedKinds, type SimulatedGraph } from './tasks.ts';
import { runningProcess, type World } from './world.ts';

const CORE = { module_sha256: '0'.repeat(64), kernel_path: 'portable' } as const;
const IDENTITY: FleetIdentity = { version: '1', numeric_version: 1, core: CORE };
/** After the last fault, in seconds of the world and in steps. */
const ALONE_SECONDS = 4 * 3600;
const ALONE_STEPS = 120_000;

/** What the simulation has done to tasks, and what their workers said of it. */
class EngineWatch implements FileWatch {
  readonly #world: World;
  /** One in this number of operations fails; 0: none. */
  readonly #failsOneIn: number;
  causes = 0;

  constructor(world: World) {
    this.#world = world;
    this.#failsOneIn = world.oneIn(3) ? world.pick([200, 1000]) : 0;
  }

  asked(): void {
    // Stores belong to one machine each: its lease is watched in the other scenarios.
  }

  changed(): void {
    // As above.
  }

  cause(): void {
    this.causes += 1;
  }

  fails(process: SimulatedProcess, call: string, path: string): boolean {
    if (this.#failsOneIn === 0 || this.#world.isQuiet || !this.#world.oneIn(this.#failsOneIn)) return false;
    this.#world.note(`${process.name}: ${call} ${path} fails`);
    this.cause();
    return true;
  }
}

export class EngineScenario {
  readonly #world: World;
  readonly #drawn: SimulatedGraph;
  readonly #engine: MemoryEngine;
  readonly #artefacts = new MemoryArtefacts();
  readonly #kinds: Kinds;
  readonly watch: EngineWatch;
  /** Results by task id. */
  readonly #committed = new Map<string, string>();
  /** Failed tries in a row without newer state, by task id. */
  readonly #tries = new Map<string, number>();
  #fails = 0;
  #downUntil = 0;
  #isDone = false;
  #calmSince: { readonly step: number; readonly now: number } | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#drawn = drawGraph(world);
    this.watch = new EngineWatch(world);
    const troubleOneIn = world.pick([0, 0, 10]);
    this.#kinds = simulatedKinds(() => {
      if (world.isQuiet || troubleOneIn === 0 || !world.oneIn(troubleOneIn)) return;
      this.watch.cause();
      throw new Error('memory is short');
    });
    this.#engine = new MemoryEngine(this.#kinds, () => world.now);
    const count = 1 + world.random.below(3);
    for (let i = 0; i < count; i++) this.#startWorker(new Machine(world, `worker-${i}`));
    this.#follow(new Machine(world, 'follower'));
    this.#breakDown();
    beginFaults(world, () => true);
  }

  /** The engine is away now and then, for seconds or minutes. */
  #breakDown(): void {
    this.#world.after(this.#world.between(0, 60), undefined, 'the engine may break down', () => {
      if (this.#world.isQuiet) return;
      if (this.#world.oneIn(3)) this.#downUntil = this.#world.now + this.#world.between(0, this.#world.pick([5, 200]));
      this.#breakDown();
    });
  }

  /** One call over the network: it may not arrive, or its answer may not. */
  async #call<T>(words: string, effect: () => Promise<T>): Promise<T> {
    const world = this.#world;
    const process = runningProcess();
    if (!process) throw new Error('a call of the engine outside of every process');
    process.call();
    const isFaulty = !world.isQuiet && world.oneIn(20);
    const isLost = isFaulty && world.oneIn(2);
    const wait = async (): Promise<void> =>
      new Promise((resolve) => {
        world.after(
          world.latency() + Math.max(0, process.machine.cutOffUntil - world.now),
          process,
          `${words} travels`,
          resolve,
        );
      });
    await wait();
    if (isLost || world.now < this.#downUntil) throw gone();
    const value = await effect();
    await wait();
    if (isFaulty) throw gone();
    return value;
  }

  /** The engine as a process sees it, with a look at what is said. */
  #remote(): Engine {
    const engine = this.#engine;
    const watched: Partial<Record<keyof Engine, (...args: never[]) => Promise<unknown>>> = {
      commit: async (worker: WorkerIdentity, claim: { readonly id: string }, record: string, result: string) => {
        this.#committing(worker, claim.id, result);
        return engine.commit(worker, claim as never, record, result);
      },
      fail: async (...args: Parameters<Engine['fail']>) => {
        const [, claim, failure, { final, headway }] = args;
        const isHeld = (await engine.renew(args[0], [claim.attempt])).length === 0;
        const setAside = await engine.fail(...args);
        if (isHeld) this.#failed(claim.id, failure.code, final, headway, setAside);
        return setAside;
      },
    };
    return new Proxy(engine, {
      get:
        (_, name) =>
        async (...args: never[]) =>
          this.#call(String(name), async () => {
            const call = watched[name as keyof Engine];
            if (call) return call(...args);
            return (engine[name as keyof Engine] as (...all: never[]) => Promise<unknown>)(...args);
          }),
    });
  }

  #committing({ id: worker }: WorkerIdentity, id: string, result: string): void {
    const expected = this.#drawn.expected.get(id);
    this.#world.note(`${worker} commits ${id}`);
    if (result !== expected?.result) this.#world.violate(`${worker} commits ${id} with other bytes: ${result}`);
    for (const need of expected?.needs ?? [])
      if (!this.#committed.has(need)) this.#world.violate(`${worker} commits ${id} before its need ${need}`);
    this.#committed.set(id, result);
  }

  #failed(id: string, code: string, final: boolean, headway: boolean, setAside: boolean): void {
    const isRefused = code === 'INPUT_REFUSED';
    this.#world.note(`${id} has failed: ${code}${setAside ? ', set aside' : ''}`);
    if (isRefused && this.#drawn.expected.get(id)?.result !== undefined)
      this.#world.violate(`${id} was refused, but its input is right`);
    if (!isRefused) this.#fails += 1;
    if (this.#fails > this.watch.causes)
      this.#world.violate(`${id} has failed with ${code}, and nothing was done to it`);
    const tries = headway && !final ? 0 : (this.#tries.get(id) ?? 0) + 1;
    this.#tries.set(id, setAside ? 0 : tries);
    if (setAside && !final && tries < 3) this.#world.violate(`${id} was set aside after ${tries} failed tries`);
  }

  #artefactsOf(): Artefacts {
    const kept = this.#artefacts;
    return {
      missing: async (hashes) => this.#call('missing', async () => kept.missing(hashes)),
      put: async (hash, path) => this.#call('put', async () => kept.put(hash, path)),
      get: async (hash, path) => this.#call('get', async () => kept.get(hash, path)),
      remove: async (hashes) => this.#call('remove', async () => kept.remove(hashes)),
    };
  }

  /** A worker that is started again whenever it has ended. */
  #startWorker(machine: Machine): void {
    const { name } = machine;
    const start = (): void => {
      const process = new SimulatedProcess(machine, 'worker');
      process.onEnd(() => {
        if (!this.#isDone) this.#world.after(this.#world.between(0.1, 60), undefined, `${name} starts again`, start);
      });
      process.start(async () => this.#work(process, name));
    };
    start();
  }

  async #work(process: SimulatedProcess, name: string): Promise<void> {
    const stop = new AbortController();
    // Whom a fault ends gently.
    process.employer = process;
    process.facade.on('SIGTERM', () => stop.abort());
    const jobs = 1 + this.#world.random.below(2);
    const id = `${name}-${process.pid}`;
    const end = await work(
      {
        engine: this.#remote(),
        artefacts: this.#artefactsOf(),
        store: new FolderStore(`/runs-${this.#world.seed}-${name}`),
        kinds: this.#kinds,
        performer: inlinePerformer(this.#kinds, SYSTEM_CLOCK),
        worker: { id, host: name, pid: process.pid, threads: jobs, jobs, identity: IDENTITY },
        bytes: 3,
        clock: SYSTEM_CLOCK,
        emit: (event) => {
          const text = 'failure' in event ? `: ${event.failure.message}` : '';
          this.#world.note(`${id}: ${event.event} ${'id' in event ? event.id : ''}${text}`);
          if (event.event === 'alarm') this.#world.violate(event.text);
        },
        untilEmpty: false,
      },
      stop.signal,
    );
    if (end.end === 'unfit' && !process.isDead && this.watch.causes === 0)
      this.#world.violate(`${id} cannot go on, and nothing was done to it: ${end.failure.message}`);
  }

  /** Submits and follows, again and again until everything that can be finished is. */
  #follow(machine: Machine): void {
    const start = (): void => {
      const process = new SimulatedProcess(machine, 'follower');
      process.onEnd(() => {
        if (!this.#isDone)
          this.#world.after(this.#world.between(0.1, 20), undefined, 'the follower starts again', start);
      });
      process.start(async () => {
        this.#isDone = await this.#followOnce(process);
      });
    };
    start();
  }

  async #followOnce(process: SimulatedProcess): Promise<boolean> {
    const { graph, estimates, expected } = this.#drawn;
    const stop = new AbortController();
    process.facade.on('SIGINT', () => stop.abort());
    const store = new FolderStore(`/runs-${this.#world.seed}-follower`);
    const executor = fleetExecutor({
      engine: this.#remote(),
      artefacts: this.#artefactsOf(),
      store,
      name: 'graph',
      config_hash: 'c'.repeat(64),
      replace: false,
      identity: IDENTITY,
    });
    const open = new Set([...expected].filter(([, { result }]) => result !== undefined).map(([id]) => id));
    try {
      for await (const event of executor.run(graph, store, estimates, { threads: 1, jobs: 1, bytes: 1 }, stop.signal)) {
        if (event.event !== 'finished' || process.isDead) continue;
        if (event.finished.result !== expected.get(event.id)?.result)
          this.#world.violate(`the follower is told another result of ${event.id}: ${event.finished.result}`);
        open.delete(event.id);
      }
    } catch (error) {
      // The engine was away when it was stopped, or its disk failed: it is started again.
      if (!(error instanceof TracelabError) || error.kind !== 'environment') throw error;
    }
    return open.size === 0;
  }

  /** After each step: whether everything is done. */
  isOver(): boolean {
    const { step, now, isQuiet } = this.#world;
    if (this.#isDone) {
      for (const [id, { result }] of this.#drawn.expected) {
        if (result !== undefined && this.#committed.get(id) !== result)
          this.#world.violate(`${id} was never committed`);
        if (result === undefined && this.#committed.has(id)) this.#world.violate(`${id} must not be committed`);
      }
      return true;
    }
    if (!isQuiet) return false;
    this.#calmSince ??= { step, now };
    if (step - this.#calmSince.step > ALONE_STEPS || now - this.#calmSince.now > ALONE_SECONDS)
      this.#world.violate(
        `the fleet was left alone for ${Math.round(now - this.#calmSince.now)} s, and has not finished`,
      );
    return false;
  }
}

function gone(): TracelabError {
  return new TracelabError({
    code: 'ENGINE_GONE',
    kind: 'environment',
    where: 'engine',
    what: 'cannot be reached',
    expected: 'an answer',
    got: 'none',
    hint: 'none',
  });
}
