// The Qwen2 decoder: the addresses of its parameters and activations, and its forward and backward passes over one
// ragged micro-batch. Only the rows whose next token is counted (`rows`) pass through the last layer's output
// projection, MLP, norm and vocabulary. Sizes and addresses are globals of the instance, set once by configure_model
// and configure_workspace; nothing is allocated later.
import { attention_backward, attention_forward, attention_scratch_bytes } from './attention';
import { gemm, gemm_scratch_bytes } from './gemm';
import { cross_entropy } from './loss';
import { policy_loss, reference_terms } from './policy-loss';
import { rmsnorm_again, rmsnorm_backward, rmsnorm_forward } from './norm';
import { rope } from './rope';
import { swiglu_backward, swiglu_forward } from './swiglu';

// Sizes under the usual one-letter names: width, layers, query heads, key/value heads, head size, feed-forward width,
// vocabulary.
export let D: i32 = 0;
export let L: i32 = 0;
export let H: i32 = 0;
export let KV: i32 = 0;
export let HD: i32 = 0;
export let F: i32 = 0;
export let V: i32 = 0;
/** Width of a qkv row, and of a logits row (V rounded up to 16). */
export let QKV: i32 = 0;
export let VLD: i32 = 0;
export let EPS: f32 = 0;
/** 1 / sqrt(head size). */
export let SCALE: f32 = 0;
/** RoPE tables f32 [context, HD / 2]. */
export let COSINES: usize = 0;
export let SINES: usize = 0;

/**
 * Tensors of the parameter block, in order: the embedding, four matrices a layer, then (from VECTORS on, without weight
 * decay) the vectors.
 */
export const EMBEDDING = 0;
export const W_QKV = 1;
export const W_OUT = 2;
export const W_GATE_UP = 3;
export const W_DOWN = 4;
export const VECTORS = 5;
export const NORM_ATTENTION = 5;
export const B_QKV = 6;
export const NORM_MLP = 7;
export const NORM_FINAL = 8;
export const PARAMETERS_END = 9;

// @ts-ignore: decorator
@inline
function padded(floats: i32): usize { return (<usize>floats + 15) & ~15; }

export function configure_model(
  d: i32, layers: i32, heads: i32, kvHeads: i32, f: i32, vocab: i32, eps: f32, cosines: usize, sines: usize,
): void {
  D = d; L = layers; H = heads; KV = kvHeads; HD = d / heads; F = f; V = vocab;
  QKV = (H + 2 * KV) * HD;
  VLD = (V + 15) & ~15;
  EPS = eps;
  SCALE = <f32>(1.0 / sqrt<f64>(<f64>HD));
  COSINES = cosines;
  SINES = sines;
}

/**
 * Byte offset of a tensor in a parameter block (parameters, gradients and both moments share this layout). Every tensor
 * starts 64-aligned.
 */
export function tensor_offset(tensor: i32, layer: i32): usize {
  const matrices = padded(QKV * D) + padded(D * D) + padded(2 * F * D) + padded(D * F);
  const vectors = padded(D) + padded(QKV) + padded(D);
  const firstMatrix = padded(V * D);
  const firstVector = firstMatrix + <usize>L * matrices;
  const m = firstMatrix + <usize>layer * matrices;
  const v = firstVector + <usize>layer * vectors;
  let at: usize = 0;
  if (tensor == W_QKV) at = m;
  else if (tensor == W_OUT) at = m + padded(QKV * D);
  else if (tensor == W_GATE_UP) at = m + padded(QKV * D) + padded(D * D);
  else if (tensor == W_DOWN) at = m + padded(QKV * D) + padded(D * D) + padded(2 * F * D);
  else if (tensor == NORM_ATTENTION) at = v;
  else if (tensor == B_QKV) at = v + padded(D);
  else if (tensor == NORM_MLP) at = v + padded(D) + padded(QKV);
  else if (tensor == NORM_FINAL) at = firstVector + <usize>L * vectors;
  else if (tensor == PARAMETERS_END) at = firstVector + <usize>L * vectors + padded(D);
  return at << 2;
}

