// Computes what is left of a graph, for a study and for a sweep: plans it, runs it, names every cell in the folder.
import { checkSpace } from '../base/disk-space.ts';
import type { CoreDescription } from '../tasks/core.ts';
import type { Executor, Slots, TaskEvent } from '../work/executor.ts';
import { hashOf } from '../work/key.ts';
import type { Kinds } from '../work/kind.ts';
import { nodesOf } from '../work/nodes.ts';
import { resolve } from '../work/resolve.ts';
import type { Store } from '../work/store.ts';
import type { Finished, Graph, Task } from '../work/task.ts';
import type { StudyHooks } from './events.ts';
import type { GraphFolder } from './folder.ts';
import type { Planned } from './plan.ts';

/** What is to be computed, and where. */
export interface Computation {
  readonly graph: Graph;
  readonly folder: GraphFolder;
  /** Folder of the store. */
  readonly runsDirectory: string;
  readonly slots: Slots;
  /** By task id; grows as tasks finish. */
  readonly finished: Map<string, Finished>;
  /** Measures this machine for some seconds. */
  readonly plan: () => Promise<Planned>;
  /** Looks at a task that has just finished; may throw to end the run. */
  readonly check: (id: string, finished: Finished) => Promise<void>;
}

/** Who computes. */
export interface Computer {
  readonly kinds: Kinds;
  readonly store: Store;
  readonly executor: Executor;
}

/**
 * Computes the unfinished tasks of a graph; nothing when all are finished.
 * @returns false when the signal stopped it before it began
 */
export async function computeLeft(
  { graph, folder, runsDirectory, slots, finished, plan, check }: Computation,
  { kinds, store, executor }: Computer,
  core: CoreDescription,
  hooks: StudyHooks,
): Promise<boolean> {
  if (graph.tasks.every(({ id }) => finished.has(id))) return true;
  hooks.emit({ event: 'measuring' });
  // Measuring cannot be interrupted and changes nothing: a stop does not wait for it.
  const planned = await Promise.race([plan(), whenAborted(hooks.signal)]);
  if (planned === undefined) return false;
  await checkSpace(runsDirectory, diskOf(graph, kinds, finished));
  hooks.emit({ event: 'planned', planned, finished: [...finished.keys()] });
  const cells = new CellNames(folder, graph, kinds, core, finished);
  const stop = new AbortController();
  const signal = AbortSignal.any([hooks.signal, stop.signal]);
  try {
    for await (const event of executor.run(graph, store, planned.estimates, slots, signal)) {
      hooks.emit(event);
      await cells.hear(event);
      if (event.event === 'finished') await check(event.id, event.finished);
    }
  } finally {
    stop.abort();
    await cells.end();
  }
  return true;
}

/** Bytes that the unfinished tasks of a graph write. */
function diskOf(graph: Graph, kinds: Kinds, finished: ReadonlyMap<string, Finished>): number {
  const bytes = nodesOf(graph).map((node) =>
    finished.has(node.task.id) ? 0 : (kinds.get(node.task.kind)?.disk?.(node) ?? 0),
  );
  return bytes.reduce((sum, each) => sum + each, 0);
}

/** Names in a list that is written again for each name; a longer list gets lines added to it. */
const MOST_REWRITTEN = 1000;

/** Keeps the folder's list of cells: those of finished tasks, and those that are begun, so that nobody sweeps them. */
class CellNames {
  private readonly folder: GraphFolder;
  private readonly graph: Graph;
  private readonly tasks: ReadonlyMap<string, Task>;
  private readonly kinds: Kinds;
  private readonly core: CoreDescription;
  private readonly finished: Map<string, Finished>;
  private readonly names = new Map<string, string>();
  private isLonger = false;

  /** @param finished by task id; grows as tasks finish */
  constructor(folder: GraphFolder, graph: Graph, kinds: Kinds, core: CoreDescription, finished: Map<string, Finished>) {
    this.folder = folder;
    this.graph = graph;
    this.tasks = new Map(graph.tasks.map((task) => [task.id, task]));
    this.kinds = kinds;
    this.core = core;
    this.finished = finished;
    for (const [id, { hash }] of finished) this.names.set(id, hash);
  }

  async hear(event: TaskEvent): Promise<void> {
    if (event.event === 'finished') {
      this.finished.set(event.id, event.finished);
      await this.name(event.id, event.finished.hash);
    } else if (event.event === 'started') {
      const task = this.tasks.get(event.id);
      const kind = task && this.kinds.get(task.kind);
      if (task && kind)
        await this.name(event.id, hashOf(resolve(task, this.graph, this.finished, kind, this.core).key));
    }
  }

  /** Takes the added lines into the list. */
  async end(): Promise<void> {
    if (this.isLonger) await this.folder.nameCells(this.names, true);
  }

  private async name(id: string, hash: string): Promise<void> {
    if (this.names.get(id) === hash) return;
    this.names.set(id, hash);
    this.isLonger ||= this.names.size > MOST_REWRITTEN;
    if (this.isLonger) await this.folder.addCell(id, hash);
    else await this.folder.nameCells(this.names);
  }
}

async function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolved) => {
    if (signal.aborted) resolved(undefined);
    signal.addEventListener(
      'abort',
      () => {
        resolved(undefined);
      },
      { once: true },
    );
  });
}
