// Where the tasks of a graph are drawn: a column for what is done, a row for what it is done for.
import { LIMITS } from '../base/limits.ts';
import type { Task } from '../work/task.ts';
import type { GraphShape, ShownTask } from './protocol.ts';

/** What a shape is made of. */
type Drawn = Pick<Task, 'id' | 'kind' | 'config' | 'needs'>;

/** @param tasks each after those that it needs */
export function shapeOf(tasks: readonly Drawn[]): GraphShape {
  const shown = tasks.slice(0, LIMITS.dashboardTasks.most);
  const places = new Map(shown.map(({ id }, place) => [id, place]));
  const arms = armsOf(shown, places);
  const columns = new Map<string, number>();
  const rows = new Map<string, number>();
  const taken = new Set<string>();
  const placed = shown.map((task, place): ShownTask => {
    const { id, kind, needs } = task;
    const split = splitId(task, arms[place]);
    // Ids are unique, what they are split into may not be.
    const { column, row } = taken.has(JSON.stringify(split)) ? { column: kind, row: id } : split;
    taken.add(JSON.stringify(split));
    return {
      id,
      kind,
      column: numberIn(columns, column),
      row: numberIn(rows, row),
      needs: [...new Set(Object.values(needs).flatMap((need) => places.get(need) ?? []))],
    };
  });
  return { tasks: placed, columns: [...columns.keys()], rows: [...rows.keys()], left: tasks.length - shown.length };
}

/** Condition and seed of each task: its own, or those of the model that it reads. */
function armsOf(tasks: readonly Drawn[], places: ReadonlyMap<string, number>): (string | undefined)[] {
  const arms: (string | undefined)[] = [];
  for (const { config, needs } of tasks) {
    const { condition, seed } = (config ?? {}) as { readonly condition?: unknown; readonly seed?: unknown };
    const own = typeof condition === 'string' && typeof seed === 'number' ? `${condition}-seed${seed}` : undefined;
    const ofNeeds = Object.values(needs).map((need) => arms.at(places.get(need) ?? tasks.length));
    arms.push(own ?? ofNeeds.find((arm) => arm !== undefined));
  }
  return arms;
}

/**
 * `rl-test-correct-seed1-early` is `rl-test` for `correct-seed1-early`. What is in front of both, for example the name
 * of a trial, belongs to the row. An id of another form is a row of its kind.
 */
function splitId({ id, kind }: Drawn, arm: string | undefined): { readonly column: string; readonly row: string } {
  const name = arm === undefined ? kind : `${kind}-${arm}`;
  const at = id.lastIndexOf(name);
  if (at < 0) return { column: kind, row: id };
  const [, trial, after] = /^(|.*?-)(rl-|)$/.exec(id.slice(0, at)) ?? ['', id.slice(0, at), ''];
  const rest = id.slice(at + kind.length).replace(/^-/, '');
  return { column: `${after}${kind}`, row: `${trial}${rest}`.replace(/-$/, '') };
}

function numberIn(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size);
  return names.size - 1;
}
