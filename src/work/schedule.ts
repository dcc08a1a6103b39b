// The policy: which tasks start now, with how many threads, and which running one is worth a restart with more. Pure,
// no clock, no I/O.
//
// Longest path first. Every ready task that fits gets one thread; free threads then go, step by step, to the task whose
// path is longest. One exception: a task that the whole graph would wait for at one thread gets its threads before
// short tasks get their first one. No thread stays idle while a ready task fits, except for the moment in which a task
// with a longer path is looked up. Memory limits both: a task takes no more threads than its memory allows.
import { sum } from '../base/sum.ts';
import type { Slots } from './executor.ts';
import type { Estimate } from './kind.ts';
import { nextThreads, pathsOf, speedup, UNKNOWN_ESTIMATE } from './paths.ts';
import { ReadyTasks } from './ready-tasks.ts';
import type { Graph } from './task.ts';

export interface RunningTask {
  readonly id: string;
  readonly threads: number;
  /** Left at its present speed. */
  readonly seconds: number;
  /** Seconds since it was started with these threads. */
  readonly age: number;
  /** It saves state, so that a restart loses nothing but the start. */
  readonly resumable: boolean;
}

export interface Situation {
  /** The same set with more tasks in it costs a decision less than another set. */
  readonly finished: ReadonlySet<string>;
  readonly running: readonly RunningTask[];
  /** Not to be started: given up, or computed by another process. */
  readonly absent: ReadonlySet<string>;
  /** Not to be started yet, but in a moment. */
  readonly expected: ReadonlySet<string>;
  /** Seconds on one thread that are left of tasks that ran before; of others the estimate counts. */
  readonly left: ReadonlyMap<string, number>;
}

/** What keeps a task from more threads, or kept it from starting earlier. */
export type Limit = 'cores' | 'usefulness' | 'memory' | 'jobs';

export interface Start {
  readonly id: string;
  readonly threads: number;
  readonly limitedBy: Limit;
}

export interface Decision {
  readonly starts: readonly Start[];
  /** Ready tasks that wait, by what they wait for. Once all threads are taken, nobody looks at the others. */
  readonly waiting: ReadonlyMap<string, Limit>;
}

export interface Schedule {
  /** @returns memory that running tasks leave, by their estimates */
  readonly freeBytes: (situation: Situation) => number;
  readonly start: (situation: Situation) => Decision;
  /** @returns the running task that gains most from a restart with more threads, if one gains enough */
  readonly widen: (situation: Situation) => { readonly id: string; readonly threads: number } | undefined;
}

/** While more tasks than this are looked up, as at the start of a large sweep, no thread is kept for them. */
const FEW_LOOKS = 64;

/** A task that is not ready yet holds threads back if it is ready within this share of its own time. */
const WORTH_WAITING = 0.1;

/**
 * A path is urgent if it is longer than this factor times the least time for all tasks. That lower bound is seldom
 * reached, because tasks cannot be divided freely.
 */
const URGENT = 1.25;

/** As a factor of a lower bound, with room for rounding: a shorter path is not urgent. */
const CALM = URGENT * (1 - 1e-9);

/**
 * Widening: cost of a restart, least gain, least time left, and least time between two restarts of a task; in seconds.
 */
export const WIDEN = { cost: 3, gain: 15, left: 60, apart: 60 } as const;

/** A task that gets threads in this decision. */
interface Item {
  readonly id: string;
  readonly estimate: Estimate;
  /** Seconds on one thread. */
  readonly seconds: number;
  readonly behind: number;
  threads: number;
}

interface Free {
  threads: number;
  jobs: number;
  bytes: number;
}

