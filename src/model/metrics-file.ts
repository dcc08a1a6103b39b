// metrics.jsonl of a run: one row a step, appended as the run goes. Its beginning belongs to a saved state and is known
// by its hash; a resumed run drops the rows after it.
import { createHash, type Hash } from 'node:crypto';
import { dirname } from 'node:path';
import { type OpenFile, openFile } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { readWhole } from '../base/files.ts';
import { sha256 } from '../base/hash.ts';
import { LIMITS } from '../base/limits.ts';

/** Its name in a run directory. */
export const METRICS_FILE = 'metrics.jsonl';

/** Rows that wait in memory before they are written. */
const BUFFERED_ROWS = 50;

/** The beginning of the file: one row a step. */
interface MetricsMark {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** The rows of a mark, as they were found. */
export interface MarkedRows<Row> {
  readonly rows: readonly Row[];
  readonly text: Uint8Array;
}

/** An open metrics.jsonl: appends rows and keeps the hash of all of them. */
export class MetricsFile<Row extends { readonly step: number }> {
  /** The last row appended or kept. */
  last: Row | undefined;
  private readonly file: OpenFile;
  private readonly hash: Hash = createHash('sha256');
  private count = 0;
  private bytes = 0;
  private waiting: string[] = [];
  private writing = Promise.resolve();

  private constructor(file: OpenFile) {
    this.file = file;
  }

  /**
   * Keeps the rows given, cuts what follows them, and appends there.
   * @param kept of the same file, as readMarkedRows gave them; null for a new run
   */
  static async open<Row extends { readonly step: number }>(
    path: string,
    kept: MarkedRows<Row> | null,
  ): Promise<MetricsFile<Row>> {
    const file = await openFile(path, 'a');
    await file.truncate(kept?.text.length ?? 0);
    const metrics = new MetricsFile<Row>(file);
    if (kept === null) return metrics;
    metrics.hash.update(kept.text);
    metrics.bytes = kept.text.length;
    metrics.count = kept.rows.length;
    metrics.last = kept.rows.at(-1);
    return metrics;
  }

  /** Adds a row. It is on the disk after flush(), which also reports a failed write. */
  append(row: Row): void {
    const text = `${JSON.stringify(row)}\n`;
    this.hash.update(text);
    this.bytes += Buffer.byteLength(text);
    this.count += 1;
    this.last = row;
    this.waiting.push(text);
    if (this.waiting.length >= BUFFERED_ROWS) this.write();
  }

  /** Of all rows so far, on the disk or not. */
  mark(): MetricsMark {
    return { rows: this.count, bytes: this.bytes, sha256: this.hash.copy().digest('hex') };
  }

  /** All rows so far are on the disk when it resolves. */
  async flush(): Promise<void> {
    this.write();
    await this.writing;
    await this.file.sync();
  }

  /** All rows are on the disk when it resolves. */
  async close(): Promise<void> {
    this.write();
    try {
      await this.writing;
      await this.file.sync();
    } finally {
      await this.file.close();
    }
  }

  private write(): void {
    if (this.waiting.length === 0) return;
    const text = this.waiting.join('');
    this.waiting = [];
    this.writing = this.writing.then(() => this.file.write(text));
    // flush() and close() report a failed write; nothing awaits the promise before that.
    this.writing.catch(() => undefined);
  }
}

/**
 * The rows of a mark: the steps 1 to n in order.
 * @param parse gives the row, or undefined for what is none
 * @throws TracelabError METRICS_DAMAGED (damaged artefact) when they are not what was written; FILE_READ
 */
export async function readMarkedRows<Row extends { readonly step: number }>(
  path: string,
  mark: MetricsMark,
  parse: (value: unknown) => Row | undefined,
): Promise<MarkedRows<Row>> {
  const damaged = (what: string, expected: string, got: string, cause?: unknown): TracelabError =>
    new TracelabError({
      code: 'METRICS_DAMAGED',
      kind: 'damaged_artifact',
      where: path,
      what,
      expected,
      got,
      hint: `put it back as it was written, or delete ${dirname(path)} to begin anew`,
      cause,
    });
  const { most } = LIMITS.metricsBytes;
  if (mark.bytes > most) throw damaged('rows are too many to be read', `at most ${most} bytes`, String(mark.bytes));
  const whole = await readWhole(path).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING')
      throw damaged('rows are missing', `${mark.rows} steps`, 'no file', error);
    throw error;
  });
  const text = whole.subarray(0, mark.bytes);
  const got = sha256(text);
  if (text.length < mark.bytes) throw damaged('rows are missing', `at least ${mark.bytes} bytes`, String(text.length));
  if (got !== mark.sha256)
    throw damaged('rows were changed after they were written', `sha256 ${mark.sha256.slice(0, 16)}`, got.slice(0, 16));
  const lines = new TextDecoder().decode(text).split('\n').slice(0, -1);
  const rows = lines.map((line, i) => {
    const row = parse(jsonOf(line));
    if (row?.step !== i + 1) throw damaged(`line ${i + 1}`, `the row of step ${i + 1}`, line.slice(0, 60));
    return row;
  });
  if (rows.length !== mark.rows) throw damaged('rows are missing', `${mark.rows} steps`, String(rows.length));
  return { rows, text };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
