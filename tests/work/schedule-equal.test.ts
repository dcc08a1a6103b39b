// The schedule decides as its naive twin does, which looks at every task for each decision.
import fc from '../seeded.ts';
import { expect, test } from 'vitest';
import type { Estimate } from '../../src/work/kind.ts';
import { scheduleOf, type Situation } from '../../src/work/schedule.ts';
import type { Graph } from '../../src/work/task.ts';
import { naiveSchedule } from './naive-schedule.ts';
import { toyGraph, toyTask } from './toy-kinds.ts';

const EVERY = Array.from({ length: 16 }, (_, i) => i + 1);
const anyGraph = fc
  .array(
    fc.record({
      seconds: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constant(100)),
      threads: fc.constantFrom([1], [1, 2], [1, 2, 4, 8], EVERY),
      fixed: fc.integer({ min: 0, max: 60 }),
      each: fc.integer({ min: 0, max: 20 }),
      needs: fc.array(fc.nat(), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 40 },
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

test('any graph, with tasks that fail, stop, wait for a look or were finished before: the same decisions', () => {
  let started = 0;
  fc.assert(
    fc.property(anyGraph, anySlots, fc.infiniteStream(fc.nat()), ([graph, estimates], slots, draws) => {
      const below = (most: number): number => Number(draws.next().value) % most;
      const schedule = scheduleOf(graph, estimates, slots);
      const naive = naiveSchedule(graph, estimates, slots);
      const finished = new Set<string>();
      const running = new Map<string, { threads: number; seconds: number; age: number; resumable: boolean }>();
      const absent = new Set<string>();
      const left = new Map<string, number>();
      const isReady = (needs: Readonly<Record<string, string>>): boolean =>
        Object.values(needs).every((need) => finished.has(need));
      const isOpen = (id: string): boolean => !finished.has(id) && !running.has(id) && !absent.has(id);
      for (let round = 0; round < 200 && finished.size + absent.size < graph.tasks.length; round++) {
        const expected = graph.tasks.filter(({ id, needs }) => isOpen(id) && isReady(needs) && below(5) === 0);
        const situation: Situation = {
          finished,
          running: [...running].map(([id, task]) => ({ id, ...task })),
          absent,
          expected: new Set(expected.map(({ id }) => id)),
          left,
        };
        const { starts } = schedule.start(situation);
        expect(starts).toEqual(naive.start(situation).starts);
        expect(schedule.widen(situation)).toEqual(naive.widen(situation));
        started += starts.length;
        for (const { id, threads } of starts)
          running.set(id, { threads, seconds: below(300), age: below(100), resumable: below(2) === 0 });
        if (running.size === 0) continue;
        const ended = [...running.keys()][below(running.size)];
        running.delete(ended);
        const what = below(10);
        if (what === 0) left.set(ended, below(500));
        else if (what === 1) absent.add(ended);
        else finished.add(ended);
        // Found in the store, whole chains at once.
        for (const { id, needs } of graph.tasks) if (isOpen(id) && isReady(needs) && below(20) === 0) finished.add(id);
      }
    }),
    { numRuns: 300 },
  );
  expect(started).toBeGreaterThan(1000);
});

/** Estimates that count how often one is asked for. */
class CountedEstimates extends Map<string, Estimate> {
  looks = 0;

  override get(id: string): Estimate | undefined {
    this.looks += 1;
    return super.get(id);
  }
}

test('with ten thousand ready tasks a decision looks at a few of them', () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => `t${i}`);
  const graph = toyGraph(
    toyTask('data'),
    ...ids.flatMap((id) => [toyTask(id, {}, { a: 'data' }), toyTask(`${id}-test`, {}, { a: id })]),
  );
  const estimate: Estimate = { tokens: 0, flops: 0, seconds: 100, threads: [1, 2], bytes: () => 1 };
  const estimates = new CountedEstimates(graph.tasks.map(({ id }) => [id, estimate]));
  const schedule = scheduleOf(graph, estimates, { threads: 2, jobs: 2, bytes: 10 });
  const finished = new Set(['data']);
  const nothing = { absent: new Set<string>(), expected: new Set<string>(), left: new Map<string, number>() };
  const decide = (): void => {
    const { starts } = schedule.start({ finished, running: [], ...nothing });
    expect(starts).toHaveLength(2);
    for (const { id } of starts) finished.add(id);
  };
  // The first one puts all tasks in order.
  decide();
  estimates.looks = 0;
  for (let i = 0; i < 500; i++) decide();
  expect(estimates.looks / 500).toBeLessThan(100);
});
