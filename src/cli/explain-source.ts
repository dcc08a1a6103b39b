// The one example that `tracelab explain` is about: a row of what `tracelab verify` reads, by line, by id, or the
// first.
import { existsSync } from 'node:fs';
import { TracelabError } from '../base/errors.ts';
import { readBytes } from '../base/files.ts';
import { textChunks } from '../data/text-chunks.ts';
import { promptText } from '../domain/maze/grammar.ts';
import type { Problem } from '../domain/maze/types.ts';
import { inspectInput, linesOf, STDIN, TABLE_COLUMNS } from '../evaluation/foreign-input.ts';
import { type ForeignRow, RowReader } from '../evaluation/foreign-rows.ts';

export interface ExplainedRow {
  /** Untrusted text, as the completion. */
  readonly id: string;
  /** `file:line`, or `file:row` of a table. */
  readonly place: string;
  readonly problem: Problem;
  /** As our own data write it. */
  readonly prompt: string;
  readonly completion: string;
}

export interface RowChoice {
  readonly id?: string;
  /** Cells per side, for a row without a size. */
  readonly size?: number;
}

/** A row that is read only when it is the one. */
interface Candidate {
  readonly line: number;
  readonly id: () => unknown;
  readonly read: () => ForeignRow | undefined;
}

/**
 * @param target `FILE`, `FILE:line`, or `-` for standard input
 * @throws TracelabError ROW_MISSING, and those of RowReader and of reading the file
 */
export async function readExplainedRow(target: string, { id, size }: RowChoice): Promise<ExplainedRow> {
  const { file, line } = fileAndLine(target);
  const name = file === STDIN ? 'standard input' : file;
  let rows = 0;
  for await (const candidate of candidatesOf(file, name, new RowReader(name, size))) {
    rows += 1;
    // An id may be a number.
    const isWanted = line !== null ? candidate.line === line : id === undefined || String(candidate.id()) === id;
    const row = isWanted ? candidate.read() : undefined;
    if (row) {
      const place = `${name}:${row.line}`;
      // The generator is a label that plays no part here.
      const problem: Problem = { ...row.problem, generator: 'free' };
      return {
        id: row.id ?? place,
        place,
        problem,
        prompt: promptText(problem),
        completion: row.completion.trimStart(),
      };
    }
  }
  const wanted =
    line !== null
      ? `a row on line ${line}`
      : id !== undefined
        ? `a row with the id ${JSON.stringify(id)}`
        : 'at least one row';
  throw new TracelabError({
    code: 'ROW_MISSING',
    kind: 'refused_input',
    where: name,
    what: 'no such row',
    expected: wanted,
    got: `${rows} ${rows === 1 ? 'row' : 'rows'}${line !== null || id === undefined ? '' : ' without it'}`,
  });
}

/** A file whose very name ends in `:3` wins over line 3 of another. */
function fileAndLine(target: string): { readonly file: string; readonly line: number | null } {
  const match = /^(.+):([1-9]\d*)$/s.exec(target);
  return match === null || existsSync(target)
    ? { file: target, line: null }
    : { file: match[1], line: Number(match[2]) };
}

async function* candidatesOf(file: string, name: string, reader: RowReader): AsyncGenerator<Candidate> {
  const { kind } = await inspectInput(file);
  if (kind === 'parquet') {
    const { ParquetTable } = await import('../data/parquet.ts');
    const table = await ParquetTable.open(file);
    for (const { from, to } of table.groups) {
      for (const [i, row] of (await table.rows(from, to, TABLE_COLUMNS)).entries()) {
        const line = from + i + 1;
        yield { line, id: () => row['id'], read: () => reader.fromTable(row, line) };
      }
    }
    return;
  }
  for await (const chunk of textChunks(file === STDIN ? process.stdin : readBytes(file), name)) {
    for (const { text, line } of linesOf(chunk)) {
      if (text.trim() !== '') yield { line, id: () => idOf(text), read: () => reader.fromLine(text, line) };
    }
  }
}

/** Of a row that may be broken: then it is another's matter. */
function idOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
