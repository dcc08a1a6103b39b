// One study or sweep of a runs folder: its graph, the cells that it names, and the state of each task. Files are read
// again only when they changed.
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { readdir, stat } from '../../base/disk.ts';
import { failuresFolder, isCancelled, readFailure } from '../../fleet/shared/fleet-file.ts';
import { RESULTS_FILE } from '../../study/results-file.ts';
import { REPORT_FILE, SWEEP_FILE } from '../../study/folder.ts';
import { CELLS_JOURNAL } from '../../work/cells-journal.ts';
import { CELLS_FOLDER } from '../../work/folders.ts';
import { readSavedGraph } from '../../work/saved-graph.ts';
import { readStudyCells, STUDY_CELLS_FILE } from '../../work/study-cells.ts';
import type { Task } from '../../work/task.ts';
import type { GraphShape, TaskNow } from '../protocol.ts';
import { shapeOf } from '../shape.ts';
import { countStates, onlyState, shareOf, wordsOf } from '../source.ts';
import type { GraphLook } from '../source.ts';
import { CellWatch } from './cell-watch.ts';
import type { CellOwner } from './cell-watch.ts';

/** Finished cells are looked at again after this number of looks: they may have been deleted. */
const AGAIN = 60;

/** A task, and what is known of its cell. */
interface Watched {
  readonly task: Task;
  readonly needs: readonly number[];
  hash: string | undefined;
  cell: CellWatch | undefined;
  /** Whether it was finished before the folder of this study was made. */
  isOlder: boolean;
}

/** A task that runs now. */
export interface RunningHere {
  readonly id: string;
  readonly owner: CellOwner;
  readonly rate: number | null;
}

/** Looks at one study again and again. */
export class StudyWatch {
  readonly path: string;
  readonly name: string;
  private readonly key: number;
  private readonly root: string;
  private readonly kinds: readonly string[];
  private readonly clock: Clock;
  private stamps = '';
  private tasks: readonly Watched[] = [];
  private shape: GraphShape = shapeOf([]);
  /** When the folder was made, and when the study was started last, ns since 1970 on the file system's clock. */
  private times = { made: 0n, started: 0n };
  private looks = 0;
  private running: readonly RunningHere[] = [];
  private hashes = new Set<string>();

  /** @param kinds names of the kinds of task that there are */
  constructor(root: string, name: string, key: number, kinds: Iterable<string>, clock: Clock) {
    this.root = root;
    this.name = name;
    this.key = key;
    this.kinds = [...kinds];
    this.clock = clock;
    this.path = join(root, name);
  }

  /** Tasks that ran at the last look. */
  get runningTasks(): readonly RunningHere[] {
    return this.running;
  }

  /** A task by its place; undefined without one. */
  at(
    place: number,
  ): { readonly task: Task; readonly hash: string | null; readonly directory: string | null } | undefined {
    const found = this.tasks.at(place);
    return found && { task: found.task, hash: found.hash ?? null, directory: found.cell?.directory ?? null };
  }

  /** A task by its id; undefined without one. */
  task(id: string): Task | undefined {
    return this.tasks.find(({ task }) => task.id === id)?.task;
  }

  /** Whether it names this cell. */
  names(hash: string): boolean {
    return this.hashes.has(hash);
  }

  /**
   * @param isShared whether another study names this cell
   * @throws TracelabError of a damaged graph or list of cells
   */
  async look(isShared: (hash: string) => boolean): Promise<GraphLook> {
    await this.readChanged();
    this.looks += 1;
    const running: RunningHere[] = [];
    const now: TaskNow[] = [];
    const failed = {
      failures: await namesIn(failuresFolder(this.path)),
      logs: await namesIn(join(this.path, 'logs')),
    };
    const about = { failed, cancelled: isCancelled(this.path) };
    for (const watched of this.tasks) {
      const task = await this.stateOf(watched, now, running, about);
      const isReused = task.state === 'finished' && watched.isOlder && isShared(watched.hash ?? '');
      now.push(isReused ? onlyState('reused') : task);
    }
    this.running = running;
    const { key, name } = this;
    const hasReport = (await this.report()) !== undefined;
    return {
      head: { key, name, counts: countStates(now), hasReport },
      shape: this.shape,
      now: now.slice(0, this.shape.tasks.length),
    };
  }

