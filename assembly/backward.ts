// The backward pass of the model over one ragged micro-batch, and the losses on top of it. In a team every thread has
// its share of the rows of an input gradient and of the rows or columns of a weight gradient. Phases of rows and phases
// of weights take turns, and the team meets between them.
import { attention_backward } from './attention';
import { gemm } from './gemm';
import { cross_entropy } from './loss';
import {
  B_QKV, COSINES, D, EMBEDDING, F, H, HD, KV, L, NORM_ATTENTION, NORM_FINAL, NORM_MLP, QKV, SCALE, SINES, V, VLD,
  W_DOWN, W_GATE_UP, W_OUT, W_QKV, actAt, add_columns, at_row, dGateUp, dH, dQkv, dRows, dX, end_row, finalInv,
  finalX, first_row, forward, hAt, keptGateUp, keptInv1, keptInv2, keptMid, keptOut, keptQkv, keptStride,
  keptSums, keptX, logitsAt, rowsOut, scatter_add, scoresAt, scratchAt, tensor_offset, times_weight_backward,
} from './model';
import { rmsnorm_again, rmsnorm_input_gradient, rmsnorm_weight_gradient } from './norm';
import { policy_loss, reference_terms } from './policy-loss';
import { rope } from './rope';
import { swiglu_backward } from './swiglu';
import { RANK, meet, set_progress, share_start } from './team';

/** Columns of a share: whole cache lines. */
// @ts-ignore: decorator
@inline const COLUMNS: i32 = 16;
/** Rows of a share of a weight gradient: a multiple of the rows of every tile but those of five and eight rows. */
// @ts-ignore: decorator
@inline const ROWS: i32 = 12;

/**
 * This thread's share of dW [outputs, inputs] += dy^T x.
 * @param dy [n, ldy]
 * @param x [n, inputs]
 */
function add_weight_gradient(dW: usize, outputs: i32, inputs: i32, n: i32, dy: usize, ldy: i32, x: usize): void {
  if (outputs >= inputs) {
    const a = share_start(outputs, RANK, ROWS), m = share_start(outputs, RANK + 1, ROWS) - a;
    const to = dW + at_row(a, inputs);
    if (m > 0) gemm(true, false, m, inputs, n, dy + at_row(a, 1), ldy, x, inputs, to, inputs, to, inputs, scratchAt);
  } else {
    const a = share_start(inputs, RANK, COLUMNS), m = share_start(inputs, RANK + 1, COLUMNS) - a;
    const to = dW + at_row(a, 1);
    if (m > 0) gemm(true, false, outputs, m, n, dy, ldy, x + at_row(a, 1), inputs, to, inputs, to, inputs, scratchAt);
  }
}

/** This thread's columns of the gradient of a norm's weights. */
function add_norm_gradient(dw: usize, dy: usize, x: usize, inv: usize, n: i32): void {
  const a = share_start(D, RANK, COLUMNS), width = share_start(D, RANK + 1, COLUMNS) - a;
  const at = at_row(a, 1);
  rmsnorm_weight_gradient(dw + at, dy + at, x + at, inv, n, width, D);
}

/**
 * Backward pass of the last forward pass; logits_address() holds d loss / d logits. Adds to the gradients g (layout of
 * the parameters). In a team, the logits are complete before, and others may still read the last gradients after.
 */
