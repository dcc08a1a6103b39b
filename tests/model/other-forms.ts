// A checkpoint folder in the forms that other programs and other versions leave: as tracelab 0.1.0 wrote it, and as
// transformers has saved it again.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors } from '../../src/model/safetensors.ts';

export type Numbers = 'F32' | 'BF16' | 'F16';

type Tensors = readonly { readonly name: string; readonly shape: readonly number[]; readonly values: Float32Array }[];

const DTYPES = { F32: 'float32', BF16: 'bfloat16', F16: 'float16' } as const;

export async function readObject(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

/**
 * What `save_pretrained` of transformers 5.17 leaves of a folder, as tests/golden/transformers-5.17 shows: config.json
 * with the base of the rotary embedding in rope_parameters alone, generation_config.json, the tokenizer, weights; no
 * tracelab.json.
 */
export async function saveAgain(from: string, to: string, numbers: Numbers = 'F32'): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to);
  const { rope_theta, torch_dtype, ...config } = await readObject(join(from, 'config.json'));
  const saved = {
    ...config,
    dtype: DTYPES[numbers],
    initializer_range: 0.02,
    pretraining_tp: 1,
    rope_parameters: { rope_theta, rope_type: 'default' },
    transformers_version: '5.17.0',
  };
  if (torch_dtype !== 'float32') throw new Error(`dtype ${String(torch_dtype)}`);
  await writeFile(join(to, 'config.json'), JSON.stringify(saved, null, 2));
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'])
    await cp(join(from, name), join(to, name));
  const { tensors } = await readSafetensors(join(from, 'model.safetensors'));
  // Names in order, as the library of safetensors writes them.
  const sorted = [...tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeFile(join(to, 'model.safetensors'), weightsFile(sorted, numbers));
}

/** A folder as 0.1.0 wrote it: Qwen2ForCausalLM, no hashes, no domain, no card. */
export async function asOf010(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
  await rm(join(to, 'README.md'));
  const config = await readObject(join(from, 'config.json'));
  for (const name of ['head_dim', 'rope_parameters', 'attention_bias', 'mlp_bias', 'dtype', 'tracelab'])
    Reflect.deleteProperty(config, name);
  const qwen = { ...config, architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', use_sliding_window: false };
  await writeFile(join(to, 'config.json'), JSON.stringify(qwen));
  const { format, size, condition, seed, step, tokens } = await readObject(join(from, 'tracelab.json'));
  await writeFile(join(to, 'tracelab.json'), JSON.stringify({ format, size, condition, seed, step, tokens }));
  const { tensors } = await readSafetensors(join(from, 'model.safetensors'));
  const own = [...tensors.values()].filter(({ name }) => !name.endsWith('.o_proj.bias'));
  await writeFile(join(to, 'model.safetensors'), weightsFile(own, 'F32'));
}

/** A file of weights, whose numbers are rounded to the type by Node, or to bfloat16 by cutting them. */
export function weightsFile(tensors: Tensors, numbers: Numbers | 'F64'): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Buffer[] = [];
  let end = 0;
  for (const { name, shape, values } of tensors) {
    const part = Buffer.from(bytesOf(values, numbers));
    header[name] = { dtype: numbers, shape, data_offsets: [end, end + part.length] };
    parts.push(part);
    end += part.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}

function bytesOf(values: Float32Array, numbers: Numbers | 'F64'): ArrayBufferLike {
  switch (numbers) {
    case 'F32':
      return Float32Array.from(values).buffer;
    case 'F64':
      return Float64Array.from(values).buffer;
    case 'F16':
      return Float16Array.from(values).buffer;
    case 'BF16':
      return Uint16Array.from(new Uint32Array(Float32Array.from(values).buffer), (bits) => bits >>> 16).buffer;
    default:
      return numbers satisfies never;
  }
}
