// Checks graphs before anything runs, and answers the questions that one asks of a graph: what is ready, what depends
// on what.
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { brokenSeal } from '../base/sealed.ts';
import { issueText } from '../base/schema-issue.ts';
import type { Graph, Json, Task } from './task.ts';

const json: z.ZodType<Json> = z.json();

const sha256Text = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** A graph as it is kept in a file. */
const graphSchema = z.strictObject({
  format: z.literal(1),
  tasks: z.array(
    z.strictObject({
      // Names of log files are made of it.
      id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]*$/, 'expected letters, digits and . _ @ + -'),
      kind: z.string().min(1),
      config: json,
      needs: z.record(z.string(), z.string()),
    }),
  ),
  given: z.record(
    z.string(),
    z.strictObject({ directory: z.string().min(1), outputs: z.record(z.string(), sha256Text) }),
  ),
  domain: z
    .strictObject({ module: z.string().min(1), name: z.string(), version: z.string(), sha256: sha256Text })
    .optional(),
  /** Of the study's configuration, and of all the rest; absent from a graph that was written by hand. */
  config_hash: z.string().optional(),
  sha256: z.string().optional(),
});

/**
 * Reads a graph from parsed JSON.
 * @param where path of its file
 * @param kinds names of the kinds that there are
 * @param configHash of the study that wrote it, whose graph must carry hashes; undefined for one written by hand
 * @returns the graph, its tasks in order
 * @throws TracelabError GRAPH_INVALID (refused input), GRAPH_DAMAGED (damaged artefact)
 */
export function parseGraph(value: unknown, where: string, kinds: Iterable<string>, configHash?: string): Graph {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const broken = isObject ? brokenSeal(value) : { expected: 'a graph', got: JSON.stringify(value).slice(0, 60) };
  if (broken && (configHash !== undefined || (isObject && 'sha256' in value)))
    throw damaged(where, 'was changed after it was written', broken);
  const parsed = graphSchema.safeParse(value);
  if (parsed.success) {
    const { format, tasks, given, domain, config_hash = 'none' } = parsed.data;
    if (configHash !== undefined && config_hash !== configHash)
      throw damaged(where, 'is the graph of another configuration', {
        expected: configHash.slice(0, 12),
        got: config_hash.slice(0, 12),
      });
    return checkGraph({ format, tasks, given, ...(domain && { domain }) }, where, kinds);
  }
  const [{ path }] = parsed.error.issues;
  throw invalid(`${where}${path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')}`, {
    what: issueText(parsed.error),
    expected: 'a graph of tasks',
    got: (JSON.stringify(path.reduce(valueAt, value)) as string | undefined)?.slice(0, 60) ?? '',
    hint: REWRITE_HINT,
  });
}

function damaged(
  where: string,
  what: string,
  contrast: { readonly expected: string; readonly got: string },
): TracelabError {
  const hint = REWRITE_HINT;
  return new TracelabError({ code: 'GRAPH_DAMAGED', kind: 'damaged_artifact', where, what, ...contrast, hint });
}

const REWRITE_HINT = 'the same `tracelab study` command writes it again';

/**
 * Refuses duplicate ids, unknown kinds, needs that nothing makes, and circles.
 * @param where what to name in errors: a file, a study
 * @param kinds names of the kinds that there are
 * @returns the same graph, each task after those that it needs
 * @throws TracelabError GRAPH_INVALID
 */
export function checkGraph(graph: Graph, where: string, kinds: Iterable<string>): Graph {
  const names = new Set(kinds);
  const tasks = new Map<string, Task>();
  for (const task of graph.tasks) {
    const place = `${where}: task ${task.id}`;
    if (tasks.has(task.id) || Object.hasOwn(graph.given, task.id))
      throw invalid(place, {
        what: 'this id occurs twice',
        expected: 'an id of its own for each task',
        got: task.id,
        hint: REWRITE_HINT,
      });
    if (!names.has(task.kind)) {
      throw invalid(place, {
        what: 'unknown kind',
        expected: `one of ${[...names].join(', ')}`,
        got: task.kind,
        hint: suggestion(task.kind, [...names]),
      });
    }
    tasks.set(task.id, task);
  }
  const known = [...tasks.keys(), ...Object.keys(graph.given)];
  for (const task of graph.tasks) {
    for (const [role, id] of Object.entries(task.needs)) {
      if (tasks.has(id) || Object.hasOwn(graph.given, id)) continue;
      const place = `${where}: task ${task.id}`;
      throw invalid(place, {
        what: `needs as "${role}" what nothing makes`,
        expected: 'the id of a task, or of something given',
        got: id,
        hint: suggestion(id, known),
      });
    }
  }
  return { ...graph, tasks: ordered(graph, tasks, where) };
}

