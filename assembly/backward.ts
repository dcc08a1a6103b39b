// The backward pass of the model over the micro-batch of the last forward pass, phase by phase, and the losses on top
// of it. A task of a phase has some rows of an input gradient, some rows or columns of a weight gradient, or a KV head.
// Phases of rows and phases of weights take turns.
import { attention_gradient, key_ranges } from './attention';
import { forward_phases, part_of_rows } from './forward';
import { gemm } from './gemm';
import { cross_entropy } from './loss';
import {
  COUNTED, N, SEQUENCES, gradients, offsets, parameters, positions, rows, set_microbatch, tokens,
} from './microbatch';
import {
  B_QKV, COSINES, D, EMBEDDING, F, H, HD, KV, L, NORM_ATTENTION, NORM_FINAL, NORM_MLP, PARAMETERS_END, QKV, SCALE,
  SINES, V, VLD, W_DOWN, W_GATE_UP, W_OUT, W_QKV, actAt, add_columns, at_row, dGateUp, dH, dQkv, dRows, dX, finalInv,
  finalX, hAt, keptGateUp, keptInv1, keptInv2, keptMid, keptOut, keptQkv, keptStride, keptSums, keptX, logitsAt,
  rowsOut, scatter_add, scoresAt, scratchAt, tensor_offset, times_weight_backward,
} from './model';
import { rmsnorm_again, rmsnorm_input_gradient, rmsnorm_weight_gradient } from './norm';
import {
  ATTENTION_GRADIENTS, CLEAR, EMBEDDING_GRADIENT, LOGITS_GRADIENTS, MLP_ROWS, MLP_WEIGHTS, OUT_ROWS, QKV_ROWS,
  QKV_WEIGHTS, SPREAD_ROWS,
} from './phases';
import { policy_loss, reference_terms } from './policy-loss';
import { rope } from './rope';
import { swiglu_backward } from './swiglu';
import {
  CUT, FIRST, OWN, keep_order, most_chained, open_microbatch, part, part_of_each, share,
} from './team';

/** Columns that a task's begin at a multiple of: whole cache lines. */
// @ts-ignore: decorator
@inline const COLUMNS: i32 = 16;
/** Rows of a weight gradient, likewise: a multiple of the rows of every tile but those of five and eight rows. */
// @ts-ignore: decorator
@inline const ROWS: i32 = 12;

/** Rows or columns of a weight gradient below which packing the other side would cost too much. */
// @ts-ignore: decorator
@inline const WIDE: i32 = 96;

/** A part of n columns. */
function part_of_columns(task: i32, n: i32): i32 { return part(task, n, COLUMNS, 1, 1); }

/**
 * A part: dW [outputs, inputs] += dy^T x for the weight matrix of a tensor.
 * @param dy [n, ldy]
 * @param x [n, inputs]
 */
function weight_gradient(
  task: i32, tensor: i32, layer: i32, outputs: i32, inputs: i32, n: i32, dy: usize, ldy: i32, x: usize,
): i32 {
  const dW = gradients + tensor_offset(tensor, layer);
  if (outputs >= inputs) {
    task = part(task, outputs, ROWS, WIDE, 3);
    if (OWN == 0) return task;
    const to = dW + at_row(FIRST, inputs);
    gemm(true, false, OWN, inputs, n, dy + at_row(FIRST, 1), ldy, x, inputs, to, inputs, to, inputs, scratchAt);
  } else {
    task = part(task, inputs, COLUMNS, WIDE, 3);
    if (OWN == 0) return task;
    const to = dW + at_row(FIRST, 1);
    gemm(true, false, outputs, OWN, n, dy, ldy, x + at_row(FIRST, 1), inputs, to, inputs, to, inputs, scratchAt);
  }
  return task;
}

/** A part: the gradient of a norm's weights. */
function norm_gradient(task: i32, tensor: i32, layer: i32, dy: usize, x: usize, inv: usize, n: i32): i32 {
  task = part_of_columns(task, D);
  const at = at_row(FIRST, 1);
  if (OWN > 0)
    rmsnorm_weight_gradient(gradients + tensor_offset(tensor, layer) + at, dy + at, x + at, inv, n, OWN, D);
  return task;
}

