// Exit code 5: a study or sweep in which one task fails does all that does not need it, and the same command does the
// rest. Exit code 4, where only the machine is to blame, is in limits-of-machine.test.ts.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

it('a task with a folder in the place of its file is set aside with its log, the rest is done, and a repeat does the missing', async () => {
  const whole = await study('whole');
  expect(whole.code).toBe(0);

  // A folder where the task writes a file: no try could succeed.
  const cell = cellOf('whole', FAILS);
  const obstacle = join(folder, 'runs/cells', cell, 'completions-wilson.jsonl');
  mkdirSync(obstacle, { recursive: true });
  writeFileSync(join(obstacle, 'file'), '');
  const failed = await study('runs');
  expect([failed.code, failed.out]).toEqual([PARTLY_FAILED, '']);
  expect(idsOf('retry', failed.error)).toEqual([]);
  expect(failed.error).toMatch(/^set aside {2}test-correct-seed1 +FILE_WRITE .*completions-wilson\.jsonl: /m);
  expect(failed.error).toMatch(/^set aside .*; log: \S+; not run without it: lengths-correct-seed1$/m);
  expect(/^set aside .*; log: (\S+);/m.exec(failed.error)?.[1]).toBe(join(folder, LOG));
  expect(readFileSync(join(folder, LOG), 'utf8').match(/FILE_WRITE/g)?.length).toBeGreaterThanOrEqual(1);
  expect(failed.error.split('error[')).toHaveLength(2);
  expect(failed.error).toMatch(
    /\nerror\[PARTLY_FAILED\] runs\/small: 2 tasks left \(test-correct-seed1, lengths-correct-seed1\); expected all tasks finished, got 1 task set aside \(hint: run the same command to try again\)\n$/,
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

it('a task whose saved states are damaged is exit code 5, in one line', async () => {
  cpSync(join(folder, 'whole'), join(folder, 'damaged'), { recursive: true });
  const cells = join(folder, 'damaged/cells');
  for (const name of readdirSync(cells))
    if (!/^(?:data|train)-/.test(name)) rmSync(join(cells, name), { recursive: true });
  const train = join(folder, 'damaged/cells', cellOf('whole', 'train-correct-seed1'));
  rmSync(join(train, 'done.json'));
  for (const name of ['resume.jsonl', 'resume-1.safetensors', 'resume-2.safetensors'])
    writeFileSync(join(train, name), 'no state\n');
  const { code, out, error } = await study('damaged');
  expect([code, out], error).toEqual([PARTLY_FAILED, '']);
  expect(PARTLY_FAILED).toBe(5);
  expect(idsOf('retry', error)).toEqual([]);
  expect(error).toMatch(/^set aside {2}train-correct-seed1 +CHECKPOINT_DAMAGED .*\(hint: delete \S+ to begin anew\)/m);
  expect(error.split('error[')).toHaveLength(2);
  expect(error).toMatch(
    /\nerror\[PARTLY_FAILED\] damaged\/small: 4 tasks left \(.*\); expected all tasks finished, got 1 task set aside \(hint: run the same command to try again\)\n$/,
  );
});

it('a sweep of which a trial fails prints its trials, and one line', async () => {
  const sweep = (runs: string) => runCli(['sweep', 'small-sweep.yaml', '--runs-dir', runs], folder);
  expect((await sweep('all-trials')).code).toBe(0);
  const text = readFileSync(join(folder, 'all-trials/rates/cells.json'), 'utf8');
  const { cells } = JSON.parse(text) as { cells: Record<string, string> };
  const obstacle = join(folder, `trials/cells/test-${cells[`t2-${FAILS}`].slice(0, 16)}/completions-wilson.jsonl`);
  mkdirSync(obstacle, { recursive: true });
  writeFileSync(join(obstacle, 'file'), '');
  const { code, out, error } = await sweep('trials');
  expect(code, error).toBe(PARTLY_FAILED);
  expect(error).toMatch(/^sweep rates: about /m);
  expect(out).toMatch(/^t2 failed: error\[FILE_WRITE\]/m);
  expect(error.split('error[')).toHaveLength(2);
  expect(error.split('\n').slice(-2)).toEqual([
    'error[PARTLY_FAILED] trials/rates: 1 trial left (t2); expected all trials finished, got 1 task set aside ' +
      '(hint: run the same command to try again)',
    '',
  ]);
});
