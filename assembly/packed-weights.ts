// The weight matrices packed whole for products x W^T: generation multiplies few rows by the same weights again and
// again, so packing them in every product would cost a good part of it. Packed once for all threads (all use the same
// register tile).
import { D, EMBEDDING, F, L, QKV, V, W_DOWN, W_GATE_UP, W_OUT, W_QKV, tensor_offset } from './model';
import { pack_panels, packed_floats } from './pack';

/** Byte offset of a packed matrix: EMBEDDING or one of the four of a layer. */
export function packed_offset(tensor: i32, layer: i32): usize {
  const qkv = packed_floats(D, QKV), out = packed_floats(D, D), gateUp = packed_floats(D, 2 * F),
    down = packed_floats(F, D);
  let at = packed_floats(D, V) + <usize>layer * (qkv + out + gateUp + down);
  if (tensor == EMBEDDING) at = 0;
  else if (tensor == W_OUT) at += qkv;
  else if (tensor == W_GATE_UP) at += qkv + out;
  else if (tensor == W_DOWN) at += qkv + out + gateUp;
  return at << 2;
}

/** Bytes of all packed matrices of the configured model. */
export function packed_weights_bytes(): usize { return packed_offset(W_QKV, L); }

/** Packs every matrix of parameters p for the register tile in use. */
export function pack_weights(p: usize, packed: usize): void {
  pack_panels(true, D, V, p, <usize>D << 2, packed);
  for (let l = 0; l < L; l++) {
    pack_panels(true, D, QKV, p + tensor_offset(W_QKV, l), <usize>D << 2, packed + packed_offset(W_QKV, l));
    pack_panels(true, D, D, p + tensor_offset(W_OUT, l), <usize>D << 2, packed + packed_offset(W_OUT, l));
    pack_panels(true, D, 2 * F, p + tensor_offset(W_GATE_UP, l), <usize>D << 2, packed + packed_offset(W_GATE_UP, l));
    pack_panels(true, F, D, p + tensor_offset(W_DOWN, l), <usize>F << 2, packed + packed_offset(W_DOWN, l));
  }
}