// Activations kept for the backward pass, per layer: input x, qkv (rotated), attention output, row sums, x after
// attention, gate|up, both inverse norms. Recomputed: normed inputs and SwiGLU output. Shared by all layers: h (normed
// input), act, and the gradients.
let keptX: usize = 0, keptQkv: usize = 0, keptOut: usize = 0, keptSums: usize = 0, keptMid: usize = 0,
  keptGateUp: usize = 0, keptInv1: usize = 0, keptInv2: usize = 0;
let keptStride: usize = 0;
let finalX: usize = 0, finalInv: usize = 0, finalH: usize = 0, logitsAt: usize = 0;
let rowsOut: usize = 0;
let hAt: usize = 0, actAt: usize = 0;
let dX: usize = 0, dH: usize = 0, dQkv: usize = 0, dAct: usize = 0, dGateUp: usize = 0, dRows: usize = 0;
let scoresAt: usize = 0, scratchAt: usize = 0;

let cursor: usize = 0;
function region(bytes: usize): usize {
  const at = cursor;
  // 64 bytes of slack: kernels may read or write up to two vectors past a row.
  cursor = (cursor + bytes + 127) & ~63;
  return at;
}

/**
 * Lays a thread's activations out from `base` (64-aligned) and returns the first address after them; with base 0 this
 * plans memory.
 * @param tokens most tokens of a micro-batch
 * @param rows most counted rows
 * @param longest longest sequence
 * @param mode 0 forward only, layers share their room; 1 every layer's activations kept; 2 gradients too
 */
export function configure_workspace(base: usize, tokens: i32, rows: i32, longest: i32, mode: i32): usize {
  cursor = base;
  const n = <usize>tokens << 2, r = <usize>rows << 2;
  const d = <usize>D, f = <usize>F;
  keptX = region(n * d);
  keptQkv = region(n * <usize>QKV);
  keptOut = region(n * d);
  keptSums = region(2 * n * <usize>H);
  keptMid = region(n * d);
  keptGateUp = region(2 * n * f);
  keptInv1 = region(n);
  keptInv2 = region(n);
  keptStride = mode > 0 ? cursor - base : 0;
  if (mode > 0) cursor += keptStride * <usize>(L - 1);
  finalX = region(r * d);
  finalInv = region(r);
  finalH = region(r * d);
  logitsAt = region(r * <usize>VLD);
  rowsOut = region(r * d);
  hAt = region(n * d);
  actAt = region(n * f);
  if (mode == 2) {
    dX = region(n * d);
    dH = region(n * d);
    dQkv = region(n * <usize>QKV);
    dAct = region(n * f);
    dGateUp = region(2 * n * f);
    dRows = region(r * d);
  }
  const widest = max(max(QKV, 2 * F), max(V, D));
  scoresAt = region(attention_scratch_bytes(longest, HD));
  scratchAt = region(gemm_scratch_bytes(widest, widest, max(widest, tokens)));
  return cursor;
}

/** Address of the logits of the last forward pass: f32 [rows, VLD]. */
export function logits_address(): usize { return logitsAt; }
export function logits_stride(): i32 { return VLD; }

/** out[i] = table[index[i]], rows of `width` floats. */
export function gather(out: usize, table: usize, index: usize, n: i32, width: i32): void {
  const row = <usize>width << 2;
  for (let i = 0; i < n; i++)
    memory.copy(out + <usize>i * row, table + <usize>load<i32>(index + (<usize>i << 2)) * row, row);
}

/** table[index[i]] += rows[i], i ascending; width a multiple of 8. */
export function scatter_add(table: usize, rows: usize, index: usize, n: i32, width: i32): void {
  const row = <usize>width << 2;
  for (let i = 0; i < n; i++) {
    const to = table + <usize>load<i32>(index + (<usize>i << 2)) * row;
    for (let o: usize = 0; o < row; o += 32) {
      const s0 = f32x4.add(v128.load(to + o), v128.load(rows + o)),
        s1 = f32x4.add(v128.load(to + o, 16), v128.load(rows + o, 16));
      v128.store(to + o, s0);
      v128.store(to + o, s1, 16);
    }
    rows += row;
  }
}

