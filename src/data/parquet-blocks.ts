// Unpacks the blocks of Parquet files. What a block of Snappy or LZ4 says of itself is checked first: how long its
// pieces are, how far its copies reach back, and how many bytes it makes. The libraries that unpack them trust all of
// these, and some wrong ones make them unpack for ever.
import zlib from 'node:zlib';
import { type Compressors, snappyUncompress } from 'hyparquet';
import { decompressLz4, decompressLz4Raw } from 'hyparquet-compressors/src/lz4.js';

/** A block that is not what it says; the message says why. */
class BlockFault extends Error {}

/** A place in a block; each read checks that it is inside. */
class Cursor {
  at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  get rest(): number {
    return this.bytes.length - this.at;
  }

  /** Little-endian number of up to four bytes. */
  number(count: number): number {
    let value = 0;
    for (let i = 0, scale = 1; i < count; i++, scale *= 256) value += this.byte() * scale;
    return value;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new BlockFault('a block that is cut short');
    return this.bytes[this.at++];
  }

  skip(count: number): void {
    if (count > this.rest) throw new BlockFault('a block that is cut short');
    this.at += count;
  }
}

/** Counts the bytes that a block makes. */
class Output {
  private made = 0;
  private readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  literal(length: number): void {
    this.made += length;
    if (this.made > this.size) throw new BlockFault('a block that is larger than its page');
  }

  copy(offset: number, length: number): void {
    if (offset === 0 || offset > this.made) throw new BlockFault('a block that copies from before its start');
    this.literal(length);
  }

  end(): void {
    if (this.made !== this.size) throw new BlockFault('a block that is smaller than its page');
  }
}

/**
 * Checks a block of Snappy.
 * @param size of the page that it makes
 * @throws BlockFault
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
function checkSnappy(block: Uint8Array, size: number): void {
  const cursor = new Cursor(block);
  const output = new Output(size);
  let length = 0;
  for (let scale = 1, byte = 0x80; byte >= 0x80; scale *= 128) {
    byte = cursor.byte();
    length += (byte & 0x7f) * scale;
  }
  if (length !== size) throw new BlockFault('a block of another length than its page');
  while (!cursor.isAtEnd()) {
    const tag = cursor.byte();
    const kind = tag & 3;
    const short = tag >>> 2;
    if (kind === 0) {
      // From 60 on, the length less 1 follows in 1 to 4 bytes.
      const literal = 1 + (short < 60 ? short : cursor.number(short - 59));
      cursor.skip(literal);
      output.literal(literal);
    } else if (kind === 1) output.copy((tag >>> 5) * 256 + cursor.byte(), 4 + (short & 7));
    else output.copy(cursor.number(kind === 2 ? 2 : 4), 1 + short);
  }
  output.end();
}

/**
 * Checks a block of LZ4.
 * @param size of the page that it makes
 * @throws BlockFault
 * @see the block format in the documentation of https://github.com/lz4/lz4
 */
function checkLz4Raw(block: Uint8Array, size: number): void {
  const cursor = new Cursor(block);
  const output = new Output(size);
  // From 15 on, bytes follow that are added, until one is below 255.
  const lengthFrom = (short: number): number => {
    let length = short;
    for (let byte = short === 15 ? 255 : 0; byte === 255; length += byte) byte = cursor.byte();
    return length;
  };
  while (!cursor.isAtEnd()) {
    const token = cursor.byte();
    const literal = lengthFrom(token >>> 4);
    cursor.skip(literal);
    output.literal(literal);
    // The last sequence has no copy.
    if (cursor.isAtEnd()) break;
    const offset = cursor.number(2);
    output.copy(offset, 4 + lengthFrom(token & 15));
  }
  output.end();
}

/**
 * Bytes that a page of LZ4 as Hadoop writes it makes: blocks with their lengths, unpacked and packed, in front; null
 * when it is none.
 */
function hadoopSize(page: Uint8Array): number | null {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let size = 0;
  let at = 0;
  while (page.length - at > 8) {
    const [full, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    at += 8;
    if (packed > page.length - at) return null;
    try {
      checkLz4Raw(page.subarray(at, at + packed), full);
    } catch (error) {
      if (error instanceof BlockFault) return null;
      throw error;
    }
    size += full;
    at += packed;
  }
  return at === page.length ? size : null;
}

/**
 * Decompressors of all codecs that can be read; Node 22.12 has no Zstandard yet. None makes more than `length` bytes.
 */
export const COMPRESSORS: Compressors = {
  SNAPPY: (block, length) => {
    checkSnappy(block, length);
    const page = new Uint8Array(length);
    snappyUncompress(block, page);
    return page;
  },
  GZIP: (block, length) => zlib.gunzipSync(block, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (block, length) => zlib.brotliDecompressSync(block, { maxOutputLength: Math.max(1, length) }),
  ...('zstdDecompressSync' in zlib && {
    ZSTD: (block: Uint8Array, length: number) =>
      zlib.zstdDecompressSync(block, { maxOutputLength: Math.max(1, length) }),
  }),
  LZ4: (page, length) => {
    if (hadoopSize(page) === length) return decompressLz4(page, length);
    checkLz4Raw(page, length);
    return decompressLz4Raw(page, length);
  },
  LZ4_RAW: (block, length) => {
    checkLz4Raw(block, length);
    return decompressLz4Raw(block, length);
  },
};
