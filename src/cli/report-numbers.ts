// The numbers of a finished study for other programs: all tables as tidy rows, or a row a problem; as CSV, Parquet or
// JSON lines.
import { once } from 'node:events';
import { join } from 'node:path';
import { isSystemError } from '../base/files.ts';
import { jsonLines, writeTidyCsv, writeTidyParquet } from '../render/tidy.ts';
import { openProblemRows } from '../study/problem-rows.ts';
import type { StudyResults } from '../study/results.ts';
import { PROBLEM_COLUMNS } from '../tables/problem-columns.ts';
import { studyRows } from '../tables/study-tables.ts';
import { TIDY_COLUMNS } from '../tables/tidy.ts';
import type { TidyColumn } from '../tables/tidy.ts';

/** Without folder and file the rows are printed. */
export interface NumbersTarget {
  /** Folder for metrics.csv or rows.csv. */
  readonly csv?: string;
  readonly parquet?: string;
}

/**
 * @param studyPath folder of the study, next to the store of cells
 * @param isByProblem a row for each condition, seed, distribution and problem
 * @returns the file; undefined when the rows were printed
 * @throws TracelabError TEST_CELL_MISSING, CELL_DAMAGED before anything is written; FILE_WRITE
 */
export async function exportNumbers(
  results: StudyResults,
  studyPath: string,
  target: NumbersTarget,
  isByProblem: boolean,
): Promise<string | undefined> {
  return isByProblem
    ? exportRows('rows', PROBLEM_COLUMNS, await openProblemRows(results, studyPath), target)
    : exportRows('metrics', TIDY_COLUMNS, studyRows(results), target);
}

async function exportRows<Row>(
  name: string,
  columns: readonly TidyColumn<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
  { csv, parquet }: NumbersTarget,
): Promise<string | undefined> {
  if (csv !== undefined) {
    const path = join(csv, `${name}.csv`);
    await writeTidyCsv(path, columns, rows);
    return path;
  }
  if (parquet !== undefined) await writeTidyParquet(parquet, columns, rows);
  else await printTexts(jsonLines(columns, rows));
  return parquet;
}

/** As fast as the reader takes them. A reader that went away (`| head`) ends them without an error. */
async function printTexts(texts: AsyncIterable<string>): Promise<void> {
  const { stdout } = process;
  try {
    for await (const text of texts) {
      if (!stdout.write(text) && stdout.errored === null) await once(stdout, 'drain');
      if (stdout.errored !== null) throw stdout.errored;
    }
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EPIPE') throw error;
  }
}
