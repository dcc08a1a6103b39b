// One tiny training and one tiny run of reinforcement learning, in a process of their own, which alone can choose the
// kernel path: node trajectory-once.ts <empty folder>. Prints the kernel path and a Trajectory as JSON.
import { join } from 'node:path';
import { hashFile, sha256 } from '../../src/base/hash.ts';
import { loadCore } from '../../src/core/module.ts';
import { writeDataset } from '../../src/data/dataset.ts';
import { readCheckpoint } from '../../src/model/checkpoint.ts';
import { encodeSafetensors } from '../../src/model/safetensors.ts';
import { RL_DEFAULTS } from '../../src/rl/config.ts';
import { rl } from '../../src/rl/rl.ts';
import { train } from '../../src/training/train.ts';
import { trainHalf } from '../rl/half-trained.ts';
import type { KeptWeights, RlStep, TrainingStep, Trajectory } from './trajectories.ts';

const [folder] = process.argv.slice(2);

const training = await trainTiny();
const reinforcement = await reinforceTiny();
const { kernel_path, revectorized, tile } = loadCore();
process.stdout.write(JSON.stringify({ kernel_path, revectorized, tile, trajectory: { training, rl: reinforcement } }));

/** Warm-up, cosine, weight decay, a clip that acts, three layers, grouped queries, accumulators that do not divide. */
async function trainTiny(): Promise<Trajectory['training']> {
  const data = join(folder, 'mazes');
  await writeDataset(data, {
    domain: 'maze',
    generator: 'wilson',
    size: 6,
    train: 60,
    dev: 2,
    test: 2,
    test_in_distribution: 2,
    distributions: ['wilson'],
    drunkard_coverage: 0.5,
    seed: 3,
  });
  const trainFile = join(data, 'train.jsonl');
  const steps: TrainingStep[] = [];
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
        context: 512,
        rope_base: 10_000,
        rms_norm_eps: 1e-6,
      },
      train: {
        epochs: 2,
        batch_tokens: 1500,
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
        accumulators: 5,
        checkpoints: 3,
      },
    },
    {
      progress: ({ step, tokens, loss, trace_loss, plan_loss, lr, grad_norm }) => {
        steps.push({ step, tokens, loss, trace_loss, plan_loss, lr, grad_norm });
      },
    },
  );
  return { data_sha256: await hashFile(trainFile), steps, kept: await keptWeights(checkpoints) };
}

/** Several inner epochs, so that ratios leave 1 and the clip acts; a KL penalty, warm-up, resampled prompts. */
async function reinforceTiny(): Promise<Trajectory['rl']> {
  const data = join(folder, 'caves');
  await writeDataset(data, {
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
  const trainFile = join(data, 'train.jsonl');
  const { directory: checkpoint } = await trainHalf(join(folder, 'half-trained'), trainFile);
  const steps: RlStep[] = [];
  const { checkpoints } = await rl(
    {
      runDir: join(folder, 'rl'),
      checkpoint,
      trainFile,
      seed: 2,
      threads: 2,
      rl: {
        ...RL_DEFAULTS,
        steps: 4,
        prompts: 6,
        group: 4,
        inner_epochs: 3,
        kl: 0.04,
        resample: 2,
        lr: 5e-4,
        warmup_steps: 2,
        weight_decay: 0.1,
        cap: 40,
        accumulators: 3,
        checkpoint_every: 2,
      },
    },
    {
      progress: ({ step, reward, kl, entropy, tokens, clipped, loss, grad_norm, lr }) => {
        steps.push({ step, reward, kl, entropy, tokens, clipped, loss, grad_norm, lr });
      },
    },
  );
  return { start_sha256: await weightsHash(checkpoint), steps, kept: await keptWeights(checkpoints) };
}

async function keptWeights(
  checkpoints: readonly { readonly step: number; readonly dir: string }[],
): Promise<KeptWeights[]> {
  return Promise.all(checkpoints.map(async ({ step, dir }) => ({ step, sha256: await weightsHash(dir) })));
}

/** Of the tensors of the model alone: the biases of zero in a checkpoint's file are no part of it. */
async function weightsHash(directory: string): Promise<string> {
  const { weights } = await readCheckpoint(directory);
  return sha256(encodeSafetensors([...weights.tensors.values()], { format: 'pt' }));
}
