// What the trainings of tests share that teach a small model something: all but length, batch and learning rate.

export const SMALL_RECIPE = {
  lr_min_ratio: 0.1,
  warmup_steps: 10,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weight_decay: 0,
  grad_clip: 1,
  init_std: 0.02,
  position_offset: 0,
  accumulators: 4,
  checkpoints: 1,
};
