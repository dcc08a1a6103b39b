// Reads TensorBoard's event files for tests: records with their CRCs computed bit by bit, and the fields of an Event.
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version?: string;
  /** Of the session log. */
  readonly status?: number;
  readonly values: (readonly [tag: string, value: number])[];
}

/** @throws Error when a record is damaged or cut */
export function readEvents(given: Uint8Array): ReadEvent[] {
  const bytes = Buffer.from(given);
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    check(bytes.subarray(at, at + 8), bytes.readUInt32LE(at + 8));
    const event = bytes.subarray(at + 12, at + 12 + length);
    if (event.length < length) throw new Error('the last record is cut');
    check(event, bytes.readUInt32LE(at + 12 + length));
    events.push(readEvent(event));
    at += 16 + length;
  }
  return events;
}

function check(bytes: Buffer, masked: number): void {
  let crc = 0xffffffff;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = ((crc ^ (byte >> bit)) & 1) === 1;
      crc = (crc >>> 1) ^ (isOdd ? 0x82f63b78 : 0);
    }
  const sum = BigInt(~crc >>> 0);
  const rotated = (sum >> 15n) | ((sum << 17n) & 0xffffffffn);
  if ((rotated + 0xa282ead8n) % 2n ** 32n !== BigInt(masked)) throw new Error('another CRC');
}

type Field = readonly [field: number, value: number | Buffer];

function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wire] = [tag >> 3, tag & 7];
    if (wire === 0) fields.push([field, varint()]);
    else if (wire === 1) fields.push([field, bytes.readDoubleLE((at += 8) - 8)]);
    else if (wire === 5) fields.push([field, bytes.readFloatLE((at += 4) - 4)]);
    else if (wire === 2) {
      const length = varint();
      fields.push([field, bytes.subarray(at, (at += length))]);
    } else throw new Error(`wire type ${wire}`);
  }
  return fields;
}

function readEvent(bytes: Buffer): ReadEvent {
  const fields = new Map(fieldsOf(bytes));
  const inner = (field: number): Field[] => (fields.has(field) ? fieldsOf(fields.get(field) as Buffer) : []);
  const values = inner(5).map(([, value]) => {
    const named = new Map(fieldsOf(value as Buffer));
    return [String(named.get(1)), named.get(2) as number] as const;
  });
  const version = fields.get(3);
  const session = inner(7).at(0);
  return {
    wallTime: fields.get(1) as number,
    step: (fields.get(2) ?? 0) as number,
    ...(version !== undefined && { version: String(version) }),
    ...(session !== undefined && { status: session[1] as number }),
    values,
  };
}
