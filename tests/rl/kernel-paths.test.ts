// On every kernel path, in a process of its own: rollouts and the forward pass agree to the last bit, so ratios begin
// at 1 and KL at 0.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../../src/data/dataset.ts';
import type { StepRow } from '../../src/rl/step-row.ts';
import { trainHalf } from './half-trained.ts';

const run = promisify(execFile);

describe('kernel paths in processes of their own', () => {
  let folder = '',
    start = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-rl-paths-'));
    await writeDataset(join(folder, 'data'), {
      domain: 'maze',
      generator: 'drunkard',
      size: 4,
      train: 20,
      dev: 2,
      test: 2,
      test_in_distribution: 2,
      distributions: ['drunkard'],
      drunkard_coverage: 0.5,
      seed: 3,
    });
    start = (await trainHalf(join(folder, 'trained'), join(folder, 'data', 'train.jsonl'))).directory;
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['revectorized', 'fused'],
    ['fused', 'fused'],
    ['portable', 'portable'],
  ])(
    '%s',
    async (path, kernel_path) => {
      const { stdout } = await run(
        process.execPath,
        [
          new URL('./run-once.ts', import.meta.url).pathname,
          join(folder, path),
          start,
          join(folder, 'data', 'train.jsonl'),
        ],
        { env: { ...process.env, TRACELAB_KERNEL_PATH: path } },
      );
      const outcome = JSON.parse(stdout) as { kernel_path: string; rows: StepRow[] };
      expect(outcome.kernel_path).toBe(kernel_path);
      expect(outcome.rows.map(({ furthest_ratio_first }) => furthest_ratio_first)).toEqual([0, 0, 0]);
      expect(outcome.rows[0].kl).toBe(0);
      for (const { kl } of outcome.rows.slice(1)) expect(kl).toBeGreaterThan(0);
    },
    60_000,
  );
});
