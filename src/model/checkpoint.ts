// A checkpoint folder that Hugging Face transformers can load as Qwen2ForCausalLM: model.safetensors, config.json,
// generation_config.json, tokenizer.json, tokenizer_config.json; and tracelab.json with what they cannot say (grid
// size, condition, step, reinforcement learning).
import { join } from 'node:path';
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { readJson, writeFileAtomic } from '../base/files.ts';
import { sha256 } from '../base/hash.ts';
import type { WrittenFile } from '../base/written-files.ts';
import { DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import type { ModelConfig } from './config.ts';
import { elementCount, type ModelLayout, type TensorPlace } from './layout.ts';
import { encodeSafetensors, type NamedTensor, readSafetensors, type TensorFile } from './safetensors.ts';

/** Where a checkpoint comes from. */
export interface CheckpointOrigin {
  readonly domain: string;
  /** Cells per side; with the domain it decides the vocabulary. */
  readonly size: number;
  readonly condition: string;
  readonly seed: number;
  /** Updates and tokens of the training run; reinforcement learning after it leaves them as they are. */
  readonly step: number;
  readonly tokens: number;
  /** Absent from a training run's own checkpoints. */
  readonly rl?: RlOrigin;
}

/** What reinforcement learning has made of a checkpoint. */
export interface RlOrigin {
  /** SHA-256 of the weights file that it started from. */
  readonly start_sha256: string;
  readonly seed: number;
  /** Steps of prompts, rollouts and updates. */
  readonly step: number;
}

export interface Checkpoint {
  readonly model: ModelConfig;
  readonly vocabulary: Vocabulary;
  readonly origin: CheckpointOrigin;
  readonly weights: TensorFile;
}

/** Tensors of a parameter block (a copy of its bytes), each named `prefix + Hugging Face name`. */
export function namedTensors(block: ArrayBuffer, layout: ModelLayout, prefix = ''): NamedTensor[] {
  return layout.tensors.map((place) => ({
    name: prefix + place.name,
    shape: place.shape,
    values: new Float32Array(block, place.offset, elementCount(place)),
  }));
}

/**
 * Copies tensors into a block of the shared memory.
 * @throws TracelabError CHECKPOINT_DAMAGED on a missing tensor or another shape
 */
export function loadTensors(
  file: TensorFile,
  layout: ModelLayout,
  memory: WebAssembly.Memory,
  block: number,
  where: string,
  prefix = '',
): void {
  const check = (place: TensorPlace): NamedTensor => {
    const tensor = file.tensors.get(prefix + place.name);
    if (tensor?.shape.join() === place.shape.join()) return tensor;
    throw new TracelabError({
      code: 'CHECKPOINT_DAMAGED',
      kind: 'damaged_artifact',
      where,
      what: `tensor ${prefix + place.name}`,
      expected: `shape [${place.shape.join(', ')}]`,
      got: tensor === undefined ? 'nothing' : `[${tensor.shape.join(', ')}]`,
    });
  };
  const tensors = layout.tensors.map(check);
  new Uint8Array(memory.buffer, block, layout.bytes).fill(0);
  for (const [i, place] of layout.tensors.entries())
    new Float32Array(memory.buffer, block + place.offset, elementCount(place)).set(tensors[i].values);
}

/** All that writeCheckpoint writes. */
export const CHECKPOINT_FILES = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'tracelab.json',
  'model.safetensors',
] as const;

/**
 * Writes the folder; the weights come last, so a folder with weights is whole.
 * @returns what was written, hashed in memory: paths are relative to the folder
 */
export async function writeCheckpoint(
  directory: string,
  weights: readonly NamedTensor[],
  model: ModelConfig,
  vocabulary: Vocabulary,
  origin: CheckpointOrigin,
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  const write = async (path: (typeof CHECKPOINT_FILES)[number], bytes: Uint8Array): Promise<void> => {
    await writeFileAtomic(join(directory, path), bytes);
    written.push({ path, bytes: bytes.length, sha256: sha256(bytes) });
  };
  const json = (path: (typeof CHECKPOINT_FILES)[number], value: unknown): Promise<void> =>
    write(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
  await json('config.json', huggingFaceConfig(model, vocabulary));
  await json('generation_config.json', {
    bos_token_id: vocabulary.bos,
    eos_token_id: [vocabulary.idOf('end'), vocabulary.eos],
    pad_token_id: vocabulary.pad,
    do_sample: false,
  });
  await json('tokenizer.json', tokenizerJson(vocabulary));
  await json('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<bos>',
    eos_token: '<eos>',
    pad_token: '<pad>',
    unk_token: '<unk>',
    model_max_length: model.context,
    clean_up_tokenization_spaces: false,
  });
  await json('tracelab.json', { format: 1, ...origin });
  await write('model.safetensors', encodeSafetensors(weights, { format: 'pt' }));
  return written;
}

