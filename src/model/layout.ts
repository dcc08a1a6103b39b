// Where each tensor lies in a parameter block, under its Hugging Face Qwen2 name. The module decides the addresses; q,
// k, v and gate, up are row ranges of one fused matrix each, so that a name is always one contiguous run of floats.
import type { CoreExports } from '../core/exports.ts';
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

/** Layout of the model that `core` was configured for (placeModel). */
export function layoutOf(core: CoreExports, model: ModelConfig, vocabSize: number): ModelLayout {
  const { d_model: d, n_layer, d_ff } = model;
  const kv = (d / model.n_head) * model.n_kv_head;
  const at = (tensor: number, layer = 0): number => core.tensor_offset(tensor, layer) >>> 0;
  const tensors: TensorPlace[] = [
    { name: 'model.embed_tokens.weight', shape: [vocabSize, d], offset: at(TENSOR.embedding) },
  ];
  for (let layer = 0; layer < n_layer; layer++) {
    const prefix = `model.layers.${layer}`;
    const w = at(TENSOR.w_qkv, layer),
      b = at(TENSOR.b_qkv, layer),
      gateUp = at(TENSOR.w_gate_up, layer);
    tensors.push(
      { name: `${prefix}.input_layernorm.weight`, shape: [d], offset: at(TENSOR.norm_attention, layer) },
      { name: `${prefix}.self_attn.q_proj.weight`, shape: [d, d], offset: w },
      { name: `${prefix}.self_attn.q_proj.bias`, shape: [d], offset: b },
      { name: `${prefix}.self_attn.k_proj.weight`, shape: [kv, d], offset: w + 4 * d * d },
      { name: `${prefix}.self_attn.k_proj.bias`, shape: [kv], offset: b + 4 * d },
      { name: `${prefix}.self_attn.v_proj.weight`, shape: [kv, d], offset: w + 4 * (d + kv) * d },
      { name: `${prefix}.self_attn.v_proj.bias`, shape: [kv], offset: b + 4 * (d + kv) },
      { name: `${prefix}.self_attn.o_proj.weight`, shape: [d, d], offset: at(TENSOR.w_out, layer) },
      { name: `${prefix}.post_attention_layernorm.weight`, shape: [d], offset: at(TENSOR.norm_mlp, layer) },
      { name: `${prefix}.mlp.gate_proj.weight`, shape: [d_ff, d], offset: gateUp },
      { name: `${prefix}.mlp.up_proj.weight`, shape: [d_ff, d], offset: gateUp + 4 * d_ff * d },
      { name: `${prefix}.mlp.down_proj.weight`, shape: [d, d_ff], offset: at(TENSOR.w_down, layer) },
    );
  }
  tensors.push({ name: 'model.norm.weight', shape: [d], offset: at(TENSOR.norm_final) });
  return { tensors, bytes: at(TENSOR.end), decayed_bytes: at(TENSOR.norm_attention) };
}

export function elementCount(place: TensorPlace): number {
  return place.shape.reduce((product, size) => product * size, 1);
}
