// Where the files of a finished task are, and which of them the tasks after it read.
import { join } from 'node:path';
import { datasetFileName } from '../data/dataset.ts';
import type { Finished } from '../work/task.ts';

type Files = Pick<Finished, 'outputs' | 'directory' | 'elsewhere'>;

/** Absolute path of an output. */
export function pathOf({ directory, elsewhere }: Files, name: string): string {
  return elsewhere?.[name] ?? join(directory, name);
}

/** SHA-256 of each of these outputs by name; those that there are none of are left out. */
export function hashesOf({ outputs }: Pick<Finished, 'outputs'>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (name in outputs ? [[name, outputs[name]]] : [])));
}

const CHECKPOINT = /^checkpoints\/step-(\d+)\/model\.safetensors$/;

/**
 * The kept checkpoints of a training or of reinforcement learning, ascending; a given checkpoint folder counts as one.
 */
export function checkpointsOf(
  finished: Files,
): { readonly step: number; readonly folder: string; readonly sha256: string }[] {
  const found = Object.entries(finished.outputs).flatMap(([name, sha256]) => {
    const step = CHECKPOINT.exec(name)?.[1];
    return step === undefined
      ? []
      : [{ step: Number(step), folder: join(finished.directory, 'checkpoints', `step-${step}`), sha256 }];
  });
  if (found.length > 0) return found.sort((a, b) => a.step - b.step);
  const sha256 = finished.outputs['model.safetensors'];
  return sha256 ? [{ step: 0, folder: finished.directory, sha256 }] : [];
}

/** The last checkpoint. */
export function weightsOf(finished: Files): {
  readonly step: number;
  readonly folder: string;
  readonly sha256: string;
} {
  const last = checkpointsOf(finished).at(-1);
  if (!last) throw new Error('a finished run without weights');
  return last;
}

/** File names of test sets. */
export function testNames(distributions: readonly string[]): string[] {
  return distributions.map((distribution) => datasetFileName('test', distribution));
}

/** Test sets with their files, as evaluation reads them. */
export function testsOf(
  data: Files,
  distributions: readonly string[],
): { readonly distribution: string; readonly file: string }[] {
  return distributions.map((distribution) => ({
    distribution,
    file: pathOf(data, datasetFileName('test', distribution)),
  }));
}

/** The training file, or null where none was given. */
export function trainFileOf(data: Files): string | null {
  return 'train.jsonl' in data.outputs ? pathOf(data, 'train.jsonl') : null;
}
