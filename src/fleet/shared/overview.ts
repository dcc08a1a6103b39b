// What a shared folder shows of its sweeps: how far they are, what failed; and how one is cancelled.
import { join } from 'node:path';
import { existsSync } from '../../base/disk.ts';
import { TracelabError } from '../../base/errors.ts';
import { readText } from '../../base/files.ts';
import { listCells } from '../../work/cells.ts';
import { dependents } from '../../work/graph.ts';
import type { Kinds } from '../../work/kind.ts';
import { readSavedGraph } from '../../work/saved-graph.ts';
import { readStudyCells } from '../../work/study-cells.ts';
import type { FleetStatus, GraphStatus, LogLine, Overview } from '../engine.ts';
import { isCancelled, readFailure, readFleet, sharedSweeps, writeCancelled } from './fleet-file.ts';

/** Asks a shared folder. */
export class SharedOverview implements Overview {
  readonly #root: string;
  readonly #kinds: Kinds;

  /** @param root the folder that all machines share; absolute */
  constructor(root: string, kinds: Kinds) {
    this.#root = root;
    this.#kinds = kinds;
  }

  /** Sweeps and the owners of cells that are in use: it takes as long as a look at every cell. */
  async status(): Promise<FleetStatus> {
    const cells = new Map((await listCells(this.#root)).map((cell) => [cell.hash, cell]));
    const graphs: GraphStatus[] = [];
    for (const name of await sharedSweeps(this.#root)) graphs.push(await this.#graph(name, cells));
    // Owners are written as `process 12 on host` in leases.
    const owners = new Set([...cells.values()].flatMap(({ owner }) => owner ?? []));
    const workers = [...owners].map((owner) => ({
      id: owner,
      host: owner.split(' on ').at(-1) ?? owner,
      pid: Number(/\d+/.exec(owner)?.[0] ?? 0),
      threads: null,
      jobs: null,
      identity: null,
      silent: 0,
      tasks: [...cells.values()].filter((cell) => cell.owner === owner).map(({ folder }) => folder),
    }));
    return { graphs, workers, alarms: [] };
  }

  async #graph(name: string, cells: ReadonlyMap<string | null, { readonly state: string }>): Promise<GraphStatus> {
    const folder = join(this.#root, name);
    const sweep = await readFleet(folder);
    if (!sweep) throw unknownSweep(name);
    const graph = await readSavedGraph(join(folder, 'graph.json'), this.#kinds.keys(), sweep.config_hash);
    const named = (await readStudyCells(this.#root, name))?.cells ?? {};
    const cancelled = isCancelled(folder);
    const states = { waiting: 0, ready: 0, finished: 0, set_aside: 0, blocked: 0, cancelled: 0 };
    const blocked = new Set<string>();
    const finished = new Set<string>();
    const seconds = { all: 0, finished: 0 };
    let running = 0;
    for (const { id, needs } of graph.tasks) {
      const cost = sweep.estimates.get(id)?.seconds ?? 0;
      seconds.all += cost;
      const cell = cells.get(named[id] ?? '');
      if (cell?.state === 'finished') {
        states.finished += 1;
        seconds.finished += cost;
        finished.add(id);
      } else if (blocked.has(id)) states.blocked += 1;
      else if (await readFailure(folder, id)) {
        states.set_aside += 1;
        for (const each of dependents(graph, id)) blocked.add(each);
      } else if (cancelled) states.cancelled += 1;
      else if (Object.values(needs).every((need) => finished.has(need))) {
        states.ready += 1;
        if (cell?.state === 'in use') running += 1;
      } else states.waiting += 1;
    }
    return { name, identity: sweep.identity, cancelled, submitted: sweep.submitted, states, running, seconds };
  }

  /** The log of a task, in the folder of its sweep. */
  async logs(name: string, id: string): Promise<readonly LogLine[]> {
    const folder = this.#folderOf(name);
    const sweep = await readFleet(folder);
    const graph = await readSavedGraph(join(folder, 'graph.json'), this.#kinds.keys(), sweep?.config_hash);
    if (!graph.tasks.some((task) => task.id === id))
      throw new TracelabError({
        code: 'TASK_UNKNOWN',
        kind: 'refused_input',
        where: name,
        what: `no task ${id}`,
        expected: 'the id of a task of this sweep',
        got: id,
        hint: `for example ${graph.tasks[0]?.id}`,
      });
    const log = join(folder, 'logs', `${id}.log`);
    if (!existsSync(log)) return [];
    const at = sweep?.submitted ?? new Date(0);
    return [{ at, worker: 'workers', text: await readText(log) }];
  }

  /** @throws TracelabError CANCEL_DRAIN, SWEEP_UNKNOWN (refused input) */
  async cancel(name: string, drain: boolean): Promise<void> {
    const folder = this.#folderOf(name);
    if (drain)
      throw new TracelabError({
        code: 'CANCEL_DRAIN',
        kind: 'refused_input',
        where: '--drain',
        what: 'workers on a shared folder cannot let running tasks end and begin no other',
        expected: 'no --drain',
        got: '--drain',
        hint: 'without it running tasks save their state; the same sweep, given again, resumes there',
      });
    await writeCancelled(folder);
  }

  #folderOf(name: string): string {
    const folder = join(this.#root, name);
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(name) || !existsSync(join(folder, 'fleet.json'))) throw unknownSweep(name);
    return folder;
  }

  /** Nothing is open. */
  async close(): Promise<void> {
    return Promise.resolve();
  }
}

function unknownSweep(name: string): TracelabError {
  return new TracelabError({
    code: 'SWEEP_UNKNOWN',
    kind: 'refused_input',
    where: name,
    what: 'no sweep of this name was submitted to the engine',
    expected: 'a sweep that was submitted',
    got: name,
    hint: 'tracelab sweep status lists them',
  });
}
