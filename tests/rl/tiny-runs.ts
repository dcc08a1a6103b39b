// A training and a reinforcement learning of under a thousand parameters and a few steps, stopped in the middle with two saved states each.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDataset } from '../../src/data/dataset.ts';
import { RL_DEFAULTS } from '../../src/rl/config.ts';
import { rl, type RlHooks } from '../../src/rl/rl.ts';
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

/** Writes data and a starting checkpoint. @param folder an empty one */
export async function tinyRuns(folder: string): Promise<readonly TinyRun[]> {
  await writeDataset(join(folder, 'data'), {
    generator: 'wilson',
    size: 4,
    train: 12,
    dev: 2,
    test: 2,
    distributions: ['wilson'],
    drunkard_coverage: 0.5,
    seed: 3,
  });
  const shared = { seed: 1, trainFile: join(folder, 'data', 'train.jsonl'), threads: 1 };
  const training: TinyRun['run'] = (runDir, hooks) =>
    train(
      { ...shared, runDir, model: MODEL, train: { ...RECIPE, checkpoints: 100 }, condition: 'solution-only' },
      { progress: () => undefined, ...hooks },
    );
  await training(join(folder, 'start'));
  const checkpoint = join(folder, 'start', 'checkpoints', 'step-1');
  return [
    { name: 'training', run: training },
    {
      name: 'rl',
      run: (runDir, hooks) => rl({ ...shared, runDir, checkpoint, rl: RL }, { progress: () => undefined, ...hooks }),
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
    const { seconds: _, ...row } = JSON.parse(line) as { seconds: unknown };
    return JSON.stringify(row);
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

/** Flips one bit of a file's byte. @param at negative: from the end */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at < 0 ? bytes.length + at : at] ^= 1 << bit;
  return changed;
}
