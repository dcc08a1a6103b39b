// The policy: never more than the slots allow, no idle thread while something fits, long paths first, and the cases
// that studies consist of.
import fc from '../seeded.ts';
import { describe, expect, test } from 'vitest';
import { checkGraph } from '../../src/work/graph.ts';
import type { Slots } from '../../src/work/executor.ts';
import type { Estimate } from '../../src/work/kind.ts';
import { type RunningTask, scheduleOf, type Situation } from '../../src/work/schedule.ts';
import { simulate } from '../../src/work/simulate.ts';
import type { Graph } from '../../src/work/task.ts';
import { toyEstimate, toyGraph, toyTask } from './toy-kinds.ts';

const POWERS = [1, 2, 4, 8, 16];
const EVERY = Array.from({ length: 16 }, (_, i) => i + 1);
const SIXTEEN: Slots = { threads: 16, jobs: 16, bytes: 1e9 };
const NOTHING: Situation = {
  finished: new Set(),
  running: [],
  absent: new Set(),
  expected: new Set(),
  left: new Map(),
};

/** Independent tasks `t0`, `t1`, ... of these seconds. */
function independent(
  seconds: readonly number[],
  threads: readonly number[],
  bytes = 1,
): [Graph, Map<string, Estimate>] {
  const estimates = new Map(seconds.map((each, i) => [`t${i}`, toyEstimate(each, threads, bytes)] as const));
  return [toyGraph(...[...estimates.keys()].map((id) => toyTask(id))), estimates];
}

function threadsAtStart(
  [graph, estimates]: [Graph, Map<string, Estimate>],
  slots = SIXTEEN,
  situation = NOTHING,
): number[] {
  const { starts } = scheduleOf(graph, estimates, slots).start(situation);
  return graph.tasks.map(({ id }) => starts.find((start) => start.id === id)?.threads ?? 0);
}

const times = (count: number, seconds: number): number[] => Array.from({ length: count }, () => seconds);

