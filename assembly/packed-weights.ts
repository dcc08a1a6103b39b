// The weight matrices packed whole, in the order in which the register tiles read them: the same weights multiply many
// micro-batches of a step, and every step of decoding, so packing them in every product would cost a good part of it.
// Packed once for all threads (all use the same register tile). Two forms: for products x W^T of the forward pass, and
// for products dy W of the backward pass.
import { D, EMBEDDING, F, L, QKV, V, W_DOWN, W_GATE_UP, W_OUT, tensor_offset } from './model';
import { pack_panels, packed_floats } from './pack';

/** Outputs and inputs of a matrix [outputs, inputs]: EMBEDDING or one of the four of a layer. */
// @ts-ignore: decorator
@inline
function outputs_of(tensor: i32): i32 {
  return tensor == EMBEDDING ? V : tensor == W_GATE_UP ? 2 * F : tensor == W_OUT || tensor == W_DOWN ? D : QKV;
}
// @ts-ignore: decorator
@inline
function inputs_of(tensor: i32): i32 { return tensor == W_DOWN ? F : D; }

/** Floats of a packed matrix; `forward` says which form. */
function floats_of(forward: bool, tensor: i32): usize {
  const outputs = outputs_of(tensor), inputs = inputs_of(tensor);
  return forward ? packed_floats(inputs, outputs) : packed_floats(outputs, inputs);
}

/** Byte offset of a packed matrix: EMBEDDING or one of the four of a layer. */
export function packed_offset(forward: bool, tensor: i32, layer: i32): usize {
  if (tensor == EMBEDDING) return 0;
  let ofLayer: usize = 0, before: usize = 0;
  for (let t = EMBEDDING + 1; t <= W_DOWN; t++) {
    if (t == tensor) before = ofLayer;
    ofLayer += floats_of(forward, t);
  }
  return (floats_of(forward, EMBEDDING) + <usize>layer * ofLayer + before) << 2;
}

/** Bytes of all packed matrices of the configured model in one form. */
export function packed_weights_bytes(forward: bool): usize { return packed_offset(forward, EMBEDDING + 1, L); }

/** How many matrices pack_weight knows. */
export function packed_weights_count(): i32 { return 1 + 4 * L; }

/**
 * Packs one matrix of parameters p for the register tile in use.
 * @param index 0 the embedding, then four a layer
 * @param packed packed_weights_bytes(forward) bytes
 */
export function pack_weight(p: usize, packed: usize, forward: bool, index: i32): void {
  const layer = (index - 1) >> 2;
  const tensor = index == 0 ? EMBEDDING : 1 + ((index - 1) & 3);
  const outputs = outputs_of(tensor), inputs = inputs_of(tensor);
  const from = p + tensor_offset(tensor, layer), to = packed + packed_offset(forward, tensor, layer);
  if (forward) pack_panels(true, inputs, outputs, from, <usize>inputs << 2, to);
  else pack_panels(false, outputs, inputs, from, <usize>inputs << 2, to);
}

/** Packs every matrix of parameters p for products x W^T. */
export function pack_weights(p: usize, packed: usize): void {
  for (let index = 0; index < packed_weights_count(); index++) pack_weight(p, packed, true, index);
}
