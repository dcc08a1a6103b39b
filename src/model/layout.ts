// Where each tensor is in a parameter block, under its Hugging Face Qwen2 name. The module decides the addresses; q,
// k, v and gate, up are row ranges of one fused matrix each, so that a name is always one contiguous run of floats.
import type { DecodingExports } from '../core/exports.ts';
import type { ModelConfig } from './config.ts';

export interface TensorPlace {
  /** Hugging Face name, for example `model.layers.0.self_attn.q_proj.weight`. */
  readonly name: string;
  /** (out, in) for matrices, (n) for vectors. */
  readonly shape: readonly number[];
  /** Bytes from the start of the block. */
  readonly offset: number;
}

export interface ModelLayout {
  readonly tensors: readonly TensorPlace[];
  /** Bytes of one block of parameters, gradients or moments. */
  readonly bytes: number;
  /** Bytes at the front that hold the matrices, which weight decay applies to. */
  readonly decayed_bytes: number;
}

// Numbers of assembly/model.ts.
const TENSOR = {
  embedding: 0,
  w_qkv: 1,
  w_out: 2,
  w_gate_up: 3,
  w_down: 4,
  norm_attention: 5,
  b_qkv: 6,
  norm_mlp: 7,
  norm_final: 8,
  end: 9,
} as const;

/** Name and shape of every tensor, in the order of a file of weights. */
export function tensorShapes(model: ModelConfig, vocabSize: number): Omit<TensorPlace, 'offset'>[] {
  const { d_model: d, n_layer, d_ff } = model;
  const kv = (d / model.n_head) * model.n_kv_head;
  const layers = Array.from({ length: n_layer }, (_, layer) => {
    const prefix = `model.layers.${layer}`;
    return [
      { name: `${prefix}.input_layernorm.weight`, shape: [d] },
      { name: `${prefix}.self_attn.q_proj.weight`, shape: [d, d] },
      { name: `${prefix}.self_attn.q_proj.bias`, shape: [d] },
      { name: `${prefix}.self_attn.k_proj.weight`, shape: [kv, d] },
      { name: `${prefix}.self_attn.k_proj.bias`, shape: [kv] },
      { name: `${prefix}.self_attn.v_proj.weight`, shape: [kv, d] },
      { name: `${prefix}.self_attn.v_proj.bias`, shape: [kv] },
      { name: `${prefix}.self_attn.o_proj.weight`, shape: [d, d] },
      { name: `${prefix}.post_attention_layernorm.weight`, shape: [d] },
      { name: `${prefix}.mlp.gate_proj.weight`, shape: [d_ff, d] },
      { name: `${prefix}.mlp.up_proj.weight`, shape: [d_ff, d] },
      { name: `${prefix}.mlp.down_proj.weight`, shape: [d, d_ff] },
    ];
  });
  return [
    { name: 'model.embed_tokens.weight', shape: [vocabSize, d] },
    ...layers.flat(),
    { name: 'model.norm.weight', shape: [d] },
  ];
}

/** Layout of the model that `core` was configured for (placeModel). */
export function layoutOf(
  core: Pick<DecodingExports, 'tensor_offset'>,
  model: ModelConfig,
  vocabSize: number,
): ModelLayout {
  const { d_model: d, n_layer, d_ff } = model;
  const kv = (d / model.n_head) * model.n_kv_head;
  const at = (tensor: number, layer = 0): number => core.tensor_offset(tensor, layer) >>> 0;
  // In the order of tensorShapes().
  const offsets = [at(TENSOR.embedding)];
  for (let layer = 0; layer < n_layer; layer++) {
    const w = at(TENSOR.w_qkv, layer),
      b = at(TENSOR.b_qkv, layer),
      gateUp = at(TENSOR.w_gate_up, layer);
    offsets.push(
      at(TENSOR.norm_attention, layer),
      w,
      b,
      w + 4 * d * d,
      b + 4 * d,
      w + 4 * (d + kv) * d,
      b + 4 * (d + kv),
      at(TENSOR.w_out, layer),
      at(TENSOR.norm_mlp, layer),
      gateUp,
      gateUp + 4 * d_ff * d,
      at(TENSOR.w_down, layer),
    );
  }
  offsets.push(at(TENSOR.norm_final));
  const tensors = tensorShapes(model, vocabSize).map((tensor, i) => ({ ...tensor, offset: offsets[i] }));
  return { tensors, bytes: at(TENSOR.end), decayed_bytes: at(TENSOR.norm_attention) };
}

/** Number of elements of a tensor. */
export function elementCount(place: TensorPlace): number {
  return place.shape.reduce((product, size) => product * size, 1);
}
