// The union of the graphs of trials: what several trials need is one task.
import { canonicalJson } from '../../base/hash.ts';
import type { Graph, Task } from '../../work/task.ts';

/** One graph for all, and for each part the id in it of each of its own tasks. */
export interface Union {
  readonly graph: Graph;
  readonly ids: readonly ReadonlyMap<string, string>[];
}

/**
 * Tasks of the same kind, with equal settings and needs, become one, with the id that the first part gave it. An id
 * that two different tasks have gets the name of its part in front.
 * @param parts graphs without given files, each with a unique name
 */
export function unionOf(parts: readonly { readonly name: string; readonly graph: Graph }[]): Union {
  const tasks: Task[] = [];
  const known = new Map<string, string>();
  const taken = new Set<string>();
  const texts = new Map<unknown, string>();
  /** Parts share the objects of settings that they do not vary. */
  const textOf = (config: Task['config']): string => {
    const text = texts.get(config) ?? canonicalJson(config);
    if (typeof config === 'object') texts.set(config, text);
    return text;
  };
  const ids = parts.map(({ name, graph }) => {
    const own = new Map<string, string>();
    for (const { id, kind, config, needs } of graph.tasks) {
      const mapped = Object.fromEntries(Object.entries(needs).map(([role, need]) => [role, own.get(need) ?? need]));
      const key = `${kind} ${textOf(config)} ${canonicalJson(mapped)}`;
      let united = known.get(key);
      if (united === undefined) {
        united = taken.has(id) ? `${name}-${id}` : id;
        taken.add(united);
        known.set(key, united);
        tasks.push({ id: united, kind, config, needs: mapped });
      }
      own.set(id, united);
    }
    return own;
  });
  const domain = parts.find(({ graph }) => graph.domain !== undefined)?.graph.domain;
  return { graph: { format: 1, tasks, given: {}, ...(domain && { domain }) }, ids };
}
