// A checkpoint folder that Hugging Face transformers can load as LlamaForCausalLM: model.safetensors, config.json,
// generation_config.json, tokenizer.json, tokenizer_config.json; a model card; and tracelab.json with what they cannot
// say (grid size, condition, step, reinforcement learning). Folders of 0.1.0 (Qwen2ForCausalLM) and folders that
// transformers has saved again are read, too.
import { join } from 'node:path';
import { z } from 'zod';
import { existsSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { sha256 } from '../base/hash.ts';
import { brokenSeal, sealed } from '../base/sealed.ts';
import { issueText } from '../base/schema-issue.ts';
import type { WrittenFile } from '../base/written-files.ts';
import { DEFAULT_DOMAIN, domainOf } from '../domain/domains.ts';
import type { Vocabulary } from '../domain/vocabulary.ts';
import { type ConfigFile, huggingFaceConfig, readConfig } from './checkpoint-config.ts';
import { damaged, type Fault, otherModel } from './checkpoint-fault.ts';
import { checked, readHashed } from './checkpoint-json.ts';
import { modelTensors, withOutputBiases } from './checkpoint-weights.ts';
import type { ModelConfig } from './config.ts';
import { modelCard, type Recipe } from './model-card.ts';
import type { CheckpointOrigin } from './origin.ts';
import { decodeSafetensors, encodeSafetensors, numberTypes, readWeights } from './safetensors.ts';
import type { NamedTensor, TensorFile } from './tensor-file.ts';
import { checkTokenizer, generationConfig, hashOrNull, tokenizerConfig, tokenizerJson } from './tokenizer-files.ts';

export interface Checkpoint {
  readonly model: ModelConfig;
  readonly vocabulary: Vocabulary;
  readonly origin: CheckpointOrigin;
  readonly weights: TensorFile;
}

const CONFIG_FILE = 'config.json';
const TOKENIZER_FILE = 'tokenizer.json';
const ORIGIN_FILE = 'tracelab.json';
const WEIGHTS_FILE = 'model.safetensors';
/** Names the files of weights that are several. */
const SHARDS_FILE = 'model.safetensors.index.json';
/** Without a hash in tracelab.json, so that people can write more into it. */
export const CARD_FILE = 'README.md';

/** All that writeCheckpoint writes. */
export const CHECKPOINT_FILES = [
  CARD_FILE,
  CONFIG_FILE,
  'generation_config.json',
  TOKENIZER_FILE,
  'tokenizer_config.json',
  ORIGIN_FILE,
  WEIGHTS_FILE,
] as const;

/**
 * Writes the folder; the weights come last, so a folder with weights is whole. `tracelab.json` names the SHA-256 of the
 * other files but the card, and its own: a copy of the folder alone can be checked.
 * @param recipe of the run, for the card
 * @returns what was written, hashed in memory: paths are relative to the folder
 */
export async function writeCheckpoint(
  directory: string,
  weights: readonly NamedTensor[],
  model: ModelConfig,
  vocabulary: Vocabulary,
  origin: CheckpointOrigin,
  recipe: Recipe,
): Promise<WrittenFile[]> {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const described = {
    [CONFIG_FILE]: text(huggingFaceConfig(model, vocabulary, { format: 1, ...origin })),
    'generation_config.json': text(generationConfig(vocabulary, model.context)),
    [TOKENIZER_FILE]: text(tokenizerJson(vocabulary)),
    'tokenizer_config.json': text(tokenizerConfig(model.context)),
  };
  const last = { [WEIGHTS_FILE]: encodeSafetensors(withOutputBiases(weights), { format: 'pt' }) };
  const hashes = Object.entries({ ...described, ...last }).map(([name, bytes]) => [name, sha256(bytes)] as const);
  const files: Readonly<Record<(typeof CHECKPOINT_FILES)[number], Uint8Array>> = {
    ...described,
    [CARD_FILE]: new TextEncoder().encode(modelCard(model, vocabulary, origin, recipe)),
    [ORIGIN_FILE]: text(sealed({ format: 1, ...origin, files: Object.fromEntries(hashes) })),
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

/**
 * Reads a folder that writeCheckpoint wrote, as it is or as transformers has saved it again.
 * @throws TracelabError CHECKPOINT_DAMAGED, CHECKPOINT_MISSING, FILE_MISSING; CHECKPOINT_OTHER (refused input) of a
 * folder that was saved again
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint> {
  const { files, config, vocabulary, origin } = await readDescription(directory);
  const { model, fault } = config;
  const path = weightsPath(directory);
  const bytes = await readWeights(path);
  const file = decodeSafetensors(bytes, path, fault);
  checkHash(path, sha256(bytes), files?.[WEIGHTS_FILE], files !== null);
  return { model, vocabulary, origin, weights: modelTensors(file, model, vocabulary, path, fault) };
}

/** A checkpoint without its weights. */
export interface DescribedCheckpoint extends Omit<Checkpoint, 'weights'> {
  /** What transformers did to the folder, for people: `saved again by transformers 5.17.0`. Null if it did nothing. */
  readonly note: string | null;
}

/** @throws TracelabError as readCheckpoint */
export async function describeCheckpoint(directory: string): Promise<DescribedCheckpoint> {
  const { config, vocabulary, origin } = await readDescription(directory);
  const { model, savedBy, fault } = config;
  const weights = weightsPath(directory);
  if (savedBy === null || !existsSync(weights)) return { model, vocabulary, origin, note: null };
  const small = (await numberTypes(weights, fault)).filter((type) => type !== 'F32');
  const converted = small.length === 0 ? '' : `; weights in ${small.join(' and ')} are converted to F32`;
  return { model, vocabulary, origin, note: `saved again by transformers ${savedBy}${converted}` };
}

interface Description extends Omit<Checkpoint, 'weights' | 'model'> {
  readonly config: ConfigFile;
  /** SHA-256 by name; null for a checkpoint of 0.1.0, and for one that was saved again. */
  readonly files: Readonly<Partial<Record<string, string>>> | null;
}

async function readDescription(directory: string): Promise<Description> {
  const [configPath, originPath] = [join(directory, CONFIG_FILE), join(directory, ORIGIN_FILE)];
  const config = await readConfig(configPath);
  const { fault, vocabSize, savedBy } = config;
  const { origin, files, where } = await readOrigin(originPath, config, configPath);
  const vocabulary = vocabularyOf(origin, where, where === configPath ? fault : damaged);
  if (vocabSize !== vocabulary.length) {
    const what = `vocab_size does not fit a ${origin.size}x${origin.size} grid`;
    throw fault(configPath, what, String(vocabulary.length), String(vocabSize));
  }
  await checkTokenizer(join(directory, TOKENIZER_FILE), vocabulary, fault);
  if (savedBy !== null) return { config, vocabulary, origin, files: null };
  // Last: what is wrong in a file says more than that it was changed.
  for (const name of Object.keys(files ?? {}))
    if (name !== WEIGHTS_FILE) {
      const path = join(directory, name);
      checkHash(path, name === CONFIG_FILE ? config.sha256 : await hashOrNull(path), files?.[name], true);
    }
  return { config, vocabulary, origin, files };
}

/** From tracelab.json, or from config.json of a folder that was saved again without it. */
async function readOrigin(
  path: string,
  { savedBy, origin, fault }: ConfigFile,
  configPath: string,
): Promise<Pick<Description, 'origin' | 'files'> & { readonly where: string }> {
  if (savedBy === null || existsSync(path)) {
    const { json } = await readHashed(path);
    return { origin: checked(json, originSchema, path, damaged), files: fileHashes(json, path), where: path };
  }
  if (origin === undefined) {
    const expected = `${ORIGIN_FILE} in the folder, or \`tracelab\` in ${CONFIG_FILE}`;
    throw otherModel(configPath, 'does not say which problems the model is for', expected, 'neither');
  }
  const { tracelab } = checked({ tracelab: origin }, z.object({ tracelab: originSchema }), configPath, fault);
  return { origin: tracelab, files: null, where: configPath };
}

function vocabularyOf({ domain: name, size }: CheckpointOrigin, where: string, fault: Fault): Vocabulary {
  const domain = domainOf(name, where);
  const { least, most } = domain.sizes;
  if (size < 1 || size > most) throw fault(where, 'size', `${least} to ${most}`, String(size));
  return domain.vocabulary(size);
}

/** Absent from a checkpoint of 0.1.0. */
function fileHashes(json: unknown, where: string): Description['files'] {
  const { success, data, error } = filesSchema.safeParse(json);
  if (!success) throw damaged(where, issueText(error), 'hashes of files', 'none');
  if (data.files === undefined && data.sha256 === undefined) return null;
  const broken = brokenSeal(json as object);
  if (broken) throw damaged(where, CHANGED, broken.expected, broken.got);
  return data.files ?? {};
}

const CHANGED = 'was changed after it was written';

/** @param isNamed whether the checkpoint names the hashes of its files */
function checkHash(path: string, got: string | null, expected: string | undefined, isNamed: boolean): void {
  if (!isNamed || (got !== null && got === expected)) return;
  throw damaged(path, CHANGED, `sha256 ${(expected ?? 'none').slice(0, 16)}`, got?.slice(0, 16) ?? 'no file');
}

/** @throws TracelabError CHECKPOINT_OTHER for weights in several files */
function weightsPath(directory: string): string {
  const [path, shards] = [join(directory, WEIGHTS_FILE), join(directory, SHARDS_FILE)];
  if (existsSync(path) || !existsSync(shards)) return path;
  throw new TracelabError({
    code: 'CHECKPOINT_OTHER',
    kind: 'refused_input',
    where: shards,
    what: 'the weights are in several files',
    expected: WEIGHTS_FILE,
    got: SHARDS_FILE,
    hint: "save the model again in one file: model.save_pretrained(FOLDER, max_shard_size='50GB')",
  });
}
