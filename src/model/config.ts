// Shape of a model (Qwen2 architecture) and what follows from it: parameter count. One table gives type, default, range
// and description of each size.
import type * as z from 'zod';
import { above0, between, integer, section } from '../base/setting-types.ts';
import type { Resolved } from '../base/setting-types.ts';

/** Sizes under nanoGPT's names. Query head h reads key and value head floor(h * n_kv_head / n_head). */
export const MODEL_SETTINGS = section(
  {
    d_model: integer(2, 16_384).describe('Width of the residual stream.'),
    n_layer: integer(1, 256).describe('Transformer blocks.'),
    n_head: integer(1, 256).describe('Query heads; head size = d_model / n_head, even.'),
    n_kv_head: integer(1, 256).optional().describe('Key and value heads (grouped-query attention); default n_head.'),
    d_ff: integer(1, 131_072).describe('Width of the SwiGLU layer.'),
    context: integer(16, 131_072).default(1024).describe('Longest sequence in tokens, <bos> and <eos> included.'),
    rope_base: between(1, 1e9).default(10_000).describe('Base of the rotary position embedding.'),
    rms_norm_eps: above0(0.01).default(1e-6).describe('Epsilon of RMSNorm.'),
  },
  'model',
);

type Given = z.output<typeof MODEL_SETTINGS>;
export type ModelConfig = Resolved<Given, 'n_kv_head'>;

/** Fills in `n_kv_head`, which defaults to `n_head`. */
export function resolveModel(model: Given): ModelConfig {
  return { ...model, n_kv_head: model.n_kv_head ?? model.n_head };
}

/** Number of trainable parameters; the tied embedding counts once. */
export function countParameters(model: ModelConfig, vocabSize: number): number {
  const { d_model: d, n_layer, n_head, n_kv_head, d_ff } = model;
  const kv = (d / n_head) * n_kv_head;
  const attention = d * d + d + 2 * (kv * d + kv) + d * d;
  const mlp = 3 * d * d_ff;
  return vocabSize * d + n_layer * (attention + mlp + 2 * d) + d;
}