export function backward(
  p: usize, g: usize, tokens: usize, positions: usize, n: i32, offsets: usize, sequences: i32, rows: usize, count: i32,
): void {
  const a = first_row(n), own = end_row(n) - a;
  const b = first_row(count), counted = end_row(count) - b;
  add_weight_gradient(g, V, D, count, logitsAt, VLD, hAt);
  times_weight_backward(p, EMBEDDING, 0, counted, V, D, logitsAt + at_row(b, VLD), VLD, dH + at_row(b, D), D);
  memory.fill(dRows + at_row(b, D), 0, at_row(counted, D));
  meet();
  rmsnorm_input_gradient(
    dRows + at_row(b, D), dH + at_row(b, D), finalX + at_row(b, D), finalInv + at_row(b, 1),
    p + tensor_offset(NORM_FINAL, 0), counted, D,
  );
  add_norm_gradient(g + tensor_offset(NORM_FINAL, 0), dH, finalX, finalInv, count);
  for (let l = L - 1; l >= 0; l--) {
    const k = <usize>l * keptStride;
    const last = l == L - 1;
    const m = last ? count : n, first = last ? b : a, mine = last ? counted : own;
    const dx = last ? dRows : dX;
    const ownDx = dx + at_row(first, D), ownMid = keptMid + k + at_row(first, D);
    const ownInv = keptInv2 + k + at_row(first, 1), ownGateUp = dGateUp + at_row(first, 2 * F);

    // The MLP: gradients of its rows, then of its weights.
    times_weight_backward(p, W_DOWN, l, mine, D, F, ownDx, D, ownGateUp + at_row(F, 1), 2 * F);
    swiglu_backward(
      ownGateUp, actAt + at_row(first, F), ownGateUp + at_row(F, 1), 2 * F, keptGateUp + k + at_row(first, 2 * F),
      mine, F,
    );
    rmsnorm_again(hAt + at_row(first, D), ownInv, ownMid, p + tensor_offset(NORM_MLP, l), mine, D);
    meet();
    add_weight_gradient(g + tensor_offset(W_DOWN, l), D, F, m, dx, D, actAt);
    add_weight_gradient(g + tensor_offset(W_GATE_UP, l), 2 * F, D, m, dGateUp, 2 * F, hAt);
    times_weight_backward(p, W_GATE_UP, l, mine, 2 * F, D, ownGateUp, 2 * F, dH + at_row(first, D), D);
    meet();
    rmsnorm_input_gradient(ownDx, dH + at_row(first, D), ownMid, ownInv, p + tensor_offset(NORM_MLP, l), mine, D);
    add_norm_gradient(g + tensor_offset(NORM_MLP, l), dH, keptMid + k, keptInv2 + k, m);

    // Attention's output projection. In the last layer its rows go back to their places, the others get no gradient.
    times_weight_backward(p, W_OUT, l, mine, D, D, ownDx, D, hAt + at_row(first, D), D);
    set_progress(0);
    meet();
    let dOut = hAt;
    if (last) {
      dOut = dH;
      memory.fill(dH + at_row(a, D), 0, at_row(own, D));
      memory.fill(dX + at_row(a, D), 0, at_row(own, D));
      meet();
      scatter_add(dH, hAt + at_row(b, D), rows + at_row(b, 1), counted, D, D);
      scatter_add(dX, dRows + at_row(b, D), rows + at_row(b, 1), counted, D, D);
      meet();
    }
    add_weight_gradient(g + tensor_offset(W_OUT, l), D, D, m, dx, D, last ? rowsOut : keptOut + k);
    attention_backward(
      dQkv, dOut, keptOut + k, keptSums + k, keptQkv + k, offsets, sequences, H, KV, HD, SCALE, scoresAt,
    );
    meet();

    // Queries, keys and values.
    const ownDqkv = dQkv + at_row(a, QKV), ownX = keptX + k + at_row(a, D), ownInv1 = keptInv1 + k + at_row(a, 1);
    rope(ownDqkv, QKV, own, H + KV, HD, positions + at_row(a, 1), COSINES, SINES, true);
    rmsnorm_again(hAt + at_row(a, D), ownInv1, ownX, p + tensor_offset(NORM_ATTENTION, l), own, D);
    times_weight_backward(p, W_QKV, l, own, QKV, D, ownDqkv, QKV, dH + at_row(a, D), D);
    meet();
    const from = share_start(QKV, RANK, COLUMNS), width = share_start(QKV, RANK + 1, COLUMNS) - from;
    add_columns(g + tensor_offset(B_QKV, l) + at_row(from, 1), dQkv + at_row(from, 1), n, width, QKV);
    add_weight_gradient(g + tensor_offset(W_QKV, l), QKV, D, n, dQkv, QKV, hAt);
    rmsnorm_input_gradient(
      dX + at_row(a, D), dH + at_row(a, D), ownX, ownInv1, p + tensor_offset(NORM_ATTENTION, l), own, D,
    );
    add_norm_gradient(g + tensor_offset(NORM_ATTENTION, l), dH, keptX + k, keptInv1 + k, n);
    meet();
  }
  const from = share_start(D, RANK, COLUMNS), width = share_start(D, RANK + 1, COLUMNS) - from;
  scatter_add(g + at_row(from, 1), dX + at_row(from, 1), tokens, n, width, D);
}

/**
 * Loss and gradient of one micro-batch, added to `g` and `losses`.
 * @param targets i32 [count] next tokens of `rows`
 * @param classes u8 [count]: 0 trace, 1 plan
 * @param scale 1 / counted targets of the whole batch
 * @param losses f64 [2] sums of trace and plan loss
 */
export function train_microbatch(
  p: usize, g: usize, tokens: usize, positions: usize, n: i32, offsets: usize, sequences: i32, rows: usize, count: i32,
  targets: usize, classes: usize, scale: f32, losses: usize,
): void {
  forward(p, tokens, positions, n, offsets, sequences, rows, count);
  meet();
  if (RANK == 0) cross_entropy(logitsAt, VLD, V, count, targets, classes, scale, losses);
  meet();
  backward(p, g, tokens, positions, n, offsets, sequences, rows, count);
}

/**
 * Policy loss and gradient of one micro-batch of completions, added to `g` and `sums`. Arguments as in train_microbatch
 * and policy_loss.
 * @param sums f64 [3]
 */
export function policy_microbatch(
  p: usize, g: usize, tokens: usize, positions: usize, n: i32, offsets: usize, sequences: i32, rows: usize, count: i32,
  targets: usize, terms: usize, temperature: f32, low: f64, high: f64, beta: f64, sums: usize,
): void {
  forward(p, tokens, positions, n, offsets, sequences, rows, count);
  meet();
  if (RANK == 0) policy_loss(logitsAt, VLD, V, count, targets, terms, temperature, low, high, beta, sums);
  meet();
  backward(p, g, tokens, positions, n, offsets, sequences, rows, count);
}

/**
 * Reference log-probabilities of one micro-batch into its terms, KL added to `kl`.
 * @param p the reference's parameters
 */
export function reference_microbatch(
  p: usize, tokens: usize, positions: usize, n: i32, offsets: usize, sequences: i32, rows: usize, count: i32,
  targets: usize, terms: usize, temperature: f32, kl: usize,
): void {
  forward(p, tokens, positions, n, offsets, sequences, rows, count);
  meet();
  if (RANK == 0) reference_terms(logitsAt, VLD, V, count, targets, terms, temperature, kl);
  meet();
}
