// The judged completions of a finished study as rows of numbers, without the texts: one for each condition, seed,
// distribution and problem. Read from the cells that results.json names, file by file.
import { join } from 'node:path';
import { readJsonl } from '../base/files.ts';
import { datasetFileName } from '../data/dataset.ts';
import { hasTraces, searchOf } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { CompletionLengths } from '../domain/domain.ts';
import { domainOf } from '../domain/domains.ts';
import type { Example } from '../domain/types.ts';
import { countWords } from '../evaluation/metrics.ts';
import { parseCompletionRow } from '../evaluation/schemas.ts';
import type { CompletionRow } from '../evaluation/types.ts';
import { checkOutputs } from '../work/cell-files.ts';
import { damaged, DONE_FILE, readRecord } from '../work/cell-record.ts';
import { CELLS_FOLDER } from '../work/folders.ts';
import { ownSearchVerdict } from './own-search.ts';
import type { ConditionResult, StudyResults } from './results.ts';
import { namedCell } from './test-cells.ts';

/** What the columns mean: src/tables/problem-columns.ts. */
export interface ProblemRow {
  readonly study: string;
  readonly condition: string;
  readonly seed: number;
  readonly distribution: string;
  readonly id: string;
  readonly generator: string;
  readonly size: number;
  readonly layout_seen: boolean;
  readonly prompt_words: number;
  readonly completion_words: number;
  readonly truncated: boolean;
  readonly format: boolean;
  readonly plan_valid: boolean;
  readonly plan_error: string | null;
  readonly plan_optimal: boolean;
  readonly paper_valid: boolean | null;
  readonly paper_rule: string | null;
  readonly strict_valid: boolean | null;
  readonly strict_rule: string | null;
  readonly exact: boolean | null;
  readonly own_search_valid: boolean | null;
  readonly own_search_rule: string | null;
  readonly events: number;
  readonly plan_cells: number;
  readonly astar_events: number;
  readonly astar_plan_cells: number;
}

/**
 * Compares all files with the hashes in their cells' records before the first row is made.
 * @param studyPath folder of the study, next to the store of cells
 * @returns rows in the order of the results, of the evaluation and of the test files; files are read as rows are taken
 * @throws TracelabError TEST_CELL_MISSING, CELL_DAMAGED
 */
export async function openProblemRows(results: StudyResults, studyPath: string): Promise<AsyncGenerator<ProblemRow>> {
  const store = join(studyPath, '..', CELLS_FOLDER);
  const { study, conditions, dataset } = results;
  const distributions = new Set(conditions.flatMap((run) => run.evaluation.map(({ distribution }) => distribution)));
  const tests = await openCell(store, dataset.cell, 'test problems', [...distributions].map(testName));
  const opened: (readonly [ConditionResult, string])[] = [];
  for (const run of conditions) {
    const names = run.evaluation.map(({ distribution }) => completionsName(distribution));
    opened.push([run, await openCell(store, run.test_cell, `test of ${run.condition}, seed ${run.seed}`, names)]);
  }
  return rowsOf(study, opened, tests);
}

const testName = (distribution: string): string => datasetFileName('test', distribution);
const completionsName = (distribution: string): string => `completions-${distribution}.jsonl`;

/** The folder of a finished cell, some of whose files were checked. */
async function openCell(store: string, cell: string, what: string, files: readonly string[]): Promise<string> {
  const directory = namedCell(store, cell, what);
  const outputs = (await readRecord(directory))?.outputs ?? {};
  const missing = files.find((file) => !(file in outputs));
  if (missing !== undefined)
    throw damaged(directory, join(directory, DONE_FILE), 'lacks a file of results.json', missing, 'no such output');
  await checkOutputs(directory, Object.fromEntries(files.map((file) => [file, outputs[file]])));
  return directory;
}

async function* rowsOf(
  study: string,
  runs: readonly (readonly [ConditionResult, string])[],
  tests: string,
): AsyncGenerator<ProblemRow> {
  for (const [{ condition, seed, evaluation }, directory] of runs)
    for (const { distribution } of evaluation) {
      const file = join(directory, completionsName(distribution));
      const examples = readJsonl(join(tests, testName(distribution)), (value) => value as Example);
      try {
        for await (const row of readJsonl(file, parseCompletionRow)) {
          const { value: example } = (await examples.next()) as { readonly value?: Example };
          if (example?.id !== row.id)
            throw damaged(directory, file, 'is not about the problems of the test file', String(example?.id), row.id);
          const domain = domainOf(row.domain);
          yield {
            study,
            condition,
            seed,
            distribution,
            ...problemOf(row),
            ...formOf(row),
            ...tracesOf(condition, row),
            ...lengthsOf(domain.lengths(row.completion), domain.lengths(example.completion)),
          };
        }
      } finally {
        await examples.return(undefined);
      }
    }
}

const problemOf = ({ id, generator, size, walls_seen, prompt }: CompletionRow) => ({
  id,
  generator,
  size,
  layout_seen: walls_seen,
  prompt_words: countWords(prompt),
});

const formOf = ({ completion, truncated, verdict: { format, plan } }: CompletionRow) => ({
  completion_words: countWords(completion),
  truncated,
  format,
  plan_valid: plan.valid,
  plan_error: plan.error ?? null,
  plan_optimal: plan.optimal,
});

/** As in the tables, nothing is said of the traces of a model that was trained to write none. */
function tracesOf(condition: Condition, row: CompletionRow) {
  const { paper, strict, exact } = row.verdict;
  const traced = hasTraces(condition);
  const search = searchOf(condition);
  const own = search && ownSearchVerdict(row, search);
  return {
    paper_valid: traced ? paper.valid : null,
    paper_rule: traced ? (paper.rule ?? null) : null,
    strict_valid: traced ? strict.valid : null,
    strict_rule: traced ? (strict.rule ?? null) : null,
    exact: traced ? exact : null,
    own_search_valid: own?.valid ?? null,
    own_search_rule: own?.rule ?? null,
  };
}

const lengthsOf = (own: CompletionLengths, reference: CompletionLengths) => ({
  events: own.events,
  plan_cells: own.planCells,
  astar_events: reference.events,
  astar_plan_cells: reference.planCells,
});