/** sum[j] += x[i][j], i ascending. */
export function add_columns(sum: usize, x: usize, n: i32, width: i32): void {
  const row = <usize>width << 2;
  const lanes = row & ~31;
  for (let i = 0; i < n; i++) {
    let o: usize = 0;
    for (; o < lanes; o += 32) {
      const s0 = f32x4.add(v128.load(sum + o), v128.load(x + o)),
        s1 = f32x4.add(v128.load(sum + o, 16), v128.load(x + o, 16));
      v128.store(sum + o, s0);
      v128.store(sum + o, s1, 16);
    }
    for (; o < row; o += 4) store<f32>(sum + o, load<f32>(sum + o) + load<f32>(x + o));
    x += row;
  }
}

/** q, k and v of n tokens: qkv = h W_qkv^T + b, q and k rotated to their positions. */
export function project_qkv(
  p: usize, layer: i32, qkv: usize, h: usize, positions: usize, n: i32, scratch: usize,
): void {
  gemm(
    false, true, n, QKV, D, h, D, p + tensor_offset(W_QKV, layer), D, qkv, QKV, p + tensor_offset(B_QKV, layer), 0,
    scratch,
  );
  rope(qkv, QKV, n, H + KV, HD, positions, COSINES, SINES, false);
}

/** The MLP half of a layer: out = x + W_down swiglu(W_gate_up rmsnorm(x)). */
export function mlp_forward(
  p: usize, layer: i32, out: usize, x: usize, inv: usize, gateUp: usize, h: usize, act: usize, n: i32, scratch: usize,
): void {
  rmsnorm_forward(h, inv, x, p + tensor_offset(NORM_MLP, layer), n, D, EPS);
  gemm(false, true, n, 2 * F, D, h, D, p + tensor_offset(W_GATE_UP, layer), D, gateUp, 2 * F, 0, 0, scratch);
  swiglu_forward(act, gateUp, n, F);
  gemm(false, true, n, D, F, act, F, p + tensor_offset(W_DOWN, layer), F, out, D, x, D, scratch);
}

/**
 * Forward pass over one micro-batch; leaves logits [count, VLD] of the chosen rows at logits_address().
 * @param p parameters
 * @param tokens i32 [n]
 * @param positions i32 [n], from 0 in every sequence
 * @param offsets i32 [sequences + 1]
 * @param rows i32 [count], ascending: rows whose next token is wanted
 */
export function forward(
  p: usize, tokens: usize, positions: usize, n: i32, offsets: usize, sequences: i32, rows: usize, count: i32,
): void {
  gather(keptX, p, tokens, n, D);
  for (let l = 0; l < L; l++) {
    const k = <usize>l * keptStride;
    const x = keptX + k, mid = keptMid + k;
    rmsnorm_forward(hAt, keptInv1 + k, x, p + tensor_offset(NORM_ATTENTION, l), n, D, EPS);
    project_qkv(p, l, keptQkv + k, hAt, positions, n, scratchAt);
    attention_forward(keptOut + k, keptSums + k, keptQkv + k, offsets, sequences, H, KV, HD, SCALE, scoresAt);
    const last = l == L - 1;
    const m = last ? count : n;
    let out = keptOut + k, residual = x;
    if (last) {
      gather(mid, x, rows, count, D);
      gather(rowsOut, out, rows, count, D);
      out = rowsOut;
      residual = mid;
    }
    gemm(false, true, m, D, D, out, D, p + tensor_offset(W_OUT, l), D, mid, D, residual, D, scratchAt);
    mlp_forward(
      p, l, last ? finalX : keptX + <usize>(l + 1) * keptStride, mid, keptInv2 + k, keptGateUp + k, hAt, actAt, m,
      scratchAt,
    );
  }
  rmsnorm_forward(finalH, finalInv, finalX, p + tensor_offset(NORM_FINAL, 0), count, D, EPS);
  gemm(false, true, count, V, D, finalH, D, p, D, logitsAt, VLD, 0, 0, scratchAt);
}

/**
 * dW [outputs, inputs] += dy^T x.
 * @param dy [n, ldy]
 * @param x [n, inputs]
 */
function add_weight_gradient(dW: usize, outputs: i32, inputs: i32, n: i32, dy: usize, ldy: i32, x: usize): void {
  gemm(true, false, outputs, inputs, n, dy, ldy, x, inputs, dW, inputs, dW, inputs, scratchAt);
}

