// The clipped policy-gradient loss of GRPO with its KL penalty (Shao et al. 2024, DeepSeekMath; clip of Schulman et al.
// 2017; the k3 estimator of Schulman 2020), and its gradient. Rows are completion tokens only. Log-probabilities are
// those that `sample` writes, bit for bit.
import { exp, log, store8 } from './simd';
import { exp_row_affine, row_sum } from './exp';
import { row_top } from './softmax';

/**
 * Bytes of one row's terms, f64 each: advantage A, weight w, log-probability when it was sampled, log-probability under
 * the reference.
 */
const TERMS: usize = 32;

/** log softmax(z / T)[target] from the row's top, scale = 1 / T and sum of e^((z - top) scale). */
// @ts-ignore: decorator
@inline
export function log_probability(z: f32, top: f32, scale: f32, sum: f32): f64 {
  return (<f64>z - <f64>top) * <f64>scale - log(<f64>sum);
}

/**
 * Writes the reference log-probability of each row's target into its terms and adds up KL = e^(ref - old) - (ref -
 * old) - 1, which estimates the divergence of the policy that sampled the tokens from the reference.
 * @param logits f32 [rows, ld] of the reference, overwritten
 * @param targets i32 [rows]
 * @param terms f64 [rows, 4], the last of each is written
 * @param kl f64 [1], added to, rows ascending
 */
export function reference_terms(
  logits: usize, ld: i32, vocab: i32, rows: i32, targets: usize, terms: usize, temperature: f32, kl: usize,
): void {
  const scale: f32 = 1 / temperature;
  for (let r = 0; r < rows; r++) {
    const z = load<f32>(logits + (<usize>load<i32>(targets + (<usize>r << 2)) << 2));
    const top = row_top(logits, vocab);
    exp_row_affine(logits, logits, vocab, -top, scale);
    const lp = log_probability(z, top, scale, row_sum(logits, vocab));
    const gap = lp - load<f64>(terms, 16);
    store<f64>(terms, lp, 24);
    store<f64>(kl, load<f64>(kl) + (exp(gap) - gap - 1));
    logits += <usize>ld << 2;
    terms += TERMS;
  }
}

/**
 * lp = log softmax(z / T)[target];   ratio = e^(lp - old);
 * loss = w (-min(ratio A, clip(ratio, 1 - low, 1 + high) A) + beta (e^(ref - lp) - (ref - lp) - 1)). Overwrites the
 * logits with d loss / d z:
 * dz = c / T (onehot - softmax(z / T)),   c = w ((clipped ? 0 : -ratio A) + beta (1 - e^(ref - lp))).
 * @param logits f32 [rows, ld], ld >= vocab rounded up to 8
 * @param targets i32 [rows]
 * @param terms f64 [rows, 4]: A, w, old, ref; ref is read only when beta > 0
 * @param sums f64 [3]: loss and clipped rows, added to, rows ascending; and the largest |ratio - 1|, raised
 */
export function policy_loss(
  logits: usize, ld: i32, vocab: i32, rows: i32, targets: usize, terms: usize, temperature: f32, low: f64, high: f64,
  beta: f64, sums: usize,
): void {
  const scale: f32 = 1 / temperature;
  for (let r = 0; r < rows; r++) {
    const target = logits + (<usize>load<i32>(targets + (<usize>r << 2)) << 2);
    const z = load<f32>(target);
    const top = row_top(logits, vocab);
    exp_row_affine(logits, logits, vocab, -top, scale);
    const sum = row_sum(logits, vocab);
    const lp = log_probability(z, top, scale, sum);
    const advantage = load<f64>(terms), weight = load<f64>(terms, 8);
    const ratio = exp(lp - load<f64>(terms, 16));
    const clipped = max(1 - low, min(1 + high, ratio)) * advantage;
    const isClipped = clipped < ratio * advantage;
    let loss = isClipped ? -clipped : -ratio * advantage;
    let slope = isClipped ? 0 : -ratio * advantage;
    if (beta != 0) {
      const gap = load<f64>(terms, 24) - lp;
      const odds = exp(gap);
      loss += beta * (odds - gap - 1);
      slope += beta * (1 - odds);
    }
    store<f64>(sums, load<f64>(sums) + weight * loss);
    if (isClipped) store<f64>(sums, load<f64>(sums, 8) + 1, 8);
    store<f64>(sums, max(load<f64>(sums, 16), abs(ratio - 1)), 16);
    const c = weight * slope * <f64>scale;
    const k = f32x4.splat(<f32>(-c / <f64>sum));
    const end = <usize>((vocab + 7) & ~7) << 2;
    for (let o: usize = 0; o < end; o += 32) {
      const d0 = f32x4.mul(v128.load(logits + o), k), d1 = f32x4.mul(v128.load(logits + o, 16), k);
      store8(logits + o, d0, d1);
    }
    store<f32>(target, load<f32>(target) + <f32>c);
    logits += <usize>ld << 2;
    terms += TERMS;
  }
}
