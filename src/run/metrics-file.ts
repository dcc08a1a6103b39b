// metrics.jsonl of a run: one row a step, appended as the run goes. A resumed run first drops the rows after the state that it goes on from.
import { type FileHandle, open } from 'node:fs/promises';
import { TracelabError } from '../base/errors.ts';
import { readJsonl, writeJsonl } from '../base/files.ts';

/** Its name in a run directory. */
export const METRICS_FILE = 'metrics.jsonl';

/** Rows that wait in memory before they are written. */
const BUFFERED_ROWS = 50;

export class MetricsFile<Row extends { readonly step: number }> {
  /** The last row appended or kept. */
  last: Row | undefined;
  private readonly file: FileHandle;
  private rows: Row[] = [];
  private writing = Promise.resolve();

  private constructor(file: FileHandle) {
    this.file = file;
  }

  /** Keeps the rows up to `step` and appends after them. @param recall told each kept row @throws TracelabError METRICS_DAMAGED when they are not all there */
  static async open<Row extends { readonly step: number }>(
    path: string,
    step: number,
    recall?: (row: Row) => void,
  ): Promise<MetricsFile<Row>> {
    const kept = step > 0 ? await readRows<Row>(path, step) : [];
    await writeJsonl(path, kept);
    const metrics = new MetricsFile<Row>(await open(path, 'a'));
    metrics.last = kept.at(-1);
    if (recall) for (const row of kept) recall(row);
    return metrics;
  }

  append(row: Row): void {
    this.rows.push(row);
    this.last = row;
    if (this.rows.length >= BUFFERED_ROWS) this.write();
  }

  /** All rows so far are on the disk when it resolves. */
  async flush(): Promise<void> {
    this.write();
    await this.writing;
    await this.file.sync();
  }

  async close(): Promise<void> {
    this.write();
    await this.writing.finally(() => this.file.close());
  }

  private write(): void {
    if (this.rows.length === 0) return;
    const text = this.rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    this.rows = [];
    this.writing = this.writing.then(() => this.file.appendFile(text));
    // Who flushes or closes is told of a full disk; nobody waits for it before that.
    this.writing.catch(() => undefined);
  }
}

/** The rows of the steps 1 to `step`. @throws TracelabError METRICS_DAMAGED, or what reading throws */
async function readRows<Row extends { readonly step: number }>(path: string, step: number): Promise<Row[]> {
  const damaged = (got: string, cause?: unknown): TracelabError =>
    new TracelabError({
      code: 'METRICS_DAMAGED',
      kind: 'damaged_artifact',
      where: path,
      what: 'rows are missing',
      expected: `${step} steps`,
      got,
      hint: 'delete the run directory and start again',
      cause,
    });
  const rows: Row[] = [];
  try {
    for await (const row of readJsonl(path, (value) => value as Row)) {
      if (row.step > step) break;
      rows.push(row);
      // What follows may be cut short by a crash.
      if (row.step === step) break;
    }
  } catch (error) {
    if (error instanceof TracelabError && error.code === 'FILE_MISSING') throw damaged('no file', error);
    throw error;
  }
  if (rows.length !== step) throw damaged(String(rows.length));
  return rows;
}
