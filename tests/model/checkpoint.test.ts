// A checkpoint folder as Hugging Face transformers (LlamaForCausalLM) and tokenizers (WordLevel) read it, and as
// tracelab reads it back.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemory } from '../../src/core/memory.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { type Checkpoint, readCheckpoint } from '../../src/model/checkpoint.ts';
import { loadTensors } from '../../src/model/named-tensors.ts';
import { countParameters } from '../../src/model/config.ts';
import { elementCount } from '../../src/model/layout.ts';
import { encodeSafetensors, readSafetensors } from '../../src/model/safetensors.ts';
import { expectSameBits } from '../core/room.ts';
import { MODEL, ORIGIN, parameterBlock, SIZE, writeSmallCheckpoint } from './small-checkpoint.ts';

const vocabulary = createVocabulary(SIZE);

describe('checkpoint folder', () => {
  let folder = '';
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-checkpoint-'));
    checkpoint = await writeSmallCheckpoint(folder);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const json = async (name: string): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, unknown>;

  it('holds these files and no other', async () => {
    expect((await readdir(folder)).sort()).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'tracelab.json',
    ]);
  });

  it('config.json has the keys of LlamaConfig, of transformers 5 and of older ones', async () => {
    expect(await json('config.json')).toEqual({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: SIZE * SIZE + SIZE + 14,
      hidden_size: 24,
      intermediate_size: 40,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 6,
      max_position_embeddings: 160,
      rope_theta: 10_000,
      rope_parameters: { rope_type: 'default', rope_theta: 10_000 },
      rms_norm_eps: 1e-6,
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
      tracelab: { format: 1, ...ORIGIN },
    });
  });

  it('model.safetensors has the tensors of LlamaForCausalLM with a tied embedding, and no lm_head', async () => {
    const { tensors, metadata } = await readSafetensors(join(folder, 'model.safetensors'));
    const [V, d, ff, kv] = [34, 24, 40, 12];
    const expected: Record<string, number[]> = { 'model.embed_tokens.weight': [V, d], 'model.norm.weight': [d] };
    for (const l of [0, 1]) {
      Object.assign(expected, {
        [`model.layers.${l}.input_layernorm.weight`]: [d],
        [`model.layers.${l}.post_attention_layernorm.weight`]: [d],
        [`model.layers.${l}.self_attn.q_proj.weight`]: [d, d],
        [`model.layers.${l}.self_attn.q_proj.bias`]: [d],
        [`model.layers.${l}.self_attn.k_proj.weight`]: [kv, d],
        [`model.layers.${l}.self_attn.k_proj.bias`]: [kv],
        [`model.layers.${l}.self_attn.v_proj.weight`]: [kv, d],
        [`model.layers.${l}.self_attn.v_proj.bias`]: [kv],
        [`model.layers.${l}.self_attn.o_proj.weight`]: [d, d],
        [`model.layers.${l}.self_attn.o_proj.bias`]: [d],
        [`model.layers.${l}.mlp.gate_proj.weight`]: [ff, d],
        [`model.layers.${l}.mlp.up_proj.weight`]: [ff, d],
        [`model.layers.${l}.mlp.down_proj.weight`]: [d, ff],
      });
    }
    expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual(expected);
    // transformers refuses a file whose metadata names no framework.
    expect(metadata.format).toBe('pt');
    const ofModel = [...tensors.values()].filter(({ name }) => !name.endsWith('o_proj.bias'));
    const floats = ofModel.reduce((sum, { values }) => sum + values.length, 0);
    expect(floats).toBe(countParameters(MODEL, vocabulary.length));
    // The model has no such bias.
    for (const l of [0, 1])
      expect(tensors.get(`model.layers.${l}.self_attn.o_proj.bias`)?.values).toEqual(new Float32Array(d));
  });

  it('tokenizer.json is a WordLevel tokenizer with our ids', async () => {
    const tokenizer = await json('tokenizer.json');
    expect(tokenizer.pre_tokenizer).toEqual({ type: 'WhitespaceSplit' });
    expect(tokenizer.normalizer).toBeNull();
    const model = tokenizer.model as { type: string; unk_token: string; vocab: Record<string, number> };
    expect(model).toMatchObject({ type: 'WordLevel', unk_token: '<unk>' });
    // Ids are 0..V-1, each once, in the order of docs/specification.md: costs, coordinates, keywords, special words.
    expect(Object.values(model.vocab).sort((a, b) => a - b)).toEqual(vocabulary.words.map((_, id) => id));
    expect(model.vocab).toMatchObject({
      c0: 0,
      c15: 15,
      0: 16,
      3: 19,
      start: 20,
      end: 29,
      '<pad>': 30,
      '<unk>': 31,
      '<bos>': 32,
      '<eos>': 33,
    });
    const added = tokenizer.added_tokens as { id: number; content: string; special: boolean }[];
    expect(added.map(({ id, content, special }) => [id, content, special])).toEqual([
      [30, '<pad>', true],
      [31, '<unk>', true],
      [32, '<bos>', true],
      [33, '<eos>', true],
    ]);
    const processor = tokenizer.post_processor as {
      type: string;
      single: unknown[];
      special_tokens: Record<string, unknown>;
    };
    expect(processor.type).toBe('TemplateProcessing');
    expect(processor.single).toEqual([
      { SpecialToken: { id: '<bos>', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
    ]);
    expect(processor.special_tokens).toEqual({ '<bos>': { id: '<bos>', ids: [32], tokens: ['<bos>'] } });
    // No add_bos_token: transformers 5 would then replace the template of tokenizer.json.
    expect(await json('tokenizer_config.json')).toEqual({
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: '<bos>',
      eos_token: '<eos>',
      pad_token: '<pad>',
      unk_token: '<unk>',
      model_max_length: 160,
      model_input_names: ['input_ids', 'attention_mask'],
      padding_side: 'left',
      clean_up_tokenization_spaces: false,
    });
    expect(await json('generation_config.json')).toEqual({
      bos_token_id: 32,
      eos_token_id: [29, 33],
      pad_token_id: 30,
      do_sample: false,
      max_length: 160,
    });
  });

  it('is read back as it was written', () => {
    expect(checkpoint.model).toEqual(MODEL);
    expect(checkpoint.origin).toMatchObject(ORIGIN);
    expect(checkpoint.vocabulary.words).toEqual(vocabulary.words);
    const { block, layout } = parameterBlock(0.5);
    const memory = createMemory(layout.bytes);
    loadTensors(checkpoint.weights, layout, memory, 1024, 'here');
    for (const place of layout.tensors)
      expectSameBits(
        Float32Array.from(new Float32Array(memory.buffer, 1024 + place.offset, elementCount(place))),
        new Float32Array(block, place.offset, elementCount(place)),
        place.name,
      );
  });

  it.each([
    [
      'a vocabulary of another grid',
      'config.json',
      (text: string) => text.replace('"vocab_size": 34', '"vocab_size": 56'),
      'vocab_size',
    ],
    [
      'another architecture',
      'config.json',
      (text: string) => text.replaceAll('LlamaForCausalLM', 'MistralForCausalLM'),
      'architectures',
    ],
    [
      'an untied embedding',
      'config.json',
      (text: string) => text.replace('"tie_word_embeddings": true', '"tie_word_embeddings": false'),
      'tie_word_embeddings',
    ],
    [
      'two bases of the rotary embedding',
      'config.json',
      (text: string) => text.replace('"rope_theta": 10000,', '"rope_theta": 20000,'),
      'two bases',
    ],
    [
      'no base of the rotary embedding',
      'config.json',
      (text: string) => text.replaceAll('rope_theta', 'rope_base'),
      'rope_theta',
    ],
    [
      'a scaled rotary embedding',
      'config.json',
      (text: string) => text.replace('"rope_type": "default"', '"rope_type": "linear"'),
      'rope_parameters',
    ],
    [
      'another size of a head',
      'config.json',
      (text: string) => text.replace('"head_dim": 6', '"head_dim": 8'),
      'head_dim',
    ],
    [
      'an attention without biases',
      'config.json',
      (text: string) => text.replace('"attention_bias": true', '"attention_bias": false'),
      'attention_bias',
    ],
    [
      'a size that is no number',
      'tracelab.json',
      (text: string) => text.replace('"size": 4', '"size": "four"'),
      'size',
    ],
  ])('refuses %s and names the file', async (_, name, change, key) => {
    const path = join(folder, name);
    const text = await readFile(path, 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(path, change(text));
    await expect(readCheckpoint(folder)).rejects.toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
      exitCode: 3,
      message: expect.stringMatching(new RegExp(`${name}.*${key}`)) as string,
    });
    await writeFile(path, text);
  });

  it('reads a checkpoint of 0.1.0, which names no domain, as one of mazes', async () => {
    const path = join(folder, 'tracelab.json');
    const text = await readFile(path, 'utf8');
    const { domain, files, sha256, ...old } = JSON.parse(text) as Record<string, unknown>;
    expect([domain, typeof files, typeof sha256]).toEqual(['maze', 'object', 'string']);
    await writeFile(path, JSON.stringify(old));
    expect((await readCheckpoint(folder)).origin).toEqual({ format: 1, ...ORIGIN });
    await writeFile(path, text);
  });

  it('names the SHA-256 of its files and its own, so that a copy of the folder alone can be checked', async () => {
    const { sha256: own, ...rest } = await json('tracelab.json');
    // People write more into the card.
    const names = (await readdir(folder)).filter((name) => name !== 'tracelab.json' && name !== 'README.md');
    const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
    const files = await Promise.all(
      names.map(async (name) => [name, hash(await readFile(join(folder, name)))] as const),
    );
    expect(rest.files).toEqual(Object.fromEntries(files));
    expect(own).toBe(hash(JSON.stringify(rest)));
  });

  it.each([
    [
      'model.safetensors',
      (bytes: Buffer) => bytes.fill(bytes[bytes.length - 4] ^ 1, bytes.length - 4, bytes.length - 3),
    ],
    [
      'config.json',
      (bytes: Buffer) => Buffer.from(bytes.toString().replaceAll('"rope_theta": 10000', '"rope_theta": 20000')),
    ],
    ['config.json', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('\n')])],
    ['tokenizer.json', (bytes: Buffer) => Buffer.from(bytes.toString().replace('"c1": 1', '"c1": 2'))],
    ['tokenizer_config.json', () => Buffer.alloc(0)],
    ['generation_config.json', () => Buffer.from('{}')],
    ['tracelab.json', (bytes: Buffer) => Buffer.from(bytes.toString().replace('"step": 17', '"step": 18'))],
    ['tracelab.json', (bytes: Buffer) => Buffer.from(bytes.toString().replace(/"files": \{[^}]*\}/, '"files": {}'))],
  ])('refuses a changed %s', async (name, change) => {
    const path = join(folder, name);
    const bytes = await readFile(path);
    const changed = change(Buffer.from(bytes));
    expect(changed.equals(bytes)).toBe(false);
    await writeFile(path, changed);
    await expect(readCheckpoint(folder)).rejects.toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
      exitCode: 3,
      where: path,
      details: {
        what: name === 'tokenizer.json' ? 'its words are not those of the model' : 'was changed after it was written',
        hint: 'put a whole copy of the checkpoint in its place, or delete its run and make it again',
      },
    });
    await writeFile(path, bytes);
  });

  /** A copy of the folder as 0.1.0 wrote it: no file names any hash. */
  async function unsealed(): Promise<string> {
    const copy = await mkdtemp(join(tmpdir(), 'tracelab-checkpoint-'));
    await cp(folder, copy, { recursive: true });
    await writeFile(join(copy, 'tracelab.json'), JSON.stringify({ format: 1, ...ORIGIN }));
    return copy;
  }

  it.each([NaN, Infinity, -Infinity])('refuses a weight that is %d, also where no hash is known', async (value) => {
    const copy = await unsealed();
    const tensors = [...checkpoint.weights.tensors.values()].map((tensor, i) =>
      i === 5 ? { ...tensor, values: tensor.values.with(3, value) } : tensor,
    );
    await writeFile(join(copy, 'model.safetensors'), encodeSafetensors(tensors, { format: 'pt' }));
    await expect(readCheckpoint(copy)).rejects.toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
      details: { what: `tensor ${tensors[5].name}, value 3`, expected: 'a finite number', got: String(value) },
    });
    await rm(copy, { recursive: true });
  });

  it('refuses a tensor too many, another tokenizer and impossible sizes where no hash is known', async () => {
    const copy = await unsealed();
    const [weights, config] = [join(copy, 'model.safetensors'), join(copy, 'config.json')];
    const tensors = [...checkpoint.weights.tensors.values()];
    const strange = { name: 'lm_head.weight', shape: [1], values: Float32Array.of(0) };
    await writeFile(weights, encodeSafetensors([...tensors, strange], { format: 'pt' }));
    await expect(readCheckpoint(copy)).rejects.toMatchObject({ where: weights, details: { got: 'lm_head.weight' } });
    await cp(join(folder, 'model.safetensors'), weights);
    const sizes = await readFile(config, 'utf8');
    await writeFile(config, sizes.replace('"num_hidden_layers": 2', '"num_hidden_layers": 9007199254740991'));
    await expect(readCheckpoint(copy)).rejects.toMatchObject({ where: config, exitCode: 3 });
    await writeFile(config, sizes.replace('"num_attention_heads": 4', '"num_attention_heads": 7'));
    await expect(readCheckpoint(copy)).rejects.toMatchObject({ where: config, exitCode: 3 });
    await writeFile(config, sizes);
    await writeFile(join(copy, 'tracelab.json'), JSON.stringify({ format: 1, ...ORIGIN, size: 1e15 }));
    await expect(readCheckpoint(copy)).rejects.toMatchObject({ where: join(copy, 'tracelab.json'), exitCode: 3 });
    await writeFile(join(copy, 'tracelab.json'), JSON.stringify({ format: 1, ...ORIGIN }));
    await readCheckpoint(copy);
    const tokenizer = join(copy, 'tokenizer.json');
    await writeFile(tokenizer, (await readFile(tokenizer, 'utf8')).replace('"c1": 1,', '"c1": 2,'));
    await expect(readCheckpoint(copy)).rejects.toMatchObject({
      where: tokenizer,
      details: { expected: 'c1 as 1', got: '2' },
    });
    await rm(copy, { recursive: true });
  });

  it('refuses weights that are cut short, and weights of another shape', async () => {
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    await truncate(path, bytes.length - 1);
    await expect(readCheckpoint(folder)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', where: path });
    await writeFile(path, bytes);
    const { layout } = parameterBlock(0.5);
    const wider = {
      ...layout,
      tensors: layout.tensors.map((place, i) => (i === 0 ? { ...place, shape: [35, 24] } : place)),
    };
    expect(() => {
      loadTensors(checkpoint.weights, wider, createMemory(layout.bytes), 1024, 'here');
    }).toThrow(/CHECKPOINT_DAMAGED.*model.embed_tokens.weight.*\[35, 24\].*\[34, 24\]/);
    const more = { ...layout, tensors: [...layout.tensors, { name: 'lm_head.weight', shape: [34, 24], offset: 0 }] };
    expect(() => {
      loadTensors(checkpoint.weights, more, createMemory(layout.bytes), 1024, 'here');
    }).toThrow(/CHECKPOINT_DAMAGED.*lm_head.weight.*nothing/);
  });
});
