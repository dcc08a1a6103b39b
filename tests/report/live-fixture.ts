// A small model that has learnt to write traces and plans of 4x4 mazes, right ones now and then; and what models write
// of the mazes of a page on the kernel path that a test asks for.
import { join } from 'node:path';
import { vi } from 'vitest';
import type { KernelPath } from '../../src/core/exports.ts';
import { writeDataset } from '../../src/data/dataset.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import type { LiveProblem } from '../../src/report/live/data.ts';
import type { LiveModel } from '../../src/report/live/read-model.ts';
import { train } from '../../src/training/train.ts';
import { SMALL_RECIPE } from '../training/small-recipe.ts';

export const LIVE_SIZE = 4;
const MODEL: ModelConfig = {
  d_model: 32,
  n_layer: 2,
  n_head: 2,
  n_kv_head: 2,
  d_ff: 64,
  context: 256,
  rope_base: 10_000,
  rms_norm_eps: 1e-6,
};
const RECIPE = {
  epochs: 50,
  batch_tokens: 1024,
  lr: 5e-3,
  ...SMALL_RECIPE,
};

/**
 * Trains it.
 * @returns the folder of its checkpoint
 */
export async function trainLiveModel(folder: string): Promise<string> {
  const data = join(folder, 'data');
  await writeDataset(data, {
    domain: 'maze',
    generator: 'wilson',
    size: LIVE_SIZE,
    train: 150,
    dev: 2,
    test: 2,
    test_in_distribution: 2,
    distributions: ['wilson'],
    drunkard_coverage: 0.5,
    seed: 3,
  });
  const {
    checkpoints: [{ dir }],
  } = await train(
    {
      runDir: join(folder, 'run'),
      model: MODEL,
      train: RECIPE,
      condition: 'correct',
      seed: 1,
      trainFile: join(data, 'train.jsonl'),
      threads: 2,
    },
    { progress: () => undefined },
  );
  return dir;
}

/** The problems with what the model of a folder writes of each, greedily and without a page. */
export async function recorded(
  folder: string,
  { id }: LiveModel,
  problems: readonly LiveProblem[],
  path: KernelPath,
): Promise<LiveProblem[]> {
  // A process chooses its path once: another one needs the modules again.
  vi.stubEnv('TRACELAB_KERNEL_PATH', path);
  vi.resetModules();
  const { Model } = await import('../../src/model/model.ts');
  await using model = await Model.open(folder, 1);
  const prompts = problems.map(({ prompt }) => prompt);
  const longest = prompts.reduce((most, prompt) => Math.max(most, prompt.split(' ').length + 1), 0);
  const completions = await model.generate({
    prompts,
    maxNewTokens: MODEL.context - longest,
    temperature: 0,
    seed: 0,
  });
  vi.unstubAllEnvs();
  vi.resetModules();
  return problems.map((problem, i) => {
    const { text, truncated } = completions?.[i] ?? { text: '', truncated: false };
    return { ...problem, recorded: { [id]: { text, truncated } } };
  });
}
