// Verdicts one by one as a file: JSON lines, or a table in Parquet. Complete or not at all.
import { openFileSync, remove } from '../base/disk.ts';
import { readJsonl, writeAtomically } from '../base/files.ts';
import type { ParquetColumn } from '../data/parquet.ts';
import type { Verdict } from '../domain/types.ts';

interface VerdictRow {
  readonly file: string;
  readonly line: number;
  readonly id?: string;
  /** Of several completions on the line, from 1. */
  readonly part?: number;
  readonly generator?: string;
  /** Missing for mazes. */
  readonly domain?: string;
  readonly size: number;
  readonly verdict: Verdict;
}

const COLUMNS: readonly ParquetColumn<VerdictRow>[] = [
  { name: 'file', type: 'text', value: ({ file }) => file },
  { name: 'line', type: 'integer', value: ({ line }) => line },
  { name: 'id', type: 'text', value: ({ id }) => id },
  { name: 'part', type: 'integer', value: ({ part }) => part },
  { name: 'generator', type: 'text', value: ({ generator }) => generator },
  { name: 'domain', type: 'text', value: ({ domain }) => domain },
  { name: 'size', type: 'integer', value: ({ size }) => size },
  { name: 'format', type: 'boolean', value: ({ verdict }) => verdict.format },
  { name: 'records', type: 'integer', value: ({ verdict }) => verdict.records },
  { name: 'plan_valid', type: 'boolean', value: ({ verdict }) => verdict.plan.valid },
  { name: 'plan_error', type: 'text', value: ({ verdict }) => verdict.plan.error },
  { name: 'plan_optimal', type: 'boolean', value: ({ verdict }) => verdict.plan.optimal },
  { name: 'paper_valid', type: 'boolean', value: ({ verdict }) => verdict.paper.valid },
  { name: 'paper_rule', type: 'text', value: ({ verdict }) => verdict.paper.rule },
  { name: 'paper_record', type: 'integer', value: ({ verdict }) => verdict.paper.record },
  { name: 'strict_valid', type: 'boolean', value: ({ verdict }) => verdict.strict.valid },
  { name: 'strict_rule', type: 'text', value: ({ verdict }) => verdict.strict.rule },
  { name: 'strict_record', type: 'integer', value: ({ verdict }) => verdict.strict.record },
  { name: 'exact', type: 'boolean', value: ({ verdict }) => verdict.exact },
];

/**
 * Runs `work` with a place for its verdict rows. The file is there only when work returned something: nothing is left
 * after a failure or a stop.
 * @param path ends in .jsonl or .parquet
 * @param work gives JSON lines in their order; returns null when it was stopped
 * @throws what work throws; TracelabError FILE_WRITE
 */
export async function withVerdictFile<Result>(
  path: string,
  work: (verdicts: (lines: string) => void) => Promise<Result | null>,
): Promise<Result | null> {
  let result: Result | null = null;
  try {
    await writeAtomically(path, async (temporary) => {
      const lines = path.endsWith('.parquet') ? `${temporary}.jsonl` : temporary;
      try {
        result = await withLines(lines, work);
        if (result === null) throw new Stopped();
        if (lines !== temporary) await fillTable(lines, temporary);
      } finally {
        if (lines !== temporary) await remove(lines);
      }
    });
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
  return result;
}

/** Leaves writeAtomically without a file. */
class Stopped extends Error {}

async function withLines<Result>(
  path: string,
  work: (verdicts: (lines: string) => void) => Promise<Result>,
): Promise<Result> {
  const file = openFileSync(path, 'wx');
  try {
    return await work((lines) => {
      file.writeSync(lines);
    });
  } finally {
    file.closeSync();
  }
}

async function fillTable(lines: string, temporary: string): Promise<void> {
  const { fillParquet } = await import('../data/parquet.ts');
  await fillParquet(
    temporary,
    COLUMNS,
    readJsonl(lines, (row) => row as VerdictRow),
  );
}
