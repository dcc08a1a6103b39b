// The policy of src/work/schedule.ts as it was first written: it looks at every task of the graph for each decision.
// The reference that the faster one is compared with.
import { sum } from '../../src/base/sum.ts';
import type { Slots } from '../../src/work/executor.ts';
import { readyTasks } from '../../src/work/graph.ts';
import type { Estimate } from '../../src/work/kind.ts';
import { nextThreads, pathsOf, speedup, UNKNOWN_ESTIMATE } from '../../src/work/paths.ts';
import type { Decision, Limit, Schedule, Situation } from '../../src/work/schedule.ts';
import type { Graph } from '../../src/work/task.ts';

/** While more tasks than this are looked up, no thread is kept for them. */
const FEW_LOOKS = 64;

/** A task that is not ready yet holds threads back if it is ready within this share of its own time. */
const WORTH_WAITING = 0.1;

/**
 * A path is urgent if it is longer than this factor times the least time for all tasks. That lower bound is seldom
 * reached, because tasks cannot be divided freely.
 */
const URGENT = 1.25;

/**
 * Widening: cost of a restart, least gain, least time left, and least time between two restarts of a task; in seconds.
 */
const WIDEN = { cost: 3, gain: 15, left: 60, apart: 60 } as const;

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
export function naiveSchedule(graph: Graph, estimates: ReadonlyMap<string, Estimate>, slots: Slots): Schedule {
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
  const readyIn = ({ finished, running, absent, expected }: Situation): string[] =>
    readyTasks(graph, finished, new Set([...absent, ...expected, ...running.map(({ id }) => id)])).map(({ id }) => id);

  /** Tasks that will be ready soon, with the seconds until then. */
  const soonIn = (situation: Situation): { readonly id: string; readonly wait: number }[] => {
    const running = new Map(situation.running.map(({ id, seconds }) => [id, seconds]));
    const found = [...situation.expected].map((id) => ({ id, wait: 0 }));
    for (const { id, needs } of graph.tasks) {
      const left = Object.values(needs).filter(
        (need) => !situation.finished.has(need) && !Object.hasOwn(graph.given, need),
      );
      if (left.length === 0 || situation.finished.has(id) || situation.absent.has(id)) continue;
      const wait = Math.max(...left.map((need) => running.get(need) ?? Infinity));
      if (wait < Infinity) found.push({ id, wait });
    }
    return found;
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
      if (!fixed.has(id)) add(others, load(estimateOf(id), 1, itemOf(id, situation).seconds));
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
    for (const { id } of graph.tasks) if (!fixed.has(id)) high += itemOf(id, situation).seconds;
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
    const ready = byPath(readyIn(situation).map((id) => itemOf(id, situation)));
    if (ready.length === 0) return { starts: [], waiting: new Map() };
    const waiting = new Map<string, Limit>();
    const admitAll = (items: readonly Item[]): void => {
      for (const item of items) {
        const limit = admit(item, free);
        if (limit) waiting.set(item.id, limit);
      }
    };
    const time = free.threads < 1 ? Infinity : leastSeconds(situation, ready) * URGENT;
    const late = (item: Item): boolean =>
      item.seconds / speedup(item.estimate, Math.max(1, item.threads)) + (fastest.get(item.id) ?? 0) > time;
    const urgent = ready.filter(late);
    for (const item of urgent) {
      admitAll([item]);
      grow([item], free, () => !late(item));
    }
    const few = situation.expected.size <= FEW_LOOKS ? situation.expected : new Set<string>();
    const lookedUp = byPath(graph.tasks.filter(({ id }) => few.has(id)).map(({ id }) => itemOf(id, situation)));
    const place = ({ id }: Item): number => graph.tasks.findIndex((task) => task.id === id);
    const others = byPath(
      [...ready.filter((item) => !urgent.includes(item)), ...lookedUp].sort((a, b) => place(a) - place(b)),
    );
    for (const item of others) {
      if (lookedUp.includes(item)) admit(item, free);
      else admitAll([item]);
    }
    // Tasks that are ready in a moment hold threads back from those that would keep them for long.
    const later = soonIn(situation)
      .filter(({ id }) => !few.has(id))
      .map(({ id, wait }) => ({ wait, item: itemOf(id, situation) }))
      .filter(({ wait, item }) => wait <= WORTH_WAITING * item.seconds)
      .map(({ item }) => item);
    for (const item of later) admit(item, free);
    const soon = [...lookedUp, ...later];
    grow([...ready, ...soon], free, () => false);
    const started = ready.filter(({ threads }) => threads > 0);
    const isKept = soon.some(({ threads }) => threads > 0);
    if (started.length === 0 && situation.running.length === 0 && !isKept) {
      // Larger than the memory that is allowed, and nothing else is left to run: alone.
      waiting.delete(ready[0].id);
      return { starts: [{ id: ready[0].id, threads: 1, limitedBy: 'memory' }], waiting };
    }
    const starts = started.map((item) => ({
      id: item.id,
      threads: item.threads,
      limitedBy: limitOf(item, free) ?? 'cores',
    }));
    return { starts, waiting };
  };

  const widen: Schedule['widen'] = (situation) => {
    if (readyIn(situation).length > 0) return undefined;
    const free = freeIn(situation);
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

/** Longest path first; of equal ones the first of the list. */
function byPath(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => b.seconds + b.behind - (a.seconds + a.behind));
}