describe('what starts', () => {
  test('6 long and 3 short trainings on 16 threads: the long ones get two each', () => {
    const threads = threadsAtStart(independent([...times(6, 100), ...times(3, 40)], POWERS));
    expect(threads.slice(0, 6)).toEqual(times(6, 2));
    expect(threads.slice(6).toSorted()).toEqual([1, 1, 2]);
  });

  test('15 trainings on 16 threads: one each, and one has the last', () => {
    expect(threadsAtStart(independent(times(15, 100), POWERS)).toSorted()).toEqual([...times(14, 1), 2]);
  });

  test('3 trainings on 16 threads', () => {
    expect(threadsAtStart(independent(times(3, 100), POWERS)).toSorted()).toEqual([4, 4, 8]);
    expect(threadsAtStart(independent(times(3, 100), EVERY)).toSorted()).toEqual([5, 5, 6]);
  });

  test('200 equal tasks on 16 threads: one each', () => {
    expect(threadsAtStart(independent(times(200, 1), EVERY)).filter((each) => each > 0)).toEqual(times(16, 1));
  });

  test('one task that all would wait for comes before short ones; with nothing to spare it gets one thread', () => {
    expect(threadsAtStart(independent([...times(15, 10), 1000], POWERS))).toEqual([...times(15, 0), 16]);
    expect(threadsAtStart(independent([...times(40, 100), 110], POWERS)).at(-1)).toBe(1);
  });

  test('longest path first, not longest task', () => {
    const graph = checkGraph(
      toyGraph(toyTask('long'), toyTask('first'), toyTask('behind', {}, { a: 'first' })),
      'graph',
      ['count'],
    );
    const estimates = new Map([
      ['long', toyEstimate(50)],
      ['first', toyEstimate(10)],
      ['behind', toyEstimate(45)],
    ]);
    const { starts } = scheduleOf(graph, estimates, { threads: 1, jobs: 1, bytes: 9 }).start(NOTHING);
    expect(starts.map(({ id }) => id)).toEqual(['first']);
  });

  test('threads give way to memory', () => {
    const tasks = independent(times(3, 100), POWERS, 10);
    expect(threadsAtStart(tasks, { ...SIXTEEN, bytes: 65 }).toSorted()).toEqual([2, 2, 2]);
    expect(threadsAtStart(tasks, { ...SIXTEEN, bytes: 25 }).toSorted()).toEqual([0, 1, 1]);
    const { starts } = scheduleOf(...tasks, { ...SIXTEEN, bytes: 65 }).start(NOTHING);
    expect(starts.map(({ limitedBy }) => limitedBy)).toEqual(['memory', 'memory', 'memory']);
  });

  test('what does not fit into the memory at all runs alone', () => {
    const [graph, estimates] = independent([10, 10], [1], 1);
    estimates.set('t0', toyEstimate(10, [1], 100));
    const slots = { threads: 2, jobs: 2, bytes: 50 };
    expect(threadsAtStart([graph, estimates], slots)).toEqual([0, 1]);
    const running: RunningTask = { id: 't1', threads: 1, seconds: 5, age: 5, resumable: false };
    expect(threadsAtStart([graph, estimates], slots, { ...NOTHING, running: [running] })).toEqual([0, 0]);
    expect(threadsAtStart([graph, estimates], slots, { ...NOTHING, finished: new Set(['t1']) })).toEqual([1, 0]);
  });

  test('what is ready in a moment holds its threads back', () => {
    const graph = toyGraph(toyTask('data'), toyTask('now'), toyTask('soon', {}, { a: 'data' }));
    const estimates = new Map([
      ['data', toyEstimate(10)],
      ['now', toyEstimate(100, EVERY)],
      ['soon', toyEstimate(100, EVERY)],
    ]);
    const data: RunningTask = { id: 'data', threads: 1, seconds: 2, age: 8, resumable: false };
    expect(threadsAtStart([graph, estimates], SIXTEEN, { ...NOTHING, running: [data] })).toEqual([0, 8, 0]);
    const late = { ...data, seconds: 50 };
    expect(threadsAtStart([graph, estimates], SIXTEEN, { ...NOTHING, running: [late] })).toEqual([0, 15, 0]);
    const looked = { ...NOTHING, finished: new Set(['data']), expected: new Set(['soon']) };
    expect(threadsAtStart([graph, estimates], SIXTEEN, looked)).toEqual([0, 8, 0]);
  });

  test('a short task does not take the last thread while one with a longer path is looked up', () => {
    const graph = toyGraph(toyTask('short'), toyTask('long'), toyTask('behind', {}, { a: 'long' }));
    const estimates = new Map(graph.tasks.map(({ id }) => [id, toyEstimate(id === 'short' ? 50 : 40)]));
    const [one, two] = [1, 2].map((threads): Slots => ({ threads, jobs: 9, bytes: 9 }));
    const looked = { ...NOTHING, expected: new Set(['long']) };
    expect(threadsAtStart([graph, estimates], one, looked)).toEqual([0, 0, 0]);
    expect(threadsAtStart([graph, estimates], two, looked)).toEqual([1, 0, 0]);
    expect(threadsAtStart([graph, estimates], one, { ...NOTHING, expected: new Set(['short']) })).toEqual([0, 1, 0]);
    const many = independent(times(66, 1), [1]);
    const all = [...many[1].keys()];
    expect(threadsAtStart(many, one, { ...NOTHING, expected: new Set(all.slice(0, 64)) })).toEqual(times(66, 0));
    expect(threadsAtStart(many, one, { ...NOTHING, expected: new Set(all.slice(0, 65)) })).toEqual([
      ...times(65, 0),
      1,
    ]);
  });

  test('what is left of a task that ran before counts, not its estimate', () => {
    const tasks = independent([100, 100], EVERY);
    const situation = { ...NOTHING, left: new Map([['t0', 20]]) };
    const [t0, t1] = threadsAtStart(tasks, SIXTEEN, situation);
    expect(t0 + t1).toBe(16);
    expect(t1).toBeGreaterThan(2 * t0);
  });
});

