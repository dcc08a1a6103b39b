// What changed between two looks, as one batch from which each page gets the part of its graph; and a look as the
// snapshot of a page.
import type { Delta, GraphHead, Snapshot, TaskNow } from './protocol.ts';
import type { GraphLook, Look } from './source.ts';

/** All changes of one moment. Graphs by key. */
export interface Batch {
  readonly graphs: readonly GraphHead[];
  readonly gone: readonly number[];
  readonly workers: Look['workers'] | null;
  readonly alarms: Look['alarms'] | null;
  readonly now: ReadonlyMap<number, readonly (readonly [place: number, now: TaskNow])[]>;
  /** Graphs whose tasks are others: their pages need a snapshot. */
  readonly reshaped: ReadonlySet<number>;
}

/** Undefined if nothing changed. */
export function changesBetween(before: Look, after: Look): Batch | undefined {
  const now = new Map<number, readonly (readonly [place: number, now: TaskNow])[]>();
  const reshaped = new Set<number>();
  const graphs: GraphHead[] = [];
  for (const [key, graph] of after.graphs) {
    const old = before.graphs.get(key);
    if (old === graph) continue;
    if (old === undefined || !isEqual(old.head, graph.head)) graphs.push(graph.head);
    if (old?.shape !== graph.shape) reshaped.add(key);
    else {
      const changed = changedTasks(old, graph);
      if (changed.length > 0) now.set(key, changed);
    }
  }
  const gone = [...before.graphs.keys()].filter((key) => !after.graphs.has(key));
  const workers = isEqual(before.workers, after.workers) ? null : after.workers;
  const alarms = isEqual(before.alarms, after.alarms) ? null : after.alarms;
  const isQuiet = graphs.length + gone.length + now.size + reshaped.size === 0 && workers === null && alarms === null;
  return isQuiet ? undefined : { graphs, gone, workers, alarms, now, reshaped };
}

function changedTasks(before: GraphLook, after: GraphLook): (readonly [number, TaskNow])[] {
  return after.now.flatMap((now, place) => {
    const old = before.now.at(place);
    return old === now || isEqual(old, now) ? [] : [[place, now] as const];
  });
}

/** Of plain values whose keys are in one order. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/**
 * The part of a batch for the pages of a graph.
 * @returns null where their graph changed so much that they need a snapshot; undefined where nothing is for them
 */
export function deltaFor(batch: Batch, graph: number | null): Delta | null | undefined {
  const { graphs, gone, workers, alarms } = batch;
  // A page without a graph takes the first one that there is.
  if (graph === null ? graphs.length > 0 : batch.reshaped.has(graph) || gone.includes(graph)) return null;
  const now = graph === null ? undefined : batch.now.get(graph);
  const delta: Omit<Delta, 'event'> = {
    ...(graphs.length > 0 && { graphs }),
    ...(gone.length > 0 && { gone }),
    ...(workers && { workers }),
    ...(alarms && { alarms }),
    ...(now && { now }),
  };
  return Object.keys(delta).length === 0 ? undefined : { event: 'delta', ...delta };
}

/**
 * Everything for a page.
 * @param asked the graph that it asked for; where that is gone, the first one that runs, or the first one
 */
export function snapshotFor(look: Look, place: string, asked: number | null): Snapshot {
  const all = [...look.graphs.values()];
  const graph =
    (asked === null ? undefined : look.graphs.get(asked)) ??
    all.find(({ head }) => head.counts.running > 0) ??
    all.find(({ head }) => head.counts.ready > 0) ??
    all.at(0);
  return {
    event: 'snapshot',
    place,
    graphs: all.map(({ head }) => head),
    workers: look.workers,
    alarms: look.alarms,
    graph: graph === undefined ? null : { key: graph.head.key, shape: graph.shape, now: graph.now },
  };
}