/** Whether a layer has rows of counted tokens only; how many it has; their gradients. */
// @ts-ignore: decorator
@inline
function is_last(l: i32): bool { return l == L - 1; }
// @ts-ignore: decorator
@inline
function rows_of(l: i32): i32 { return is_last(l) ? COUNTED : N; }
// @ts-ignore: decorator
@inline
function gradient_of(l: i32): usize { return is_last(l) ? dRows : dX; }
/** Where a layer's activations begin behind those of the first. */
// @ts-ignore: decorator
@inline
function kept(l: i32): usize { return <usize>l * keptStride; }

/** Bytes of a cache line, and lines of a task that clears at least. */
// @ts-ignore: decorator
@inline const LINE: i32 = 64;
// @ts-ignore: decorator
@inline const LINES: i32 = 4096;

/** Zeros in the accumulator. */
export function clear(task: i32): i32 {
  task = part(task, <i32>(tensor_offset(PARAMETERS_END, 0) / LINE), 1, LINES, 1);
  if (OWN > 0) memory.fill(gradients + <usize>FIRST * LINE, 0, <usize>OWN * LINE);
  return task;
}

/** The tied embedding as the last matrix, and the gradient of the last norm's output. */
export function logits_gradients(task: i32): i32 {
  task = weight_gradient(task, EMBEDDING, 0, V, D, COUNTED, logitsAt, VLD, hAt);
  task = part_of_rows(task, COUNTED);
  if (OWN > 0)
    times_weight_backward(
      parameters, EMBEDDING, 0, OWN, V, D, logitsAt + at_row(FIRST, VLD), VLD, dH + at_row(FIRST, D), D,
    );
  return task;
}

/** Rows of an MLP's gradients, in the last layer behind those of the last norm. */
export function mlp_rows(l: i32, task: i32): i32 {
  if (is_last(l)) task = norm_gradient(task, NORM_FINAL, 0, dH, finalX, finalInv, COUNTED);
  task = part_of_rows(task, rows_of(l));
  if (OWN == 0) return task;
  const k = kept(l), first = FIRST, own = OWN;
  const dx = gradient_of(l) + at_row(first, D), ofGateUp = dGateUp + at_row(first, 2 * F);
  if (is_last(l)) {
    memory.fill(dx, 0, at_row(own, D));
    rmsnorm_input_gradient(
      dx, dH + at_row(first, D), finalX + at_row(first, D), finalInv + at_row(first, 1),
      parameters + tensor_offset(NORM_FINAL, 0), own, D,
    );
  }
  times_weight_backward(parameters, W_DOWN, l, own, D, F, dx, D, ofGateUp + at_row(F, 1), 2 * F);
  swiglu_backward(
    ofGateUp, actAt + at_row(first, F), ofGateUp + at_row(F, 1), 2 * F, keptGateUp + k + at_row(first, 2 * F), own, F,
  );
  rmsnorm_again(
    hAt + at_row(first, D), keptInv2 + k + at_row(first, 1), keptMid + k + at_row(first, D),
    parameters + tensor_offset(NORM_MLP, l), own, D,
  );
  return task;
}

/** The MLP's matrices, and the gradient of its norm's output. */
export function mlp_weights(l: i32, task: i32): i32 {
  const n = rows_of(l);
  task = weight_gradient(task, W_GATE_UP, l, 2 * F, D, n, dGateUp, 2 * F, hAt);
  task = weight_gradient(task, W_DOWN, l, D, F, n, gradient_of(l), D, actAt);
  task = part_of_rows(task, n);
  if (OWN > 0)
    times_weight_backward(
      parameters, W_GATE_UP, l, OWN, 2 * F, D, dGateUp + at_row(FIRST, 2 * F), 2 * F, dH + at_row(FIRST, D), D,
    );
  return task;
}