  /** Path of the report, of a study or sweep that has results. */
  async report(): Promise<string | undefined> {
    const stamps = await Promise.all([RESULTS_FILE, SWEEP_FILE].map((name) => stampOf(join(this.path, name))));
    const report = join(this.path, REPORT_FILE);
    return stamps.some((stamp) => stamp !== '') && (await stampOf(report)) !== '' ? report : undefined;
  }

  /** Why a task was set aside by workers on this folder. */
  async failure(id: string): Promise<string | undefined> {
    return (await readFailure(this.path, id))?.message;
  }

  /** Path of the log of a task, which may not exist. */
  log(id: string): string {
    return join(this.path, 'logs', `${id}.log`);
  }

  private async readChanged(): Promise<void> {
    const graphFile = join(this.path, 'graph.json');
    const cellFiles = [STUDY_CELLS_FILE, CELLS_JOURNAL].map((name) => join(this.path, name));
    const stamps = await Promise.all([graphFile, ...cellFiles].map(stampOf));
    const [graphStamp] = stamps;
    if (stamps.join() === this.stamps) return;
    if (this.stamps.split(',')[0] !== graphStamp) await this.readGraph(graphFile);
    const cells = (await readStudyCells(this.root, this.name))?.cells ?? {};
    for (const watched of this.tasks) {
      const { id, kind } = watched.task;
      const hash = Object.hasOwn(cells, id) ? cells[id] : undefined;
      if (hash === watched.hash) continue;
      watched.hash = hash;
      watched.cell =
        hash === undefined
          ? undefined
          : new CellWatch(join(this.root, CELLS_FOLDER, `${kind}-${hash.slice(0, 16)}`), this.clock);
    }
    this.hashes = new Set(Object.values(cells));
    this.stamps = stamps.join();
  }

  private async readGraph(file: string): Promise<void> {
    const { tasks } = await readSavedGraph(file, this.kinds);
    const isSame =
      tasks.length === this.tasks.length && tasks.every(({ id }, place) => id === this.tasks[place].task.id);
    const places = new Map(tasks.map(({ id }, place) => [id, place]));
    this.tasks = tasks.map((task) => ({
      task,
      needs: Object.values(task.needs).flatMap((id) => places.get(id) ?? []),
      hash: undefined,
      cell: undefined,
      isOlder: false,
    }));
    if (!isSame) this.shape = shapeOf(tasks);
    const [folder, graph] = [await stat(this.path), await stat(file)];
    this.times = { made: folder?.birthtimeNs ?? 0n, started: graph?.mtimeNs ?? 0n };
  }

  /** @param before the tasks before it, which those that it needs are among */
  private async stateOf(
    watched: Watched,
    before: readonly TaskNow[],
    running: RunningHere[],
    { failed, cancelled }: { readonly failed: Failed; readonly cancelled: boolean },
  ): Promise<TaskNow> {
    const { task, needs } = watched;
    const look = await watched.cell?.look(this.looks % AGAIN === 0);
    const finished = look?.finished ?? null;
    if (finished !== null) {
      watched.isOlder = finished < this.times.made;
      return onlyState('finished');
    }
    if (look !== undefined && look.owner !== null) {
      const { owner, point } = look;
      const rate = point?.rate ?? null;
      running.push({ id: task.id, owner, rate });
      const share = shareOf(task.config, point, look.parts);
      return { state: 'running', share, rate, words: wordsOf(point), worker: `${owner.host} ${owner.pid}`, point };
    }
    const states = needs.map((place) => before[place].state);
    if (states.some((state) => state === 'set_aside' || state === 'blocked')) return onlyState('blocked');
    if (await this.isSetAside(task.id, failed)) return onlyState('set_aside');
    if (cancelled) return onlyState('cancelled');
    return onlyState(states.every((state) => state === 'finished' || state === 'reused') ? 'ready' : 'waiting');
  }

  /** Workers on the folder write it down. A log is of failures: a newer one than the start is of this run. */
  private async isSetAside(id: string, failed: Failed): Promise<boolean> {
    if (failed.failures.has(`${id}.json`)) return true;
    if (!failed.logs.has(`${id}.log`)) return false;
    return ((await stat(this.log(id)))?.mtimeNs ?? 0n) > this.times.started;
  }
}

/** Names of the files about failed tasks. */
interface Failed {
  readonly failures: ReadonlySet<string>;
  readonly logs: ReadonlySet<string>;
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(folder).catch(() => []));
}

/** Changes with the file; empty without it. */
async function stampOf(file: string): Promise<string> {
  const found = await stat(file);
  return found === undefined ? '' : `${found.mtimeNs} ${found.size}`;
}
