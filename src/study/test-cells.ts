// Where the tests of a finished study lie: per condition and seed the folder of its completions and the checkpoint that wrote them. Found by
// what the cells say of themselves, so that a study stays readable when the core has changed since.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { readJson } from '../base/files.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import { checkpointDirectory } from '../model/resumable-run.ts';
import { CELL_FILE, DONE_FILE } from '../run/cell.ts';
import type { StudyResults } from './results.ts';

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

/** @param runPath run directory of a study @throws TracelabError FILE_MISSING (results.json), TEST_CELL_MISSING */
export async function findTestCells(runPath: string): Promise<StudyTests> {
  const results = (await readJson(join(runPath, 'results.json'))) as StudyResults;
  const names = (await readdir(join(runPath, 'cells')).catch(() => [])).sort();
  const cells: TestCell[] = [];
  for (const {
    condition,
    seed,
    weights_sha256: weights,
    training_verdict,
    cell: trainingCell,
    test_cell: testCell,
  } of results.conditions) {
    const arm = `${condition}-seed${seed}-`;
    const test = await findCell(
      runPath,
      namedOr(testCell, names),
      `test-${arm}`,
      async (folder) => (await inputsOf(folder)).weights === weights,
    );
    if (test === null) {
      throw new TracelabError({
        code: 'TEST_CELL_MISSING',
        kind: 'refused_input',
        where: join(runPath, 'cells'),
        what: `no test of ${condition}, seed ${seed}, with the weights that results.json names`,
        expected: `a folder test-${arm}...`,
      });
    }
    const training = await findCell(
      runPath,
      namedOr(trainingCell, names),
      `train-${arm}`,
      async (folder) => (await finalStep(folder, weights)) !== null,
    );
    const step = training === null ? null : await finalStep(training, weights);
    const checkpoint = training === null || step === null ? null : checkpointDirectory(training, step);
    cells.push({
      condition,
      seed,
      undertrained: training_verdict.undertrained,
      directory: test,
      checkpoint: checkpoint !== null && existsSync(join(checkpoint, 'model.safetensors')) ? checkpoint : null,
    });
  }
  return { study: results.study, in_distribution: results.config.data.generator, cells };
}

/** The folder that the results name, when it is still there (others may hold the same weights' completions at another temperature), or all. */
function namedOr(name: string, names: readonly string[]): readonly string[] {
  return names.includes(name) ? [name] : names;
}

async function findCell(
  runPath: string,
  names: readonly string[],
  prefix: string,
  fits: (folder: string) => Promise<boolean>,
): Promise<string | null> {
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const folder = join(runPath, 'cells', name);
    if (existsSync(join(folder, DONE_FILE)) && (await fits(folder))) return folder;
  }
  return null;
}

/** SHA-256 of a cell's inputs by name. */
async function inputsOf(folder: string): Promise<Readonly<Record<string, string | undefined>>> {
  const cell = (await readJson(join(folder, CELL_FILE))) as {
    readonly key?: { readonly inputs?: Record<string, string> };
  };
  return cell.key?.inputs ?? {};
}

/** The step whose weights have this hash. */
async function finalStep(folder: string, weights: string): Promise<number | null> {
  const done = (await readJson(join(folder, DONE_FILE))) as { readonly outputs?: Readonly<Record<string, string>> };
  const name = Object.entries(done.outputs ?? {}).find(
    ([path, hash]) => hash === weights && path.endsWith('/model.safetensors'),
  )?.[0];
  const step = /^checkpoints\/step-(\d+)\//.exec(name ?? '')?.[1];
  return step === undefined ? null : Number(step);
}
