// What the dashboard looks at: a runs folder or an engine. A look is cheap, and what did not change is the same value.
import type { Json, Task } from '../work/task.ts';
import type { GraphHead, GraphShape, Point, ShownState, TaskDetail, TaskNow, Worker } from './protocol.ts';
import { SHOWN_STATES } from './protocol.ts';

/** A graph at one moment. */
export interface GraphLook {
  readonly head: GraphHead;
  /** The same value as before if the tasks are the same. */
  readonly shape: GraphShape;
  readonly now: readonly TaskNow[];
}

/** Everything at one moment. */
export interface Look {
  /** By key. */
  readonly graphs: ReadonlyMap<number, GraphLook>;
  readonly workers: readonly Worker[];
  /** What people must know, in words. */
  readonly alarms: readonly string[];
}

export interface Source {
  /** For people. */
  readonly place: string;
  look(): Promise<Look>;
  /** Undefined for a task that there is not. */
  detail(graph: number, place: number): Promise<TaskDetail | undefined>;
  /** A whole page with the completions of a task; undefined without any. */
  samplesPage(graph: number, place: number): Promise<string | undefined>;
  /** The report of a finished study or sweep; undefined without one. */
  reportPage(graph: number): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Tasks by state. */
export function countStates(now: readonly TaskNow[]): Record<ShownState, number> {
  const counts = Object.fromEntries(SHOWN_STATES.map((state) => [state, 0])) as Record<ShownState, number>;
  for (const { state } of now) counts[state] += 1;
  return counts;
}

const ONLY_STATES = new Map<ShownState, TaskNow>(
  SHOWN_STATES.map((state) => [state, { state, share: null, rate: null, words: '', worker: null, point: null }]),
);

/** A task of which nothing but its state is known: the same value for the same state. */
export function onlyState(state: ShownState): TaskNow {
  const found = ONLY_STATES.get(state);
  if (found === undefined) throw new Error(`no state ${state}`);
  return found;
}

/** In a few words, what a running task is at. */
export function wordsOf(point: Point | null): string {
  if (point === null) return '';
  const number = (name: string, digits: number): string[] =>
    name in point ? [`${name} ${point[name].toFixed(digits)}`] : [];
  return [...number('reward', 3), ...('reward' in point ? [] : number('loss', 3)), ...number('step', 0)].join(', ');
}

/**
 * How far a task is, from settings that say how long it is.
 * @param parts finished ones of a task with distributions
 * @returns null where they do not say it
 */
export function shareOf(config: Json, point: Point | null, parts: number): number | null {
  const settings = config as {
    readonly until?: unknown;
    readonly train?: { readonly tokens?: unknown };
    readonly rl?: { readonly steps?: unknown };
    readonly distributions?: unknown;
  } | null;
  const share = (done: number | undefined, of: unknown): number | null =>
    typeof of === 'number' && of > 0 && done !== undefined ? Math.min(1, done / of) : null;
  const { train, rl, distributions } = settings ?? {};
  return (
    share(point?.tokens, settings?.until ?? train?.tokens) ??
    share(point?.step, rl?.steps) ??
    (Array.isArray(distributions) ? share(parts, distributions.length) : null)
  );
}

/** Characters of settings that are shown. */
const MOST_CONFIG = 8 << 10;

/** Settings as JSON for people. */
export function configText({ config }: Pick<Task, 'config'>): string {
  const text = JSON.stringify(config, null, 2);
  return text.length > MOST_CONFIG ? `${text.slice(0, MOST_CONFIG)}\n...` : text;
}
