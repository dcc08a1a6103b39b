// Files that the user names, as given parts of a graph: their hashes stand for the tasks that made them. Paths stay as
// they were typed, for messages; such a graph runs in this process alone.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashFile } from '../base/hash.ts';
import { datasetFileName } from '../data/dataset.ts';
import type { Given } from '../work/task.ts';

/** A checkpoint folder. */
export async function givenModel(folder: string): Promise<Given> {
  return {
    directory: folder,
    outputs: { 'model.safetensors': await hashFile(join(folder, 'model.safetensors')) },
  };
}

/** Test files, and the training file beside them or null, under the names that they have in a dataset. */
export async function givenData(
  tests: readonly { readonly distribution: string; readonly file: string }[],
  trainFile: string | null,
): Promise<Given> {
  const named = tests.map(({ distribution, file }) => [datasetFileName('test', distribution), file] as const);
  return givenFiles([...named, ...(trainFile === null ? [] : [['train.jsonl', trainFile] as const])]);
}

/** A folder of completions, as another evaluation left them. */
export async function givenCompletions(folder: string, distributions: readonly string[]): Promise<Given> {
  const names = distributions.map((distribution) => `completions-${distribution}.jsonl`);
  return givenFiles(
    names.filter((name) => existsSync(join(folder, name))).map((name) => [name, join(folder, name)] as const),
    folder,
  );
}

/** @param files name in the folder of a task, and path */
export async function givenFiles(
  files: readonly (readonly [name: string, path: string])[],
  folder?: string,
): Promise<Given> {
  const outputs: Record<string, string> = {};
  const elsewhere: Record<string, string> = {};
  for (const [name, path] of files) {
    outputs[name] = await hashFile(path);
    elsewhere[name] = path;
  }
  return { directory: folder ?? dirname(files.at(0)?.[1] ?? '.'), outputs, elsewhere };
}