/** The MLP's norm, and the gradient of attention's output. */
export function out_rows(l: i32, task: i32): i32 {
  const k = kept(l), n = rows_of(l);
  task = part_of_rows(task, n);
  if (OWN > 0) {
    const first = FIRST, own = OWN, dx = gradient_of(l) + at_row(first, D);
    rmsnorm_input_gradient(
      dx, dH + at_row(first, D), keptMid + k + at_row(first, D), keptInv2 + k + at_row(first, 1),
      parameters + tensor_offset(NORM_MLP, l), own, D,
    );
    times_weight_backward(parameters, W_OUT, l, own, D, D, dx, D, hAt + at_row(first, D), D);
  }
  return norm_gradient(task, NORM_MLP, l, dH, keptMid + k, keptInv2 + k, n);
}

/** The last layer's counted rows go back to their places; the others get no gradient from above. */
export function spread_rows(task: i32): i32 {
  task = part_of_rows(task, N);
  if (OWN == 0) return task;
  const end = FIRST + OWN;
  memory.fill(dH + at_row(FIRST, D), 0, at_row(OWN, D));
  memory.fill(dX + at_row(FIRST, D), 0, at_row(OWN, D));
  let from = 0;
  while (from < COUNTED && load<i32>(rows + at_row(from, 1)) < FIRST) from++;
  let to = from;
  while (to < COUNTED && load<i32>(rows + at_row(to, 1)) < end) to++;
  scatter_add(dH, hAt + at_row(from, D), rows + at_row(from, 1), to - from, D, D);
  scatter_add(dX, dRows + at_row(from, D), rows + at_row(from, 1), to - from, D, D);
  return task;
}

/** Attention, and the matrix behind it. */
export function attention_gradients(l: i32, task: i32): i32 {
  const k = kept(l);
  const ranges = key_ranges(offsets, SEQUENCES, KV, CUT, most_chained());
  if (ranges > 1) keep_order();
  task = part_of_each(task, SEQUENCES * KV * ranges);
  for (let i = FIRST; i < FIRST + OWN; i++)
    attention_gradient(
      dQkv, is_last(l) ? dH : hAt, keptOut + k, keptSums + k, keptQkv + k, offsets, SEQUENCES, H, KV, HD, SCALE,
      scoresAt, i, ranges,
    );
  return weight_gradient(task, W_OUT, l, D, D, rows_of(l), gradient_of(l), D, is_last(l) ? rowsOut : keptOut + k);
}

/** Rows of queries, keys and values, and the gradient of their norm's output. */
export function qkv_rows(l: i32, task: i32): i32 {
  task = part_of_rows(task, N);
  if (OWN == 0) return task;
  const k = kept(l), first = FIRST, own = OWN, ofQkv = dQkv + at_row(first, QKV);
  rope(ofQkv, QKV, own, H + KV, HD, positions + at_row(first, 1), COSINES, SINES, true);
  rmsnorm_again(
    hAt + at_row(first, D), keptInv1 + k + at_row(first, 1), keptX + k + at_row(first, D),
    parameters + tensor_offset(NORM_ATTENTION, l), own, D,
  );
  times_weight_backward(parameters, W_QKV, l, own, QKV, D, ofQkv, QKV, dH + at_row(first, D), D);
  return task;
}

/** Matrix and bias of queries, keys and values, and the norm before them. */
export function qkv_weights(l: i32, task: i32): i32 {
  const k = kept(l);
  task = weight_gradient(task, W_QKV, l, QKV, D, N, dQkv, QKV, hAt);
  task = part_of_rows(task, N);
  if (OWN > 0)
    rmsnorm_input_gradient(
      dX + at_row(FIRST, D), dH + at_row(FIRST, D), keptX + k + at_row(FIRST, D), keptInv1 + k + at_row(FIRST, 1),
      parameters + tensor_offset(NORM_ATTENTION, l), OWN, D,
    );
  task = part_of_columns(task, QKV);
  if (OWN > 0)
    add_columns(gradients + tensor_offset(B_QKV, l) + at_row(FIRST, 1), dQkv + at_row(FIRST, 1), N, OWN, QKV);
  return norm_gradient(task, NORM_ATTENTION, l, dH, keptX + k, keptInv1 + k, N);
}

