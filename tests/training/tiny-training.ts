// The model and the recipe of the trainings that tests run: small enough for seconds, with more accumulators than
// threads.

export const MODEL = {
  d_model: 32,
  n_layer: 2,
  n_head: 2,
  n_kv_head: 1,
  d_ff: 64,
  context: 512,
  rope_base: 10_000,
  rms_norm_eps: 1e-6,
};

export const RECIPE = {
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
  accumulators: 5,
  checkpoints: 2,
};
