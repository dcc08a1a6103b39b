// The last line of `--json`: all commands that run tasks end with the same event, and `finished` is always of a task.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { displayEvent } from '../../src/cli/display/event-schema.ts';
import { runCli } from './run-cli.ts';

// Processes and disks of a busy machine are slow.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DATA = ['data.size=4', 'data.train=40', 'data.dev=2', 'data.test=2', 'data.distributions=[wilson]'];
const MODEL = ['model.d_model=16', 'model.n_layer=1', 'train.epochs=1', 'train.checkpoints=1'];
const SMALL = [...DATA, ...MODEL].flatMap((each) => ['--set', each]);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-json-'));
  expect((await runCli(['generate', 'smoke', ...SMALL, '--out', 'data'], folder)).code).toBe(0);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const RL = ['--steps', '1', '--prompts', '2', '--group', '2', '--cap', '8', '--eval-mazes', '1', '--eval-prompts', '0'];

// In this order: the others read the model of the first.
it.each([
  ['train', ['train', 'smoke', ...SMALL, '--data', 'data', '--out', 'run'], ['checkpoint']],
  ['evaluate', ['evaluate', '--checkpoint', 'run', '--data', 'data', '--out', 'test'], ['summaries']],
  ['intervene', ['intervene', 'run', '--data', 'data', '--interventions', 'gold'], ['distributions']],
  ['intervene --information', ['intervene', 'run', '--data', 'data', '--information'], ['distributions']],
  ['rl', ['rl', 'run', '--data', 'data', '--out', 'learnt', ...RL], ['rows']],
])('%s', async (_, args, keys) => {
  const { code, out, error } = await runCli([...args, '--json', '--threads', '2'], folder);
  expect([code, error]).toEqual([0, '']);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string; readonly result?: string });
  const events = lines.slice(0, -1).map((line) => displayEvent.parse(line));
  expect(events[0].event).toBe('planned');
  expect(events.at(-1)?.event).toBe('ended');
  // A command of one task gives that task all threads.
  expect(new Set(events.flatMap((event) => (event.event === 'started' ? [event.threads] : [])))).toEqual(new Set([2]));
  const last = lines[lines.length - 1];
  expect(Object.keys(last)).toEqual(['event', 'result', ...keys]);
  expect(last).toMatchObject({ event: 'result', result: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown });
});
