// Where tasks are drawn: columns and rows from ids, settings and needs.
import { expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { shapeOf } from '../../src/dashboard/shape.ts';
import { loadConfig } from '../../src/study/config-file.ts';
import { studyGraph } from '../../src/study/graph.ts';

const task = (id: string, kind: string, config: object = {}, needs: Record<string, string> = {}) => ({
  id,
  kind,
  config: config as never,
  needs,
});

it('a study has a row for each arm and a column for what is done', async () => {
  const { config } = await loadConfig('configs/quick.yaml', ['seeds=1,2']);
  const { tasks } = studyGraph(config).graph;
  const { columns, rows, tasks: shown, left } = shapeOf(tasks);
  expect(left).toBe(0);
  expect(columns.slice(0, 4)).toEqual(['data', 'train', 'curve', 'test']);
  expect(columns).toContain('rl-test');
  expect(rows).toEqual(expect.arrayContaining(['', 'correct-seed1', 'swapped-seed2', 'solution-only-seed1']));
  expect(shown).toHaveLength(tasks.length);
  for (const [place, { column, row, id }] of shown.entries()) {
    expect([columns[column], rows[row]].filter((name) => name !== '').join('-').length, id).toBe(id.length);
    for (const need of shown[place].needs) expect(need).toBeLessThan(place);
  }
});

it('trials of a sweep belong to the row', () => {
  const arm = { condition: 'correct', seed: 1 };
  const { columns, rows, tasks } = shapeOf([
    task('data', 'data'),
    task('t3-train-correct-seed1', 'train', arm, { data: 'data' }),
    task('t3-rl-test-correct-seed1', 'test', {}, { model: 't3-train-correct-seed1' }),
  ]);
  expect(columns).toEqual(['data', 'train', 'rl-test']);
  expect(tasks.slice(1).map(({ row }) => rows[row])).toEqual(['t3-correct-seed1', 't3-correct-seed1']);
});

it('no two tasks have one place, whatever their names are', () => {
  const { tasks } = shapeOf([task('a-x', 'x'), task('x-a', 'x'), task('x', 'x'), task('-x-', 'x')]);
  expect(new Set(tasks.map(({ column, row }) => `${column} ${row}`)).size).toBe(4);
});

it('tasks over the limit are counted', () => {
  const { most } = LIMITS.dashboardTasks;
  const { tasks, left } = shapeOf(Array.from({ length: most + 3 }, (_, i) => task(`train-${i}`, 'train')));
  expect([tasks.length, left]).toEqual([most, 3]);
});
