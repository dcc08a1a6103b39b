// The safetensors file format: 8 bytes of header length (little endian), a JSON header, then the raw tensors. f32 only.
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { isSystemError, readWhole } from '../base/files.ts';
import { depthFault } from '../base/json-fault.ts';
import { LIMITS } from '../base/limits.ts';

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

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
 * @throws TracelabError CHECKPOINT_DAMAGED
 */
export function decodeSafetensors(bytes: Uint8Array<ArrayBuffer>, where: string): TensorFile {
  const damaged = (what: string, expected: string, got: string): TracelabError =>
    new TracelabError({
      code: 'CHECKPOINT_DAMAGED',
      kind: 'damaged_artifact',
      where,
      what,
      expected,
      got,
      hint: 'put a whole copy in its place, or delete its run and make it again',
    });
  if (bytes.length < 8) throw damaged('too short for a header', 'at least 8 bytes', `${bytes.length}`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > bytes.length - 8)
    throw damaged('header runs past the end', `${headerLength} bytes of header`, `${bytes.length - 8}`);
  const { most } = LIMITS.weightsHeaderBytes;
  if (headerLength > most) throw damaged('header is too long', `at most ${most} bytes`, String(headerLength));
  const { entries, metadata } = readHeader(bytes.subarray(8, 8 + headerLength), damaged);
  const body = bytes.subarray(8 + headerLength);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { shape, data_offsets }] of entries) {
    const [from, to] = data_offsets;
    if (to > body.length || to - from !== 4 * shape.reduce((a, b) => a * b, 1))
      throw damaged(
        `tensor ${name}`,
        `bytes ${from}..${to} for shape [${shape.join(', ')}]`,
        `${body.length} bytes of data`,
      );
    tensors.set(name, { name, shape, values: new Float32Array(body.slice(from, to).buffer) });
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

const size = z.int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.literal('F32'), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);
const metadataSchema = z.record(z.string(), z.string());

type Damaged = (what: string, expected: string, got: string) => TracelabError;

function readHeader(
  bytes: Uint8Array,
  damaged: Damaged,
): {
  readonly entries: readonly (readonly [string, z.infer<typeof headerSchema>[string]])[];
  readonly metadata: Readonly<Record<string, string>>;
} {
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
  const { __metadata__: given = {}, ...tensors } = header as Readonly<Record<string, unknown>>;
  const metadata = metadataSchema.safeParse(given);
  if (!metadata.success) throw damaged('metadata', 'texts by name', JSON.stringify(given).slice(0, 60));
  const entries = headerSchema.safeParse(tensors);
  if (entries.success) return { entries: Object.entries(entries.data), metadata: metadata.data };
  const [name] = entries.error.issues[0].path.map(String);
  throw damaged(`tensor ${name}`, 'dtype F32 with shape and data_offsets', JSON.stringify(tensors[name]).slice(0, 120));
}

/** The first name that an object has twice; JSON.parse would keep the later one without a word. */
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
