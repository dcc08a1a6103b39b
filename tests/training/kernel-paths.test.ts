// The engine's 256-bit code gives the bits of plain 128-bit lanes over a whole training run: a process for each path,
// long enough for the engine to have replaced its first, unoptimised code. The portable module rounds differently and
// must come close.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDataset } from '../../src/data/dataset.ts';
import { readSafetensors } from '../../src/model/safetensors.ts';
import type { TensorFile } from '../../src/model/tensor-file.ts';
import { expectSameBits, expectWithin } from '../core/room.ts';

const run = promisify(execFile);

interface Outcome {
  readonly kernel_path: string;
  readonly revectorized: boolean;
  readonly weights: TensorFile;
}

describe('kernel paths in processes of their own', () => {
  let folder = '';
  let outcomes: Outcome[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-paths-'));
    await writeDataset(join(folder, 'data'), {
      domain: 'maze',
      generator: 'wilson',
      size: 6,
      train: 150,
      dev: 4,
      test: 4,
      test_in_distribution: 4,
      distributions: ['wilson'],
      drunkard_coverage: 0.5,
      seed: 3,
    });
    outcomes = await Promise.all(
      ['revectorized', 'fused', 'portable'].map(async (path) => {
        const { stdout } = await run(
          process.execPath,
          [
            new URL('./train-once.ts', import.meta.url).pathname,
            join(folder, path),
            join(folder, 'data', 'train.jsonl'),
          ],
          { env: { ...process.env, TRACELAB_KERNEL_PATH: path } },
        );
        const { kernel_path, revectorized, directory } = JSON.parse(stdout) as {
          kernel_path: string;
          revectorized: boolean;
          directory: string;
        };
        return { kernel_path, revectorized, weights: await readSafetensors(join(directory, 'model.safetensors')) };
      }),
    );
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('are the ones that were asked for', () => {
    // Where the engine or CPU cannot pair operations, the first run falls back to plain lanes and says so.
    expect(outcomes.map(({ kernel_path }) => kernel_path)).toEqual(['fused', 'fused', 'portable']);
    expect(outcomes.slice(1).map(({ revectorized }) => revectorized)).toEqual([false, false]);
  });

  it('revectorised and plain fused lanes give the same bits', () => {
    const [wide, plain] = outcomes;
    expect([...wide.weights.tensors.keys()]).toEqual([...plain.weights.tensors.keys()]);
    for (const [name, { values }] of wide.weights.tensors)
      expectSameBits(values, plain.weights.tensors.get(name)?.values ?? new Float32Array(0), name);
  });

  it('portable differs in bits only', () => {
    const [, fused, portable] = outcomes;
    let different = false;
    for (const [name, { values }] of fused.weights.tensors) {
      const other = portable.weights.tensors.get(name)?.values ?? new Float32Array(0);
      // Some dozens of steps of at most 2e-3, in which the paths differ by roundings: 4e-7 as measured. A kernel that
      // is wrong moves weights by 1e-3.
      expectWithin(other, values, 1e-5, name);
      different ||= values.some((value, i) => value !== other[i]);
    }
    expect(different).toBe(true);
  });
});
