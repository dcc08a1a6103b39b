// Where the tests of a finished study are: per condition and seed the folder of its completions and the checkpoint that
// wrote them. Found by the names in its results, so that a study stays readable when the core has changed since.
import { join } from 'node:path';
import { existsSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { checkpointDirectory } from '../model/resumable-run.ts';
import { DONE_FILE } from '../work/cell-record.ts';
import { CELLS_FOLDER } from '../work/folders.ts';
import { checkRecorded } from '../work/recorded-files.ts';
import { readResults, RESULTS_FILE } from './results-file.ts';

export interface TestCell {
  readonly condition: Condition;
  readonly seed: number;
  readonly undertrained: boolean;
  /** Folder with completions-<distribution>.jsonl. */
  readonly directory: string;
  /** Folder of the final weights; null when they are no longer there. */
  readonly checkpoint: string | null;
}

export interface StudyTests {
  readonly study: string;
  readonly in_distribution: GeneratorName;
  readonly cells: readonly TestCell[];
}

/**
 * @param studyPath folder of a study
 * @throws TracelabError FILE_MISSING (results.json), TEST_CELL_MISSING; RESULTS, CELL_DAMAGED (damaged artefact)
 */
export async function findTestCells(studyPath: string): Promise<StudyTests> {
  const results = await readResults(join(studyPath, RESULTS_FILE));
  const store = join(studyPath, '..', CELLS_FOLDER);
  const cells: TestCell[] = [];
  for (const { condition, seed, steps, training_verdict, cell, test_cell } of results.conditions) {
    const directory = namedCell(store, test_cell, `test of ${condition}, seed ${seed}`);
    await checkRecorded(directory, /^completions-.+\.jsonl$/);
    const checkpoint = checkpointDirectory(join(store, cell), steps);
    const isThere = existsSync(join(checkpoint, 'model.safetensors'));
    if (isThere) await checkRecorded(checkpoint, /./);
    cells.push({
      condition,
      seed,
      undertrained: training_verdict.undertrained,
      directory,
      checkpoint: isThere ? checkpoint : null,
    });
  }
  return { study: results.study, in_distribution: results.config.data.generator, cells };
}

/**
 * The folder of a finished cell that results.json names.
 * @param store folder of all cells
 * @param what for the error: `test of correct, seed 1`
 * @throws TracelabError TEST_CELL_MISSING
 */
export function namedCell(store: string, cell: string, what: string): string {
  const directory = join(store, cell);
  if (existsSync(join(directory, DONE_FILE))) return directory;
  throw new TracelabError({
    code: 'TEST_CELL_MISSING',
    kind: 'refused_input',
    where: store,
    what: `no ${what}`,
    expected: `a finished cell ${cell}, which results.json names`,
    got: 'none',
    hint: 'the same `tracelab study` command computes it again',
  });
}
