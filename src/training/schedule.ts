// Learning rate as a function of the step, and the steps whose weights are kept.
import { cosine } from '../base/portable-math.ts';
import type { TrainConfig } from './config.ts';

/**
 * Linear warm-up to lr over warmup_steps, then cosine to lr * lr_min_ratio at the last step.
 * @param step 0-based update
 */
export function learningRate({ lr, lr_min_ratio, warmup_steps }: TrainConfig, step: number, steps: number): number {
  if (step < warmup_steps) return (lr * (step + 1)) / warmup_steps;
  const progress = (step - warmup_steps) / Math.max(1, steps - 1 - warmup_steps);
  const least = lr * lr_min_ratio;
  return least + (lr - least) * 0.5 * (1 + cosine(Math.PI * Math.min(1, progress)));
}

/** `count` evenly spaced steps (updates done), the last one = steps; fewer when there are fewer steps. */
export function checkpointSteps(steps: number, count: number): number[] {
  const kept = Array.from({ length: count }, (_, i) => Math.round((steps * (i + 1)) / count)).filter(
    (step) => step > 0,
  );
  return [...new Set(kept)];
}
