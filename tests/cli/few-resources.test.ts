// Real processes with too few files: one line, exit code 4, no stack. Limits are set by the shell that starts them.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

const BIN = join(import.meta.dirname, '../../src/cli/bin.ts');
const STUDY = [
  'study: few',
  'conditions: [solution-only]',
  'data: {generator: wilson, size: 4, train: 20, dev: 2, test: 2, test_in_distribution: 2, distributions: [wilson]}',
  'model: {d_model: 8, n_layer: 1, n_head: 2, d_ff: 8, context: 200}',
  'train: {epochs: 1, batch_tokens: 600, lr: 0.001, accumulators: 2, checkpoints: 1}',
].join('\n');

describe.skipIf(process.platform !== 'linux')('with 28 open files', { timeout: 120_000 }, () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-few-'));
    await writeFile(join(folder, 'few.yaml'), STUDY);
    expect(await runCli(['generate', 'few.yaml', '--out', 'data'], folder)).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const limited = (...args: string[]): Promise<{ code: unknown; error: string }> =>
    new Promise((resolve) => {
      const command = ['-c', 'ulimit -n 28; exec "$@"', 'sh', process.execPath, BIN, ...args];
      execFile('/bin/sh', command, { cwd: folder }, (failure, _, error) => {
        resolve({ code: failure?.code ?? 0, error });
      });
    });

  it.each([
    ['verify', ['verify', 'data/train.jsonl', '--threads', '2']],
    [
      'train',
      ['train', 'few.yaml', '--data', 'data', '--condition', 'solution-only', '--out', 'run', '--threads', '2'],
    ],
  ])('%s says which limit is too low', async (_, args) => {
    const { code, error } = await limited(...args);
    expect(code, error).toBe(4);
    const refusals = error.split('\n').filter((line) => line.startsWith('error['));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(/^error\[[A-Z_]+\] .+; expected .+, got .+ \(hint: .*ulimit -n.*\)$/);
    expect(error).not.toMatch(/^ {4}at /m);
  });

  it('a study sets tasks aside that get no process, with the limit, and leaves no cell behind', async () => {
    const { code, error } = await limited('study', 'few.yaml', '--threads', '2', '--runs-dir', 'runs');
    expect([4, 5], error).toContain(code);
    expect(error).toMatch(/error\[(TASK_START|THREAD_START)\] .+; expected .+, got EMFILE \(hint: .*ulimit -n.*\)/);
    expect(error).not.toMatch(/^ {4}at /m);
    expect(await readdir(join(folder, 'runs', 'cells')).catch(() => [])).toEqual([]);
  });
});
