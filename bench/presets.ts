// The models that everything is measured at: the quick study's own, and three sizes that other trainers are measured at
// too.
import { join } from 'node:path';
import { packageRoot } from '../src/base/package-root.ts';
import { createVocabulary } from '../src/domain/maze/vocabulary.ts';
import { countParameters, type ModelConfig } from '../src/model/config.ts';
import { trainingThreads } from '../src/training/memory.ts';
import { loadConfig } from '../src/study/config-file.ts';
import type { PresetName } from './groups.ts';

export interface Preset {
  readonly name: PresetName;
  readonly model: ModelConfig;
  readonly vocab: number;
  /** Tokens of a sequence that have a next token. */
  readonly sequence: number;
  /** Sequences of a full batch. */
  readonly batch: number;
  /** Gradient accumulators of the training step. */
  readonly accumulators: number;
}

/** Tokens of a typical example of a 6x6 maze with its trace. */
const QUICK_SEQUENCE = 160;
/** Rows that the training threads give to a kernel at once, at most (src/model/gradient-workspace.ts). */
const MICRO_BATCH = 1024;

/** Grid size of the quick study, whose model also decodes. */
export async function quickStudy(): Promise<{ readonly preset: Preset; readonly size: number }> {
  const {
    config: { model, data, train },
  } = await loadConfig(join(packageRoot(), 'configs', 'quick.yaml'));
  const batch = Math.floor(train.batch_tokens / (QUICK_SEQUENCE + 1));
  return {
    preset: {
      name: 'quick',
      model,
      vocab: createVocabulary(data.size).length,
      sequence: QUICK_SEQUENCE,
      batch,
      accumulators: train.accumulators,
    },
    size: data.size,
  };
}

/** Three sizes at which other trainers are measured too (bench/peers). */
export const PEER_PRESETS: readonly Preset[] = [
  preset('nano', 64, { d_model: 128, n_layer: 4, n_head: 4, n_kv_head: 4, d_ff: 384 }, 256, 32),
  preset('small', 64, { d_model: 256, n_layer: 6, n_head: 8, n_kv_head: 2, d_ff: 768 }, 512, 16),
  preset('base', 128, { d_model: 512, n_layer: 8, n_head: 8, n_kv_head: 2, d_ff: 1536 }, 1024, 4),
];

function preset(
  name: PresetName,
  vocab: number,
  sizes: Pick<ModelConfig, 'd_model' | 'n_layer' | 'n_head' | 'n_kv_head' | 'd_ff'>,
  sequence: number,
  batch: number,
): Preset {
  const model = { ...sizes, context: sequence + 1, rope_base: 10_000, rms_norm_eps: 1e-6 };
  return { name, model, vocab, sequence, batch, accumulators: Math.min(8, batch) };
}

/** The most of these threads that shorten a training step, by the rule of a study's plan. */
export function usefulThreads({ model, vocab, sequence, batch, accumulators }: Preset, threads: number): number {
  const useful = trainingThreads({
    model,
    vocab,
    batch_tokens: batch * (sequence + 1),
    accumulators,
    longest: sequence + 1,
    position_offset: 0,
  });
  return Math.max(1, ...useful.filter((count) => count <= threads));
}

/** Sequences of a micro-batch as training cuts it, and their tokens. */
export function microBatch({ sequence, batch, accumulators }: Preset): {
  readonly sequences: number;
  readonly tokens: number;
} {
  const budget = Math.max(sequence, Math.min(MICRO_BATCH, Math.ceil((batch * sequence) / accumulators) + sequence));
  const sequences = Math.floor(budget / sequence);
  return { sequences, tokens: sequences * sequence };
}

/** Width of a row of queries, keys and values. */
export function qkvWidth({ d_model, n_head, n_kv_head }: ModelConfig): number {
  return (n_head + 2 * n_kv_head) * (d_model / n_head);
}

/** Operations of training on one token: 6 a parameter, and causal attention counted half (6 L T d). */
export function flopsPerToken({ model, vocab, sequence }: Preset): number {
  return 6 * countParameters(model, vocab) + 6 * model.n_layer * sequence * model.d_model;
}
