// Which tasks of a graph are ready, kept up to date as tasks finish: a look costs what is ready and what has finished
// since the last look, not what the graph has.
import { Dependents } from './graph.ts';
import type { Graph } from './task.ts';

/** The ready tasks of a graph, in an order of their own, and what is left of all tasks. */
export class ReadyTasks {
  /** Those whose needs are all finished, and that are not; the longest path first. */
  ready: readonly string[] = [];
  /** Of all tasks that are not finished. */
  seconds = 0;
  private readonly graph: Graph;
  private readonly secondsOf: (id: string) => number;
  /** Of tasks that were compared: to sort compares a task many times. */
  private readonly paths = new Map<string, number>();
  private readonly path: (id: string) => number;
  private readonly dependents: Dependents;
  /** Needs that are not finished, of tasks that have any. */
  private readonly open = new Map<string, number>();
  private finished: ReadonlySet<string> | undefined;
  private size = 0;

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

  /** In the graph; -1 for none of its tasks. */
  place(id: string): number {
    return this.dependents.place(id);
  }

  private begin(finished: ReadonlySet<string>): void {
    this.open.clear();
    this.seconds = 0;
    const ready: string[] = [];
    for (const { id, needs } of this.graph.tasks) {
      let open = 0;
      for (const need of new Set(Object.values(needs)))
        if (!finished.has(need) && !Object.hasOwn(this.graph.given, need)) open++;
      if (open > 0) this.open.set(id, open);
      if (finished.has(id)) continue;
      this.seconds += this.secondsOf(id);
      if (open === 0) ready.push(id);
    }
    this.ready = ready.sort(this.compare);
  }

  private advance(finished: ReadonlySet<string>): void {
    const done: string[] = [];
    const still: string[] = [];
    for (const id of this.ready) (finished.has(id) ? done : still).push(id);
    let hasFresh = false;
    for (const id of done) {
      this.seconds -= this.secondsOf(id);
      for (const dependent of this.dependents.of(id)) {
        const open = (this.open.get(dependent) ?? 0) - 1;
        if (open > 0) {
          this.open.set(dependent, open);
          continue;
        }
        this.open.delete(dependent);
        // A task may have been found finished since the last look, too.
        if (finished.has(dependent)) done.push(dependent);
        else {
          still.push(dependent);
          hasFresh = true;
        }
      }
    }
    this.ready = hasFresh ? still.sort(this.compare) : still;
  }
}