/** Gradient of mlp_forward's input in place: dx holds the gradient of its output, then of its input. */
function mlp_backward(p: usize, g: usize, l: i32, k: usize, dx: usize, m: i32): void {
  const mid = keptMid + k;
  gemm(false, false, m, F, D, dx, D, p + tensor_offset(W_DOWN, l), F, dAct, F, 0, 0, scratchAt);
  swiglu_backward(dGateUp, actAt, dAct, keptGateUp + k, m, F);
  add_weight_gradient(g + tensor_offset(W_DOWN, l), D, F, m, dx, D, actAt);
  rmsnorm_again(hAt, keptInv2 + k, mid, p + tensor_offset(NORM_MLP, l), m, D);
  add_weight_gradient(g + tensor_offset(W_GATE_UP, l), 2 * F, D, m, dGateUp, 2 * F, hAt);
  gemm(false, false, m, D, 2 * F, dGateUp, 2 * F, p + tensor_offset(W_GATE_UP, l), D, dH, D, 0, 0, scratchAt);
  rmsnorm_backward(dx, g + tensor_offset(NORM_MLP, l), dH, mid, keptInv2 + k, p + tensor_offset(NORM_MLP, l), m, D);
}

/**
 * Backward pass of the last forward pass; logits_address() holds d loss / d logits. Adds to the gradients g (layout of
 * the parameters).
 */
export function backward(
  p: usize, g: usize, tokens: usize, positions: usize, n: i32, offsets: usize, sequences: i32, rows: usize, count: i32,
): void {
  const bytes = <usize>(n * D) << 2;
  add_weight_gradient(g, V, D, count, logitsAt, VLD, finalH);
  gemm(false, false, count, D, V, logitsAt, VLD, p, D, dH, D, 0, 0, scratchAt);
  memory.fill(dRows, 0, <usize>(count * D) << 2);
  rmsnorm_backward(
    dRows, g + tensor_offset(NORM_FINAL, 0), dH, finalX, finalInv, p + tensor_offset(NORM_FINAL, 0), count, D,
  );
  for (let l = L - 1; l >= 0; l--) {
    const k = <usize>l * keptStride;
    const last = l == L - 1;
    const m = last ? count : n;
    const dx = last ? dRows : dX;
    mlp_backward(p, g, l, k, dx, m);
    // Attention's output projection; in the last layer its rows go back to their places, the others get no gradient.
    add_weight_gradient(g + tensor_offset(W_OUT, l), D, D, m, dx, D, last ? rowsOut : keptOut + k);
    if (last) {
      gemm(false, false, m, D, D, dx, D, p + tensor_offset(W_OUT, l), D, hAt, D, 0, 0, scratchAt);
      memory.fill(dH, 0, bytes);
      scatter_add(dH, hAt, rows, count, D);
      memory.fill(dX, 0, bytes);
      scatter_add(dX, dRows, rows, count, D);
    } else gemm(false, false, n, D, D, dX, D, p + tensor_offset(W_OUT, l), D, dH, D, 0, 0, scratchAt);
    attention_backward(
      dQkv, dH, keptOut + k, keptSums + k, keptQkv + k, offsets, sequences, H, KV, HD, SCALE, scoresAt,
    );
    rope(dQkv, QKV, n, H + KV, HD, positions, COSINES, SINES, true);
    add_columns(g + tensor_offset(B_QKV, l), dQkv, n, QKV);
    rmsnorm_again(hAt, keptInv1 + k, keptX + k, p + tensor_offset(NORM_ATTENTION, l), n, D);
    add_weight_gradient(g + tensor_offset(W_QKV, l), QKV, D, n, dQkv, QKV, hAt);
    gemm(false, false, n, D, QKV, dQkv, QKV, p + tensor_offset(W_QKV, l), D, dH, D, 0, 0, scratchAt);
    rmsnorm_backward(
      dX, g + tensor_offset(NORM_ATTENTION, l), dH, keptX + k, keptInv1 + k, p + tensor_offset(NORM_ATTENTION, l), n, D,
    );
  }
  scatter_add(g, dX, tokens, n, D);
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
  cross_entropy(logitsAt, VLD, V, count, targets, classes, scale, losses);
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
  policy_loss(logitsAt, VLD, V, count, targets, terms, temperature, low, high, beta, sums);
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
  reference_terms(logitsAt, VLD, V, count, targets, terms, temperature, kl);
}
