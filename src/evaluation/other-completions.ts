// What another model wrote on the same mazes, for the intervention `other`: read and refused before anything is run.
import { join } from 'node:path';
import { TracelabError } from '../base/errors.ts';
import { hashFile } from '../base/hash.ts';
import { readExamplesOf } from '../data/records.ts';
import type { Example, GeneratorName } from '../domain/types.ts';

export interface OtherCompletions {
  /** In the order of the mazes. */
  readonly completions: readonly string[];
  /** SHA-256 of their file. */
  readonly hash: string;
}

/**
 * @param other folder of the other model's evaluation, with completions-<distribution>.jsonl
 * @param examples the mazes
 * @throws TracelabError OTHER_MISSING for no folder or a maze that is not in it; as readExamplesOf
 */
export async function readOther(
  other: string | null,
  distribution: GeneratorName,
  examples: readonly Example[],
): Promise<OtherCompletions> {
  if (other === null)
    throw new TracelabError({
      code: 'OTHER_MISSING',
      kind: 'refused_input',
      where: 'intervention other',
      what: 'no evaluation of another model was given',
      expected: 'its folder',
      got: 'none',
      hint: '--other FOLDER',
    });
  const file = join(other, `completions-${distribution}.jsonl`);
  const written = new Map<string, string>();
  for await (const { example } of readExamplesOf(file))
    written.set(`${example.id} ${example.prompt}`, example.completion);
  const completions = examples.map(({ id, prompt }) => {
    const completion = written.get(`${id} ${prompt}`);
    if (completion !== undefined) return completion;
    throw new TracelabError({
      code: 'OTHER_MISSING',
      kind: 'refused_input',
      where: file,
      what: 'the other model was not evaluated on this maze',
      expected: id,
      got: `${written.size} other rows`,
      hint: 'evaluate both models on the same test files',
    });
  });
  return { completions, hash: await hashFile(file) };
}