/** @param graph its tasks in order */
export function scheduleOf(graph: Graph, estimates: ReadonlyMap<string, Estimate>, slots: Slots): Schedule {
  const { behind, fastest } = pathsOf(graph, estimates, slots.threads);
  const estimateOf = (id: string): Estimate => estimates.get(id) ?? UNKNOWN_ESTIMATE;
  const itemOf = (id: string, { left }: Situation): Item => {
    const estimate = estimateOf(id);
    const seconds = left.get(id) ?? estimate.seconds;
    return { id, estimate, seconds, behind: behind.get(id) ?? 0, threads: 0 };
  };
  const freeIn = ({ running }: Situation): Free => ({
    threads: slots.threads - sum(running.map(({ threads }) => threads)),
    jobs: slots.jobs - running.length,
    bytes: slots.bytes - sum(running.map(({ id, threads }) => estimateOf(id).bytes(threads))),
  });
  const secondsOf = (id: string, { left }: Situation): number => left.get(id) ?? estimateOf(id).seconds;
  const tasks = new ReadyTasks(
    graph,
    (id) => estimateOf(id).seconds,
    (id) => estimateOf(id).seconds + (behind.get(id) ?? 0),
  );

  /** Longest path first; of equal ones the first in the graph. */
  const inOrder = (a: Item, b: Item): number =>
    b.seconds + b.behind - (a.seconds + a.behind) || tasks.place(a.id) - tasks.place(b.id);

  /** Two lists in this order as one. */
  function* merged(one: Iterable<Item>, sorted: readonly Item[]): Generator<Item> {
    const others = [...sorted];
    for (const item of one) {
      while (others.length > 0 && inOrder(others[0], item) < 0) yield others.shift() as Item;
      yield item;
    }
    yield* others;
  }

  /** Being looked up. */
  const lookedUpIn = (situation: Situation): Item[] =>
    situation.expected.size > FEW_LOOKS ? [] : [...situation.expected].map((id) => itemOf(id, situation)).sort(inOrder);

  /** What can start in the order in which it starts. Few have a path that changed since they ran before. */
  function* readyIn(situation: Situation): Generator<Item> {
    tasks.update(situation.finished);
    const { running, absent, expected, left } = situation;
    const runs = new Set(running.map(({ id }) => id));
    const isFree = (id: string): boolean => !absent.has(id) && !expected.has(id) && !runs.has(id);
    const changed =
      left.size === 0
        ? []
        : [...left.keys()]
            .filter((id) => tasks.isReady(id) && isFree(id))
            .map((id) => itemOf(id, situation))
            .sort(inOrder);
    const unchanged = function* (): Generator<Item> {
      for (const id of tasks.ready) if (!left.has(id) && isFree(id)) yield itemOf(id, situation);
    };
    yield* merged(unchanged(), changed);
  }

  /** Tasks that will be ready soon, with the seconds until then. */
  const soonIn = (situation: Situation): { readonly id: string; readonly wait: number }[] => {
    tasks.update(situation.finished);
    const running = new Map(situation.running.map(({ id, seconds }) => [id, seconds]));
    const found = [...situation.expected].map((id) => ({ id, wait: 0 }));
    for (const id of tasks.dependentsOf(running.keys())) {
      if (situation.finished.has(id) || situation.absent.has(id)) continue;
      const wait = Math.max(...tasks.openNeeds(id).map((need) => running.get(need) ?? Infinity));
      if (wait < Infinity) found.push({ id, wait });
    }
    return found;
  };

  /** A time that leastSeconds() is never below, without a look at every task. */
  const atLeast = (situation: Situation): number => {
    const { running, finished, absent, left } = situation;
    const gone = new Set([...absent, ...running.map(({ id }) => id)]);
    let all = tasks.seconds;
    for (const id of gone) if (!finished.has(id) && tasks.place(id) >= 0) all -= estimateOf(id).seconds;
    for (const [id, seconds] of left) if (!finished.has(id) && !gone.has(id)) all += seconds - estimateOf(id).seconds;
    for (const { threads, seconds } of running) all += threads * seconds;
    return Math.max(0, all / slots.threads, ...running.map(({ id, seconds }) => seconds + (fastest.get(id) ?? 0)));
  };

  /**
   * The least time in which all that is left could end if tasks were liquid: with it, each ready task has the fewest
   * threads that keep its path within that time, and threads, memory and jobs are enough for all.
   */
  const leastSeconds = (situation: Situation, ready: readonly Item[]): number => {
    const { running, finished, absent } = situation;
    const fixed = new Set([...finished, ...absent, ...running.map(({ id }) => id), ...ready.map(({ id }) => id)]);
    /**
     * How long a task keeps the whole machine busy, if it keeps a part of it busy for some seconds: in threads, memory,
     * jobs.
     */
    const load = (estimate: Estimate, threads: number, seconds: number): number[] => [
      (threads * seconds) / slots.threads,
      Math.min(1, estimate.bytes(threads) / slots.bytes) * seconds,
      seconds / slots.jobs,
    ];
    const others = [0, 0, 0];
    const add = (loads: number[], more: readonly number[]): void => more.forEach((each, i) => (loads[i] += each));
    for (const { id, threads, seconds } of running) add(others, load(estimateOf(id), threads, seconds));
    for (const { id } of graph.tasks) {
      if (!fixed.has(id)) add(others, load(estimateOf(id), 1, secondsOf(id, situation)));
    }
    const bound = (item: Item, threads: number): number =>
      item.seconds / speedup(item.estimate, threads) + (fastest.get(item.id) ?? 0);
    const fits = (time: number): boolean => {
      const loads = [...others];
      for (const item of ready) {
        const threads = item.estimate.threads.find((each) => each <= slots.threads && bound(item, each) <= time);
        if (threads === undefined) return false;
        add(loads, load(item.estimate, threads, item.seconds / speedup(item.estimate, threads)));
      }
      return Math.max(...loads) <= time;
    };
    let low = Math.max(0, ...running.map(({ id, seconds }) => seconds + (fastest.get(id) ?? 0)));
    if (fits(low)) return low;
    // One after the other, each on one thread.
    let high = low;
    for (const item of ready) high = Math.max(high, bound(item, 1));
    high += sum(running.map(({ seconds }) => seconds)) + sum(ready.map(({ seconds }) => seconds));
    for (const { id } of graph.tasks) if (!fixed.has(id)) high += secondsOf(id, situation);
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (fits(middle)) high = middle;
      else low = middle;
    }
    return high;
  };

  /** Gives a first thread, if it fits. */
  const admit = (item: Item, free: Free): Limit | undefined => {
    const bytes = item.estimate.bytes(1);
    if (free.threads < 1) return 'cores';
    if (bytes > free.bytes) return 'memory';
    if (free.jobs < 1) return 'jobs';
    item.threads = 1;
    free.threads -= 1;
    free.jobs -= 1;
    free.bytes -= bytes;
    return undefined;
  };

  /** What keeps an item from its next step, or undefined. */
  const limitOf = ({ estimate, threads }: Item, free: Free): Limit | undefined => {
    const next = nextThreads(estimate, threads);
    if (next === undefined) return 'usefulness';
    if (next - threads > free.threads) return 'cores';
    return estimate.bytes(next) - estimate.bytes(threads) > free.bytes ? 'memory' : undefined;
  };

  /** Gives free threads to the longest path, again and again, while it is longer than enough. */
  const grow = (items: readonly Item[], free: Free, enough: (item: Item) => boolean): void => {
    for (;;) {
      const item = items
        .filter((each) => each.threads > 0 && !enough(each) && limitOf(each, free) === undefined)
        .reduce<Item | undefined>((best, each) => (best && pathOf(best) >= pathOf(each) ? best : each), undefined);
      const next = item && nextThreads(item.estimate, item.threads);
      if (!next) return;
      free.threads -= next - item.threads;
      free.bytes -= item.estimate.bytes(next) - item.estimate.bytes(item.threads);
      item.threads = next;
    }
  };

  const start = (situation: Situation): Decision => {
    const free = freeIn(situation);
    const waiting = new Map<string, Limit>();
    if (free.threads < 1) return { starts: [], waiting };
    const first = readyIn(situation).next().value as Item | undefined;
    if (first === undefined) return { starts: [], waiting };
    // With much to do, no path is urgent, and what nobody will look at is left alone.
    const isCalm = first.seconds + first.behind <= CALM * atLeast(situation);
    const ready = isCalm ? readyIn(situation) : [...readyIn(situation)];
    const lookedUp = lookedUpIn(situation);
    const admitted: Item[] = [];
    const admitAll = (items: Iterable<Item>): void => {
      for (const item of items) {
        const limit = admit(item, free);
        if (limit === undefined) admitted.push(item);
        if (limit === 'cores') break;
        if (limit && !situation.expected.has(item.id)) waiting.set(item.id, limit);
      }
    };
    if (isCalm) admitAll(merged(ready, lookedUp));
    else {
      const all = ready as readonly Item[];
      const time = leastSeconds(situation, all) * URGENT;
      const late = (item: Item): boolean =>
        item.seconds / speedup(item.estimate, Math.max(1, item.threads)) + (fastest.get(item.id) ?? 0) > time;
      const urgent = all.filter(late);
      for (const item of urgent) {
        admitAll([item]);
        grow([item], free, () => !late(item));
      }
      const others = all.filter((item) => !urgent.includes(item));
      admitAll(merged(others, lookedUp));
    }
    const started = admitted.filter(({ id }) => !situation.expected.has(id)).sort(inOrder);
    // Tasks that are ready in a moment hold threads back from those that would keep them for long.
    const soon = admitted.filter(({ id }) => situation.expected.has(id));
    for (const { id, wait } of free.threads < 1 ? [] : soonIn(situation)) {
      const item = itemOf(id, situation);
      if (wait > WORTH_WAITING * item.seconds || lookedUp.some((each) => each.id === id)) continue;
      if (admit(item, free) === 'cores') break;
      if (item.threads > 0) soon.push(item);
    }
    grow([...started, ...soon], free, () => false);
    if (started.length === 0 && situation.running.length === 0 && soon.length === 0) {
      // Larger than the memory that is allowed, and nothing else is left to run: alone.
      waiting.delete(first.id);
      return { starts: [{ id: first.id, threads: 1, limitedBy: 'memory' }], waiting };
    }
    const starts = started.map((item) => ({
      id: item.id,
      threads: item.threads,
      limitedBy: limitOf(item, free) ?? 'cores',
    }));
    return { starts, waiting };
  };

  const widen: Schedule['widen'] = (situation) => {
    const free = freeIn(situation);
    if (free.threads < 1 || readyIn(situation).next().done !== true) return undefined;
    free.threads -= soonIn(situation).filter(({ wait }) => wait < WIDEN.left).length;
    let best: { id: string; threads: number; gain: number } | undefined;
    for (const { id, threads, seconds, age, resumable } of situation.running) {
      if (!resumable || seconds <= WIDEN.left || age < WIDEN.apart) continue;
      const estimate = estimateOf(id);
      const more = estimate.threads.findLast(
        (each) => each - threads <= free.threads && estimate.bytes(each) - estimate.bytes(threads) <= free.bytes,
      );
      if (more === undefined || more <= threads) continue;
      const gain = seconds - WIDEN.cost - (seconds * speedup(estimate, threads)) / speedup(estimate, more);
      if (gain > WIDEN.gain && gain > (best?.gain ?? 0)) best = { id, threads: more, gain };
    }
    return best && { id: best.id, threads: best.threads };
  };

  return { freeBytes: (situation) => freeIn(situation).bytes, start, widen };
}

/** Seconds until the last task behind it ends, at its threads of now. */
function pathOf({ estimate, seconds, behind, threads }: Item): number {
  return seconds / speedup(estimate, threads) + behind;
}
