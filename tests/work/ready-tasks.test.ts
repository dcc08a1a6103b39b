// Which tasks are ready, as others finish.
import fc from '../seeded.ts';
import { expect, test } from 'vitest';
import { readyTasks } from '../../src/work/graph.ts';
import { ReadyTasks } from '../../src/work/ready-tasks.ts';
import type { Graph } from '../../src/work/task.ts';

test('a task whose given input has its name is nobody it waits for', () => {
  const task = (id: string, needs: Record<string, string>) => ({ id, kind: 'steps', config: {}, needs });
  const graph: Graph = {
    format: 1,
    tasks: [task('own', {}), task('other', { own: 'own', other: 'other' }), task('last', { own: 'own' })],
    given: { other: { directory: '', outputs: {} } },
  };
  const tasks = new ReadyTasks(
    graph,
    () => 1,
    () => 1,
  );
  const finished = new Set<string>();
  const seen: string[] = [];
  for (const id of ['own', 'other', 'last']) {
    tasks.update(finished);
    seen.push(`${tasks.ready.join()} ${tasks.seconds}`);
    finished.add(id);
  }
  tasks.update(finished);
  expect(seen).toEqual(['own 3', 'other,last 2', 'last 1']);
  expect([tasks.ready, tasks.seconds]).toEqual([[], 0]);
});

const anyTasks = fc.array(
  fc.record({ path: fc.integer({ min: 1, max: 4 }), needs: fc.array(fc.nat(), { maxLength: 3 }) }),
  { minLength: 1, maxLength: 200, size: 'max' },
);

test('any graph, finished in any order, a few or many at a time: ready is what a look at all tasks finds', () => {
  fc.assert(
    // With few tasks that others need, many become ready at once.
    fc.property(anyTasks, fc.constantFrom(1, 3, 200), fc.infiniteStream(fc.nat()), (drawn, needed, stream) => {
      const draw = (below: number): number => Number(stream.next().value) % below;
      const graph: Graph = {
        format: 1,
        given: {},
        tasks: drawn.map(({ needs }, i) => ({
          id: `t${i}`,
          kind: 'steps',
          config: {},
          needs: i === 0 ? {} : Object.fromEntries(needs.map((need, k) => [`n${k}`, `t${need % Math.min(i, needed)}`])),
        })),
      };
      const pathOf = (id: string): number => drawn[Number(id.slice(1))].path;
      const tasks = new ReadyTasks(graph, () => 1, pathOf);
      // Some are finished before what they need.
      const finished = new Set(graph.tasks.filter(() => draw(8) === 0).map(({ id }) => id));
      while (finished.size < graph.tasks.length) {
        tasks.update(finished);
        const expected = readyTasks(graph, finished, new Set())
          .map(({ id }, place) => ({ id, place }))
          .sort((a, b) => pathOf(b.id) - pathOf(a.id) || a.place - b.place)
          .map(({ id }) => id);
        expect(tasks.ready).toEqual(expected);
        expect(tasks.seconds).toBe(graph.tasks.length - finished.size);
        for (const { id } of graph.tasks) expect(tasks.isReady(id)).toBe(expected.includes(id));
        for (let count = 1 + draw(draw(2) === 0 ? 3 : 100); count > 0; count--) {
          // What becomes ready on the way may finish before the next look, too.
          const found = readyTasks(graph, finished, new Set()).map(({ id }) => id);
          if (found.length > 0) finished.add(found[draw(found.length)]);
        }
      }
    }),
    { numRuns: 100 },
  );
});
