// The Qwen2 decoder: its sizes, the addresses of its parameters and activations, and the products and sums that its
// passes are made of. Sizes and addresses are globals of the instance, set by configure_model and configure_workspace;
// nothing is allocated later.
import { attention_scratch_bytes } from './attention';
import { gemm, gemm_packed, gemm_scratch_bytes } from './gemm';
import { rmsnorm_forward } from './norm';
import { packed_offset } from './packed-weights';
import { rope } from './rope';
import { store8 } from './simd';
import { swiglu_forward } from './swiglu';

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
export let keptX: usize = 0, keptQkv: usize = 0, keptOut: usize = 0, keptSums: usize = 0, keptMid: usize = 0,
  keptGateUp: usize = 0, keptInv1: usize = 0, keptInv2: usize = 0;
export let keptStride: usize = 0;
export let finalX: usize = 0, finalInv: usize = 0, logitsAt: usize = 0;
export let rowsOut: usize = 0;
export let hAt: usize = 0, actAt: usize = 0;
export let dX: usize = 0, dH: usize = 0, dQkv: usize = 0, dGateUp: usize = 0, dRows: usize = 0;
// Of this thread alone.
export let scoresAt: usize = 0, scratchAt: usize = 0;

let cursor: usize = 0;
function region(bytes: usize): usize {
  const at = cursor;
  // 64 bytes of slack: kernels may read or write up to two vectors past a row.
  cursor = (cursor + bytes + 127) & ~63;
  return at;
}

/** Where the activations begin, the most tokens and counted rows of a micro-batch, and the mode. */
export let activationsAt: usize = 0;
let mostTokens: usize = 0, mostRows: usize = 0, keepsAll: bool = false;

/**
 * Lays the activations of a micro-batch out from `base` (64-aligned) and returns the first address after them; with
 * base 0 this plans memory.
 * @param tokens most tokens of a micro-batch
 * @param rows most counted rows
 * @param mode 0 forward only, layers share their room; 1 gradients too, every layer's activations kept
 */
export function configure_activations(base: usize, tokens: i32, rows: i32, mode: i32): usize {
  mostTokens = tokens;
  mostRows = rows;
  keepsAll = mode > 0;
  return place_activations(base);
}

/** The activations from another base on, of the sizes that were configured. */
export function place_activations(base: usize): usize {
  activationsAt = cursor = base;
  const n = mostTokens << 2, r = mostRows << 2;
  const d = <usize>D, f = <usize>F;
  keptX = region(n * d);
  keptQkv = region(n * <usize>QKV);
  keptOut = region(n * d);
  keptSums = region(2 * n * <usize>H);
  keptMid = region(n * d);
  keptGateUp = region(2 * n * f);
  keptInv1 = region(n);
  keptInv2 = region(n);
  keptStride = keepsAll ? cursor - base : 0;
  if (keepsAll) cursor += keptStride * <usize>(L - 1);
  finalX = region(r * d);
  finalInv = region(r);
  logitsAt = region(r * <usize>VLD);
  rowsOut = region(r * d);
  hAt = region(n * d);
  actAt = region(n * (keepsAll ? max(f, <usize>QKV) : f));
  if (keepsAll) {
    dX = region(n * d);
    dH = region(n * d);
    // The MLP is done with its activations when attention's gradients are made, and the other way round.
    dQkv = actAt;
    dGateUp = region(2 * n * f);
    dRows = region(r * d);
  }
  return cursor;
}

/**
 * Lays out what a thread needs for itself in any micro-batch; returns the first address after it.
 * @param base 64-aligned
 * @param longest longest sequence
 */
export function configure_scratch(base: usize, tokens: i32, longest: i32): usize {
  cursor = base;
  const widest = max(max(QKV, 2 * F), max(V, D));
  scoresAt = region(attention_scratch_bytes(longest, HD));
  scratchAt = region(gemm_scratch_bytes(widest, widest, max(widest, tokens)));
  return cursor;
}

/** Both, for a thread that works alone. */
export function configure_workspace(base: usize, tokens: i32, rows: i32, longest: i32, mode: i32): usize {
  return configure_scratch(configure_activations(base, tokens, rows, mode), tokens, longest);
}

export let packedForward: usize = 0, packedBackward: usize = 0;

/**
 * Where the weights of the next passes are packed, in the forms of the forward and of the backward pass; 0 where they
 * are not, and every product packs them again. Changes no bit.
 */
