// A checkpoint that solves some of its training mazes some of the time, so that groups of its completions have spread:
// random weights solve nothing.
import { readCheckpoint } from '../../src/model/checkpoint.ts';
import type { Checkpoint } from '../../src/model/checkpoint.ts';
import { train } from '../../src/training/train.ts';
import { MODEL } from '../model/small-checkpoint.ts';
import { SMALL_RECIPE } from '../training/small-recipe.ts';

const RECIPE = {
  batch_tokens: 600,
  lr: 1e-2,
  ...SMALL_RECIPE,
};

/**
 * Trains on the plans of `trainFile`, 4x4 mazes, and gives the folder of the weights. Half of what it writes of 20
 * drunkard mazes after 180 epochs is valid, as of 12 after 220; some 40 epochs earlier nothing is, some 40 later nearly
 * all.
 * @param runDir of the training run
 */
export async function trainHalf(
  runDir: string,
  trainFile: string,
  epochs = 180,
): Promise<{ readonly directory: string; readonly checkpoint: Checkpoint }> {
  const {
    checkpoints: [{ dir }],
  } = await train(
    { runDir, model: MODEL, train: { ...RECIPE, epochs }, condition: 'solution-only', seed: 1, trainFile, threads: 2 },
    { progress: () => undefined },
  );
  return { directory: dir, checkpoint: await readCheckpoint(dir) };
}
