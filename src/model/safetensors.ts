// The safetensors file format: 8 bytes of header length (little endian), a JSON header, then the raw tensors. Numbers
// of 32 bits are written; numbers of 16 bits are read, too, and become numbers of 32.
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { isSystemError, readBytes, readWhole } from '../base/files.ts';
import { depthFault } from '../base/json-fault.ts';
import { LIMITS } from '../base/limits.ts';
import { damaged as damagedFile, type Fault } from './checkpoint-fault.ts';
import { fromBfloat16, fromFloat16 } from './half-floats.ts';
import type { NamedTensor, TensorFile } from './tensor-file.ts';

/** Bytes of a number, and what becomes of its bytes. */
const TYPES = {
  F32: { bytes: 4, read: (bytes: Uint8Array<ArrayBuffer>) => new Float32Array(bytes.slice().buffer) },
  BF16: { bytes: 2, read: fromBfloat16 },
  F16: { bytes: 2, read: fromFloat16 },
} as const;
export type NumberType = keyof typeof TYPES;

/** The bytes of a file; tensors keep their order, the header is padded with spaces to a multiple of 8. */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8, ' '));
  const bytes = new Uint8Array(8 + json.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  let at = 8 + json.length;
  for (const { values } of tensors) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/**
 * @throws TracelabError CHECKPOINT_MISSING (refused input) when there is no such file, FILE_READ (environment) or
 * CHECKPOINT_DAMAGED
 */
export async function readSafetensors(path: string): Promise<TensorFile> {
  return decodeSafetensors(await readWeights(path), path);
}

/**
 * The bytes of a file of weights.
 * @throws TracelabError CHECKPOINT_MISSING (refused input), FILE_READ (environment)
 */
export async function readWeights(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readWhole(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new TracelabError({
      code: 'CHECKPOINT_MISSING',
      kind: 'refused_input',
      where: path,
      what: 'no such file',
      expected: 'a folder with model.safetensors',
      got: 'none',
      hint: 'expected a folder with model.safetensors',
      cause: error,
    });
  }
}

/** A folder in the file's place is something else. */
function isMissing(error: unknown): boolean {
  return error instanceof TracelabError && isSystemError(error.cause) && error.cause.code === 'ENOENT';
}

/**
 * Strict: every tensor is named once, and together they fill the data from its first byte to its last.
 * @param where the file's name, for errors
 * @param otherType what a whole file with numbers of another type is refused with
 * @throws TracelabError CHECKPOINT_DAMAGED, and of `otherType`
 */
export function decodeSafetensors(
  bytes: Uint8Array<ArrayBuffer>,
  where: string,
  otherType: Fault = damagedFile,
): TensorFile {
  const { entries, metadata, end: bodyAt } = readHeader(bytes, where, otherType);
  const damaged = damagedIn(where);
  const body = bytes.subarray(bodyAt);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    const [from, to] = data_offsets;
    if (to > body.length || to - from !== TYPES[dtype].bytes * shape.reduce((a, b) => a * b, 1))
      throw damaged(
        `tensor ${name}`,
        `bytes ${from}..${to} for shape [${shape.join(', ')}]`,
        `${body.length} bytes of data`,
      );
    tensors.set(name, { name, shape, values: TYPES[dtype].read(body.subarray(from, to)) });
  }
  const ranges = entries.map(([name, { data_offsets }]) => ({ name, from: data_offsets[0], to: data_offsets[1] }));
  let end = 0;
  for (const { name, from, to } of ranges.sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw damaged(`tensor ${name} ${from < end ? 'overlaps another' : 'leaves a gap'}`, `byte ${end}`, String(from));
    end = to;
  }
  if (end !== body.length) throw damaged('bytes behind the last tensor', `${end} bytes of data`, String(body.length));
  return { tensors, metadata };
}

/**
 * The types of the numbers of a file, from its header alone.
 * @throws TracelabError as readSafetensors, and of `otherType`
 */