/** Keeps the order of the tasks where it can. */
function ordered(graph: Graph, tasks: ReadonlyMap<string, Task>, where: string): Task[] {
  const order: Task[] = [];
  const done = new Set<string>();
  for (const root of graph.tasks) {
    // Depth first with a stack of its own, since a chain may be longer than the stack of calls allows.
    const stack: { readonly task: Task; readonly needs: string[] }[] = [];
    const open = new Set<string>();
    const enter = (task: Task): void => {
      stack.push({ task, needs: Object.values(task.needs) });
      open.add(task.id);
    };
    if (!done.has(root.id)) enter(root);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const need = top.needs.shift();
      if (need === undefined) {
        stack.pop();
        open.delete(top.task.id);
        done.add(top.task.id);
        order.push(top.task);
        continue;
      }
      if (open.has(need)) {
        const circle = [...open].slice([...open].indexOf(need));
        throw invalid(`${where}: task ${need}`, {
          what: 'needs itself',
          expected: 'tasks that need earlier ones',
          got: [...circle, need].join(' needs '),
          hint: REWRITE_HINT,
        });
      }
      const next = tasks.get(need);
      if (next && !done.has(need)) enter(next);
    }
  }
  return order;
}

/** @returns tasks that are not in either set and whose needs are all finished (or given), in the graph's order */
export function readyTasks(graph: Graph, finished: ReadonlySet<string>, taken: ReadonlySet<string>): Task[] {
  return graph.tasks.filter(
    (task) =>
      !finished.has(task.id) &&
      !taken.has(task.id) &&
      Object.values(task.needs).every((id) => finished.has(id) || Object.hasOwn(graph.given, id)),
  );
}

/** @returns ids of all tasks that need the task, directly or not, in the graph's order */
export function dependents(graph: Graph, id: string): string[] {
  return new Dependents(graph).all(id);
}

/** Which tasks need a task: found once for a whole graph. */
export class Dependents {
  private readonly places: ReadonlyMap<string, number>;
  private readonly direct = new Map<string, string[]>();

  constructor(graph: Graph) {
    this.places = new Map(graph.tasks.map(({ id }, place) => [id, place]));
    for (const { id, needs } of graph.tasks)
      for (const need of new Set(Object.values(needs))) {
        // What is given may have the name of a task, even of the one that needs it.
        if (Object.hasOwn(graph.given, need)) continue;
        const found = this.direct.get(need);
        if (found === undefined) this.direct.set(need, [id]);
        else found.push(id);
      }
  }

  /** Those that need it directly, in the graph's order. */
  of(id: string): readonly string[] {
    return this.direct.get(id) ?? [];
  }

  /** Those that need one of these directly, each once, in the graph's order. */
  ofAny(ids: Iterable<string>): string[] {
    const found = new Set<string>();
    for (const id of ids) for (const dependent of this.of(id)) found.add(dependent);
    return this.inOrder(found);
  }

  /** Those that need it, directly or not, in the graph's order. */
  all(id: string): string[] {
    const found = new Set<string>(this.of(id));
    // A set that grows while it is read is read to its end.
    for (const each of found) for (const dependent of this.of(each)) found.add(dependent);
    return this.inOrder(found);
  }

  /** In the graph; -1 for none of its tasks. */
  place(id: string): number {
    return this.places.get(id) ?? -1;
  }

  private inOrder(ids: Iterable<string>): string[] {
    return [...ids].sort((a, b) => this.place(a) - this.place(b));
  }
}

function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? REWRITE_HINT : `did you mean ${near}?`;
}

/** What a path of keys leads to, one key at a time. */
function valueAt(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<PropertyKey, unknown>>)[key]
    : undefined;
}

function invalid(
  where: string,
  details: { readonly what: string; readonly expected: string; readonly got: string; readonly hint: string },
): TracelabError {
  return new TracelabError({ code: 'GRAPH_INVALID', kind: 'refused_input', where, ...details });
}
