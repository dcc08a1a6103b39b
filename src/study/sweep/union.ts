// The union of the graphs of trials: what several trials need is one task.
import { keepPlaces } from '../../work/places.ts';
import { SharedSettings } from '../../work/shared-settings.ts';
import type { Graph, Task } from '../../work/task.ts';

/** One graph for all, and for each part the ids in it of its own tasks, in their order. */
export interface Union {
  readonly graph: Graph;
  readonly ids: readonly (readonly string[])[];
  /** Tasks that several parts have. */
  readonly shared: number;
}

/** A graph without given files, with a name that no other part has. */
interface Part {
  readonly name: string;
  readonly graph: Graph;
}

/**
 * Tasks of the same kind, with equal settings and needs, become one, with the id that the first part gave it. An id
 * that two different tasks have, or that begins with the name of a part, gets the name of its own part in front.
 * @param settings that parts have in common
 */
export function unionOf(parts: readonly Part[], settings = new SharedSettings()): Union {
  const union = new GrowingUnion(
    parts.map(({ name }) => name),
    settings,
  );
  const ids = parts.map((part) => union.add(part));
  return { ...union.end(), ids };
}

/** A union that gets one part after the other. */
export class GrowingUnion {
  private readonly tasks: Task[] = [];
  private readonly isShared: boolean[] = [];
  /** As Places. */
  private readonly needs: number[] = [];
  private readonly starts = [0];
  private readonly names: ReadonlySet<string>;
  private readonly taken = new Set<string>();
  private readonly known: KnownTasks;
  private readonly places = new NeedPlaces();
  private domain: Graph['domain'];

  /**
   * @param names of all parts
   * @param settings that parts have in common
   */
  constructor(names: Iterable<string>, settings: SharedSettings) {
    this.names = new Set(names);
    this.known = new KnownTasks(settings);
  }

  /** @returns the ids in the union of the part's tasks, in their order */
  add({ name, graph }: Part): string[] {
    const { tasks, taken, known } = this;
    const before = tasks.length;
    /** Number in `tasks` of each own task. */
    const own: number[] = [];
    for (const { id, kind, config, needs: ownNeeds } of graph.tasks) {
      const needs: Record<string, string> = {};
      const needed = this.needs.length;
      let last = -1;
      for (const { role, place } of this.places.of(ownNeeds, graph)) {
        needs[role] = place < 0 ? ownNeeds[role] : tasks[own[place]].id;
        this.needs.push(place < 0 ? -1 : own[place]);
        if (place >= 0 && own[place] > last) last = own[place];
      }
      // What needs a task that no other part has so far is new, too.
      let number = last < before ? known.find(last, { kind, config, needs }) : undefined;
      if (number === undefined) {
        number = tasks.length;
        const isOwn = taken.has(id) || this.names.has(id.split('-', 1)[0]);
        if (!isOwn) taken.add(id);
        tasks.push({ id: isOwn ? `${name}-${id}` : id, kind, config, needs });
        known.add(last, number, tasks[number]);
        this.starts.push(this.needs.length);
      } else {
        this.isShared[number] = true;
        this.needs.length = needed;
      }
      own.push(number);
    }
    this.domain ??= graph.domain;
    return own.map((number) => tasks[number].id);
  }

  /** The union of all parts so far, and how many of its tasks several of them have. */
  end(): Omit<Union, 'ids'> {
    const { domain } = this;
    const graph: Graph = { format: 1, tasks: this.tasks, given: {}, ...(domain && { domain }) };
    keepPlaces(graph, this.needs, this.starts);
    return {
      graph,
      shared: this.isShared.filter(Boolean).length,
    };
  }
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

/** Tasks by the last task that they need and by their settings, which are only compared where they are asked for. */
class KnownTasks {
  private readonly settings: SharedSettings;
  /** By the number of the last need and 1, as 0 stands for none. */
  private readonly fresh: ([number, Task][] | undefined)[] = [];
  private readonly known: (Map<number, (readonly [number, Task])[]> | undefined)[] = [];

  constructor(settings: SharedSettings) {
    this.settings = settings;
  }

  add(last: number, number: number, task: Task): void {
    const fresh = this.fresh[last + 1];
    if (fresh === undefined) this.fresh[last + 1] = [[number, task]];
    else fresh.push([number, task]);
  }

  find(last: number, task: Omit<Task, 'id'>): number | undefined {
    const known = (this.known[last + 1] ??= new Map<number, (readonly [number, Task])[]>());
    for (const each of this.fresh[last + 1] ?? []) {
      const settings = this.settings.numberOf(each[1].config);
      const alike = known.get(settings);
      if (alike === undefined) known.set(settings, [each]);
      else alike.push(each);
    }
    this.fresh[last + 1] = undefined;
    const alike = known.get(this.settings.numberOf(task.config));
    return alike?.findLast(([, each]) => each.kind === task.kind && sameNeeds(each.needs, task.needs))?.[0];
  }
}

function sameNeeds(one: Task['needs'], other: Task['needs']): boolean {
  const roles = Object.keys(one);
  return roles.length === Object.keys(other).length && roles.every((role) => one[role] === other[role]);
}
