// Tasks of a graph that cost the same: large sweeps have few kinds of work, many times.
import { Remembered } from '../base/remembered.ts';
import type { Kind, Kinds, TaskNode } from '../work/kind.ts';
import { placesOf } from '../work/places.ts';
import { SharedSettings } from '../work/shared-settings.ts';
import type { Graph, Task } from '../work/task.ts';

/** Tasks of one kind, with settings and needs that are equal in what decides an estimate. */
export interface AlikeTasks {
  readonly kind: Kind;
  /** Of the training that they are or need; null without one. */
  readonly condition: string | null;
  /** The first of these tasks, which stands for all of them. */
  readonly node: TaskNode;
}

/** The tasks of a graph in groups; needs no speeds of this machine. */
export function alikeTasks(
  graph: Graph,
  kinds: Kinds,
): {
  /** In the order of their first tasks. */
  readonly groups: readonly AlikeTasks[];
  /** The group of each task, by its place in the graph. */
  readonly of: Int32Array;
} {
  const { needs: places, starts } = placesOf(graph);
  const shared = new SharedSettings();
  const settings = new Map<Kind, Map<Task['config'], Task['config']>>();
  const known = new Remembered();
  const groups: AlikeTasks[] = [];
  const of = new Int32Array(graph.tasks.length);
  const decisive = (kind: Kind, config: Task['config']): Task['config'] => {
    let decided = settings.get(kind);
    if (decided === undefined) settings.set(kind, (decided = new Map<Task['config'], Task['config']>()));
    let own = decided.get(config);
    if (own === undefined) decided.set(config, (own = shared.of(kind.estimated ? kind.estimated(config) : config)));
    return own;
  };
  for (const [place, task] of graph.tasks.entries()) {
    const { config, needs } = task;
    const kind = kindOf(kinds, task.kind);
    const from: unknown[] = [kind, decisive(kind, config)];
    let at = starts[place];
    for (const role of Object.keys(needs)) {
      const need = places[at++];
      from.push(role, need < 0 ? needs[role] : of[need]);
    }
    of[place] = known.of(from, () => {
      const roles = Object.keys(needs);
      const need = (role: string): TaskNode | undefined => {
        const i = roles.indexOf(role);
        const needed = i < 0 ? -1 : places[starts[place] + i];
        return needed < 0 ? undefined : groups[of[needed]].node;
      };
      const node = { task, need };
      return groups.push({ kind, condition: conditionOf(node), node }) - 1;
    });
  }
  return { groups, of };
}

function conditionOf(node: TaskNode): string | null {
  const { condition } = node.task.config as { readonly condition?: unknown };
  if (typeof condition === 'string') return condition;
  const model = node.need('model');
  return model ? conditionOf(model) : null;
}

/** The kind of this name, which must be there. */
export function kindOf(kinds: Kinds, name: string): Kind {
  const kind = kinds.get(name);
  if (!kind) throw new Error(`no kind ${name}`);
  return kind;
}
