// Reads evaluation.json, the description of an evaluation. For completions from a file it contains the SHA-256 of the
// other files of its folder and its own; for a model the record of the folder contains them.
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { readJson } from '../base/files.ts';
import { brokenSeal } from '../base/sealed.ts';
import { issueText } from '../base/schema-issue.ts';
import { distributionSummarySchema } from './schemas.ts';

export const EVALUATION_FILE = 'evaluation.json';

const schema = z.looseObject({
  format: z.literal(1).optional(),
  /** Where the model comes from; absent for completions that came from elsewhere. */
  checkpoint: z.looseObject({ condition: z.string(), seed: z.int() }).optional(),
  distributions: z.array(distributionSummarySchema).optional(),
  summaries: z.array(distributionSummarySchema).optional(),
  /** SHA-256 by name. */
  files: z.record(z.string(), z.string()).optional(),
  sha256: z.string().optional(),
});

export type Evaluation = z.infer<typeof schema>;

/**
 * @param file path of an evaluation.json
 * @throws TracelabError EVALUATION (damaged artefact), as readJson
 */
export async function readEvaluation(file: string): Promise<Evaluation> {
  const value = await readJson(file);
  const { success, data, error } = schema.safeParse(value);
  if (!success) {
    throw damaged(
      file,
      'is not what an evaluation wrote',
      'an evaluation.json of `tracelab evaluate`',
      issueText(error),
    );
  }
  const broken = data.sha256 === undefined ? null : brokenSeal(value as object);
  if (broken) throw damaged(file, 'was changed after it was written', broken.expected, broken.got);
  return data;
}

function damaged(where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({
    code: 'EVALUATION',
    kind: 'damaged_artifact',
    where,
    what,
    expected,
    got,
    hint: 'put the file back as it was written, or evaluate again into another folder',
  });
}
