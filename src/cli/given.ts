// Files that the user names, as given parts of a graph: their hashes replace the records of the tasks that made them.
// Messages show paths as they were typed. A graph of this kind only runs in this process.
import { dirname, join } from 'node:path';
import { existsSync } from '../base/disk.ts';
import { datasetFileName } from '../data/dataset.ts';
import { CHECKPOINT_FILES } from '../model/checkpoint.ts';
import { checkRecorded, hashRecorded } from '../work/recorded-files.ts';
import type { Given } from '../work/task.ts';
import { checkEvaluation } from './evaluation-folder.ts';

/** Files of a checkpoint folder that decide what its model is: all but the card. */
const READ_FILES = /^[a-z_]+\.(json|safetensors)$/;

/**
 * A checkpoint folder.
 * @throws TracelabError CELL_DAMAGED when the record of its run has another hash of one of its files
 */
export async function givenModel(folder: string): Promise<Given> {
  await checkRecorded(folder, READ_FILES);
  const names = CHECKPOINT_FILES.filter((name) => READ_FILES.test(name) && existsSync(join(folder, name)));
  return givenFiles(
    names.map((name) => [name, join(folder, name)] as const),
    folder,
  );
}

/** Test files, and the training file of their folder or null, under their names in a dataset. */
export async function givenData(
  tests: readonly { readonly distribution: string; readonly file: string }[],
  trainFile: string | null,
): Promise<Given> {
  const named = tests.map(({ distribution, file }) => [datasetFileName('test', distribution), file] as const);
  return givenFiles([...named, ...(trainFile === null ? [] : [['train.jsonl', trainFile] as const])]);
}

/**
 * A folder of completions, as another evaluation left them.
 * @throws TracelabError as checkEvaluation
 */
export async function givenCompletions(folder: string, distributions: readonly string[]): Promise<Given> {
  await checkEvaluation(folder);
  const names = distributions.map((distribution) => `completions-${distribution}.jsonl`);
  return givenFiles(
    names.filter((name) => existsSync(join(folder, name))).map((name) => [name, join(folder, name)] as const),
    folder,
  );
}

/**
 * @param files name in the folder of a task, and path
 * @throws TracelabError CELL_DAMAGED when a record has another hash of one of them
 */
export async function givenFiles(
  files: readonly (readonly [name: string, path: string])[],
  folder?: string,
): Promise<Given> {
  const outputs: Record<string, string> = {};
  const elsewhere: Record<string, string> = {};
  for (const [name, path] of files) {
    outputs[name] = await hashRecorded(path);
    elsewhere[name] = path;
  }
  return { directory: folder ?? dirname(files.at(0)?.[1] ?? '.'), outputs, elsewhere };
}
