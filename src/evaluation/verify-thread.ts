// One verifying thread: asks for a part of the input, reads its rows, judges them and answers with counts, until there
// is none left.
import { TracelabError, type ErrorDetails } from '../base/errors.ts';
import type { CoreHandle } from '../core/module.ts';
import { threadWork } from '../core/thread-work.ts';
import type { ThreadTask } from '../core/threads.ts';
import { loadThreadDomain } from '../data/domain-module.ts';
import { linesOf } from '../data/rows-of-text.ts';
import { isMazeRow, type ReadRow, type Row, RowReader, sizeOfRow, TABLE_COLUMNS } from '../data/rows.ts';
import { CompletionJudge } from './completion-judge.ts';
import { judgeRows } from './judge-rows.ts';
import { type Refusal, Refusals } from './refusals.ts';
import { countRow, type Groups } from './verify-tally.ts';

export interface VerifyShared {
  readonly core: CoreHandle;
  /** The module of a domain from outside that the process has loaded; null for built-in ones. */
  readonly domainModule: string | null;
  /** Cells per side for rows that do not give it. */
  readonly size?: number;
  /** Verdicts are wanted one by one. */
  readonly rows: boolean;
  /** The first row that cannot be read ends it; else such rows are left out and counted. */
  readonly strict: boolean;
}

/** A part of an input: lines of text, or rows [from, to) of a Parquet file. */
export type InputPart = { readonly index: number; readonly name: string } & (
  | { readonly kind: 'lines'; readonly bytes: Uint8Array; readonly line: number }
  | { readonly kind: 'table'; readonly from: number; readonly to: number }
);

export interface PartResult {
  readonly index: number;
  readonly groups: Groups;
  /** Verdict rows as JSON lines, when they are wanted. */
  readonly verdicts: string;
  readonly refused: readonly Refusal[];
  /** Completions that end in a word of a tokenizer. */
  readonly special: number;
  /** Why reading stopped before the end of the part. */
  readonly fault?: ErrorDetails;
}

/** Rows that are judged in one call. */
const BATCH = 256;
/** Characters of completions after which a batch is full. */
const BATCH_LENGTH = 4 << 20;

/** Entry of a verifying thread: posts an answer, waits for the next part, and ends at null. */
export default async function verifyThread({ shared, port }: ThreadTask<VerifyShared>): ReturnType<typeof threadWork> {
  return threadWork(port, async () => {
    await loadThreadDomain(shared.domainModule);
    const judge = new CompletionJudge(shared.core);
    let answer: PartResult | null = null;
    for (;;) {
      const next = new Promise<InputPart | null>((resolve) => {
        port.once('message', resolve);
      });
      port.postMessage(answer);
      const part = await next;
      if (part === null) break;
      answer = await verifyPart(part, shared, judge);
    }
  });
}

async function verifyPart(
  part: InputPart,
  { size, rows: wantsRows, strict }: VerifyShared,
  judge: CompletionJudge,
): Promise<PartResult> {
  const { index, name } = part;
  const groups: Groups = new Map();
  const verdicts: string[] = [];
  let batch: Row[] = [];
  let length = 0;
  const finishBatch = (): void => {
    const judged = judgeRows(judge, batch);
    for (const [i, row] of batch.entries()) {
      countRow(groups, name, row, judged[i]);
      if (!wantsRows) continue;
      const { line, id, part, generator } = row;
      const labels = { ...(!isMazeRow(row) && { domain: row.domain }), size: sizeOfRow(row) };
      const verdict = { file: name, line, id, part, generator, ...labels, verdict: judged[i] };
      verdicts.push(`${JSON.stringify(verdict)}\n`);
    }
    batch = [];
    length = 0;
  };
  const refused = new Refusals();
  let special = 0;
  let fault: ErrorDetails | undefined;
  try {
    const reader = new RowReader(name, size);
    for await (const read of part.kind === 'lines' ? rowsOfLines(part, reader) : rowsOfTable(part, reader)) {
      for (const row of rowsOf(read, strict ? undefined : refused)) {
        if (row.special !== undefined) special += 1;
        batch.push(row);
        length += row.completion.length;
        if (batch.length >= BATCH || length >= BATCH_LENGTH) finishBatch();
      }
    }
    finishBatch();
  } catch (error) {
    if (!(error instanceof TracelabError)) throw error;
    // A cause may be more than a port can carry.
    fault = { ...error.details, cause: undefined };
  }
  return { index, groups, verdicts: verdicts.join(''), refused: refused.all, special, ...(fault && { fault }) };
}

/** @param refused takes what is wrong with a row; without it that is thrown */
function* rowsOf(read: ReadRows, refused: Refusals | undefined): Generator<Row> {
  const orRefused = <Value>(make: () => Value): Value | undefined => {
    try {
      return make();
    } catch (error) {
      if (refused === undefined || !(error instanceof TracelabError)) throw error;
      refused.add(error);
      return undefined;
    }
  };
  for (const readRow of orRefused(read) ?? []) {
    const row = orRefused(readRow);
    if (row !== undefined) yield row;
  }
}

/** The completions of one line, or of one row of a table. */
type ReadRows = () => readonly ReadRow[];

function* rowsOfLines(part: Extract<InputPart, { kind: 'lines' }>, reader: RowReader): Generator<ReadRows> {
  for (const { text, line } of linesOf(part)) yield () => reader.fromLine(text, line);
}

async function* rowsOfTable(
  { name, from, to }: Extract<InputPart, { kind: 'table' }>,
  reader: RowReader,
): AsyncGenerator<ReadRows> {
  const { ParquetTable } = await import('../data/parquet.ts');
  const table = await ParquetTable.open(name);
  const rows = await table.rows(from, to, TABLE_COLUMNS);
  for (const [i, row] of rows.entries()) yield () => reader.fromTable(row, from + i + 1);
}
