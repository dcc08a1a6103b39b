// Scalars as an event file of TensorBoard: TFRecords, each with an Event in the wire format of protocol buffers. Only
// the fields that scalars need. TensorBoard reads such a file while it grows.
//
//     u64 length | u32 masked CRC of the length | Event | u32 masked CRC of the Event        (little endian)
//
// Event {1: f64 wall_time, 2: int64 step, 3: string file_version, 5: Summary, 7: SessionLog}
// Summary {1: repeated Value {1: string tag, 2: f32 simple_value}}      SessionLog {1: status, START = 1}

/** Numbers of one step. */
export interface Scalars {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly values: readonly (readonly [tag: string, value: number])[];
}

/** What a file begins with: its version, and that what was read of the same run before it counts no more. */
export function eventFileHead(wallTime: number): Uint8Array {
  const start = Uint8Array.of(...tagOf(1, VARINT), 1);
  return joined([
    record(joined([doubleField(1, wallTime), bytesField(3, encoder.encode('brain.Event:2'))])),
    record(joined([doubleField(1, wallTime), bytesField(7, start)])),
  ]);
}

/** One record of an event file with the values of a step. */
export function scalarsRecord({ wallTime, step, values }: Scalars): Uint8Array {
  const summary = joined(
    values.map(([tag, value]) => bytesField(1, joined([bytesField(1, encoder.encode(tag)), floatField(2, value)]))),
  );
  return record(
    joined([doubleField(1, wallTime), Uint8Array.of(...tagOf(2, VARINT), ...varint(step)), bytesField(5, summary)]),
  );
}

/**
 * The numbers of a row of metrics.jsonl by name; those of a nested object as `seconds/total`. `step` and what is no
 * finite number are left out.
 */
export function scalarsOf(row: Readonly<Record<string, unknown>>): (readonly [string, number])[] {
  const walk = (value: unknown, name: string): (readonly [string, number])[] => {
    if (typeof value === 'number') return Number.isFinite(value) ? [[name, value]] : [];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => walk(inner, name === '' ? key : `${name}/${key}`));
  };
  return walk(row, '').filter(([name]) => name !== 'step');
}

const encoder = new TextEncoder();
const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5];

function tagOf(field: number, wire: number): number[] {
  return varint((field << 3) | wire);
}

/** @param value a whole number from 0 to 2^53 */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return joined([Uint8Array.of(...tagOf(field, LENGTH), ...varint(bytes.length)), bytes]);
}

function doubleField(field: number, value: number): Uint8Array {
  return joined([Uint8Array.from(tagOf(field, FIXED64)), new Uint8Array(new Float64Array([value]).buffer)]);
}

function floatField(field: number, value: number): Uint8Array {
  return joined([Uint8Array.from(tagOf(field, FIXED32)), new Uint8Array(new Float32Array([value]).buffer)]);
}

function record(event: Uint8Array): Uint8Array {
  const framed = new Uint8Array(16 + event.length);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(8, maskedCrc(framed.subarray(0, 8)), true);
  framed.set(event, 12);
  view.setUint32(12 + event.length, maskedCrc(event), true);
  return framed;
}

/** The reversed polynomial of CRC-32C (Castagnoli). */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc;
});

/** CRC-32C (RFC 3720). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Rotated and shifted, so that a CRC of data that holds CRCs is none of them. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
