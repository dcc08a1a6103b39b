// Bounds of a graph's time: the simulated schedule of any graph lies between them.
import fc from '../seeded.ts';
import { expect, test } from 'vitest';
import { timeBounds } from '../../src/work/bounds.ts';
import type { Slots } from '../../src/work/executor.ts';
import type { Estimate } from '../../src/work/kind.ts';
import { simulate } from '../../src/work/simulate.ts';
import type { Graph } from '../../src/work/task.ts';
import { toyEstimate, toyGraph, toyTask } from './toy-kinds.ts';

const anyGraph = fc
  .array(
    fc.record({
      seconds: fc.integer({ min: 0, max: 1000 }),
      threads: fc.constantFrom([1], [1, 2], [1, 2, 4, 8]),
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
    new Map(drawn.map(({ seconds, threads }, i) => [`t${i}`, toyEstimate(seconds, threads, 1)])),
  ]);

test('any graph: the simulated time lies between the bounds', () => {
  fc.assert(
    fc.property(anyGraph, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (tasks, threads, jobs) => {
      const [graph, estimates] = tasks;
      const slots: Slots = { threads, jobs, bytes: 1e9 };
      const { low, high } = timeBounds(graph, [...estimates.values()], slots);
      const { seconds } = simulate(graph, estimates, slots);
      expect(seconds).toBeGreaterThanOrEqual(low - 1e-6);
      expect(seconds).toBeLessThanOrEqual(high + 1e-6);
    }),
    { numRuns: 500 },
  );
});

test('finished tasks cost nothing, running ones what is left of them', () => {
  const graph = toyGraph(toyTask('a'), toyTask('b'), toyTask('c', {}, { b: 'b' }));
  const estimates = new Map(['a', 'b', 'c'].map((id) => [id, toyEstimate(100, [1], 1)]));
  const slots = { threads: 2, jobs: 2, bytes: 10 };
  expect(timeBounds(graph, [...estimates.values()], slots)).toEqual({ low: 200, high: 350 });
  const running = [{ id: 'b', threads: 1, share: 0.5 }];
  expect(timeBounds(graph, [...estimates.values()], slots, { finished: ['a'], running })).toEqual({
    low: 150,
    high: 225,
  });
});

test('memory for one task at a time: the work is done in a row', () => {
  const graph = toyGraph(toyTask('a'), toyTask('b'));
  const estimates = new Map(['a', 'b'].map((id) => [id, toyEstimate(100, [1], 6)]));
  const slots = { threads: 4, jobs: 4, bytes: 10 };
  expect(timeBounds(graph, [...estimates.values()], slots)).toEqual({ low: 100, high: 300 });
});
