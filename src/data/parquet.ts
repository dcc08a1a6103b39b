// Tables in Parquet files, in and out, through hyparquet: rows of a row group at a time, so that a file may be larger
// than memory.
import zlib from 'node:zlib';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { TracelabError } from '../base/errors.ts';
import { isSystemError, writeAtomically } from '../base/files.ts';

/**
 * Beside Snappy and no compression, which hyparquet brings. Node 22.12 has no Zstandard yet. No page grows beyond what
 * its header says.
 */
const COMPRESSORS: Compressors = {
  GZIP: (input, length) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ...('zstdDecompressSync' in zlib && {
    ZSTD: (input: Uint8Array, length: number) =>
      zlib.zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  }),
};

/** Values by column. */
export type TableRow = Readonly<Record<string, unknown>>;

export class ParquetTable {
  private readonly path: string;
  private readonly file: AsyncBuffer;
  private readonly metadata: FileMetaData;

  private constructor(path: string, file: AsyncBuffer, metadata: FileMetaData) {
    this.path = path;
    this.file = file;
    this.metadata = metadata;
  }

  /** @throws TracelabError PARQUET_READ (refused input) for what is no whole Parquet file */
  static async open(path: string): Promise<ParquetTable> {
    return readable(path, async () => {
      const file = await asyncBufferFromFile(path);
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
   * @param columns those that are wanted; the ones that the table lacks are left out. 64-bit integers become numbers
   * @throws TracelabError PARQUET_READ
   */
  async rows(from: number, to: number, columns: readonly string[]): Promise<TableRow[]> {
    const { path, file, metadata } = this;
    const there = new Set(metadata.schema.slice(1).map(({ name }) => name));
    const wanted = columns.filter((name) => there.has(name));
    const rows = await readable(path, async () =>
      parquetReadObjects({ file, metadata, columns: wanted, rowStart: from, rowEnd: to, compressors: COMPRESSORS }),
    );
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === 'bigint' ? Number(value) : (value as unknown),
        ]),
      ),
    );
  }
}

async function readable<Value>(path: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    if (isSystemError(cause)) throw cause;
    const got = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw new TracelabError({
      code: 'PARQUET_READ',
      kind: 'refused_input',
      where: path,
      what: 'cannot be read as Parquet',
      expected: 'a whole Parquet file',
      got,
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
 * Writes a table, streaming, compressed with Snappy; complete or not at all. Equal rows give equal bytes.
 * @throws TracelabError FILE_WRITE
 */
export async function writeParquet<Row>(
  path: string,
  columns: readonly ParquetColumn<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
): Promise<void> {
  await writeAtomically(path, async (temporary) => {
    const schema = [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ name, type }) => ({ name, ...PHYSICAL[type], repetition_type: 'OPTIONAL' as const })),
    ];
    const writer = new ParquetWriter({ writer: fileWriter(temporary), schema, createdBy: 'tracelab' });
    let group: Row[] = [];
    const finishGroup = async (): Promise<void> => {
      const columnData = columns.map((column) => ({
        name: column.name,
        data: group.map((row) => physical(column, row)),
      }));
      await writer.write({ columnData, rowGroupSize: GROUP_ROWS });
      group = [];
    };
    for await (const row of rows) {
      group.push(row);
      if (group.length === GROUP_ROWS) await finishGroup();
    }
    if (group.length > 0) await finishGroup();
    await writer.finish();
  });
}