/** The tied embedding as the first table. */
export function embedding_gradient(task: i32): i32 {
  task = part_of_columns(task, D);
  if (OWN > 0) scatter_add(gradients + at_row(FIRST, 1), dX + at_row(FIRST, 1), tokens, N, OWN, D);
  return task;
}

/** Backward pass of the micro-batch that was set; logits_address() holds d loss / d logits. */
function backward_phases(): void {
  share(LOGITS_GRADIENTS, 0);
  for (let l = L - 1; l >= 0; l--) {
    share(MLP_ROWS, l);
    share(MLP_WEIGHTS, l);
    share(OUT_ROWS, l);
    if (is_last(l)) share(SPREAD_ROWS, l);
    share(ATTENTION_GRADIENTS, l);
    share(QKV_ROWS, l);
    share(QKV_WEIGHTS, l);
  }
  share(EMBEDDING_GRADIENT, 0);
}

/**
 * Backward pass of the last forward pass; logits_address() holds d loss / d logits. Adds to the gradients g (layout of
 * the parameters). Arguments as in forward.
 */
export function backward(
  p: usize, g: usize, tokensAt: usize, positionsAt: usize, n: i32, offsetsAt: usize, sequences: i32, rowsAt: usize,
  count: i32,
): void {
  set_microbatch(p, g, tokensAt, positionsAt, n, offsetsAt, sequences, rowsAt, count);
  backward_phases();
}

/** Zeros in all gradients g (layout of the parameters). */
export function clear_gradients(g: usize): void {
  set_microbatch(0, g, 0, 0, 0, 0, 0, 0, 0);
  open_microbatch();
  share(CLEAR, 0);
}

/**
 * Loss and gradient of one micro-batch, added to `g` and `losses`.
 * @param targets i32 [count] next tokens of `rows`
 * @param classes u8 [count]: 0 trace, 1 plan
 * @param scale 1 / counted targets of the whole batch
 * @param losses f64 [2] sums of trace and plan loss
 */
export function train_microbatch(
  p: usize, g: usize, tokensAt: usize, positionsAt: usize, n: i32, offsetsAt: usize, sequences: i32, rowsAt: usize,
  count: i32, targets: usize, classes: usize, scale: f32, losses: usize,
): void {
  set_microbatch(p, g, tokensAt, positionsAt, n, offsetsAt, sequences, rowsAt, count);
  forward_phases();
  cross_entropy(logitsAt, VLD, V, count, targets, classes, scale, losses);
  backward_phases();
}

/**
 * Policy loss and gradient of one micro-batch of completions, added to `g` and `sums`. Arguments as in train_microbatch
 * and policy_loss.
 * @param sums f64 [3]
 */
export function policy_microbatch(
  p: usize, g: usize, tokensAt: usize, positionsAt: usize, n: i32, offsetsAt: usize, sequences: i32, rowsAt: usize,
  count: i32, targets: usize, terms: usize, temperature: f32, low: f64, high: f64, beta: f64, sums: usize,
): void {
  set_microbatch(p, g, tokensAt, positionsAt, n, offsetsAt, sequences, rowsAt, count);
  forward_phases();
  policy_loss(logitsAt, VLD, V, count, targets, terms, temperature, low, high, beta, sums);
  backward_phases();
}

/**
 * Reference log-probabilities of one micro-batch into its terms, KL added to `kl`.
 * @param p the reference's parameters
 */
export function reference_microbatch(
  p: usize, tokensAt: usize, positionsAt: usize, n: i32, offsetsAt: usize, sequences: i32, rowsAt: usize, count: i32,
  targets: usize, terms: usize, temperature: f32, kl: usize,
): void {
  set_microbatch(p, 0, tokensAt, positionsAt, n, offsetsAt, sequences, rowsAt, count);
  forward_phases();
  reference_terms(logitsAt, VLD, V, count, targets, terms, temperature, kl);
}
