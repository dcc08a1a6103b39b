// Masked cross-entropy over the vocabulary, its gradient, and the losses of single rows. Only counted rows reach it
// (targets of the completion).
import { log, store8 } from './simd';
import { exp_row } from './softmax';

/**
 * loss = log(sum e^z) - z[target];   dz = (softmax(z) - onehot) * scale. Overwrites the logits with dz.
 * @param logits f32 [rows, ld], ld >= vocab rounded up to 8
 * @param targets i32 [rows]
 * @param classes u8 [rows]: 0 trace, 1 plan
 * @param scale 1 / counted targets of the whole batch
 * @param losses f64 [2]: sums per class, added to, rows ascending
 */
export function cross_entropy(
  logits: usize, ld: i32, vocab: i32, rows: i32, targets: usize, classes: usize, scale: f32, losses: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const target = logits + (<usize>load<i32>(targets + (<usize>r << 2)) << 2);
    const z = load<f32>(target);
    const largest = row_max(logits, vocab);
    const sum = exp_row(logits, vocab, vocab, 1, 0);
    const slot = losses + (<usize>load<u8>(classes + <usize>r) << 3);
    store<f64>(slot, load<f64>(slot) + (log(<f64>sum) + <f64>largest - <f64>z));
    const k = f32x4.splat(scale / sum);
    const end = <usize>((vocab + 7) & ~7) << 2;
    for (let o: usize = 0; o < end; o += 32) {
      const d0 = f32x4.mul(v128.load(logits + o), k), d1 = f32x4.mul(v128.load(logits + o, 16), k);
      store8(logits + o, d0, d1);
    }
    store<f32>(target, load<f32>(target) - scale);
    logits += <usize>ld << 2;
  }
}

/**
 * losses[r] = log(sum e^z) - z[target]: cross_entropy's loss of every row alone, without a gradient. Overwrites the
 * logits with e^(z - max).
 * @param logits f32 [rows, ld], ld >= vocab rounded up to 8
 * @param targets i32 [rows]
 * @param losses f64 [rows]
 */
export function row_losses(logits: usize, ld: i32, vocab: i32, rows: i32, targets: usize, losses: usize): void {
  for (let r = 0; r < rows; r++) {
    const z = load<f32>(logits + (<usize>load<i32>(targets + (<usize>r << 2)) << 2));
    const largest = row_max(logits, vocab);
    const sum = exp_row(logits, vocab, vocab, 1, 0);
    store<f64>(losses + (<usize>r << 3), log(<f64>sum) + <f64>largest - <f64>z);
    logits += <usize>ld << 2;
  }
}

function row_max(row: usize, n: i32): f32 {
  let largest = load<f32>(row);
  for (let i = 1; i < n; i++) largest = max(largest, load<f32>(row + (<usize>i << 2)));
  return largest;
}
