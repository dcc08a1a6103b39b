// A checkpoint folder that Hugging Face transformers can load as Qwen2ForCausalLM: model.safetensors, config.json,
// generation_config.json, tokenizer.json, tokenizer_config.json; and tracelab.json with what they cannot say (grid
// size, condition, step, reinforcement learning).
import { join } from 'node:path';
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { parseJson, readWhole, writeFileAtomic } from '../base/files.ts';
import { hashFile, sha256 } from '../base/hash.ts';
import { brokenSeal, sealed } from '../base/sealed.ts';
import type { WrittenFile } from '../base/written-files.ts';
import { DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { MODEL_SETTINGS, type ModelConfig } from './config.ts';
import { elementCount, type ModelLayout, type TensorPlace, tensorShapes } from './layout.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor, readWeights, type TensorFile } from './safetensors.ts';

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
    throw wrongTensor(where, prefix + place.name, place.shape, tensor);
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
 * Writes the folder; the weights come last, so a folder with weights is whole. `tracelab.json` names the SHA-256 of the
 * other files, and its own: a copy of the folder alone can be checked.
 * @returns what was written, hashed in memory: paths are relative to the folder
 */
export async function writeCheckpoint(
  directory: string,
  weights: readonly NamedTensor[],
  model: ModelConfig,
  vocabulary: Vocabulary,
  origin: CheckpointOrigin,
): Promise<WrittenFile[]> {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const described = {
    'config.json': text(huggingFaceConfig(model, vocabulary)),
    'generation_config.json': text({
      bos_token_id: vocabulary.bos,
      eos_token_id: [vocabulary.idOf('end'), vocabulary.eos],
      pad_token_id: vocabulary.pad,
      do_sample: false,
    }),
    'tokenizer.json': text(tokenizerJson(vocabulary)),
    'tokenizer_config.json': text({
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: '<bos>',
      eos_token: '<eos>',
      pad_token: '<pad>',
      unk_token: '<unk>',
      model_max_length: model.context,
      clean_up_tokenization_spaces: false,
    }),
  };
  const last = { 'model.safetensors': encodeSafetensors(weights, { format: 'pt' }) };
  const hashes = Object.entries({ ...described, ...last }).map(([name, bytes]) => [name, sha256(bytes)] as const);
  const files: Readonly<Record<(typeof CHECKPOINT_FILES)[number], Uint8Array>> = {
    ...described,
    'tracelab.json': text(sealed({ format: 1, ...origin, files: Object.fromEntries(hashes) })),
    ...last,
  };
  const written: WrittenFile[] = [];
  for (const path of CHECKPOINT_FILES) {
    const bytes = files[path];
    await writeFileAtomic(join(directory, path), bytes);
    written.push({ path, bytes: bytes.length, sha256: sha256(bytes) });
  }
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
const hash = z.string().regex(/^[0-9a-f]{64}$/);
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
/** Checkpoints of 0.1.0 name no hashes. */
const filesSchema = z.object({ files: z.record(z.string(), hash), sha256: hash }).partial();
const tokenizerSchema = z.object({ model: z.object({ vocab: z.record(z.string(), z.int()) }) });

/**
 * Reads a folder that writeCheckpoint wrote.
 * @throws TracelabError CHECKPOINT_DAMAGED, CHECKPOINT_MISSING, FILE_MISSING
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint> {
  const { files, ...described } = await readDescription(directory);
  const path = join(directory, 'model.safetensors');
  const bytes = await readWeights(path);
  const weights = decodeSafetensors(bytes, path);
  checkHash(path, sha256(bytes), files?.['model.safetensors'], files !== null);
  checkWeights(weights, described.model, described.vocabulary, path);
  return { ...described, weights };
}

/**
 * A checkpoint without its weights.
 * @throws TracelabError as readCheckpoint
 */
export async function describeCheckpoint(directory: string): Promise<Omit<Checkpoint, 'weights'>> {
  const { model, vocabulary, origin } = await readDescription(directory);
  return { model, vocabulary, origin };
}

interface Description extends Omit<Checkpoint, 'weights'> {
  /** SHA-256 by name; null for a checkpoint of 0.1.0. */
  readonly files: Readonly<Partial<Record<string, string>>> | null;
}

async function readDescription(directory: string): Promise<Description> {
  const [configPath, originPath] = [join(directory, 'config.json'), join(directory, 'tracelab.json')];
  const config = await parsed(configPath, configSchema);
  const origin = await parsed(originPath, originSchema);
  const vocabulary = vocabularyOf(origin.value, originPath);
  const { vocab_size } = config.value;
  if (vocab_size !== vocabulary.length) {
    const what = `vocab_size does not fit a ${origin.value.size}x${origin.value.size} grid`;
    throw damaged(configPath, what, String(vocabulary.length), String(vocab_size));
  }
  await checkTokenizer(join(directory, 'tokenizer.json'), vocabulary);
  const model = modelOf(config.value, configPath);
  // Last: what is wrong in a file says more than that it was changed.
  const files = fileHashes(origin.json, originPath);
  for (const name of Object.keys(files ?? {}))
    if (name !== 'model.safetensors') {
      const path = join(directory, name);
      checkHash(path, name === 'config.json' ? config.sha256 : await hashOrNull(path), files?.[name], true);
    }
  return { model, vocabulary, origin: origin.value, files };
}

function modelOf(config: z.infer<typeof configSchema>, where: string): ModelConfig {
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
  const { error } = MODEL_SETTINGS.safeParse(model);
  if (error) throw damaged(where, `${error.issues[0].path.join('.')}: ${error.issues[0].message}`, 'a model', 'none');
  const { d_model, n_head, n_kv_head } = model;
  if (d_model % (2 * n_head) !== 0 || n_head % n_kv_head !== 0)
    throw damaged(
      where,
      'the heads do not divide the model',
      'an even size of each head, and query heads that share key heads evenly',
      `${d_model} / ${n_head} / ${n_kv_head}`,
    );
  return model;
}

function vocabularyOf({ domain: name, size }: CheckpointOrigin, where: string): Vocabulary {
  const domain = domainOf(name, where);
  const { least, most } = domain.sizes;
  if (size < 1 || size > most) throw damaged(where, 'size', `${least} to ${most}`, String(size));
  return domain.vocabulary(size);
}

/** Absent from a checkpoint of 0.1.0. */
function fileHashes(json: object, where: string): Description['files'] {
  const { success, data, error } = filesSchema.safeParse(json);
  if (!success)
    throw damaged(where, `${error.issues[0].path.join('.')}: ${error.issues[0].message}`, 'hashes of files', 'none');
  if (data.files === undefined && data.sha256 === undefined) return null;
  const broken = brokenSeal(json);
  if (broken) throw damaged(where, CHANGED, broken.expected, broken.got);
  return data.files ?? {};
}

const CHANGED = 'was changed after it was written';

/** @param isNamed whether the checkpoint names the hashes of its files */
function checkHash(path: string, got: string | null, expected: string | undefined, isNamed: boolean): void {
  if (!isNamed || (got !== null && got === expected)) return;
  throw damaged(path, CHANGED, `sha256 ${(expected ?? 'none').slice(0, 16)}`, got?.slice(0, 16) ?? 'no file');
}

async function hashOrNull(path: string): Promise<string | null> {
  return hashFile(path).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') return null;
    throw error;
  });
}

