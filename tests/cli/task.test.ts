// `tracelab task` through the real command line: one task of a saved graph, once what it needs is finished.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { loadConfig } from '../../src/study/config-file.ts';
import { studyGraph } from '../../src/study/graph.ts';
import { runCli } from './run-cli.ts';
import { writeSmallStudy } from './small-study.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const GRAPH = 'runs/small/graph.json';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-task-'));
  writeSmallStudy(folder);
  const { graph } = studyGraph((await loadConfig(join(folder, 'small.yaml'), [])).config);
  mkdirSync(join(folder, 'runs/small'), { recursive: true });
  writeFileSync(join(folder, GRAPH), JSON.stringify(graph));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const task = (...args: string[]) => runCli(['task', GRAPH, ...args], folder);
const cells = (): string[] => readdirSync(join(folder, 'runs/cells')).map((name) => name.replace(/-.*/, ''));

it.each([
  [[], 'no task is named; expected the id of a task of this graph, got none (hint: for example data)'],
  [
    ['train-corect-seed1'],
    'no task train-corect-seed1; expected the id of a task of this graph, got train-corect-seed1 (hint: did you mean train-correct-seed1?)',
  ],
])('refuses %j with an id that there is', async (args, message) => {
  expect(await task(...args)).toEqual({ code: 2, out: '', error: `error[TASK_UNKNOWN] ${GRAPH}: ${message}\n` });
  expect(existsSync(join(folder, 'runs/cells'))).toBe(false);
});

it('refuses a task whose needs are not finished and names the first one', async () => {
  expect(await task('test-correct-seed1')).toEqual({
    code: 2,
    out: '',
    error:
      `error[TASK_NEEDS] ${GRAPH}: test-correct-seed1 needs data, which is not finished; expected all of its needs ` +
      `in the store, got data unfinished (hint: tracelab task ${GRAPH} data)\n`,
  });
  expect(existsSync(join(folder, 'runs/cells'))).toBe(false);
});

it('runs one task and no other, into the store above the graph', async () => {
  const data = await task('data');
  expect(data.code).toBe(0);
  expect(data.out).toMatch(/^result [0-9a-f]{64}\n$/);
  expect(data.error).toMatch(/^start {6}data {2}1 thread\ndone {7}data {2}\d+ s; 1 of 1 done\n$/);
  expect(cells()).toEqual(['data']);
  // A second time there is nothing to do.
  expect(await task('data')).toEqual({ code: 0, out: data.out, error: 'reused     data\n' });
});

it('with --json prints events alone, the result last', async () => {
  const { code, out, error } = await task('train-correct-seed1', '--json', '--threads', '1');
  expect([code, error]).toEqual([0, '']);
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; id?: string; reused?: boolean });
  expect(events.filter(({ event }) => event === 'finished')).toMatchObject([
    { id: 'data', reused: true },
    { id: 'train-correct-seed1', reused: false },
  ]);
  expect(events.at(-1)).toEqual({ event: 'result', result: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown });
  expect(cells().sort()).toEqual(['data', 'train']);
});

it('a study finds what its tasks left', async () => {
  const { code, error } = await runCli(['study', 'small.yaml'], folder);
  expect(code).toBe(0);
  expect(error).toMatch(/^study small: about .*\(3 of 5 tasks left/m);
  expect(error).not.toMatch(/^start +(?:data|train-correct-seed1) /m);
});