const configSchema = z.object({
  architectures: z.tuple([z.literal('Qwen2ForCausalLM')]),
  hidden_size: z.int(),
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  num_key_value_heads: z.int(),
  intermediate_size: z.int(),
  max_position_embeddings: z.int(),
  rope_theta: z.number(),
  rms_norm_eps: z.number(),
  vocab_size: z.int(),
  tie_word_embeddings: z.literal(true),
});
const originSchema = z.object({
  format: z.literal(1),
  // Checkpoints of 0.1.0 do not name the maze.
  domain: z.string().default(DEFAULT_DOMAIN),
  size: z.int(),
  condition: z.string(),
  seed: z.int(),
  step: z.int(),
  tokens: z.int(),
  rl: z.object({ start_sha256: z.string(), seed: z.int(), step: z.int() }).optional(),
});

/**
 * Reads a folder that writeCheckpoint wrote.
 * @throws TracelabError CHECKPOINT_DAMAGED, CHECKPOINT_MISSING, FILE_MISSING
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint> {
  return {
    ...(await describeCheckpoint(directory)),
    weights: await readSafetensors(join(directory, 'model.safetensors')),
  };
}

/**
 * A checkpoint without its weights.
 * @throws TracelabError as readCheckpoint
 */
export async function describeCheckpoint(directory: string): Promise<Omit<Checkpoint, 'weights'>> {
  const config = await parsed(join(directory, 'config.json'), configSchema);
  const origin = await parsed(join(directory, 'tracelab.json'), originSchema);
  const vocabulary = domainOf(origin.domain, join(directory, 'tracelab.json')).vocabulary(origin.size);
  if (config.vocab_size !== vocabulary.length) {
    throw new TracelabError({
      code: 'CHECKPOINT_DAMAGED',
      kind: 'damaged_artifact',
      where: join(directory, 'config.json'),
      what: `vocab_size does not fit a ${origin.size}x${origin.size} grid`,
      expected: String(vocabulary.length),
      got: String(config.vocab_size),
    });
  }
  const model: ModelConfig = {
    d_model: config.hidden_size,
    n_layer: config.num_hidden_layers,
    n_head: config.num_attention_heads,
    n_kv_head: config.num_key_value_heads,
    d_ff: config.intermediate_size,
    context: config.max_position_embeddings,
    rope_base: config.rope_theta,
    rms_norm_eps: config.rms_norm_eps,
  };
  return { model, vocabulary, origin };
}

async function parsed<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(await readJson(path));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new TracelabError({
    code: 'CHECKPOINT_DAMAGED',
    kind: 'damaged_artifact',
    where: path,
    what: `${issue.path.join('.')}: ${issue.message}`,
    expected: 'a checkpoint folder written by tracelab',
  });
}

function huggingFaceConfig(model: ModelConfig, vocabulary: Vocabulary): Record<string, unknown> {
  return {
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    vocab_size: vocabulary.length,
    hidden_size: model.d_model,
    num_hidden_layers: model.n_layer,
    num_attention_heads: model.n_head,
    num_key_value_heads: model.n_kv_head,
    intermediate_size: model.d_ff,
    max_position_embeddings: model.context,
    rope_theta: model.rope_base,
    rms_norm_eps: model.rms_norm_eps,
    hidden_act: 'silu',
    tie_word_embeddings: true,
    attention_dropout: 0,
    use_sliding_window: false,
    use_cache: true,
    torch_dtype: 'float32',
    bos_token_id: vocabulary.bos,
    eos_token_id: vocabulary.eos,
    pad_token_id: vocabulary.pad,
  };
}

/** Word-level tokenizer in the format of Hugging Face tokenizers; adds <bos> in front. */
function tokenizerJson(vocabulary: Vocabulary): Record<string, unknown> {
  const special = [vocabulary.pad, vocabulary.unk, vocabulary.bos, vocabulary.eos];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((id) => ({
      id,
      content: vocabulary.words[id],
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<bos>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
      special_tokens: { '<bos>': { id: '<bos>', ids: [vocabulary.bos], tokens: ['<bos>'] } },
    },
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(vocabulary.words.map((word, id) => [word, id])),
      unk_token: '<unk>',
    },
  };
}
