// Exit codes 4 and 5: a study in which one task fails does all that does not need it, and the same command does the
// rest. It is 4 where only the machine is to blame.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PARTLY_FAILED } from '../../src/base/errors.ts';
import { runCli } from './run-cli.ts';
import { SMALL_TASKS, writeSmallStudy } from './small-study.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const FAILS = 'test-correct-seed1';
const LOG = 'runs/small/logs/test-correct-seed1.log';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-partly-'));
  writeSmallStudy(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const study = (runs: string) => runCli(['study', 'small.yaml', '--runs-dir', runs], folder);
const cellOf = (runs: string, id: string): string => {
  const text = readFileSync(join(folder, runs, 'small/cells.json'), 'utf8');
  const { cells } = JSON.parse(text) as { cells: Record<string, string> };
  return `${id.replace(/-.*/, '')}-${cells[id].slice(0, 16)}`;
};
const finishedIn = (runs: string): string[] =>
  readdirSync(join(folder, runs, 'cells')).filter((name) => existsSync(join(folder, runs, 'cells', name, 'done.json')));
const idsOf = (label: string, text: string): string[] =>
  [...text.matchAll(new RegExp(`^${label} +(\\S+)`, 'gm'))].map(([, id]) => id).sort();

it('a task that fails three tries is set aside with its log, the rest is done, and a repeat does the missing', async () => {
  const whole = await study('whole');
  expect(whole.code).toBe(0);

  // A folder where the task writes a file: each try fails at the same place.
  const cell = cellOf('whole', FAILS);
  const obstacle = join(folder, 'runs/cells', cell, 'completions-wilson.jsonl');
  mkdirSync(obstacle, { recursive: true });
  writeFileSync(join(obstacle, 'file'), '');
  const failed = await study('runs');
  expect([failed.code, failed.out]).toEqual([4, '']);
  expect(idsOf('retry', failed.error)).toEqual([FAILS, FAILS]);
  expect(failed.error).toMatch(/^set aside {2}test-correct-seed1 +FILE_WRITE .*completions-wilson\.jsonl: /m);
  expect(failed.error).toMatch(/^set aside .*; log: \S+; not run without it: lengths-correct-seed1$/m);
  expect(/^set aside .*; log: (\S+);/m.exec(failed.error)?.[1]).toBe(join(folder, LOG));
  expect(readFileSync(join(folder, LOG), 'utf8').match(/FILE_WRITE/g)?.length).toBeGreaterThanOrEqual(3);
  expect(failed.error.split('error[')).toHaveLength(2);
  expect(failed.error).toMatch(
    /\nerror\[FILE_WRITE\] \S+completions-wilson\.jsonl: .*; 2 tasks left \(test-correct-seed1, lengths-correct-seed1\): run the same command to try again\)\n$/,
  );
  const others = SMALL_TASKS.filter((id) => id !== FAILS && !id.startsWith('lengths'));
  expect(idsOf('done', failed.error)).toEqual(others.toSorted());
  expect(finishedIn('runs')).toEqual(others.map((id) => cellOf('whole', id)).sort());
  expect(existsSync(join(folder, 'runs/small/results.json'))).toBe(false);

  rmSync(obstacle, { recursive: true });
  const repeated = await study('runs');
  expect(repeated.code).toBe(0);
  expect(idsOf('done', repeated.error)).toEqual(['lengths-correct-seed1', FAILS]);
  expect(idsOf('start', repeated.error)).toEqual(['lengths-correct-seed1', FAILS]);
  const result = (text: string): string | undefined => /^result [0-9a-f]{64}$/m.exec(text)?.[0];
  expect(result(repeated.out)).toBe(result(whole.out));
  expect(result(whole.out)).toBeDefined();
});

it('a task that no machine could do is exit code 5, in one line', async () => {
  const { code, out, error } = await runCli(
    ['study', 'small.yaml', '--runs-dir', 'diverged', '--set', 'train.lr=1e30'],
    folder,
  );
  expect([code, out], error).toEqual([PARTLY_FAILED, '']);
  expect(PARTLY_FAILED).toBe(5);
  expect(error.split('error[')).toHaveLength(2);
  expect(error).toMatch(
    /\nerror\[PARTLY_FAILED\] diverged\/small: \d tasks left \(.*\); expected all tasks finished, got 1 task set aside \(hint: run the same command to try again\)\n$/,
  );
});
