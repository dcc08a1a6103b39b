// The learning rate as a function of the step, and the steps whose weights are kept.
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/base/hash.ts';
import { checkpointSteps, learningRate } from '../../src/training/schedule.ts';
import { expectWithin } from '../core/room.ts';

const TRAIN = {
  epochs: 1,
  batch_tokens: 1,
  lr: 2e-3,
  lr_min_ratio: 0.1,
  warmup_steps: 100,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weight_decay: 0.1,
  grad_clip: 1,
  init_std: 0.02,
  position_offset: 0,
  accumulators: 1,
  checkpoints: 1,
};

describe('learningRate', () => {
  it('rises in equal steps to lr, falls along a cosine, ends at a tenth', () => {
    const rate = (step: number): number => learningRate(TRAIN, step, 1101);
    // lr (step + 1) / 100; then the cosine from step 100 (lr) through the middle of the 1,000 remaining steps (0.55 lr)
    // to the last step (0.1 lr).
    expectWithin([0, 49, 99, 100, 600, 1100].map(rate), [2e-5, 1e-3, 2e-3, 2e-3, 1.1e-3, 2e-4], 1e-15, 'rate');
    for (let step = 101; step <= 1100; step++) expect(rate(step)).toBeLessThan(rate(step - 1));
  });

  it('has the same bits on every engine', () => {
    // SHA-256 of the rates of 4,344 steps, f64.
    const rates = Float64Array.from({ length: 4344 }, (_, step) => learningRate(TRAIN, step, 4344));
    expect(sha256(new Uint8Array(rates.buffer))).toBe(
      '2eca7639ac02aee8264b94f24ae4fd072030a14445c75e0b93c8e3e5a5e47731',
    );
  });

  it('starts at lr without a warm-up, and is finite in a run shorter than its warm-up', () => {
    expect(learningRate({ ...TRAIN, warmup_steps: 0 }, 0, 50)).toBe(2e-3);
    expect(learningRate({ ...TRAIN, warmup_steps: 0 }, 0, 1)).toBe(2e-3);
    expect(learningRate(TRAIN, 9, 10)).toBeCloseTo(2e-4, 15);
  });
});

describe('checkpointSteps', () => {
  it('are evenly spaced and end with the last step', () => {
    expect(checkpointSteps(100, 4)).toEqual([25, 50, 75, 100]);
    expect(checkpointSteps(100, 1)).toEqual([100]);
    expect(checkpointSteps(7, 3)).toEqual([2, 5, 7]);
  });

  it('are fewer when there are fewer steps, each once, none at 0', () => {
    expect(checkpointSteps(3, 8)).toEqual([1, 2, 3]);
    expect(checkpointSteps(1, 5)).toEqual([1]);
  });
});
