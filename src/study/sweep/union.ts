// The union of the graphs of trials: what several trials need is one task.
import { canonicalJson } from '../../base/hash.ts';
import { SharedSettings } from '../../work/shared-settings.ts';
import type { Graph, Task } from '../../work/task.ts';

/** One graph for all, and for each part the ids in it of its own tasks, in their order. */
export interface Union {
  readonly graph: Graph;
  readonly ids: readonly (readonly string[])[];
  /** Tasks that several parts have. */
  readonly shared: number;
}

/**
 * Tasks of the same kind, with equal settings and needs, become one, with the id that the first part gave it. An id
 * that two different tasks have, or that begins with the name of a part, gets the name of its own part in front.
 * @param parts graphs without given files, each with a unique name
 * @param settings that parts have in common
 */
export function unionOf(
  parts: readonly { readonly name: string; readonly graph: Graph }[],
  settings = new SharedSettings(),
): Union {
  const tasks: Task[] = [];
  const isShared: boolean[] = [];
  const names = new Set(parts.map(({ name }) => name));
  const taken = new Set<string>();
  const known = new KnownTasks(settings);
  const places = new NeedPlaces();
  const ids = parts.map(({ name, graph }) => {
    const before = tasks.length;
    /** Number in `tasks` of each own task. */
    const own: number[] = [];
    for (const { id, kind, config, needs: ownNeeds } of graph.tasks) {
      const needs: Record<string, string> = {};
      let last = -1;
      for (const { role, place } of places.of(ownNeeds, graph)) {
        needs[role] = place < 0 ? ownNeeds[role] : tasks[own[place]].id;
        if (place >= 0 && own[place] > last) last = own[place];
      }
      // What needs a task that no other part has so far is new, too.
      let number = last < before ? known.find(last, { kind, config, needs }) : undefined;
      if (number === undefined) {
        number = tasks.length;
        const isOwn = taken.has(id) || names.has(id.split('-', 1)[0]);
        if (!isOwn) taken.add(id);
        tasks.push({ id: isOwn ? `${name}-${id}` : id, kind, config, needs });
        known.add(last, number, tasks[number]);
      } else isShared[number] = true;
      own.push(number);
    }
    return own.map((number) => tasks[number].id);
  });
  const domain = parts.find(({ graph }) => graph.domain !== undefined)?.graph.domain;
  return {
    graph: { format: 1, tasks, given: {}, ...(domain && { domain }) },
    ids,
    shared: isShared.filter(Boolean).length,
  };
}

/** Where the needs of tasks are in their graphs; many graphs have the same needs at the same places. */
class NeedPlaces {
  private readonly known = new Map<Task['needs'], readonly { readonly role: string; readonly place: number }[]>();

  /** @returns places in the graph; -1 for what is none of its tasks */
  of(needs: Task['needs'], { tasks }: Graph): readonly { readonly role: string; readonly place: number }[] {
    const known = this.known.get(needs);
    if (known?.every(({ role, place }) => place >= 0 && tasks.at(place)?.id === needs[role]) === true) return known;
    const found = Object.keys(needs).map((role) => ({ role, place: tasks.findIndex(({ id }) => id === needs[role]) }));
    this.known.set(needs, found);
    return found;
  }
}

/** Tasks by the last task that they need. Texts to compare them by are only made where they are asked for. */
class KnownTasks {
  private readonly settings: SharedSettings;
  /** By the number of the last need and 1, as 0 stands for none. */
  private readonly fresh: ([number, Task][] | undefined)[] = [];
  private readonly texts: (Map<string, number> | undefined)[] = [];

  constructor(settings: SharedSettings) {
    this.settings = settings;
  }

  add(last: number, number: number, task: Task): void {
    const fresh = this.fresh[last + 1];
    if (fresh === undefined) this.fresh[last + 1] = [[number, task]];
    else fresh.push([number, task]);
  }

  find(last: number, task: Omit<Task, 'id'>): number | undefined {
    const texts = (this.texts[last + 1] ??= new Map<string, number>());
    for (const [number, each] of this.fresh[last + 1] ?? []) texts.set(this.textOf(each), number);
    this.fresh[last + 1] = undefined;
    return texts.get(this.textOf(task));
  }

  private textOf({ kind, config, needs }: Omit<Task, 'id'>): string {
    return `${kind} ${this.settings.numberOf(config)} ${canonicalJson(needs)}`;
  }
}