const anyGraph = fc
  .array(
    fc.record({
      seconds: fc.integer({ min: 0, max: 1000 }),
      threads: fc.constantFrom([1], [1, 2], [1, 2, 4, 8], EVERY),
      fixed: fc.integer({ min: 0, max: 60 }),
      each: fc.integer({ min: 0, max: 20 }),
      needs: fc.array(fc.nat(), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((drawn): [Graph, Map<string, Estimate>] => [
    toyGraph(
      ...drawn.map(({ needs }, i) =>
        toyTask(`t${i}`, {}, i === 0 ? {} : Object.fromEntries(needs.map((need, k) => [`n${k}`, `t${need % i}`]))),
      ),
    ),
    new Map(
      drawn.map(({ seconds, threads, fixed, each }, i) => [
        `t${i}`,
        { tokens: 0, flops: 0, seconds, threads, bytes: (used: number) => fixed + each * used },
      ]),
    ),
  ]);
const anySlots = fc.record({
  threads: fc.integer({ min: 1, max: 20 }),
  jobs: fc.integer({ min: 1, max: 20 }),
  bytes: fc.integer({ min: 80, max: 400 }),
});

test('any graph, any slots: within the slots, nothing idle that could run, each task once and after its needs', () => {
  fc.assert(
    fc.property(anyGraph, anySlots, fc.infiniteStream(fc.nat()), ([graph, estimates], slots, draws) => {
      const schedule = scheduleOf(graph, estimates, slots);
      const finished = new Set<string>();
      const running = new Map<string, number>();
      const started = new Set<string>();
      const bytesOf = (id: string, threads: number): number => estimates.get(id)?.bytes(threads) ?? 0;
      while (finished.size < graph.tasks.length) {
        const situation: Situation = {
          ...NOTHING,
          finished,
          running: [...running].map(([id, threads]) => ({ id, threads, seconds: 9, age: 9, resumable: false })),
        };
        const { starts, waiting } = schedule.start(situation);
        for (const { id, threads } of starts) {
          expect(started.has(id)).toBe(false);
          const task = graph.tasks.find((each) => each.id === id);
          expect(Object.values(task?.needs ?? {}).every((need) => finished.has(need))).toBe(true);
          started.add(id);
          running.set(id, threads);
        }
        const used = [...running].reduce((sum, [, threads]) => sum + threads, 0);
        const bytes = [...running].reduce((sum, [id, threads]) => sum + bytesOf(id, threads), 0);
        expect(used).toBeLessThanOrEqual(slots.threads);
        expect(running.size).toBeLessThanOrEqual(slots.jobs);
        expect(bytes).toBeLessThanOrEqual(slots.bytes);
        expect(running.size).toBeGreaterThan(0);
        for (const id of waiting.keys()) {
          const fits = used < slots.threads && running.size < slots.jobs && bytes + bytesOf(id, 1) <= slots.bytes;
          expect(fits).toBe(false);
        }
        const ends = [...running.keys()][Number(draws.next().value) % running.size];
        running.delete(ends);
        finished.add(ends);
      }
    }),
    { numRuns: 200 },
  );
});

describe('widening', () => {
  const [graph, estimates] = independent([1000, 1000], POWERS, 10);
  const { widen } = scheduleOf(graph, estimates, SIXTEEN);
  const task = (change: Partial<RunningTask> = {}): RunningTask => ({
    id: 't0',
    threads: 2,
    seconds: 300,
    age: 100,
    resumable: true,
    ...change,
  });
  const finished = new Set(['t1']);
  const only = (change: Partial<RunningTask>): ReturnType<typeof widen> =>
    widen({ ...NOTHING, finished, running: [task(change)] });

  test('the one that gains most, to the most threads that are free and useful', () => {
    expect(only({})).toEqual({ id: 't0', threads: 16 });
    const both = [task(), task({ id: 't1', seconds: 400, threads: 4 })];
    expect(widen({ ...NOTHING, running: both })).toEqual({ id: 't0', threads: 8 });
  });

  test.each([
    ['what cannot resume', { resumable: false }],
    ['what ends within a minute', { seconds: 59 }],
    ['what was started less than a minute ago', { age: 59 }],
    ['what has all threads', { threads: 16 }],
  ])('not %s', (_, change) => {
    expect(only(change)).toBeUndefined();
  });

  test('not for less than 15 seconds', () => {
    const [few, fewEstimates] = independent([1000], [1, 15, 16]);
    const { widen: widenFew } = scheduleOf(few, fewEstimates, SIXTEEN);
    expect(widenFew({ ...NOTHING, running: [task({ threads: 15 })] })).toBeUndefined();
    expect(widenFew({ ...NOTHING, running: [task({ threads: 15, seconds: 400 })] })).toEqual({ id: 't0', threads: 16 });
  });

  test('not while something is ready, nor beyond the memory', () => {
    expect(widen({ ...NOTHING, running: [task()] })).toBeUndefined();
    const little = scheduleOf(graph, estimates, { ...SIXTEEN, bytes: 50 });
    expect(little.widen({ ...NOTHING, finished, running: [task()] })).toEqual({ id: 't0', threads: 4 });
  });
});

describe('simulated', () => {
  test('200 equal tasks on 16 threads: 13 rounds', () => {
    const { seconds, tasks } = simulate(...independent(times(200, 10), [1]), SIXTEEN);
    expect(seconds).toBeCloseTo(130, 6);
    expect(tasks.size).toBe(200);
    expect(new Set([...tasks.values()].map(({ limitedBy }) => limitedBy))).toEqual(new Set(['usefulness']));
  });

  test('what limits: cores, usefulness, memory, jobs', () => {
    const limits = (slots: Slots, threads = POWERS): string[] =>
      [...simulate(...independent(times(3, 100), threads, 10), slots).tasks.values()].map(({ limitedBy }) => limitedBy);
    expect(limits({ ...SIXTEEN, threads: 3 })).toEqual(['cores', 'cores', 'cores']);
    expect(limits(SIXTEEN, [1, 2])).toEqual(['usefulness', 'usefulness', 'usefulness']);
    expect(limits({ ...SIXTEEN, bytes: 30 })).toEqual(['memory', 'memory', 'memory']);
    expect(limits({ ...SIXTEEN, jobs: 1 }, [1])).toEqual(['usefulness', 'jobs', 'jobs']);
  });

  test('a finished task costs nothing, and widening shortens the end', () => {
    const tasks = independent([...times(15, 100), 1000], POWERS);
    const slots = { ...SIXTEEN, jobs: 16 };
    const all = simulate(...tasks, slots);
    expect(simulate(...tasks, slots, { finished: ['t15'] }).seconds).toBeLessThan(all.seconds);
    const two = independent([1000, 1000], [1, 8]);
    const eight = { threads: 8, jobs: 8, bytes: 1e9 };
    expect(simulate(...two, eight).seconds).toBeCloseTo((1000 / 8 ** 0.86) * 2, 6);
    const late = independent([...times(7, 1000), 1400], POWERS);
    expect(simulate(...late, eight, { resumable: () => true }).seconds).toBeLessThan(
      simulate(...late, eight).seconds - 100,
    );
  });

  test('any graph ends, no later than one task after the other, and needs come first', () => {
    fc.assert(
      fc.property(anyGraph, anySlots, fc.boolean(), ([graph, estimates], slots, resumable) => {
        const { seconds, tasks } = simulate(graph, estimates, slots, { resumable: () => resumable });
        expect(tasks.size).toBe(graph.tasks.length);
        // A restart that widens a task costs seconds that its gain outweighs.
        const total = [...estimates.values()].reduce((sum, estimate) => sum + estimate.seconds, 0);
        expect(seconds).toBeLessThanOrEqual(total + 1e-6);
        for (const { id, needs } of graph.tasks) {
          const start = tasks.get(id)?.start ?? NaN;
          for (const need of Object.values(needs)) expect(start).toBeGreaterThanOrEqual(tasks.get(need)?.end ?? NaN);
        }
      }),
      { numRuns: 200 },
    );
  });
});
