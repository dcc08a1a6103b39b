// The policy in simulated time: how long a graph takes on some slots, and how many threads each task gets. For plans
// and estimates.
import type { Slots } from './executor.ts';
import type { Estimate } from './kind.ts';
import { speedup, UNKNOWN_ESTIMATE } from './paths.ts';
import { type Limit, type RunningTask, scheduleOf, type Situation, WIDEN } from './schedule.ts';
import type { Graph } from './task.ts';

export interface SimulatedTask {
  /** At its first start. */
  readonly threads: number;
  readonly limitedBy: Limit;
  /** Seconds from the start of all. */
  readonly start: number;
  readonly end: number;
}

export interface Simulated {
  readonly seconds: number;
  /** Without those that were finished before, or ran. */
  readonly tasks: ReadonlyMap<string, SimulatedTask>;
}

/** A task that runs already when the simulation begins. */
export interface HalfDone {
  readonly id: string;
  readonly threads: number;
  /** Of its estimated work that is done, 0 to 1. */
  readonly share: number;
}

export interface SimulationStart {
  /** Ids of tasks that are there already; default none. */
  readonly finished?: Iterable<string>;
  /** Default none. */
  readonly running?: readonly HalfDone[];
  /** Whether a task may be restarted with more threads; default none may. */
  readonly resumable?: (id: string) => boolean;
}

/** Start, end and threads of each task if every task takes its estimated time. */
export function simulate(
  graph: Graph,
  estimates: ReadonlyMap<string, Estimate>,
  slots: Slots,
  { finished = [], running: begun = [], resumable = () => false }: SimulationStart = {},
): Simulated {
  const schedule = scheduleOf(graph, estimates, slots);
  const done = new Set(finished);
  const running = new Map<string, { threads: number; end: number; since: number }>(
    begun.map(({ id, threads, share }) => {
      const estimate = estimates.get(id) ?? UNKNOWN_ESTIMATE;
      return [id, { threads, end: ((1 - share) * estimate.seconds) / speedup(estimate, threads), since: 0 }];
    }),
  );
  const tasks = new Map<string, SimulatedTask>();
  const heldBack = new Map<string, Limit>();
  let now = 0;
  const situation = (): Situation => ({
    finished: done,
    running: [...running].map(([id, { threads, end, since }]): RunningTask => ({
      id,
      threads,
      seconds: end - now,
      age: now - since,
      resumable: resumable(id),
    })),
    absent: new Set(),
    expected: new Set(),
    left: new Map(),
  });
  const startAll = (): void => {
    const { starts, waiting } = schedule.start(situation());
    for (const [id, limit] of waiting) if (limit !== 'cores') heldBack.set(id, limit);
    for (const { id, threads, limitedBy } of starts) {
      const estimate = estimates.get(id) ?? UNKNOWN_ESTIMATE;
      const end = now + estimate.seconds / speedup(estimate, threads);
      running.set(id, { threads, end, since: now });
      tasks.set(id, { threads, limitedBy: heldBack.get(id) ?? limitedBy, start: now, end });
    }
  };
  const widenAll = (): void => {
    for (let wider = schedule.widen(situation()); wider; wider = schedule.widen(situation())) {
      const { id, threads } = wider;
      const estimate = estimates.get(id) ?? UNKNOWN_ESTIMATE;
      const before = running.get(id);
      if (!before) return;
      const left = ((before.end - now) * speedup(estimate, before.threads)) / speedup(estimate, threads);
      running.set(id, { threads, end: now + WIDEN.cost + left, since: now });
    }
  };
  startAll();
  while (running.size > 0) {
    widenAll();
    const ends = [...running.values()].map(({ end }) => end);
    const used = [...running.values()].reduce((total, { threads }) => total + threads, 0);
    // The next moment at which a task may be widened again, if threads are free.
    const wider =
      used < slots.threads
        ? [...running].filter(([id]) => resumable(id)).map(([, { since }]) => since + WIDEN.apart)
        : [];
    now = Math.min(...ends, ...wider.filter((moment) => moment > now));
    let ended = false;
    for (const [id, { end }] of running) {
      if (end > now) continue;
      running.delete(id);
      done.add(id);
      ended = true;
      const task = tasks.get(id);
      if (task) tasks.set(id, { ...task, end });
    }
    if (ended) startAll();
  }
  return { seconds: now, tasks };
}
