// A sweep on this machine, on workers that share a folder, and on workers of a PostgreSQL server: one table, byte for
// byte. And what workers and their overseers say.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresServer } from '../fleet/postgres-server.ts';
import { runCli, startCli, type Running } from './run-cli.ts';

/** Processes of a busy machine are slow. */
const PATIENCE_MS = 300_000;

let folder: string;
let server: PostgresServer;
let expected: string;
const workers: Running[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracelab-cli-fleet-'));
  server = await PostgresServer.start();
  writeFileSync(
    join(folder, 'base.yaml'),
    `study: base
data: {size: 6, train: 60, dev: 6, test: 6}
conditions: [correct, swapped]
model: {d_model: 32, n_layer: 2, n_head: 2, d_ff: 64}
train: {epochs: 1, batch_tokens: 2048, lr: 2e-3, warmup_steps: 2, checkpoints: 2}
`,
  );
  writeFileSync(
    join(folder, 'sweep.yaml'),
    'sweep: rates\nstudy: base.yaml\nparameters:\n  train.lr: {values: [1e-3, 2e-3]}\n',
  );
  const { code } = await runCli(['sweep', 'sweep.yaml', '--runs-dir', 'alone'], folder);
  expect(code).toBe(0);
  expected = tableOf('alone');
}, PATIENCE_MS);

afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const tableOf = (runs: string): string => readFileSync(join(folder, runs, 'rates/trials.csv'), 'utf8');

function startWorker(...args: readonly string[]): Running {
  const worker = startCli(['worker', '--threads', '1', ...args], folder);
  workers.push(worker);
  return worker;
}

test(
  'three workers of a PostgreSQL server make the table of one machine; SIGTERM ends them',
  async () => {
    const engine = ['--engine', server.url];
    const three = ['one', 'two', 'three'].map((name) => startWorker(...engine, '--runs-dir', name));
    const { code, error } = await runCli(['sweep', 'sweep.yaml', ...engine, '--runs-dir', 'followed'], folder);
    expect(error).toContain('tasks are computed by the workers of postgres://tracelab@127.0.0.1');
    expect(code).toBe(0);
    expect(tableOf('followed')).toBe(expected);
    for (const worker of three) worker.kill('SIGTERM');
    const ended = await Promise.all(three.map(async ({ finished }) => finished));
    expect(ended.map((each) => each.code)).toEqual([143, 143, 143]);
    // Each task was finished by one of them.
    const lines = ended.flatMap((each) => each.error.split('\n').filter((line) => line.endsWith(' finished')));
    expect(lines).toHaveLength(new Set(lines).size);
    const status = await runCli(['sweep', 'status', ...engine, '--json'], folder);
    const { graphs, workers: known } = JSON.parse(status.out) as {
      graphs: { name: string; states: Record<string, number> }[];
      workers: { jobs: number }[];
    };
    expect(graphs.map(({ name, states }) => [name, states.finished, states.waiting, states.ready])).toEqual([
      ['rates', lines.length, 0, 0],
    ]);
    expect(known.map(({ jobs }) => jobs)).toEqual([1, 1, 1]);
    // Given again, nothing is computed.
    const again = await runCli(['sweep', 'sweep.yaml', ...engine, '--runs-dir', 'followed'], folder);
    expect(again.code).toBe(0);
    expect(again.error).not.toContain('start ');
  },
  PATIENCE_MS,
);

test(
  'two workers on a shared folder make the same table',
  async () => {
    const sweep = runCli(['sweep', 'sweep.yaml', '--engine', 'shared'], folder);
    await expect.poll(() => tryRead('shared/rates/fleet.json'), { timeout: PATIENCE_MS, interval: 100 }).toBeDefined();
    const two = [1, 2].map(() => startWorker('--engine', 'shared', '--drain'));
    expect((await sweep).code).toBe(0);
    expect(tableOf('shared')).toBe(expected);
    for (const { finished } of two) expect((await finished).code).toBe(0);
    const { out } = await runCli(['sweep', 'status', '--engine', 'shared'], folder);
    expect(out).toMatch(/rates +finished/);
  },
  PATIENCE_MS,
);

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(join(folder, path), 'utf8');
  } catch {
    return undefined;
  }
}

test(
  'a worker with another kernel path is refused with both; a cancelled sweep goes on when it is given again',
  async () => {
    const engine = ['--engine', server.url];
    writeFileSync(
      join(folder, 'other.yaml'),
      'sweep: other\nstudy: base.yaml\nparameters:\n  train.lr: {values: [3e-3]}\n',
    );
    const follower = startCli(['sweep', 'other.yaml', ...engine, '--runs-dir', 'later'], folder);
    await expect
      .poll(async () => (await runCli(['sweep', 'status', ...engine], folder)).out, { timeout: PATIENCE_MS })
      .toMatch(/other +open/);
    const { out } = await runCli(['doctor'], folder);
    const isFused = /fused/.test(out);
    const before = process.env.TRACELAB_KERNEL_PATH;
    process.env.TRACELAB_KERNEL_PATH = 'portable';
    const stranger = await runCli(['worker', ...engine, '--drain'], folder);
    process.env.TRACELAB_KERNEL_PATH = before;
    if (before === undefined) delete process.env.TRACELAB_KERNEL_PATH;
    if (isFused) {
      expect(stranger.code).toBe(2);
      expect(stranger.error).toMatch(/WORKER_OTHER.*\(fused\).*\(portable\)/s);
    }
    const cancelled = await runCli(['sweep', 'cancel', 'other', ...engine], folder);
    expect(cancelled.code).toBe(0);
    const stopped = await follower.finished;
    expect(stopped.code).not.toBe(0);
    const again = startCli(['sweep', 'other.yaml', ...engine, '--runs-dir', 'later'], folder);
    const worker = startWorker(...engine, '--runs-dir', 'one');
    expect((await again.finished).code).toBe(0);
    worker.kill('SIGTERM');
    await worker.finished;
  },
  PATIENCE_MS,
);
