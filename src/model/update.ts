// One optimiser step as numbers: the clip factor and the constants of AdamW. Pure; the loops that apply it to ranges
// live with their threads.

export interface AdamwConstants {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
  readonly grad_clip: number;
  /** 1 for the first update. */
  readonly step: number;
}

/** Arguments of the core's adamw that are the same for the whole block. */
export interface AdamwArguments {
  /** lr / (1 - beta1^t). */
  readonly step_size: number;
  /** 1 / sqrt(1 - beta2^t). */
  readonly root: number;
  /** 1 - lr * weight_decay, for matrices. */
  readonly keep: number;
}

/** Integer power by squaring: the same bits everywhere, unlike Math.pow. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, n = exponent; n > 0; n = Math.floor(n / 2), square *= square)
    if (n % 2 === 1) result *= square;
  return result;
}

/** Numbers of AdamW's update at a step: step size, bias correction and factor of weight decay. */
export function adamwArguments({ lr, beta1, beta2, weight_decay, step }: AdamwConstants): AdamwArguments {
  return {
    step_size: lr / (1 - power(beta1, step)),
    root: 1 / Math.sqrt(1 - power(beta2, step)),
    keep: 1 - lr * weight_decay,
  };
}

/** min(1, clip / (norm + 1e-6)), PyTorch's clip_grad_norm_. */
export function clipFactor(norm: number, gradClip: number): number {
  return Math.min(1, gradClip / (norm + 1e-6));
}
