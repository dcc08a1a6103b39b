// The models that everything is measured at: the quick study's own, and three sizes that other trainers are measured at
// too.
import { join } from 'node:path';
import { sum } from '../src/base/sum.ts';
import { packageRoot } from '../src/base/package-root.ts';
import { createVocabulary } from '../src/domain/maze/vocabulary.ts';
import { countParameters, type ModelConfig } from '../src/model/config.ts';
import { lengthsOf, sampleExamples, sequenceLengths } from '../src/tasks/sequence-lengths.ts';
import { trainingThreads } from '../src/training/memory.ts';
import { loadConfig } from '../src/study/config-file.ts';
import type { PresetName } from './groups.ts';

export interface Preset {
  readonly name: PresetName;
  readonly model: ModelConfig;
  readonly vocab: number;
  /** Tokens that have a next token, of the sequences that kernels are measured at. */
  readonly sequence: number;
  /** The same of each sequence of a full batch. */
  readonly lengths: readonly number[];
  /** Gradient accumulators of the training step. */
  readonly accumulators: number;
}

/** Rows that the training threads give to a kernel at once, at most (src/model/gradient-workspace.ts). */
const MICRO_BATCH = 1024;

/** The quick study, whose model also decodes: its first batch of the length of its real ones, and its grid size. */
export async function quickStudy(): Promise<{ readonly preset: Preset; readonly size: number }> {
  const {
    config: { model, data, train },
  } = await loadConfig(join(packageRoot(), 'configs', 'quick.yaml'));
  const examples = sampleExamples(data, data.generator, Math.ceil(train.batch_tokens / LEAST_TOKENS));
  const lengths: number[] = [];
  let room = train.batch_tokens;
  for (const tokens of sequenceLengths(lengthsOf(examples))) {
    if (tokens > room) break;
    // The last token is only a target.
    lengths.push(tokens - 1);
    room -= tokens;
  }
  return {
    preset: {
      name: 'quick',
      model,
      vocab: createVocabulary(data.size).length,
      sequence: QUICK_SEQUENCE,
      lengths,
      accumulators: train.accumulators,
    },
    size: data.size,
  };
}

/** Tokens of a typical example of a 6x6 maze with its trace, and less than any has. */
const QUICK_SEQUENCE = 160;
const LEAST_TOKENS = 64;

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
  return {
    name,
    model,
    vocab,
    sequence,
    lengths: Array<number>(batch).fill(sequence),
    accumulators: Math.min(8, batch),
  };
}

/** The most of these threads that shorten a training step, by the rule of a study's plan. */
export function usefulThreads(preset: Preset, threads: number): number {
  const useful = trainingThreads(trainingSizes(preset));
  return Math.max(1, ...useful.filter((count) => count <= threads));
}

/** What decides the memory of a training on full batches. */
export function trainingSizes({ model, vocab, lengths, accumulators }: Preset) {
  const longest = Math.max(...lengths) + 1;
  const batch_tokens = tokensOf({ lengths }) + lengths.length;
  return { model, vocab, batch_tokens, accumulators, longest, position_offset: 0 };
}

/** Tokens of a full batch that have a next token. */
export function tokensOf({ lengths }: Pick<Preset, 'lengths'>): number {
  return sum(lengths);
}

/** Sequences of a micro-batch as training cuts it, and their tokens. */
export function microBatch({ sequence, lengths, accumulators }: Preset): {
  readonly sequences: number;
  readonly tokens: number;
} {
  const share = Math.ceil(tokensOf({ lengths }) / accumulators);
  const budget = Math.max(sequence, Math.min(MICRO_BATCH, share + sequence));
  const sequences = Math.floor(budget / sequence);
  return { sequences, tokens: sequences * sequence };
}

/** Width of a row of queries, keys and values. */
export function qkvWidth({ d_model, n_head, n_kv_head }: ModelConfig): number {
  return (n_head + 2 * n_kv_head) * (d_model / n_head);
}

/**
 * Operations of training on one token of a batch: 6 a parameter, and causal attention counted half: 6 L T d, with T the
 * mean length, weighted by tokens.
 */
export function flopsPerToken({ model, vocab, lengths }: Preset): number {
  const length = sum(lengths.map((tokens) => tokens * tokens)) / sum(lengths);
  return 6 * countParameters(model, vocab) + 6 * model.n_layer * length * model.d_model;
}
