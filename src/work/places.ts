// What the tasks of a graph need, as numbers: large graphs are gone through without a look-up by name for each need.
import type { Graph } from './task.ts';

/** The needs of all tasks of a graph in a row: the task at `place` has starts[place] up to starts[place + 1]. */
export interface Places {
  /** Place in the graph of each need, in the order of the roles of its task; -1 for given files. */
  readonly needs: Int32Array;
  /** One entry more than tasks. */
  readonly starts: Int32Array;
}

const KNOWN = new WeakMap<Graph, Places>();

/** Found once for a graph, or known from keepPlaces(). */
export function placesOf(graph: Graph): Places {
  const known = KNOWN.get(graph);
  if (known !== undefined) return known;
  const byId = new Map(graph.tasks.map(({ id }, place) => [id, place]));
  const needs: number[] = [];
  const starts = [0];
  for (const task of graph.tasks) {
    for (const role of Object.keys(task.needs)) needs.push(byId.get(task.needs[role]) ?? -1);
    starts.push(needs.length);
  }
  return keepPlaces(graph, needs, starts);
}

/** Keeps what the maker of a graph knows already; as Places. */
export function keepPlaces(graph: Graph, needs: readonly number[], starts: readonly number[]): Places {
  const places = { needs: Int32Array.from(needs), starts: Int32Array.from(starts) };
  KNOWN.set(graph, places);
  return places;
}