/** The tokenizer is for Hugging Face alone, but a model with another one is another model. */
async function checkTokenizer(path: string, { words }: Vocabulary): Promise<void> {
  if ((await hashOrNull(path)) === null) return;
  const { vocab } = (await parsed(path, tokenizerSchema)).value.model;
  const wrong = words.findIndex((word, id) => vocab[word] !== id);
  const count = Object.keys(vocab).length;
  if (wrong < 0 && count === words.length) return;
  const what = 'its words are not those of the model';
  if (wrong < 0) throw damaged(path, what, `${words.length} words`, String(count));
  throw damaged(path, what, `${words[wrong]} as ${wrong}`, String(vocab[words[wrong]] ?? 'nothing'));
}

/**
 * The tensors of the model and no other, all of finite numbers.
 * @throws TracelabError CHECKPOINT_DAMAGED
 */
function checkWeights({ tensors }: TensorFile, model: ModelConfig, vocabulary: Vocabulary, where: string): void {
  const shapes = tensorShapes(model, vocabulary.length);
  for (const { name, shape } of shapes) {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== shape.join()) throw wrongTensor(where, name, shape, tensor);
    const at = tensor.values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw damaged(where, `tensor ${name}, value ${at}`, 'a finite number', String(tensor.values[at]));
  }
  if (tensors.size === shapes.length) return;
  const known = new Set(shapes.map(({ name }) => name));
  const strange = [...tensors.keys()].find((name) => !known.has(name)) ?? '';
  throw damaged(where, 'has a tensor that the model has not', `${shapes.length} tensors`, strange.slice(0, 80));
}

function wrongTensor(
  where: string,
  name: string,
  shape: readonly number[],
  got: NamedTensor | undefined,
): TracelabError {
  return damaged(
    where,
    `tensor ${name}`,
    `shape [${shape.join(', ')}]`,
    got === undefined ? 'nothing' : `[${got.shape.join(', ')}]`,
  );
}

function damaged(where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({
    code: 'CHECKPOINT_DAMAGED',
    kind: 'damaged_artifact',
    where,
    what,
    expected,
    got,
    hint: 'put a whole copy of the checkpoint in its place, or delete its run and make it again',
  });
}

/** A JSON file as its schema has it, as it is, and the hash of its bytes. */
async function parsed<T>(
  path: string,
  schema: z.ZodType<T>,
): Promise<{ readonly value: T; readonly json: object; readonly sha256: string }> {
  const bytes = await readWhole(path);
  const json = parseJson(new TextDecoder().decode(bytes), path, 'JSON_SYNTAX', 'a complete JSON document');
  const result = schema.safeParse(json);
  if (result.success) return { value: result.data, json: json as object, sha256: sha256(bytes) };
  const [issue] = result.error.issues;
  const what = `${issue.path.join('.')}: ${issue.message}`;
  throw damaged(path, what, 'a checkpoint folder written by tracelab', 'something else');
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
