// A training and a reinforcement learning of under a thousand parameters and a few steps, stopped in the middle with
// two saved states each.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDataset } from '../../src/data/dataset.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { RL_DEFAULTS, type RlConfig } from '../../src/rl/config.ts';
import { rl, type RlHooks } from '../../src/rl/rl.ts';
import type { TrainConfig } from '../../src/training/config.ts';
import { train, type TrainHooks } from '../../src/training/train.ts';

const MODEL = {
  d_model: 8,
  n_layer: 1,
  n_head: 2,
  n_kv_head: 1,
  d_ff: 8,
  context: 160,
  rope_base: 10_000,
  rms_norm_eps: 1e-6,
};
const RECIPE = {
  epochs: 5,
  batch_tokens: 300,
  lr: 2e-3,
  lr_min_ratio: 0.1,
  warmup_steps: 3,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weight_decay: 0.1,
  grad_clip: 1,
  init_std: 0.02,
  position_offset: 0,
  accumulators: 2,
};
/** Random weights solve nothing: it is the weight decay that moves them. */
const RL = {
  ...RL_DEFAULTS,
  steps: 12,
  prompts: 4,
  group: 4,
  inner_epochs: 2,
  weight_decay: 0.5,
  kl: 0.04,
  lr: 1e-2,
  warmup_steps: 0,
  cap: 24,
  accumulators: 2,
  checkpoint_every: 1,
};

/** One of the two kinds of run. */
export interface TinyRun {
  readonly name: 'training' | 'rl';
  readonly run: (runDir: string, hooks?: TinyHooks) => Promise<{ readonly finished: boolean }>;
}

/** What both have in common. */
export interface TinyHooks extends Omit<TrainHooks & RlHooks, 'progress'> {
  progress?(progress: { readonly step: number }): void;
}

/**
 * Writes data and a starting checkpoint.
 * @param folder an empty one
 */
export async function tinyRuns(folder: string): Promise<readonly TinyRun[]> {
  return runsOf(folder, MODEL, { ...RECIPE, checkpoints: 100 }, RL, 12, 1);
}

/**
 * Three steps of some hundred milliseconds each, on two threads.
 * @param folder an empty one
 */
export async function slowRuns(folder: string): Promise<readonly TinyRun[]> {
  const model = { ...MODEL, d_model: 96, n_layer: 4, d_ff: 192 };
  const recipe = { ...RECIPE, batch_tokens: 4500, accumulators: 4, epochs: 1, checkpoints: 2 };
  const config = { ...RL, steps: 3, prompts: 8, group: 12, inner_epochs: 1, cap: 3, checkpoint_every: 2 };
  return runsOf(folder, model, recipe, { ...config, accumulators: 4 }, 200, 2);
}

async function runsOf(
  folder: string,
  model: ModelConfig,
  recipe: TrainConfig,
  config: RlConfig,
  examples: number,
  threads: number,
): Promise<readonly TinyRun[]> {
  await writeDataset(join(folder, 'data'), {
    domain: 'maze',
    generator: 'wilson',
    size: 4,
    train: examples,
    dev: 2,
    test: 2,
    test_in_distribution: 2,
    distributions: ['wilson'],
    drunkard_coverage: 0.5,
    seed: 3,
  });
  const shared = { seed: 1, trainFile: join(folder, 'data', 'train.jsonl'), threads };
  const training: TinyRun['run'] = (runDir, hooks) =>
    train(
      { ...shared, runDir, model, train: recipe, condition: 'solution-only' },
      { progress: () => undefined, ...hooks },
    );
  await training(join(folder, 'start'));
  const [start] = (await readdir(join(folder, 'start', 'checkpoints'))).sort();
  const checkpoint = join(folder, 'start', 'checkpoints', start);
  return [
    { name: 'training', run: training },
    {
      name: 'rl',
      run: (runDir, hooks) =>
        rl({ ...shared, runDir, checkpoint, rl: config }, { progress: () => undefined, ...hooks }),
    },
  ];
}

/**
 * Stops a run after `step` steps or a few more; a state is saved after every step.
 * @param runDir does not exist
 */
export async function stopAfter({ run }: TinyRun, runDir: string, step: number): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const stop = new AbortController();
    const { finished } = await run(runDir, {
      progress: (progress) => {
        if (progress.step === step) stop.abort();
      },
      signal: stop.signal,
      timing: { stateSeconds: 0 },
    });
    if (!finished) return;
    // Its thread was faster than the message.
    await rm(runDir, { recursive: true });
  }
  throw new Error('a run that was to be stopped is finished');
}

/** All that a finished run leaves, as text: the bits of its checkpoints and its rows without their times. */
export async function outcomeOf(runDir: string): Promise<string> {
  const rows = (await readFile(join(runDir, 'metrics.jsonl'), 'utf8')).split('\n').map((line) => {
    if (line === '') return line;
    return JSON.stringify({ ...(JSON.parse(line) as object), seconds: 0 });
  });
  const checkpoints = join(runDir, 'checkpoints');
  const names = (await readdir(checkpoints, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(checkpoints.length + 1))
    .sort();
  const files = await Promise.all(
    names.map(async (name) => [name, (await readFile(join(checkpoints, name))).toString('base64')]),
  );
  return JSON.stringify({ rows, files });
}

/** Names of the saved states of a run, the oldest first. */
export async function stateFiles(runDir: string): Promise<string[]> {
  const step = (name: string): number => Number(/\d+/.exec(name)?.[0]);
  return (await readdir(runDir))
    .filter((name) => /^resume.*\.safetensors$/.test(name))
    .sort((a, b) => step(a) - step(b));
}

/**
 * Flips one bit of a file's byte.
 * @param at negative: from the end
 */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at < 0 ? bytes.length + at : at] ^= 1 << bit;
  return changed;
}