export async function numberTypes(path: string, otherType: Fault): Promise<readonly NumberType[]> {
  let start = new Uint8Array();
  for await (const piece of readBytes(path)) {
    const longer = new Uint8Array(start.length + piece.length);
    longer.set(start);
    longer.set(piece, start.length);
    start = longer;
    if (start.length >= headerEnd(start) || start.length > LIMITS.weightsHeaderBytes.most) break;
  }
  const { entries } = readHeader(start, path, otherType);
  return [...new Set(entries.map(([, { dtype }]) => dtype))].sort();
}

/** Bytes up to the first tensor; 8 where the length of the header is not there. */
function headerEnd(start: Uint8Array): number {
  if (start.length < 8) return 8;
  return 8 + Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
}

const size = z.int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.enum(Object.keys(TYPES) as NumberType[]),
    shape: z.array(size),
    data_offsets: z.tuple([size, size]),
  }),
);
const metadataSchema = z.record(z.string(), z.string());
/** Types of the format that no model of ours has. */
const OTHER_TYPES = /^(?:BOOL|C64|[FIU]\d+(?:_[A-Z\d]+)*)$/;

type Damaged = (what: string, expected: string, got: string) => TracelabError;

function damagedIn(where: string): Damaged {
  return (what, expected, got) => damagedFile(where, what, expected, got);
}

interface Header {
  readonly entries: readonly (readonly [string, z.infer<typeof headerSchema>[string]])[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of the file up to the first tensor. */
  readonly end: number;
}

/** @param start bytes of a file, at least up to its first tensor if it is whole */
function readHeader(start: Uint8Array, where: string, otherType: Fault): Header {
  const damaged = damagedIn(where);
  if (start.length < 8) throw damaged('too short for a header', 'at least 8 bytes', String(start.length));
  const end = headerEnd(start);
  if (end > start.length)
    throw damaged('header runs past the end', `${end - 8} bytes of header`, String(start.length - 8));
  const { most } = LIMITS.weightsHeaderBytes;
  if (end - 8 > most) throw damaged('header is too long', `at most ${most} bytes`, String(end - 8));
  const header = parseHeader(start.subarray(8, end), damaged);
  const { __metadata__: given = {}, ...tensors } = header;
  const metadata = metadataSchema.safeParse(given);
  if (!metadata.success) throw damaged('metadata', 'texts by name', JSON.stringify(given).slice(0, 60));
  const entries = headerSchema.safeParse(tensors);
  if (entries.success) return { entries: Object.entries(entries.data), metadata: metadata.data, end };
  const [name, key] = entries.error.issues[0].path.map(String);
  const dtype = (tensors[name] as { readonly dtype?: unknown } | null)?.dtype;
  if (key === 'dtype' && typeof dtype === 'string' && OTHER_TYPES.test(dtype))
    throw otherType(where, `tensor ${name}`, `numbers of type ${Object.keys(TYPES).join(', ')}`, dtype);
  const expected = `dtype ${Object.keys(TYPES).join(', ')} with shape and data_offsets`;
  throw damaged(`tensor ${name}`, expected, JSON.stringify(tensors[name]).slice(0, 120));
}

function parseHeader(bytes: Uint8Array, damaged: Damaged): Readonly<Record<string, unknown>> {
  const { most } = LIMITS.artefactDepth;
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf8', { fatal: true }).decode(bytes);
    if (depthFault(text, most) !== undefined) throw new RangeError('nested too deeply');
    header = JSON.parse(text);
  } catch {
    throw damaged('header is not JSON', `a JSON object of at most ${most} levels`, 'something else');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw damaged('header is no JSON object', 'a JSON object', text.trim().slice(0, 40));
  const twice = nameTwice(text);
  if (twice !== undefined) throw damaged('header has a name twice', 'each tensor once', twice);
  return header as Readonly<Record<string, unknown>>;
}

/** The first name that an object has twice; JSON.parse would silently keep the later one. */
function nameTwice(text: string): string | undefined {
  const names = new Set<string>();
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && /^\s*:/.test(text.slice(index + token.length, index + token.length + 64))) {
      const name = JSON.parse(token) as string;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}
