// What both scenarios are made of: machines with one shared store, runs that are started again until they have finished
// everything, and the limits after which a run that was left alone must have finished.
import { TracelabError } from '../../../src/base/errors.ts';
import { sweep, sweepable } from '../../../src/work/cells.ts';
import type { Executor } from '../../../src/work/executor.ts';
import { FolderStore } from '../../../src/work/folder-store.ts';
import type { Kinds } from '../../../src/work/kind.ts';
import { Invariants } from './invariants.ts';
import { Machine, SimulatedProcess } from './processes.ts';
import { drawGraph, simulatedKinds, type SimulatedGraph } from './tasks.ts';
import { runningProcess, type World } from './world.ts';

/** After the last fault, in seconds of the world and in steps. */
const ALONE_SECONDS = 4 * 3600;
const ALONE_STEPS = 60_000;
/** Starts of one run after the last fault: the first sees what went wrong, the second repairs, the third finishes. */
const ALONE_STARTS = 6;

export const CORE = { module_sha256: '0'.repeat(64), kernel_path: 'portable' } as const;

export class Scenario {
  readonly world: World;
  readonly root: string;
  readonly drawn: SimulatedGraph;
  readonly invariants: Invariants;
  readonly kinds: Kinds;
  readonly #left = new Set<string>();
  readonly #runners = new Map<string, SimulatedProcess>();
  #calmSince: { readonly step: number; readonly now: number } | undefined;

  constructor(world: World) {
    this.world = world;
    this.root = `/runs-${world.seed}`;
    this.drawn = drawGraph(world);
    this.invariants = new Invariants(world, this.root, this.drawn.expected, world.oneIn(3) ? world.pick([60, 400]) : 0);
    const troubleOneIn = world.pick([0, 0, 10]);
    this.kinds = simulatedKinds(() => {
      if (world.isQuiet || troubleOneIn === 0 || !world.oneIn(troubleOneIn)) return;
      const process = runningProcess();
      if (process) this.invariants.cause(process);
      throw new Error('memory is short');
    });
  }

  store(): FolderStore {
    return new FolderStore(this.root);
  }

  machine(name: string): Machine {
    return new Machine(this.world, name);
  }

  /** Starts a run on a machine, again and again until it has finished everything. */
  drive(machine: Machine, executorOf: (process: SimulatedProcess, killed: AbortSignal) => Executor): void {
    this.#left.add(machine.name);
    let starts = 0;
    const start = (): void => {
      if (this.world.isQuiet && (starts += 1) > ALONE_STARTS)
        this.world.violate(`the run on ${machine.name} was left alone, and has not finished in ${ALONE_STARTS} starts`);
      const process = new SimulatedProcess(machine, 'run');
      this.#runners.set(machine.name, process);
      process.onEnd(() => {
        if (this.#left.has(machine.name))
          this.world.after(this.world.between(0.1, 20), undefined, `${machine.name} starts the run again`, start);
      });
      process.start(async () => {
        if (await this.#run(process, executorOf)) this.#left.delete(machine.name);
      });
    };
    start();
  }

  /** @returns whether everything that can be finished is */
  async #run(
    process: SimulatedProcess,
    executorOf: (process: SimulatedProcess, killed: AbortSignal) => Executor,
  ): Promise<boolean> {
    const { graph, estimates, expected } = this.drawn;
    const stop = new AbortController();
    const killed = new AbortController();
    process.facade.on('SIGINT', () => {
      if (stop.signal.aborted) killed.abort();
      stop.abort();
    });
    const slots = { threads: 2, jobs: 2, bytes: 3 };
    const open = new Set([...expected].filter(([, { result }]) => result !== undefined).map(([id]) => id));
    let isDamaged = false;
    const executor = executorOf(process, killed.signal);
    for await (const event of executor.run(graph, this.store(), estimates, slots, stop.signal)) {
      this.invariants.event(process, event);
      if (event.event === 'finished') open.delete(event.id);
      if (event.event === 'set_aside' && event.failure.code === 'CELL_DAMAGED') isDamaged = true;
    }
    // As the hint of the failure says: `tracelab runs clean`. A disk that fails is no fault of it: it is given again.
    try {
      if (isDamaged) await sweep(this.root, (await sweepable(this.root)).sweeps);
    } catch (error) {
      if (!(error instanceof TracelabError) || error.details.kind !== 'environment') throw error;
      return false;
    }
    return open.size === 0;
  }

  isDone(): boolean {
    return this.#left.size === 0;
  }

  /** The newest process of the run on a machine. */
  runner(machine: string): SimulatedProcess | undefined {
    return this.#runners.get(machine);
  }

  /** After each step: whether all runs are done. */
  isOver(): boolean {
    const { world } = this;
    if (this.#left.size === 0) {
      this.invariants.finish();
      return true;
    }
    if (!world.isQuiet) return false;
    this.#calmSince ??= { step: world.step, now: world.now };
    const { step, now } = this.#calmSince;
    if (world.step - step > ALONE_STEPS || world.now - now > ALONE_SECONDS)
      world.violate(
        `runs were left alone for ${Math.round(world.now - now)} s and ${world.step - step} steps, and have not ` +
          `finished: ${[...this.#left].join(', ')}`,
      );
    return false;
  }
}
