// Shape of a model (Qwen2 architecture) and what follows from it: parameter count, file-format names.

/** Sizes under nanoGPT's names. Head size = d_model / n_head; query head h reads KV head floor(h * n_kv_head / n_head). */
export interface ModelConfig {
  readonly d_model: number;
  readonly n_layer: number;
  readonly n_head: number;
  readonly n_kv_head: number;
  readonly d_ff: number;
  /** Longest sequence in tokens, <bos> and <eos> included. */
  readonly context: number;
  readonly rope_base: number;
  readonly rms_norm_eps: number;
}

/** Number of trainable parameters; the tied embedding counts once. */
export function countParameters(model: ModelConfig, vocabSize: number): number {
  const { d_model: d, n_layer, n_head, n_kv_head, d_ff } = model;
  const kv = (d / n_head) * n_kv_head;
  const attention = d * d + d + 2 * (kv * d + kv) + d * d;
  const mlp = 3 * d * d_ff;
  return vocabSize * d + n_layer * (attention + mlp + 2 * d) + d;
}
