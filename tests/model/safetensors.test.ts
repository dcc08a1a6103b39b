// The safetensors format: what is written is read back, byte for byte as the format's own description has it, and a cut
// file is refused.
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TracelabError } from '../../src/base/errors.ts';
import { damaged } from '../../src/model/checkpoint-fault.ts';
import { encodeSafetensors, numberTypes, readSafetensors } from '../../src/model/safetensors.ts';
import type { NamedTensor } from '../../src/model/tensor-file.ts';
import { expectSameBits, randomFloats } from '../core/room.ts';

const TENSORS: NamedTensor[] = [
  { name: 'a.weight', shape: [3, 5], values: randomFloats(15, 1) },
  { name: 'b', shape: [1], values: Float32Array.of(-0) },
  { name: 'nothing', shape: [0, 4], values: new Float32Array(0) },
  { name: 'specials', shape: [2, 2], values: Float32Array.of(NaN, -Infinity, 1e-45, 3.4e38) },
];
const METADATA = { format: 'pt', note: 'füße' };

describe('safetensors', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelab-safetensors-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function read(bytes: Uint8Array) {
    const path = join(folder, 'file.safetensors');
    await writeFile(path, bytes);
    return readSafetensors(path);
  }

  async function refusal(bytes: Uint8Array): Promise<TracelabError> {
    const error: unknown = await read(bytes).then(
      () => new Error('was read'),
      (reason: unknown) => reason,
    );
    if (!(error instanceof TracelabError)) throw error as Error;
    return error;
  }

  it('gives back names, shapes, values and metadata in order', async () => {
    const { tensors, metadata } = await read(encodeSafetensors(TENSORS, METADATA));
    expect([...tensors.keys()]).toEqual(TENSORS.map(({ name }) => name));
    for (const { name, shape, values } of TENSORS) {
      expect(tensors.get(name)?.shape).toEqual(shape);
      expectSameBits(tensors.get(name)?.values ?? new Float32Array(1), values, name);
    }
    expect(metadata).toEqual(METADATA);
  });

  it('has the layout that other readers expect: length, JSON header, raw little-endian floats without holes', () => {
    const bytes = Buffer.from(encodeSafetensors(TENSORS, { format: 'pt' }));
    const headerLength = Number(bytes.readBigUInt64LE(0));
    expect((8 + headerLength) % 8).toBe(0);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    expect(header.__metadata__).toEqual({ format: 'pt' });
    let at = 0;
    for (const { name, shape, values } of TENSORS) {
      expect(header[name]).toEqual({ dtype: 'F32', shape, data_offsets: [at, at + 4 * values.length] });
      for (const [i, value] of values.entries())
        expect(Object.is(bytes.readFloatLE(8 + headerLength + at + 4 * i), value)).toBe(true);
      at += 4 * values.length;
    }
    expect(bytes.length).toBe(8 + headerLength + at);
  });

  it('takes a part of a larger buffer for what it is', async () => {
    const block = randomFloats(32, 2);
    const { tensors } = await read(
      encodeSafetensors([{ name: 'part', shape: [4], values: block.subarray(7, 11) }], {}),
    );
    expectSameBits(tensors.get('part')?.values ?? new Float32Array(1), block.slice(7, 11), 'part');
  });

  /** A file of one tensor of two numbers, which are given as the 16 bits of each. */
  const ofHalves = (dtype: string, ...halves: readonly number[]): Buffer => {
    const header = JSON.stringify({ a: { dtype, shape: [halves.length], data_offsets: [0, 2 * halves.length] } });
    const bytes = Buffer.alloc(8 + header.length + 2 * halves.length);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header, 8);
    for (const [i, half] of halves.entries()) bytes.writeUInt16LE(half, 8 + header.length + 2 * i);
    return bytes;
  };

  it('reads numbers of 16 bits as numbers of 32', async () => {
    const values = async (bytes: Buffer): Promise<number[]> => [
      ...((await read(bytes)).tensors.get('a')?.values ?? []),
    ];
    expect(await values(ofHalves('BF16', 0x3f80, 0xc049, 0x0001))).toEqual([1, -3.140625, 2 ** -133]);
    expect(await values(ofHalves('F16', 0x3c00, 0xc248, 0x0001))).toEqual([1, -3.140625, 2 ** -24]);
  });

  it('reads the types of numbers from the header alone', async () => {
    const path = join(folder, 'types.safetensors');
    await writeFile(path, encodeSafetensors(TENSORS, METADATA));
    expect(await numberTypes(path, damaged)).toEqual(['F32']);
    // No tensor is read: those of this file are not there.
    await writeFile(path, ofHalves('BF16', 1, 2).subarray(0, -4));
    expect(await numberTypes(path, damaged)).toEqual(['BF16']);
    await writeFile(path, ofHalves('F16', 1, 2).subarray(0, -8));
    await expect(numberTypes(path, damaged)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED', exitCode: 3 });
  });

  it('refuses the file cut at any place', async () => {
    const bytes = encodeSafetensors(TENSORS, METADATA);
    for (let length = 0; length < bytes.length; length++) {
      const error = await refusal(bytes.subarray(0, length));
      expect(error.code, `cut to ${length} bytes`).toBe('CHECKPOINT_DAMAGED');
      expect(error.exitCode).toBe(3);
    }
  });

  it.each([
    ['a header that is not JSON', 'x'.repeat(16)],
    ['another number format', JSON.stringify({ a: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } })],
    ['no number format', JSON.stringify({ a: { dtype: 'F33', shape: [2], data_offsets: [0, 8] } })],
    [
      'numbers of 16 bits in the bytes of 32',
      JSON.stringify({ a: { dtype: 'BF16', shape: [2], data_offsets: [0, 8] } }),
    ],
    ['a shape that is no list', JSON.stringify({ a: { dtype: 'F32', shape: 2, data_offsets: [0, 8] } })],
    ['a negative size', JSON.stringify({ a: { dtype: 'F32', shape: [-2], data_offsets: [0, 8] } })],
    ['offsets that do not fit the shape', JSON.stringify({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } })],
    ['offsets in the wrong order', JSON.stringify({ a: { dtype: 'F32', shape: [2], data_offsets: [8, 0] } })],
    ['data past the end', JSON.stringify({ a: { dtype: 'F32', shape: [2], data_offsets: [4, 12] } })],
    [
      'sizes whose product is huge',
      JSON.stringify({ a: { dtype: 'F32', shape: [2 ** 31, 2 ** 31, 16], data_offsets: [0, 0] } }),
    ],
  ])('refuses %s', async (_, header) => {
    const bytes = Buffer.alloc(8 + header.length + 8);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header, 8);
    expect((await refusal(bytes)).code).toBe('CHECKPOINT_DAMAGED');
  });

  const tensor = (from: number, to: number): string =>
    JSON.stringify({ dtype: 'F32', shape: [(to - from) / 4], data_offsets: [from, to] });
  it.each([
    ['null', 'null', 'header is no JSON object'],
    ['a list', '[]', 'header is no JSON object'],
    ['a tensor that is null', '{"a":null}', 'tensor a'],
    ['metadata that is a number', `{"__metadata__":1,"a":${tensor(0, 8)}}`, 'metadata'],
    ['metadata with a number', `{"__metadata__":{"step":1},"a":${tensor(0, 8)}}`, 'metadata'],
    ['overlapping tensors', `{"a":${tensor(0, 8)},"b":${tensor(4, 8)}}`, 'tensor b overlaps another'],
    ['the same bytes for two tensors', `{"a":${tensor(0, 8)},"b":${tensor(0, 8)}}`, 'tensor b overlaps another'],
    ['a gap', `{"a":${tensor(4, 8)}}`, 'tensor a leaves a gap'],
    ['bytes behind the last tensor', `{"a":${tensor(0, 4)}}`, 'bytes behind the last tensor'],
    ['a name twice', `{"a":${tensor(0, 8)},"a":${tensor(0, 8)}}`, 'header has a name twice'],
    ['a name twice, once escaped', `{"a":${tensor(0, 8)},"\\u0061" :${tensor(0, 8)}}`, 'header has a name twice'],
  ])('refuses a header with %s', async (_, header, what) => {
    const bytes = Buffer.alloc(8 + header.length + 8);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header, 8);
    const { exitCode, details } = await refusal(bytes);
    expect([exitCode, details.what]).toEqual([3, what]);
    expect(details).toMatchObject({ expected: expect.any(String) as string, got: expect.any(String) as string });
    expect(details.hint).toBe('put a whole copy of the checkpoint in its place, or delete its run and make it again');
  });

  it('refuses a header length beyond all memory', async () => {
    const bytes = Buffer.alloc(64, 0xff);
    expect((await refusal(bytes)).code).toBe('CHECKPOINT_DAMAGED');
  });

  it('does not take a file that cannot be read for a missing one', async () => {
    const path = join(folder, 'loop.safetensors');
    await symlink(path, path);
    await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'FILE_READ', exitCode: 4, where: path });
  });

  it('says which file is missing', async () => {
    await expect(readSafetensors(join(folder, 'none.safetensors'))).rejects.toMatchObject({
      code: 'CHECKPOINT_MISSING',
      exitCode: 2,
      where: join(folder, 'none.safetensors'),
    });
  });
});
