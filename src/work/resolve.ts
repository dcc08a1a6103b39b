// Tasks get their keys once what they need is finished: the key holds the hashes of the inputs.
import { canonicalJson, sha256 } from '../base/hash.ts';
import { type CellKey, type CoreIdentity, keyOf } from './key.ts';
import type { Kind } from './kind.ts';
import type { Finished, Given, Graph, Task } from './task.ts';

/** A task whose needs are finished. */
export interface Resolved {
  readonly key: CellKey;
  /** By role. */
  readonly needs: Readonly<Record<string, Finished>>;
}

/** Given files as a finished task without a summary; their hashes are their identity. */
export function finishedGiven({ directory, outputs, elsewhere }: Given): Finished<null> {
  const hash = sha256(canonicalJson(outputs));
  return { hash, result: hash, seconds: 0, outputs, summary: null, directory, ...(elsewhere && { elsewhere }) };
}

/**
 * @param finished by id
 * @returns key and needs of a task whose needs are all finished or given
 * @throws TracelabError of the kind, when a need lacks a file that it reads; Error when a need is not finished
 */
export function resolve(
  task: Task,
  graph: Graph,
  finished: ReadonlyMap<string, Finished>,
  kind: Kind,
  core: CoreIdentity,
): Resolved {
  const needs = Object.fromEntries(
    Object.entries(task.needs).map(([role, id]) => {
      const found = Object.hasOwn(graph.given, id) ? finishedGiven(graph.given[id]) : finished.get(id);
      if (!found) throw new Error(`task ${task.id} needs ${id}, which is not finished`);
      return [role, found] as const;
    }),
  );
  return { key: keyOf(task, kind, needs, core, graph.domain), needs };
}
