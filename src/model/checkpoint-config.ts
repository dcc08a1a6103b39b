// config.json of a checkpoint folder: the model as Hugging Face's LlamaForCausalLM with biases in attention. It is
// Qwen2 with one bias more, which is zero: see checkpoint-weights.ts. Read are this form, the Qwen2ForCausalLM of
// tracelab 0.1.0, and what transformers makes of either when it saves the folder again.
import { z } from 'zod';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { damaged, type Fault, otherModel } from './checkpoint-fault.ts';
import { MODEL_SETTINGS, type ModelConfig } from './config.ts';
import { checked, readHashed } from './checkpoint-json.ts';

/**
 * @param origin where the model comes from. Programs that save the folder again keep it here, and leave tracelab.json
 * out
 */
export function huggingFaceConfig(model: ModelConfig, vocabulary: Vocabulary, origin: object): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabulary.length,
    hidden_size: model.d_model,
    num_hidden_layers: model.n_layer,
    num_attention_heads: model.n_head,
    num_key_value_heads: model.n_kv_head,
    head_dim: model.d_model / model.n_head,
    intermediate_size: model.d_ff,
    max_position_embeddings: model.context,
    // transformers 5 reads rope_parameters, older versions rope_theta; the same with dtype and torch_dtype.
    rope_theta: model.rope_base,
    rope_parameters: { rope_type: 'default', rope_theta: model.rope_base },
    rms_norm_eps: model.rms_norm_eps,
    hidden_act: 'silu',
    attention_bias: true,
    mlp_bias: false,
    tie_word_embeddings: true,
    attention_dropout: 0,
    use_cache: true,
    dtype: 'float32',
    torch_dtype: 'float32',
    bos_token_id: vocabulary.bos,
    eos_token_id: vocabulary.eos,
    pad_token_id: vocabulary.pad,
    tracelab: origin,
  };
}

const ropeSchema = z.object({
  rope_theta: z.number().optional(),
  rope_type: z.literal('default').optional(),
  type: z.literal('default').optional(),
  partial_rotary_factor: z.literal(1).optional(),
});
const configSchema = z.object({
  architectures: z.tuple([z.enum(['LlamaForCausalLM', 'Qwen2ForCausalLM'])]),
  hidden_size: z.int(),
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  num_key_value_heads: z.int(),
  head_dim: z.int().nullish(),
  intermediate_size: z.int(),
  max_position_embeddings: z.int(),
  rope_theta: z.number().nullish(),
  rope_parameters: ropeSchema.nullish(),
  rope_scaling: ropeSchema.nullish(),
  rms_norm_eps: z.number(),
  vocab_size: z.int(),
  hidden_act: z.literal('silu').default('silu'),
  // Qwen2 has these biases without saying so.
  attention_bias: z.literal(true).optional(),
  mlp_bias: z.literal(false).optional(),
  use_sliding_window: z.literal(false).nullish(),
  tie_word_embeddings: z.literal(true),
  tracelab: z.unknown().optional(),
});
const versionSchema = z.object({ transformers_version: z.string().max(40) });
type HuggingFaceConfig = z.output<typeof configSchema>;

export interface ConfigFile {
  readonly model: ModelConfig;
  /** Words of the vocabulary. */
  readonly vocabSize: number;
  /** What the folder says of the origin of the model here; undefined when nothing. */
  readonly origin: unknown;
  /** Version of the transformers that saved the folder again; null when it is as tracelab wrote it. */
  readonly savedBy: string | null;
  /** What a folder with another model is refused with. */
  readonly fault: Fault;
  /** SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * @throws TracelabError FILE_MISSING, JSON_SYNTAX, CHECKPOINT_DAMAGED; CHECKPOINT_OTHER of a folder that was saved
 * again
 */
export async function readConfig(path: string): Promise<ConfigFile> {
  const { json, sha256 } = await readHashed(path);
  // transformers writes its version, tracelab does not: such a folder is not as tracelab wrote it, and may be whole.
  const savedBy = versionSchema.safeParse(json).data?.transformers_version ?? null;
  const fault = savedBy === null ? damaged : otherModel;
  const config = checked(json, configSchema, path, fault);
  const { tracelab: origin, vocab_size: vocabSize } = config;
  return { model: modelOf(config, path, fault), vocabSize, origin, savedBy, fault, sha256 };
}

function modelOf(config: HuggingFaceConfig, where: string, fault: Fault): ModelConfig {
  const model: ModelConfig = {
    d_model: config.hidden_size,
    n_layer: config.num_hidden_layers,
    n_head: config.num_attention_heads,
    n_kv_head: config.num_key_value_heads,
    d_ff: config.intermediate_size,
    context: config.max_position_embeddings,
    rope_base: ropeBase(config, where, fault),
    rms_norm_eps: config.rms_norm_eps,
  };
  const { error } = MODEL_SETTINGS.safeParse(model);
  if (error)
    throw fault(
      where,
      `no model: ${error.issues[0].path.join('.')}`,
      error.issues[0].message,
      String(Object.entries(model).find(([key]) => key === error.issues[0].path[0])?.[1]),
    );
  const { d_model, n_head, n_kv_head } = model;
  if (d_model % (2 * n_head) !== 0 || n_head % n_kv_head !== 0)
    throw fault(
      where,
      'the heads do not divide the model',
      'an even size of each head, and query heads that share key heads evenly',
      `${d_model} / ${n_head} / ${n_kv_head}`,
    );
  const { head_dim, architectures, attention_bias } = config;
  if (head_dim !== undefined && head_dim !== null && head_dim !== d_model / n_head)
    throw fault(where, 'head_dim', `${d_model / n_head}, hidden_size / num_attention_heads`, String(head_dim));
  if (architectures[0] === 'LlamaForCausalLM' && attention_bias === undefined)
    throw fault(where, 'attention_bias', 'true', 'nothing');
  return model;
}

/** All places that name the base name the same. */
function ropeBase(config: HuggingFaceConfig, where: string, fault: Fault): number {
  const named = Object.entries({
    rope_theta: config.rope_theta,
    'rope_parameters.rope_theta': config.rope_parameters?.rope_theta,
    'rope_scaling.rope_theta': config.rope_scaling?.rope_theta,
  }).flatMap(([name, value]) => (value === undefined || value === null ? [] : [{ name, value }]));
  const [first, ...others] = named;
  if (named.length === 0) throw fault(where, 'rope_theta', 'a number, here or in rope_parameters', 'nothing');
  const other = others.find(({ value }) => value !== first.value);
  if (other === undefined) return first.value;
  const got = `${other.name} ${other.value}`;
  throw fault(where, 'two bases of the rotary embedding', `${first.name} ${first.value} in all places`, got);
}
