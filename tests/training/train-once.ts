// A small training run in its own process, which alone can choose the kernel path: node train-once.ts <run directory>
// <train.jsonl>. Prints the path it ran on as JSON; the weights are in the run directory.
import { loadCore } from '../../src/core/module.ts';
import { train } from '../../src/training/train.ts';
import { MODEL, RECIPE } from './tiny-training.ts';

const [runDir, trainFile] = process.argv.slice(2);
const summary = await train(
  {
    runDir,
    trainFile,
    condition: 'correct',
    seed: 4,
    threads: 1,
    model: { ...MODEL, d_model: 64, d_ff: 96 },
    train: { ...RECIPE, accumulators: 4, checkpoints: 1 },
  },
  { progress: () => undefined },
);
const { kernel_path, revectorized } = loadCore();
process.stdout.write(JSON.stringify({ kernel_path, revectorized, directory: summary.checkpoints[0].dir }));
