// Where a command finds its model and its test mazes: a checkpoint or the newest of a training run, a dataset folder or
// single files.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { ForeignDefaults } from './foreign.ts';

/**
 * A folder with weights, or the newest one of a training run.
 * @throws TracelabError CHECKPOINT_MISSING (refused input); CELL_DAMAGED when the run's record is damaged, or has a
 * newer checkpoint than the folder
 */
export async function lastCheckpoint(folder: string): Promise<string> {
  if (existsSync(join(folder, 'model.safetensors'))) return folder;
  const { recordedFolder } = await import('../work/recorded-files.ts');
  const recorded = await recordedFolder(folder);
  const kept = existsSync(join(folder, 'checkpoints')) ? readdirSync(join(folder, 'checkpoints')) : [];
  const names = [...kept.map((name) => `checkpoints/${name}/`), ...(recorded?.outputs.keys() ?? [])];
  const steps = names.map((name) => Number(/^checkpoints\/step-(\d+)\//.exec(name)?.[1])).filter(Number.isInteger);
  if (steps.length > 0) {
    const last = join(folder, 'checkpoints', `step-${Math.max(...steps)}`);
    const weights = join(last, 'model.safetensors');
    if (recorded && !existsSync(weights)) {
      const { damaged } = await import('../work/cell-record.ts');
      throw damaged(folder, weights, 'was deleted after it was written', 'a file', 'none');
    }
    return last;
  }
  throw new TracelabError({
    code: 'CHECKPOINT_MISSING',
    kind: 'refused_input',
    where: folder,
    what: 'no checkpoint here',
    expected: 'model.safetensors, or a training run with checkpoints/step-N',
    got: existsSync(folder) ? 'neither' : 'no such folder',
  });
}

/**
 * Test files with the distribution that their first row names; rows without size or generator are completed into the
 * run directory.
 * @throws TracelabError TEST_FILES; CELL_DAMAGED when the record of a dataset has other files
 */
export async function testFiles(
  paths: readonly string[],
  defaults: ForeignDefaults,
  out: string,
): Promise<{ distribution: GeneratorName; file: string }[]> {
  const { completeRows, firstExample } = await import('./foreign.ts');
  const { DOMAINS } = await import('../domain/domains.ts');
  const { checkRecorded, checkRecordedFile } = await import('../work/recorded-files.ts');
  const names = DOMAINS.flatMap(({ distributions }) => distributions.map(({ name }) => name));
  const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const found = paths.flatMap((path) =>
    isFolder(path) ? names.map((name) => join(path, `test-${name}.jsonl`)).filter((file) => existsSync(file)) : [path],
  );
  for (const path of paths) if (isFolder(path)) await checkRecorded(path, /^(train|test-[a-z-]+)\.jsonl$/);
  const tests: { distribution: GeneratorName; file: string }[] = [];
  for (const [i, path] of found.entries()) {
    await checkRecordedFile(path);
    const file = await completeRows(path, defaults, join(out, `examples-${i}.jsonl`));
    const first = await firstExample(file);
    if (first) tests.push({ distribution: first.generator, file });
  }
  const twice = tests.find(
    ({ distribution }, i) => tests.findIndex((other) => other.distribution === distribution) !== i,
  );
  if (tests.length === 0 || twice) {
    throw new TracelabError({
      code: 'TEST_FILES',
      kind: 'refused_input',
      where: '--data',
      what: twice ? `two files of ${twice.distribution}` : 'no test mazes',
      expected: 'a dataset folder, or one file a distribution',
      got: found.length === 0 ? 'no file' : found.join(', '),
    });
  }
  return tests;
}
