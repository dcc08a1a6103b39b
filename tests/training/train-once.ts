// A small training run in its own process, which alone can choose the kernel path: node train-once.ts <run directory>
// <train.jsonl>. Prints the path it ran on as JSON; the weights are in the run directory.
import { loadCore } from '../../src/core/module.ts';
import { train } from '../../src/training/train.ts';

const [runDir, trainFile] = process.argv.slice(2);
const summary = await train(
  {
    runDir,
    trainFile,
    condition: 'correct',
    seed: 4,
    threads: 1,
    model: {
      d_model: 64,
      n_layer: 2,
      n_head: 2,
      n_kv_head: 1,
      d_ff: 96,
      context: 512,
      rope_base: 10_000,
      rms_norm_eps: 1e-6,
    },
    train: {
      epochs: 2,
      batch_tokens: 1500,
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
      accumulators: 4,
      checkpoints: 1,
    },
  },
  { progress: () => undefined },
);
const { kernel_path, revectorized } = loadCore();
process.stdout.write(JSON.stringify({ kernel_path, revectorized, directory: summary.checkpoints[0].dir }));
