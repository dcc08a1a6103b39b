// Checkpoint folders that are not as this version wrote them, and whole: those of 0.1.0, and those that transformers
// has saved again. They are read, or refused as another model; none is called damaged.
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Checkpoint, describeCheckpoint, readCheckpoint } from '../../src/model/checkpoint.ts';
import { withOutputBiases } from '../../src/model/checkpoint-weights.ts';
import { tensorShapes } from '../../src/model/layout.ts';
import { readSafetensors } from '../../src/model/safetensors.ts';
import type { NamedTensor } from '../../src/model/tensor-file.ts';
import { asOf010, type Numbers, readObject, saveAgain, weightsFile } from './other-forms.ts';
import { MODEL, ORIGIN, writeSmallCheckpoint } from './small-checkpoint.ts';

let root = '';
let written = '';
let own: Checkpoint;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tracelab-saved-again-'));
  written = join(root, 'written');
  own = await writeSmallCheckpoint(written);
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

const valuesOf = ({ weights }: Checkpoint): readonly (readonly [string, readonly number[]])[] =>
  [...weights.tensors].map(([name, { values }]) => [name, [...values]]);

describe('a folder of 0.1.0', () => {
  it('is read with the same weights, sizes and origin', async () => {
    const folder = join(root, 'old');
    await asOf010(written, folder);
    const old = await readCheckpoint(folder);
    expect(valuesOf(old)).toEqual(valuesOf(own));
    expect([old.model, old.origin]).toEqual([MODEL, { format: 1, ...ORIGIN }]);
    expect((await describeCheckpoint(folder)).note).toBeNull();
  });

  it('is read when transformers has saved it again and tracelab.json was copied', async () => {
    const [old, saved] = [join(root, 'old'), join(root, 'old-saved')];
    await asOf010(written, old);
    await saveAgain(old, saved);
    await expect(readCheckpoint(saved)).rejects.toMatchObject({
      code: 'CHECKPOINT_OTHER',
      exitCode: 2,
      where: join(saved, 'config.json'),
      message: expect.stringContaining('expected tracelab.json in the folder, or `tracelab` in config.json') as string,
    });
    await cp(join(old, 'tracelab.json'), join(saved, 'tracelab.json'));
    expect(valuesOf(await readCheckpoint(saved))).toEqual(valuesOf(own));
  });
});

describe('the files that transformers 5.17 wrote', () => {
  const golden = new URL('../golden/transformers-5.17', import.meta.url).pathname;

  it('are those of the model that it loaded, and are like the files of saveAgain', async () => {
    const folder = join(root, 'golden');
    await cp(golden, folder, { recursive: true });
    const described = await describeCheckpoint(folder);
    expect(described.model).toEqual({
      d_model: 64,
      n_layer: 3,
      n_head: 4,
      n_kv_head: 2,
      d_ff: 128,
      context: 512,
      rope_base: 10_000,
      rms_norm_eps: 1e-6,
    });
    expect(described.origin).toEqual({
      format: 1,
      domain: 'maze',
      size: 5,
      condition: 'correct',
      seed: 1,
      step: 3481,
      tokens: 14_000_032,
    });
    const saved = join(root, 'like-golden');
    await saveAgain(written, saved);
    const keys = async (path: string): Promise<string[]> =>
      Object.keys(await readObject(join(path, 'config.json'))).sort();
    expect(await keys(saved)).toEqual(await keys(golden));
  });

  it('are read with weights of their type', async () => {
    const folder = join(root, 'golden-weights');
    await cp(golden, folder, { recursive: true });
    const { model, vocabulary } = await describeCheckpoint(folder);
    const tensors = tensorShapes(model, vocabulary.length).map(({ name, shape }, i) => ({
      name,
      shape,
      values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => (at % 7) + i),
    }));
    await writeFile(join(folder, 'model.safetensors'), weightsFile(withOutputBiases(tensors), 'BF16'));
    const { weights } = await readCheckpoint(folder);
    expect([...weights.tensors.values()]).toEqual(tensors);
    expect((await describeCheckpoint(folder)).note).toContain('transformers 5.17.0; weights in BF16');
  });
});

