// The test files of one piece of work, read once however many models are tested on them; and the walls of the training
// file with them.
import { hashFile } from '../base/hash.ts';
import type { Example, GeneratorName } from '../domain/types.ts';
import { readExamples } from './dataset.ts';
import { collectWalls } from './walls.ts';

export interface TestFile {
  readonly distribution: GeneratorName;
  readonly file: string;
}

/** A test file and all of its problems. */
export interface TestSet extends TestFile {
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly examples: readonly Example[];
}

export interface TestSets {
  /** In the order in which they were asked for. */
  readonly sets: readonly TestSet[];
  /** To measure which walls were seen in training; null: that is not measured. */
  readonly train: TrainingWalls | null;
}

export interface TrainingWalls {
  /** SHA-256 of the training file. */
  readonly hash: string;
  readonly walls: ReadonlySet<string>;
}

/**
 * @param trainFile null where nobody asks which walls were seen in training
 * @throws TracelabError as readExamples
 */
export async function readTests(tests: readonly TestFile[], trainFile: string | null): Promise<TestSets> {
  const train =
    trainFile === null ? null : { hash: await hashFile(trainFile), walls: collectWalls(await readExamples(trainFile)) };
  const sets: TestSet[] = [];
  for (const { distribution, file } of tests)
    sets.push({ distribution, file, hash: await hashFile(file), examples: await readExamples(file) });
  return { sets, train };
}
