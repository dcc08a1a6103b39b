// Where a command finds its model and its test mazes: a checkpoint or the newest of a training run, a dataset folder or
// single files.
import { join } from 'node:path';
import { existsSync, isFolderSync, readdirSync } from '../base/disk.ts';
import { TracelabError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { GeneratorName } from '../domain/types.ts';
import { printable } from '../render/terminal-text.ts';
import type { RowDefaults } from './data-files.ts';
import { print } from './fit.ts';
import { shippedModel, shippedModels } from './shipped-models.ts';

/**
 * A folder with weights, the newest one of a training run, or a model of the package by its name. A folder of that name
 * comes first.
 * @throws TracelabError CHECKPOINT_MISSING (refused input); CELL_DAMAGED when the run's record is damaged, or has a
 * newer checkpoint than the folder
 */
export async function lastCheckpoint(folder: string): Promise<string> {
  if (!existsSync(folder)) {
    const shipped = shippedModel(folder);
    if (shipped !== undefined) return shipped;
  }
  // Weights in several files are refused where they are read.
  const names = ['model.safetensors', 'model.safetensors.index.json'];
  if (names.some((name) => existsSync(join(folder, name)))) return folder;
  const { recordedFolder } = await import('../work/recorded-files.ts');
  const recorded = await recordedFolder(folder);
  const kept = existsSync(join(folder, 'checkpoints')) ? readdirSync(join(folder, 'checkpoints')) : [];
  const paths = [...kept.map((name) => `checkpoints/${name}/`), ...(recorded?.outputs.keys() ?? [])];
  const steps = paths.map((name) => Number(/^checkpoints\/step-(\d+)\//.exec(name)?.[1])).filter(Number.isInteger);
  if (steps.length > 0) {
    const last = join(folder, 'checkpoints', `step-${Math.max(...steps)}`);
    const weights = join(last, 'model.safetensors');
    if (recorded && !existsSync(weights)) {
      const { damaged } = await import('../work/cell-record.ts');
      throw damaged(folder, weights, 'was deleted after it was written', 'a file', 'none');
    }
    return last;
  }
  const near = existsSync(folder) ? undefined : nearest(folder, shippedModels());
  throw new TracelabError({
    code: 'CHECKPOINT_MISSING',
    kind: 'refused_input',
    where: folder,
    what: 'no checkpoint here',
    expected: 'model.safetensors, or a training run with checkpoints/step-N',
    got: existsSync(folder) ? 'neither' : 'no such folder',
    hint: near === undefined ? 'give the folder of a training run or of a checkpoint' : `did you mean ${near}?`,
  });
}

/** A test file in the form that tasks read. */
export interface GivenTest {
  readonly distribution: GeneratorName;
  readonly file: string;
}

/**
 * Test files with the distribution that their first row names; files of another form are written anew into the scratch
 * folder. Of a folder these are all files whose name begins with `test`; others are named on stderr.
 * @throws TracelabError TEST_FILES when there are none, when one has no rows, or when two are of one distribution;
 * CELL_DAMAGED when the record of a dataset has other files; DATASET_DAMAGED for a file that dataset.json names and
 * that is missing; as dataFile
 */
export async function testFiles(
  paths: readonly string[],
  defaults: RowDefaults,
  scratch: string,
): Promise<GivenTest[]> {
  const { dataFile } = await import('./data-files.ts');
  const { checkRecorded, checkRecordedFile } = await import('../work/recorded-files.ts');
  const found: string[] = [];
  for (const path of paths) found.push(...(isFolderSync(path) ? await filesOfFolder(path) : [path]));
  for (const path of paths) if (isFolderSync(path)) await checkRecorded(path, /^(train|test-[a-z-]+)\.jsonl$/);
  const tests: GivenTest[] = [];
  for (const [i, path] of found.entries()) {
    await checkRecordedFile(path);
    const { file, rows, generator } = await dataFile(path, defaults, join(scratch, `examples-${i}.jsonl`));
    if (rows === 0 || generator === null) throw refused(path, 'no rows in it', 'a file of test mazes', '0 rows');
    tests.push({ distribution: generator, file });
  }
  const twice = tests.find(
    ({ distribution }, i) => tests.findIndex((other) => other.distribution === distribution) !== i,
  );
  if (tests.length === 0 || twice)
    throw refused(
      '--data',
      twice ? `two files of ${twice.distribution}` : 'no test files',
      'a dataset folder, or one file a distribution',
      found.length === 0 ? `no file test* in ${paths.join(', ')}` : found.join(', '),
    );
  return tests;
}

/** Known distributions first, in their order. */
async function filesOfFolder(folder: string): Promise<string[]> {
  const { rowFiles } = await import('./data-files.ts');
  const { damaged, readManifest } = await import('../data/manifest.ts');
  const { DOMAINS } = await import('../domain/domains.ts');
  const files = rowFiles(folder);
  const tests = files.filter((name) => name.startsWith('test'));
  const manifest = await readManifest(folder);
  for (const [name, { split }] of Object.entries(manifest?.files ?? {})) {
    if (split === 'test' && !tests.includes(name))
      throw damaged(
        join(folder, name),
        'missing, and dataset.json names it',
        'the whole dataset',
        'no such file',
        'generate the dataset again, or give the files that are there',
      );
  }
  // Other JSON files and texts are rarely rows.
  const others = files.filter((name) => !/^(?:train|dev)\./.test(name) && /\.(?:jsonl|parquet)\b/.test(name));
  const left = others.filter((name) => !tests.includes(name));
  if (left.length > 0)
    print(
      printable(`note: not read as test files, whose names begin with test: ${left.join(', ')} in ${folder}\n`),
      process.stderr,
    );
  const names = DOMAINS.flatMap(({ distributions }) => distributions.map(({ name }) => `test-${name}.jsonl`));
  const order = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length);
  return tests.sort((a, b) => order(a) - order(b)).map((name) => join(folder, name));
}

function refused(where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({
    code: 'TEST_FILES',
    kind: 'refused_input',
    where,
    what,
    expected,
    got,
    hint: 'name test files after --data, each with rows of one distribution',
  });
}
