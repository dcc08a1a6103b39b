// Which tasks are ready, as others finish.
import { expect, test } from 'vitest';
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
