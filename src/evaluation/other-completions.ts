// What another model wrote on the same mazes, for the intervention `other`: read and refused before anything is run.
import { join } from 'node:path';
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { readJsonl } from '../base/files.ts';
import { hashFile } from '../base/hash.ts';
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
 * @throws TracelabError OTHER_MISSING for no folder or a maze that is not in it; as readJsonl
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
      hint: '--other FOLDER',
    });
  const file = join(other, `completions-${distribution}.jsonl`);
  const written = new Map<string, string>();
  for await (const row of readJsonl(file, parseOtherRow)) written.set(`${row.id} ${row.prompt}`, row.completion);
  const completions = examples.map(({ id, prompt }) => {
    const completion = written.get(`${id} ${prompt}`);
    if (completion !== undefined) return completion;
    throw new TracelabError({
      code: 'OTHER_MISSING',
      kind: 'refused_input',
      where: file,
      what: 'the other model was not evaluated on this maze',
      expected: id,
      hint: 'evaluate both models on the same test files',
    });
  });
  return { completions, hash: await hashFile(file) };
}

const otherRowSchema = z.looseObject({ id: z.string(), prompt: z.string(), completion: z.string() });

function parseOtherRow(value: unknown, where: string): z.infer<typeof otherRowSchema> {
  const { success, data, error } = otherRowSchema.safeParse(value);
  if (success) return data;
  const [{ path, message }] = error.issues;
  throw new TracelabError({
    code: 'COMPLETION_ROW',
    kind: 'damaged_artifact',
    where,
    what: 'not a completion of another model',
    expected: 'a row with the texts id, prompt and completion',
    got: path.length === 0 ? JSON.stringify(value).slice(0, 60) : `${path.join('.')}: ${message}`,
    hint: 'evaluate the other model again into another folder',
  });
}