export function use_packed_weights(forward: usize, backward: usize): void {
  packedForward = forward;
  packedBackward = backward;
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

/** table[index[i]] += rows[i], i ascending; `width` columns (a multiple of 8) of rows of `stride` floats. */
export function scatter_add(table: usize, rows: usize, index: usize, n: i32, width: i32, stride: i32): void {
  const row = <usize>stride << 2, end = <usize>width << 2;
  for (let i = 0; i < n; i++) {
    const to = table + <usize>load<i32>(index + (<usize>i << 2)) * row;
    for (let o: usize = 0; o < end; o += 32) {
      const s0 = f32x4.add(v128.load(to + o), v128.load(rows + o)),
        s1 = f32x4.add(v128.load(to + o, 16), v128.load(rows + o, 16));
      store8(to + o, s0, s1);
    }
    rows += row;
  }
}

/** sum[j] += x[i][j], i ascending; `width` columns of rows of `stride` floats. */
export function add_columns(sum: usize, x: usize, n: i32, width: i32, stride: i32): void {
  const row = <usize>stride << 2, end = <usize>width << 2;
  const lanes = end & ~31;
  for (let i = 0; i < n; i++) {
    let o: usize = 0;
    for (; o < lanes; o += 32) {
      const s0 = f32x4.add(v128.load(sum + o), v128.load(x + o)),
        s1 = f32x4.add(v128.load(sum + o, 16), v128.load(x + o, 16));
      store8(sum + o, s0, s1);
    }
    for (; o < end; o += 4) store<f32>(sum + o, load<f32>(sum + o) + load<f32>(x + o));
    x += row;
  }
}

/** Byte offset of row `row` of `width` floats. */
// @ts-ignore: decorator
@inline
export function at_row(row: i32, width: i32): usize { return <usize>row * <usize>width << 2; }

/** y[m, outputs] = init + x[m, inputs] W^T for the weight matrix [outputs, inputs] of a tensor. */
export function times_weight(
  p: usize, tensor: i32, layer: i32, m: i32, outputs: i32, inputs: i32, x: usize, y: usize, ldy: i32, init: usize,
  ldInit: i32, scratch: usize,
): void {
  if (packedForward)
    gemm_packed(
      m, outputs, inputs, x, inputs, packedForward + packed_offset(true, tensor, layer), y, ldy, init, ldInit, scratch,
    );
  else
    gemm(
      false, true, m, outputs, inputs, x, inputs, p + tensor_offset(tensor, layer), inputs, y, ldy, init, ldInit,
      scratch,
    );
}

/** dx[m, inputs] = dy[m, outputs] W for the weight matrix [outputs, inputs] of a tensor. */
export function times_weight_backward(
  p: usize, tensor: i32, layer: i32, m: i32, outputs: i32, inputs: i32, dy: usize, ldy: i32, dx: usize, ldx: i32,
): void {
  if (packedBackward)
    gemm_packed(
      m, inputs, outputs, dy, ldy, packedBackward + packed_offset(false, tensor, layer), dx, ldx, 0, 0, scratchAt,
    );
  else
    gemm(
      false, false, m, inputs, outputs, dy, ldy, p + tensor_offset(tensor, layer), inputs, dx, ldx, 0, 0, scratchAt,
    );
}

/** q, k and v of n tokens: qkv = h W_qkv^T + b, q and k rotated to their positions. */
export function project_qkv(
  p: usize, layer: i32, qkv: usize, h: usize, positions: usize, n: i32, scratch: usize,
): void {
  times_weight(p, W_QKV, layer, n, QKV, D, h, qkv, QKV, p + tensor_offset(B_QKV, layer), 0, scratch);
  rope(qkv, QKV, n, H + KV, HD, positions, COSINES, SINES, false);
}

/** The MLP half of a layer: out = x + W_down swiglu(W_gate_up rmsnorm(x)). */
export function mlp_forward(
  p: usize, layer: i32, out: usize, x: usize, inv: usize, gateUp: usize, h: usize, act: usize, n: i32, scratch: usize,
): void {
  rmsnorm_forward(h, inv, x, p + tensor_offset(NORM_MLP, layer), n, D, EPS);
  times_weight(p, W_GATE_UP, layer, n, 2 * F, D, h, gateUp, 2 * F, 0, 0, scratch);
  swiglu_forward(act, gateUp, n, F);
  times_weight(p, W_DOWN, layer, n, D, F, act, out, D, x, D, scratch);
}
