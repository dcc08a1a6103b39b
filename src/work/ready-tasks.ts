// Which tasks of a graph are ready, kept up to date as tasks finish: a look costs what is ready and what has finished
// since the last look, not what the graph has.
import { Dependents } from './graph.ts';
import type { Graph } from './task.ts';

/** New ready tasks that are put into their places one by one; more are sorted together with the others. */
const FEW = 64;

/** The ready tasks of a graph, in an order of their own, and what is left of all tasks. */
export class ReadyTasks {
  /** Those whose needs are all finished, and that are not; the longest path first. */
  ready: string[] = [];
  /** Of all tasks that are not finished. */
  seconds = 0;
  private readonly graph: Graph;
  private readonly secondsOf: (id: string) => number;
  /** Of tasks that were compared: to sort compares a task many times. */
  private readonly paths = new Map<string, number>();
  private readonly path: (id: string) => number;
  private readonly dependents: Dependents;
  /** Needs that are not finished, of tasks that have any and are not finished themselves. */
  private readonly open = new Map<string, number>();
  private finished: ReadonlySet<string> | undefined;
  private size = 0;
  /** Tasks of the set that come after the first `size`. */
  private added: Iterator<string, undefined> = new Set<string>().values();

  /**
   * @param secondsOf a task takes
   * @param pathOf a task and all that it holds up, in seconds: ready tasks are in the order of their paths
   */
  constructor(graph: Graph, secondsOf: (id: string) => number, pathOf: (id: string) => number) {
    this.graph = graph;
    this.secondsOf = secondsOf;
    this.path = pathOf;
    this.dependents = new Dependents(graph);
  }

  /** @param finished the set of the last call with more tasks in it, or another set */
  update(finished: ReadonlySet<string>): void {
    if (finished !== this.finished || finished.size < this.size) this.begin(finished);
    else if (finished.size > this.size) this.advance(finished);
    this.finished = finished;
    this.size = finished.size;
  }

  /** Tasks that need one of these, in the graph's order. */
  dependentsOf(ids: Iterable<string>): string[] {
    return this.dependents.ofAny(ids);
  }

  /** Needs of a task that are not finished and not given. */
  openNeeds(id: string): string[] {
    const task = this.graph.tasks[this.place(id)];
    return Object.values(task.needs).filter(
      (need) => this.finished?.has(need) !== true && !Object.hasOwn(this.graph.given, need),
    );
  }

  private pathOf(id: string): number {
    const known = this.paths.get(id);
    if (known !== undefined) return known;
    const path = this.path(id);
    this.paths.set(id, path);
    return path;
  }

  private readonly compare = (a: string, b: string): number =>
    this.pathOf(b) - this.pathOf(a) || this.place(a) - this.place(b);

  /** Whether a task of the graph is not finished, and its needs are, as of the last update. */
  isReady(id: string): boolean {
    return this.wasReady(id) && this.finished?.has(id) !== true;
  }

  /** In the graph; -1 for none of its tasks. */
  place(id: string): number {
    return this.dependents.place(id);
  }

  private begin(finished: ReadonlySet<string>): void {
    this.added = finished.values();
    for (let i = 0; i < finished.size; i++) this.added.next();
    this.open.clear();
    this.seconds = 0;
    const ready: string[] = [];
    for (const { id, needs } of this.graph.tasks) {
      if (finished.has(id)) continue;
      let open = 0;
      for (const need of new Set(Object.values(needs)))
        if (!finished.has(need) && !Object.hasOwn(this.graph.given, need)) open++;
      if (open > 0) this.open.set(id, open);
      this.seconds += this.secondsOf(id);
      if (open === 0) ready.push(id);
    }
    this.ready = ready.sort(this.compare);
  }

  /** Only looks at tasks that have finished since, and at those that need them. */
  private advance(finished: ReadonlySet<string>): void {
    const done = this.newlyFinished(finished)
      .filter((id) => this.wasReady(id))
      .sort(this.compare);
    const fresh: string[] = [];
    for (const id of done) {
      this.seconds -= this.secondsOf(id);
      const at = this.indexOf(id);
      if (this.ready[at] === id) this.ready.splice(at, 1);
      for (const dependent of this.dependents.of(id)) {
        const before = this.open.get(dependent);
        // Finished before its needs.
        if (before === undefined) continue;
        const open = before - 1;
        if (open > 0) {
          this.open.set(dependent, open);
          continue;
        }
        this.open.delete(dependent);
        // A task may have been found finished since the last look, too.
        if (finished.has(dependent)) done.push(dependent);
        else fresh.push(dependent);
      }
    }
    if (fresh.length > FEW) this.ready = [...this.ready, ...fresh].sort(this.compare);
    else for (const id of fresh) this.ready.splice(this.indexOf(id), 0, id);
  }

  /** A set keeps the order in which its values came: the new ones are the last. */
  private newlyFinished(finished: ReadonlySet<string>): string[] {
    const ids: string[] = [];
    // Never asked for more than the set has: an iterator that has come to the end stays there.
    for (let size = this.size; size < finished.size; size++) {
      const { value } = this.added.next();
      if (value !== undefined) ids.push(value);
    }
    return ids;
  }

  /** Whether a task that was not finished at the last look was ready. */
  private wasReady(id: string): boolean {
    return this.place(id) >= 0 && !this.open.has(id);
  }

  /** Where a task is among the ready ones, or would be. */
  private indexOf(id: string): number {
    let [low, high] = [0, this.ready.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.compare(this.ready[middle], id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
