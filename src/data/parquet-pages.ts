// Gives the pages that hyparquet-writer writes their CRC-32, which it leaves out: each row group is held in memory, and
// its page headers are written anew before it goes to the file.
import { crc32 } from 'node:zlib';
import type { RowGroup } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { ByteWriter, type ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeFileSync } from '../base/disk.ts';

/** Output of hyparquet-writer that adds a CRC-32 to each page and writes each row group to a new file. */
export class ChecksumWriter extends ByteWriter {
  /** CRC-32 of the bytes of each column chunk, by row group. */
  readonly chunks: number[][] = [];
  private readonly path: string;
  private writer: ParquetWriter | undefined;

  /** @param path of the new file */
  constructor(path: string) {
    super(1 << 20);
    this.path = path;
    writeFileSync(path, '', 'wx');
  }

  /** @param writer that writes through this, with offset indexes left out */
  attach(writer: ParquetWriter): void {
    this.writer = writer;
  }

  /** Called after each row group. */
  flush(): void {
    const group = this.writer?.row_groups.at(-1);
    if (group === undefined) throw new Error('a row group without its writer');
    const before = this.offset - this.index;
    const bytes = this.buffer.slice(0, this.index);
    const first = Number(group.columns[0]?.file_offset ?? this.offset) - before;
    const out = new ByteWriter(bytes.byteLength + 4096);
    out.offset = before;
    // What comes before the first group: the magic letters.
    out.appendBytes(new Uint8Array(bytes, 0, first));
    this.chunks.push(group.columns.map((column) => withChecksums(column, bytes, before, out)));
    group.total_byte_size = group.columns.reduce(
      (sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n),
      0n,
    );
    group.total_compressed_size = group.columns.reduce(
      (sum, { meta_data }) => sum + (meta_data?.total_compressed_size ?? 0n),
      0n,
    );
    writeFileSync(this.path, out.getBytes(), 'a');
    this.offset = out.offset;
    this.index = 0;
  }

  /** Appends the remaining bytes to the file. */
  override finish(): void {
    writeFileSync(this.path, this.getBytes(), 'a');
    this.index = 0;
  }
}

/**
 * Copies a column chunk with new page headers, and corrects its description.
 * @param bytes of the row group
 * @param begin offset of `bytes` in the file
 * @returns CRC-32 of the new bytes
 */
function withChecksums(
  column: RowGroup['columns'][number],
  bytes: ArrayBuffer,
  begin: number,
  out: ByteWriter,
): number {
  const meta = column.meta_data;
  if (!meta) throw new Error('a column without description');
  const from = Number(column.file_offset) - begin;
  const end = from + Number(meta.total_compressed_size);
  const chunkBegin = out.index;
  column.file_offset = BigInt(out.offset);
  const reader = { view: new DataView(bytes, 0, end), offset: from };
  let isFirstData = true;
  while (reader.offset < end) {
    const header = parquetHeader(reader);
    const page = new Uint8Array(bytes, reader.offset, header.compressed_page_size);
    reader.offset += page.length;
    if (header.type === 'DICTIONARY_PAGE') meta.dictionary_page_offset = BigInt(out.offset);
    else if (isFirstData) {
      meta.data_page_offset = BigInt(out.offset);
      isFirstData = false;
    }
    // The header has 32 bits with a sign.
    writePageHeader(out, { ...header, crc: crc32(page) | 0 });
    out.appendBytes(page);
  }
  const grown = BigInt(out.index - chunkBegin - (end - from));
  meta.total_compressed_size += grown;
  meta.total_uncompressed_size += grown;
  return crc32(out.getBytes().subarray(chunkBegin));
}
