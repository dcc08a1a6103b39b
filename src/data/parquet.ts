// Tables in Parquet files, in and out, through hyparquet: rows of a row group at a time, so that a file may be larger
// than memory.
import { crc32 } from 'node:zlib';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } from 'hyparquet/src/schema.js';
import { ParquetWriter } from 'hyparquet-writer';
import { TracelabError } from '../base/errors.ts';
import { isSystemError, writeAtomically } from '../base/files.ts';
import { COMPRESSORS } from './parquet-blocks.ts';
import {
  checkChunk,
  checkFooter,
  checkFooterSize,
  CHECKSUMS_KEY,
  checksumsOf,
  checksumsText,
  ParquetFault,
} from './parquet-check.ts';
import { ChecksumWriter } from './parquet-pages.ts';
import { PREFERENCE_HINT } from './row-texts.ts';

/** Values by column. */
export type TableRow = Readonly<Record<string, unknown>>;

/** An open Parquet file. Its footer, counts and checksums are checked before rows are decoded. */
export class ParquetTable {
  /** Names of its columns. */
  readonly columns: readonly string[];
  private readonly path: string;
  private readonly file: AsyncBuffer;
  private readonly metadata: FileMetaData;
  /** CRC-32 of each column chunk, by row group, where the file has them. */
  private readonly checksums: readonly (readonly number[])[] | null;

  private constructor(path: string, file: AsyncBuffer, metadata: FileMetaData) {
    checkFooter(metadata);
    this.path = path;
    this.file = file;
    this.metadata = metadata;
    this.checksums = checksumsOf(metadata);
    this.columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  }

  /** @throws TracelabError PARQUET_READ (refused input) for what is no whole Parquet file */
  static async open(path: string): Promise<ParquetTable> {
    return readable(path, async () => {
      const file = await asyncBufferFromFile(path);
      await checkFooterSize(file);
      return new ParquetTable(path, file, await parquetMetadataAsync(file));
    });
  }

  /** Rows [from, to) of each row group. */
  get groups(): { readonly from: number; readonly to: number }[] {
    let to = 0;
    return this.metadata.row_groups.map(({ num_rows }) => {
      const from = to;
      to += Number(num_rows);
      return { from, to };
    });
  }

  /**
   * Rows [from, to): whole row groups are read once each.
   * @param columns those that are wanted; the ones that the table lacks are left out. Integers become
   * numbers, those that a number cannot hold stay bigint
   * @throws TracelabError PARQUET_READ
   */
  async rows(from: number, to: number, columns: readonly string[]): Promise<TableRow[]> {
    const { path, file, metadata } = this;
    const there = new Set(this.columns);
    const wanted = columns.filter((name) => there.has(name));
    const rows = await readable(path, async () => {
      for (const [i, group] of this.groups.entries())
        if (group.from < to && from < group.to) await this.checkGroup(i, new Set(wanted));
      return parquetReadObjects({
        file,
        metadata,
        columns: wanted,
        rowStart: from,
        rowEnd: to,
        compressors: COMPRESSORS,
      });
    });
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : (value as unknown),
        ]),
      ),
    );
  }

  /** @throws ParquetFault for a column chunk that is not what the file says of it */
  private async checkGroup(index: number, wanted: ReadonlySet<string>): Promise<void> {
    const { num_rows, columns } = this.metadata.row_groups[index];
    const tree = parquetSchema(this.metadata);
    for (const [i, { meta_data: meta }] of columns.entries()) {
      if (!meta || !wanted.has(meta.path_in_schema[0])) continue;
      if (!CODECS.has(meta.codec)) throw new MissingCodec(meta.codec);
      const path = getTreePath(tree, meta.path_in_schema);
      const begin = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
      const end = begin + Number(meta.total_compressed_size);
      if (!(begin >= 4 && end <= this.file.byteLength)) throw new ParquetFault('a column outside the file');
      const bytes = new Uint8Array(await this.file.slice(begin, end));
      const checksum = this.checksums?.[index]?.[i];
      if (checksum !== undefined && checksum !== crc32(bytes)) throw new ParquetFault('a column with another checksum');
      const levels = { maxDefinition: getMaxDefinitionLevel(path), maxRepetition: getMaxRepetitionLevel(path) };
      checkChunk(bytes, { meta, ...levels }, num_rows, COMPRESSORS);
    }
  }
}