describe('a folder that transformers has saved again', () => {
  let saved = '';
  beforeEach(async () => {
    saved = join(root, 'saved');
    await saveAgain(written, saved);
  });

  const refusal = { code: 'CHECKPOINT_OTHER', exitCode: 2 };
  const withWeights = async (
    numbers: Numbers | 'F64',
    change: (tensors: NamedTensor[]) => readonly NamedTensor[] = (tensors) => tensors,
  ): Promise<void> => {
    const { tensors } = await readSafetensors(join(written, 'model.safetensors'));
    await writeFile(join(saved, 'model.safetensors'), weightsFile(change([...tensors.values()]), numbers));
  };
  /** @param change of config.json */
  const withConfig = async (change: object): Promise<void> => {
    const path = join(saved, 'config.json');
    await writeFile(path, JSON.stringify({ ...(await readObject(path)), ...change }));
  };
  const changed = (pattern: RegExp, at: number, value: number) => (tensors: NamedTensor[]) =>
    tensors.map((tensor) =>
      pattern.test(tensor.name) ? { ...tensor, values: tensor.values.with(at, value) } : tensor,
    );

  it('is read: weights, sizes, vocabulary, and the origin that config.json has kept', async () => {
    const read = await readCheckpoint(saved);
    expect(valuesOf(read)).toEqual(valuesOf(own));
    expect([read.model, read.origin]).toEqual([MODEL, { format: 1, ...ORIGIN }]);
    expect((await describeCheckpoint(saved)).note).toBe('saved again by transformers 5.17.0');
  });

  it.each([
    ['BF16', (value: number) => Math.fround(value - (value % 2 ** (Math.floor(Math.log2(Math.abs(value))) - 7)))],
    ['F16', (value: number) => Math.f16round(value)],
  ] as const)('is read with weights in %s, which become F32', async (numbers, rounded) => {
    await saveAgain(written, saved, numbers);
    const expected = valuesOf(own).map(([name, values]) => [name, values.map((value) => rounded(value))]);
    expect(valuesOf(await readCheckpoint(saved))).toEqual(expected);
    expect((await describeCheckpoint(saved)).note).toBe(
      `saved again by transformers 5.17.0; weights in ${numbers} are converted to F32`,
    );
  });

  it('is read beside a tracelab.json, whose hashes are those of the files before', async () => {
    const path = join(saved, 'tracelab.json');
    await cp(join(written, 'tracelab.json'), path);
    expect((await readCheckpoint(saved)).origin).toMatchObject(ORIGIN);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"step": 17', '"step": 18'));
    await expect(readCheckpoint(saved)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', exitCode: 3, where: path });
  });

  it('may name the base of the rotary embedding in both places, if it is the same', async () => {
    await withConfig({ rope_theta: 10_000, rope_scaling: null });
    expect((await readCheckpoint(saved)).model.rope_base).toBe(10_000);
    await withConfig({ rope_theta: 500_000 });
    await expect(readCheckpoint(saved)).rejects.toMatchObject({
      ...refusal,
      details: {
        what: 'two bases of the rotary embedding',
        expected: 'rope_theta 500000 in all places',
        got: 'rope_parameters.rope_theta 10000',
      },
    });
  });

  it('is refused with an output bias that is not zero; a negative zero is zero', async () => {
    await withWeights('F32', changed(/1\.self_attn\.o_proj\.bias$/, 3, -0));
    expect(valuesOf(await readCheckpoint(saved))).toEqual(valuesOf(own));
    await withWeights('F32', changed(/1\.self_attn\.o_proj\.bias$/, 3, 0.125));
    await expect(readCheckpoint(saved)).rejects.toMatchObject({
      ...refusal,
      where: join(saved, 'model.safetensors'),
      details: {
        what: 'tensor model.layers.1.self_attn.o_proj.bias, value 3: the model has no such bias',
        expected: '0',
        got: '0.125',
      },
    });
  });

  it.each([
    ['another type of numbers', 'F64', (tensors: NamedTensor[]) => tensors, 'F64'],
    ['a number that half precision does not hold', 'F16', changed(/norm\.weight$/, 0, 1e6), 'Infinity'],
    [
      'a head that is not the embedding',
      'F32',
      (tensors: NamedTensor[]) => [...tensors, { ...tensors[0], name: 'lm_head.weight' }],
      'lm_head.weight',
    ],
    ['a missing tensor', 'F32', (tensors: NamedTensor[]) => tensors.slice(1), 'nothing'],
  ] as const)('is refused as another model with %s', async (_, numbers, change, got) => {
    await withWeights(numbers, change);
    await expect(readCheckpoint(saved)).rejects.toMatchObject({ ...refusal, details: { got } });
  });

  it.each([
    ['an untied embedding', { tie_word_embeddings: false }, 'tie_word_embeddings'],
    [
      'a scaled rotary embedding',
      { rope_parameters: { rope_type: 'linear', rope_theta: 1e4, factor: 2 } },
      'rope_type',
    ],
    ['no base of the rotary embedding', { rope_parameters: null }, 'rope_theta'],
    ['another activation', { hidden_act: 'gelu' }, 'hidden_act'],
    ['heads of another size', { head_dim: 8 }, 'head_dim'],
    ['biases in the SwiGLU layer', { mlp_bias: true }, 'mlp_bias'],
    ['another architecture', { architectures: ['MistralForCausalLM'] }, 'architectures'],
    ['another vocabulary', { vocab_size: 40 }, 'vocab_size'],
    ['an origin of another form', { tracelab: { format: 2 } }, 'tracelab.format'],
    ['an impossible size', { tracelab: { format: 1, ...ORIGIN, size: 0 } }, 'size'],
  ])('is refused as another model with %s', async (_, change, what) => {
    await withConfig(change);
    await expect(readCheckpoint(saved)).rejects.toMatchObject({
      ...refusal,
      where: join(saved, 'config.json'),
      message: expect.stringContaining(what) as string,
    });
  });

  it('is refused as another model with another tokenizer', async () => {
    const path = join(saved, 'tokenizer.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"c1": 1,', '"c1": 2,'));
    await expect(readCheckpoint(saved)).rejects.toMatchObject({ ...refusal, where: path });
  });

  it('is refused with weights in several files, with the way out', async () => {
    await rm(join(saved, 'model.safetensors'));
    const index = join(saved, 'model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ metadata: {}, weight_map: {} }));
    const several = {
      ...refusal,
      where: index,
      details: { hint: expect.stringContaining('max_shard_size') as string },
    };
    await expect(readCheckpoint(saved)).rejects.toMatchObject(several);
    await expect(describeCheckpoint(saved)).rejects.toMatchObject(several);
  });

  it('is damaged when its weights are cut short', async () => {
    const path = join(saved, 'model.safetensors');
    await truncate(path, (await readFile(path)).length - 1);
    await expect(readCheckpoint(saved)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', exitCode: 3, where: path });
  });
});
