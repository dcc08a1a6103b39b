// What a Parquet file says of itself, checked before anything is decoded: the counts of pages against those of their
// column, lengths inside pages, and checksums where there are any. hyparquet trusts all of them, and loops without end
// where some are wrong.
import { crc32 } from 'node:zlib';
import type { AsyncBuffer, ColumnMetaData, Compressors, FileMetaData, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { canonicalJson, sha256 } from '../base/hash.ts';
import { LIMITS } from '../base/limits.ts';

const MOST_ROWS = LIMITS.parquetRows.most;
const MOST_BYTES = LIMITS.parquetColumnBytes.most;
/** Bytes behind the footer: its length, and the magic letters. */
const TAIL = 8;

/** Key in the footer under which our own files have checksums of all column chunks, and of the rest of the footer. */
export const CHECKSUMS_KEY = 'tracelab.checksums';

/** Thrown inside this file and by callers; parquet.ts makes the message. */
export class ParquetFault extends Error {}

/** What a leaf column needs to be checked. */
export interface LeafColumn {
  readonly meta: ColumnMetaData;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/**
 * Checks the counts of the footer.
 * @throws ParquetFault
 */
export function checkFooter({ schema, num_rows, row_groups }: FileMetaData): void {
  // The first element is the table itself.
  checkCountOf('columns', schema.length - 1, LIMITS.parquetColumns.most);
  checkCountOf('row groups', row_groups.length, LIMITS.parquetGroups.most);
  const rows = row_groups.reduce((sum, group) => sum + group.num_rows, 0n);
  if (rows !== num_rows) throw new ParquetFault(`${num_rows} rows in the footer, ${rows} in its row groups`);
  for (const [i, group] of row_groups.entries()) {
    if (group.num_rows < 0n || group.num_rows > BigInt(MOST_ROWS))
      throw new ParquetFault(`${group.num_rows} rows in row group ${i}, where at most ${MOST_ROWS} are read`);
    for (const { meta_data: meta } of group.columns) {
      if (!meta) throw new ParquetFault(`a column without description in row group ${i}`);
      const { total_compressed_size: size, total_uncompressed_size: full } = meta;
      if (size < 0n || full < 0n || full > BigInt(MOST_BYTES))
        throw new ParquetFault(`a column of ${full} bytes in row group ${i}, where at most ${MOST_BYTES} are read`);
    }
  }
}

function checkCountOf(what: string, count: number, most: number): void {
  if (count > most) throw new ParquetFault(`${count} ${what}, where at most ${most} are read`);
}

/**
 * Checks the size of the footer before it is read.
 * @throws ParquetFault
 */
export async function checkFooterSize(file: AsyncBuffer): Promise<void> {
  if (file.byteLength < TAIL) throw new ParquetFault(`${file.byteLength} bytes`);
  const tail = await file.slice(file.byteLength - TAIL);
  if (Buffer.from(tail, 4).toString('latin1') !== 'PAR1') throw new ParquetFault('another end than PAR1');
  const bytes = new DataView(tail).getUint32(0, true);
  checkCountOf('bytes of footer', bytes, LIMITS.parquetFooterBytes.most);
}

/**
 * Checks a whole column chunk.
 * @param bytes from its first page on
 * @param rows of its row group
 * @throws ParquetFault; RangeError of a header that ends too early
 */
export function checkChunk(bytes: Uint8Array, column: LeafColumn, rows: bigint, compressors: Compressors): void {
  const { meta, maxRepetition } = column;
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  let values = 0;
  // No page can be larger than its column says; writers round.
  let room = Number(meta.total_uncompressed_size) + (1 << 20);
  while (reader.offset < bytes.byteLength && BigInt(values) < meta.num_values) {
    const header = parquetHeader(reader);
    const { compressed_page_size: size, uncompressed_page_size: full, crc } = header;
    if (!(size >= 0 && size <= bytes.byteLength - reader.offset)) throw new ParquetFault('a page that is cut short');
    if (!(full >= 0 && full <= room)) throw new ParquetFault('pages that are larger than their column');
    room -= full;
    const page = bytes.subarray(reader.offset, reader.offset + size);
    reader.offset += size;
    if (crc !== undefined && crc >>> 0 !== crc32(page)) throw new ParquetFault('a page with another checksum');
    values += checkPage(page, header, column, compressors);
  }
  if (BigInt(values) !== meta.num_values)
    throw new ParquetFault(`${values} values in pages, ${meta.num_values} in their column`);
  if (maxRepetition === 0 && BigInt(values) !== rows)
    throw new ParquetFault(`${values} values in a column, ${rows} rows in its row group`);
}

/** @returns values of the page; 0 of a dictionary */
function checkPage(page: Uint8Array, header: PageHeader, column: LeafColumn, compressors: Compressors): number {
  const { codec, type } = column.meta;
  const unpacked = (bytes: Uint8Array, size: number): Uint8Array => decompressPage(bytes, size, codec, compressors);
  if (header.type === 'DICTIONARY_PAGE') {
    const count = header.dictionary_page_header?.num_values ?? 0;
    checkPlain(unpacked(page, header.uncompressed_page_size), type, count);
    return 0;
  }
  if (header.type === 'DATA_PAGE') {
    const { num_values: count = -1, encoding } = header.data_page_header ?? {};
    checkCount(count, column);
    const bytes = unpacked(page, header.uncompressed_page_size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    let nulls = 0;
    for (const level of [column.maxRepetition, column.maxDefinition]) {
      if (level === 0) continue;
      const end = at + 4 + view.getUint32(at, true);
      const full = checkRuns(view, at + 4, end, bitWidth(level), count, level);
      if (level === column.maxDefinition) nulls = count - full;
      at = end;
    }
    checkValues(bytes.subarray(at), encoding, type, count - nulls);
    return count;
  }
  const v2 = header.data_page_header_v2;
  if (header.type !== 'DATA_PAGE_V2' || !v2) throw new ParquetFault(`a page of type ${header.type}`);
  const { num_values: count, num_nulls, repetition_levels_byte_length, definition_levels_byte_length, encoding } = v2;
  checkCount(count, column);
  const levels = repetition_levels_byte_length + definition_levels_byte_length;
  if (!(repetition_levels_byte_length >= 0 && definition_levels_byte_length >= 0 && levels <= page.length))
    throw new ParquetFault('a page whose levels are longer than itself');
  if (!(num_nulls >= 0 && num_nulls <= count)) throw new ParquetFault('a page with more missing values than values');
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  if (column.maxRepetition > 0)
    checkRuns(view, 0, repetition_levels_byte_length, bitWidth(column.maxRepetition), count, 0);
  if (column.maxDefinition > 0) {
    const { maxDefinition } = column;
    const full = checkRuns(view, repetition_levels_byte_length, levels, bitWidth(maxDefinition), count, maxDefinition);
    if (full !== count - num_nulls) throw new ParquetFault('a page with another number of missing values');
  }
  const rest = page.subarray(levels);
  const size = header.uncompressed_page_size - levels;
  checkValues(v2.is_compressed === false ? rest : unpacked(rest, size), encoding, type, count - num_nulls);
  return count;
}

function checkCount(count: number, { meta }: LeafColumn): void {
  if (!(count >= 0 && BigInt(count) <= meta.num_values)) throw new ParquetFault(`a page of ${count} values`);
}

function checkValues(bytes: Uint8Array, encoding: string | undefined, type: string, count: number): void {
  if (encoding === 'PLAIN') checkPlain(bytes, type, count);
  if ((encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') && count > 0) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const width = view.getUint8(0);
    if (width > 32) throw new ParquetFault(`indexes of ${width} bits`);
    if (width > 0) checkRuns(view, 1, bytes.length, width, count, 0);
  }
}

/** Texts must fill their page; of other types nothing but the size is to be checked. */
function checkPlain(bytes: Uint8Array, type: string, count: number): void {
  if (type !== 'BYTE_ARRAY') {
    const size = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 }[type];
    if (size !== undefined && bytes.length < size * count) throw new ParquetFault('a page that is too short');
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw new ParquetFault('texts that are longer than their page');
    at += 4 + view.getUint32(at, true);
  }
  if (at !== bytes.length) throw new ParquetFault('texts that do not fill their page');
}

/** Of 2, by the index of a byte in a number of seven bits a byte. */
const POWERS = [1, 1 << 7, 1 << 14, 1 << 21, 1 << 28];
/** Values that a run may hold beyond the wanted ones, as padding. */
const PADDING = 512;

/**
 * Walks the runs of the hybrid of run lengths and packed bits.
 * @returns how many values equal `level`
 */
function checkRuns(view: DataView, from: number, end: number, width: number, count: number, level: number): number {
  if (end > view.byteLength) throw new ParquetFault('runs that are longer than their page');
  let at = from;
  let seen = 0;
  let equal = 0;
  while (seen < count) {
    let run = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= end || shift > 28) throw new ParquetFault('runs that end too early');
      const byte = view.getUint8(at++);
      run += (byte & 0x7f) * POWERS[shift / 7];
      if (byte < 0x80) break;
    }
    const isPacked = run % 2 === 1;
    const values = isPacked ? Math.floor(run / 2) * 8 : Math.floor(run / 2);
    if (values === 0 || values > count - seen + (isPacked ? PADDING : 0))
      throw new ParquetFault('a run of a wrong length');
    const bytes = isPacked ? (values / 8) * width : (width + 7) >> 3;
    // The last packed run may be cut at the end of its values.
    const least = isPacked ? Math.ceil((Math.min(values, count - seen) * width) / 8) : bytes;
    if (at + least > end) throw new ParquetFault('runs that are longer than their page');
    if (level > 0) {
      if (!isPacked) equal += view.getUint8(at) === level ? values : 0;
      else
        for (let i = 0; i < Math.min(values, count - seen); i++) {
          let value = 0;
          for (let bit = 0; bit < width; bit++) {
            const index = i * width + bit;
            value |= ((view.getUint8(at + (index >> 3)) >> (index & 7)) & 1) << bit;
          }
          if (value === level) equal += 1;
        }
    }
    at += bytes;
    seen += values;
  }
  return equal;
}

function bitWidth(value: number): number {
  return 32 - Math.clz32(value);
}

/**
 * The checksums of a file, as they are in its footer.
 * @param chunks CRC-32 of the bytes of each column chunk, by row group
 */
export function checksumsText(
  metadata: Pick<FileMetaData, 'schema' | 'num_rows' | 'row_groups'>,
  chunks: readonly (readonly number[])[],
): string {
  return JSON.stringify({ footer: footerHash(metadata, chunks), chunks });
}

/**
 * CRC-32 of each column chunk, by row group; null where the file has none.
 * @throws ParquetFault when the footer is not the one that they were made for
 */
export function checksumsOf(metadata: FileMetaData): readonly (readonly number[])[] | null {
  const text = metadata.key_value_metadata?.find(({ key }) => key === CHECKSUMS_KEY)?.value;
  if (text === undefined) return null;
  const held = parsed(text);
  if (!Array.isArray(held?.chunks) || held.footer !== footerHash(metadata, held.chunks))
    throw new ParquetFault('a footer with another checksum');
  return held.chunks as number[][];
}

/** Null for a text that is damaged. */
function parsed(text: string): { readonly footer?: unknown; readonly chunks?: unknown } | null {
  try {
    return JSON.parse(text) as { readonly footer?: unknown; readonly chunks?: unknown } | null;
  } catch {
    return null;
  }
}

/** Of all that decides which bytes are read as what. */
function footerHash(
  { schema, num_rows, row_groups }: Pick<FileMetaData, 'schema' | 'num_rows' | 'row_groups'>,
  chunks: unknown,
): string {
  const texts = (value: string | number | bigint | undefined): string => (value === undefined ? '-' : String(value));
  const elements = schema.map(({ name, type, converted_type, repetition_type, num_children, logical_type }) => [
    name,
    ...[type, converted_type, repetition_type, num_children, logical_type?.type].map(texts),
  ]);
  const groups = row_groups.map((group) => [
    texts(group.num_rows),
    ...group.columns.map(({ meta_data: meta }) => [
      ...(meta?.path_in_schema ?? []),
      ...[
        meta?.type,
        meta?.codec,
        meta?.num_values,
        meta?.total_compressed_size,
        meta?.total_uncompressed_size,
        meta?.data_page_offset,
        meta?.dictionary_page_offset,
      ].map(texts),
    ]),
  ]);
  return sha256(canonicalJson([elements, texts(num_rows), groups, chunks]));
}