const CODECS: ReadonlySet<string> = new Set(['UNCOMPRESSED', ...Object.keys(COMPRESSORS)]);

class MissingCodec extends Error {}

/**
 * Opens a table that has columns of texts.
 * @param texts columns of which it must have one
 * @throws TracelabError PARQUET_READ, PARQUET_COLUMNS
 */
export async function openTexts(path: string, texts: readonly string[]): Promise<ParquetTable> {
  const table = await ParquetTable.open(path);
  const { columns } = table;
  if (texts.some((name) => columns.includes(name))) return table;
  const shown = columns.join(', ');
  throw new TracelabError({
    code: 'PARQUET_COLUMNS',
    kind: 'refused_input',
    where: path,
    what: 'the table has no texts',
    expected: 'columns `prompt` and `completion`, or `text`',
    got: shown.length > 200 ? `${shown.slice(0, 200)}...` : shown || 'no columns',
    hint: columns.includes('chosen') ? PREFERENCE_HINT : 'rename its columns',
  });
}

async function readable<Value>(path: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    if (isSystemError(cause)) throw cause;
    if (cause instanceof MissingCodec)
      throw new TracelabError({
        code: 'PARQUET_READ',
        kind: 'refused_input',
        where: path,
        what: 'its compression cannot be unpacked here',
        expected: `one of ${[...CODECS].join(', ')}`,
        got: cause.message,
        hint: 'write the table again with Snappy or Zstandard',
        cause,
      });
    const got = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw new TracelabError({
      code: 'PARQUET_READ',
      kind: 'refused_input',
      where: path,
      what: 'cannot be read as Parquet',
      expected: 'a whole Parquet file',
      got,
      hint: 'the file may be damaged or cut short',
      cause,
    });
  }
}

export interface ParquetColumn<Row> {
  readonly name: string;
  /** `integer` has 32 bits, `long` 64. */
  readonly type: 'text' | 'integer' | 'long' | 'number' | 'boolean';
  /** Undefined = no value. */
  readonly value: (row: Row) => string | number | boolean | undefined;
}

/** Rows of a row group: some 20 MB of the longest traces. */
const GROUP_ROWS = 2_000;
const PHYSICAL = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT32' },
  long: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
} as const;

function physical<Row>({ type, value }: ParquetColumn<Row>, row: Row): string | number | bigint | boolean | null {
  const found = value(row) ?? null;
  return type === 'long' && typeof found === 'number' ? BigInt(found) : found;
}

/**
 * Writes a table; complete or not at all. Equal rows give equal bytes.
 * @throws TracelabError FILE_WRITE
 */
export async function writeParquet<Row>(
  path: string,
  columns: readonly ParquetColumn<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
): Promise<void> {
  await writeAtomically(path, (temporary) => fillParquet(temporary, columns, rows));
}

/**
 * Writes a table into a file that is not yet in its place, streaming, compressed with Snappy, with checksums.
 * @param temporary of writeAtomically
 */
export async function fillParquet<Row>(
  temporary: string,
  columns: readonly ParquetColumn<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
): Promise<void> {
  const schema = [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, type }) => ({ name, ...PHYSICAL[type], repetition_type: 'OPTIONAL' as const })),
  ];
  const file = new ChecksumWriter(temporary);
  const writer = new ParquetWriter({ writer: file, schema, createdBy: 'tracelab' });
  file.attach(writer);
  let group: Row[] = [];
  const finishGroup = async (): Promise<void> => {
    const columnData = columns.map((column) => ({
      name: column.name,
      data: group.map((row) => physical(column, row)),
      // It would have the offsets from before the checksums.
      offsetIndex: false,
    }));
    await writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    group = [];
  };
  for await (const row of rows) {
    group.push(row);
    if (group.length === GROUP_ROWS) await finishGroup();
  }
  if (group.length > 0) await finishGroup();
  writer.kvMetadata = [{ key: CHECKSUMS_KEY, value: checksumsText(writer, file.chunks) }];
  await writer.finish();
}
