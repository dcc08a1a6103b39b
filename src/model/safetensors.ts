// The safetensors file format: 8 bytes of header length (little endian), a JSON header, then the raw tensors. f32 only.
import { TracelabError } from '../base/errors.ts';
import { isSystemError, readWhole } from '../base/files.ts';

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
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readWhole(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new TracelabError({
      code: 'CHECKPOINT_MISSING',
      kind: 'refused_input',
      where: path,
      what: 'no such file',
      hint: 'expected a folder with model.safetensors',
      cause: error,
    });
  }
  return decodeSafetensors(bytes, path);
}

/** A folder in the file's place is something else. */
function isMissing(error: unknown): boolean {
  return error instanceof TracelabError && isSystemError(error.cause) && error.cause.code === 'ENOENT';
}

/**
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
      hint: 'the file may be cut short',
    });
  if (bytes.length < 8) throw damaged('too short for a header', 'at least 8 bytes', `${bytes.length}`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > bytes.length - 8)
    throw damaged('header runs past the end', `${headerLength} bytes of header`, `${bytes.length - 8}`);
  let header: Record<string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown }>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as typeof header;
  } catch {
    throw damaged('header is not JSON', 'a JSON object', 'something else');
  }
  const body = bytes.subarray(8 + headerLength);
  const tensors = new Map<string, NamedTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = entry as Record<string, string>;
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = entry;
    const isNumbers = (value: unknown): value is number[] =>
      Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && (x as number) >= 0);
    if (dtype !== 'F32' || !isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2)
      throw damaged(`tensor ${name}`, 'dtype F32 with shape and data_offsets', JSON.stringify(entry));
    const [from, to] = offsets;
    if (to > body.length || to - from !== 4 * shape.reduce((a, b) => a * b, 1))
      throw damaged(
        `tensor ${name}`,
        `bytes ${from}..${to} for shape [${shape.join(', ')}]`,
        `${body.length} bytes of data`,
      );
    tensors.set(name, { name, shape, values: new Float32Array(body.slice(from, to).buffer) });
  }
  return { tensors, metadata };
}
