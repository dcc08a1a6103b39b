// One tiny run of everything whose numbers must not depend on the CPU, in a process of its own: the core's self-check,
// training, reinforcement learning, decoding, the validator. Usage: node every-part-once.ts <folder> <checkpoint>
// <train.jsonl> Under an emulator every thread that starts costs seconds: only training has two.
// The checkpoint must solve some of its mazes, or the groups of reinforcement learning have no spread. Prints EveryPart
// as JSON.
import { join } from 'node:path';
import { hashFile, sha256 } from '../../src/base/hash.ts';
import { createMemory } from '../../src/core/memory.ts';
import { instantiateCore, loadCore } from '../../src/core/module.ts';
import { ALL_LEVELS, judgeTexts } from '../../src/core/validator.ts';
import { readExamples } from '../../src/data/dataset.ts';
import { Model } from '../../src/model/model.ts';
import { RL_DEFAULTS } from '../../src/rl/config.ts';
import { rl } from '../../src/rl/rl.ts';
import { train } from '../../src/training/train.ts';
import { damagedTrace, told } from './agreement.ts';

/** Hashes, and the numbers that say where a difference begins. */
export interface EveryPart {
  readonly arch: string;
  readonly kernel_path: string;
  readonly training: { readonly losses: readonly number[]; readonly weights: readonly string[] };
  readonly rl: {
    readonly rewards: readonly number[];
    readonly kl: readonly (number | null)[];
    readonly weights: string;
  };
  /** First completion and SHA-256 of all: at temperature 0 and 1. */
  readonly decoding: readonly { readonly first: string; readonly all: string }[];
  /** Verdicts of damaged traces, and how many of them have a valid plan. */
  readonly validator: { readonly valid: number; readonly all: string };
}

const TRACES = 400;

const [folder, checkpoint, trainFile] = process.argv.slice(2);

const training = await trainTiny();
const reinforcement = await reinforceTiny();
const parts: EveryPart = {
  arch: process.arch,
  kernel_path: loadCore().kernel_path,
  training,
  rl: reinforcement,
  decoding: [await decode(0), await decode(1)],
  validator: judgeDamaged(),
};
process.stdout.write(JSON.stringify(parts));

async function trainTiny(): Promise<EveryPart['training']> {
  const losses: number[] = [];
  const { checkpoints } = await train(
    {
      runDir: join(folder, 'training'),
      trainFile,
      condition: 'swapped',
      seed: 4,
      threads: 2,
      model: {
        d_model: 32,
        n_layer: 3,
        n_head: 4,
        n_kv_head: 2,
        d_ff: 56,
        context: 256,
        rope_base: 10_000,
        rms_norm_eps: 1e-6,
      },
      train: {
        epochs: 2,
        batch_tokens: 800,
        lr: 4e-3,
        lr_min_ratio: 0.1,
        warmup_steps: 3,
        beta1: 0.9,
        beta2: 0.95,
        eps: 1e-8,
        weight_decay: 0.1,
        grad_clip: 1,
        init_std: 0.05,
        position_offset: 0,
        accumulators: 3,
        checkpoints: 2,
      },
    },
    {
      progress: ({ loss }) => {
        losses.push(loss);
      },
    },
  );
  return { losses, weights: await Promise.all(checkpoints.map(async ({ dir }) => weightsHash(dir))) };
}

async function reinforceTiny(): Promise<EveryPart['rl']> {
  const rewards: number[] = [];
  const kl: (number | null)[] = [];
  const { checkpoints } = await rl(
    {
      runDir: join(folder, 'rl'),
      checkpoint,
      trainFile,
      seed: 2,
      threads: 1,
      rl: {
        ...RL_DEFAULTS,
        steps: 2,
        prompts: 6,
        group: 4,
        inner_epochs: 2,
        kl: 0.04,
        lr: 5e-4,
        cap: 40,
        accumulators: 3,
      },
    },
    {
      progress: (row) => {
        rewards.push(row.reward);
        kl.push(row.kl);
      },
    },
  );
  return { rewards, kl, weights: await weightsHash(checkpoints[0].dir) };
}

async function decode(temperature: number): Promise<{ first: string; all: string }> {
  const examples = await readExamples(trainFile);
  await using model = await Model.open(checkpoint, 1);
  const prompts = examples.map(({ prompt }) => prompt);
  const completions = await model.generate({ prompts, maxNewTokens: 40, temperature, seed: 7 });
  const texts = (completions ?? []).map(({ text }) => text);
  return { first: texts[0], all: sha256(texts.join('\n')) };
}

function judgeDamaged(): EveryPart['validator'] {
  const memory = createMemory(2 << 20);
  const traces = Array.from({ length: TRACES }, (_, i) => damagedTrace(5, i));
  const verdicts = judgeTexts(
    { exports: instantiateCore(loadCore(), memory), memory, base: 4096, bytes: 1 << 20 },
    traces.map(({ problem, completion }) => ({ problem, text: completion })),
    ALL_LEVELS,
  );
  return { valid: verdicts.filter(({ plan }) => plan.valid).length, all: sha256(verdicts.map(told).join('\n')) };
}

async function weightsHash(directory: string): Promise<string> {
  return hashFile(join(directory, 'model.safetensors'));
}
