// f64 twin of AdamW (Loshchilov & Hutter, 2019, algorithm 2) on one number: decoupled weight decay, bias-corrected
// moments.

export interface AdamwSettings {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly decay: number;
}

export interface AdamwState {
  readonly p: number;
  readonly m: number;
  readonly v: number;
}

/** @param step 1 for the first update */
export function adamwStep(
  { p, m, v }: AdamwState,
  gradient: number,
  { lr, beta1, beta2, eps, decay }: AdamwSettings,
  step: number,
): AdamwState {
  const m1 = beta1 * m + (1 - beta1) * gradient;
  const v1 = beta2 * v + (1 - beta2) * gradient ** 2;
  const mHat = m1 / (1 - beta1 ** step),
    vHat = v1 / (1 - beta2 ** step);
  return { p: p - lr * decay * p - (lr * mHat) / (Math.sqrt(vHat) + eps), m: m1, v: v1 };
}
