// results.json as a file: written with its own hash, read by its schema, and compared with the study that it is in.
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { readJson } from '../base/files.ts';
import { brokenSeal, sealed } from '../base/sealed.ts';
import { issueText } from '../base/schema-issue.ts';
import { completionRowSchema, distributionSummarySchema } from '../evaluation/schemas.ts';
import { readIfThere } from '../work/cell-record.ts';
import { parseStudyCells, STUDY_CELLS_FILE } from '../work/study-cells.ts';
import { RESULTS_FORMAT, type StudyResults } from './results.ts';

export const RESULTS_FILE = 'results.json';

const count = z.int().nonnegative();
const numberOrNull = z.number().nullable();
const summaries = z.array(distributionSummarySchema);
/** Cells are folders next to each other in the store: no path leads out of it. */
const cell = z.string().regex(/^[a-z][a-z0-9-]*$/);

const conditionSchema = z.looseObject({
  condition: z.string(),
  seed: count,
  cell,
  test_cell: cell,
  parameters: count,
  steps: count,
  tokens: count,
  train_seconds: z.number(),
  evaluate_seconds: z.number(),
  curve: z.array(
    z.looseObject({
      step: count,
      tokens: count,
      loss: z.number(),
      trace_loss: numberOrNull,
      plan_loss: z.number(),
      lr: z.number(),
    }),
  ),
  dev: z.array(
    z.looseObject({
      step: count,
      tokens: count,
      invalid_traces: z.looseObject({ strict: z.looseObject({}), paper: z.looseObject({}) }),
    }),
  ),
  training_verdict: z.looseObject({ undertrained: z.boolean(), reason: z.string() }),
  evaluation: summaries,
  weights_sha256: z.string(),
});

const rlSchema = z.looseObject({
  condition: z.string(),
  seed: count,
  steps: count,
  seconds: z.number(),
  warnings: z.array(z.string()),
  sampled: z.array(z.looseObject({ step: count, reward: z.number(), kl: numberOrNull })),
  curve: z.array(z.looseObject({ step: count, evaluation: summaries })),
  before: summaries,
  after: summaries,
});

/** What the tables read by name. Parts that the analysis made are lists here: the hash says whether they are whole. */
const resultsSchema = z.looseObject({
  format: z.literal(RESULTS_FORMAT),
  study: z.string(),
  version: z.string(),
  config: z.looseObject({ study: z.string() }),
  config_hash: z.string(),
  result: z.string(),
  finished: z.string(),
  seconds: z.number(),
  hardware: z.looseObject({
    cpu: z.string(),
    cores: z.number(),
    memory_gib: z.number(),
    node: z.string(),
    kernel_path: z.string(),
    threads: z.number(),
  }),
  dataset: z.looseObject({
    cell,
    train: count,
    dev: count,
    test: z.record(z.string(), count),
    train_tokens: count,
    prompts: z.record(z.string(), z.looseObject({ mean: z.number(), min: z.number(), max: z.number() })),
  }),
  conditions: z.array(conditionSchema),
  rules: count,
  findings: z.array(z.looseObject({ id: z.string(), statement: z.string(), verdict: z.string() })),
  left_out: z.array(z.looseObject({ id: z.string(), statement: z.string(), reason: z.string() })),
  rl: z.array(rlSchema).optional(),
  lengths: z.looseObject({ analysis: z.looseObject({}), shown: z.array(z.looseObject({})) }).optional(),
  interventions: z
    .array(z.looseObject({ condition: z.string(), seed: count, distributions: z.array(z.looseObject({})) }))
    .optional(),
  phase: z
    .looseObject({ runs: z.array(z.looseObject({ size: count })), differences: z.array(z.looseObject({})) })
    .optional(),
  samples: z.array(z.looseObject({ condition: z.string(), seed: count, kind: z.string(), row: completionRowSchema })),
});

/** The text of results.json. */
export function resultsText(results: StudyResults): string {
  return `${JSON.stringify(sealed(results))}\n`;
}

/**
 * @param value what results.json holds
 * @param where for the error
 * @throws TracelabError RESULTS (damaged artefact); RESULTS_FORMAT (refused input) for those of another version
 */
function parseResults(value: unknown, where: string): StudyResults {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(where, 'not the results of a study', 'a JSON object', JSON.stringify(value).slice(0, 60));
  // All results have findings, those of 0.1.0 too.
  if (!('findings' in value) && !('sha256' in value && 'study' in value && 'result' in value))
    throw damaged(where, 'not the results of a study', 'a results.json that tracelab study wrote', 'another file');
  const broken = brokenSeal(value);
  const { format = 1 } = value as { readonly format?: unknown };
  // Older ones have no hash. One with a hash that does not fit is damaged, whatever its format says.
  if (format !== RESULTS_FORMAT && Number.isSafeInteger(format) && (!broken || !('sha256' in value)))
    throw new TracelabError({
      code: 'RESULTS_FORMAT',
      kind: 'refused_input',
      where,
      what: 'was written by another version of tracelab',
      expected: `format ${RESULTS_FORMAT}`,
      got: JSON.stringify(format),
      hint: HINT,
    });
  const { success, error } = resultsSchema.safeParse(value);
  if (!success) {
    const expected = 'a results.json that tracelab study wrote';
    throw damaged(where, 'not the results of a study', expected, issueText(error));
  }
  if (broken) throw damaged(where, 'was changed after it was written', broken.expected, broken.got);
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'sha256')) as unknown as StudyResults;
}

/**
 * Results, alone or in the folder of their study.
 * @throws TracelabError as parseResults, RESULTS_OTHER (damaged artefact) for those of another study; FILE_MISSING
 */
export async function readResults(file: string): Promise<StudyResults> {
  const results = parseResults(await readJson(file), file);
  const list = join(dirname(file), STUDY_CELLS_FILE);
  const named = await readIfThere(list);
  if (named === undefined) return results;
  const { study, config_hash } = parseStudyCells(named, null, list);
  if (study === results.study && config_hash === results.config_hash) return results;
  throw new TracelabError({
    code: 'RESULTS_OTHER',
    kind: 'damaged_artifact',
    where: file,
    what: 'are the results of another study or configuration',
    expected: `${study}, configuration ${config_hash.slice(0, 12)}`,
    got: `${results.study}, configuration ${results.config_hash.slice(0, 12)}`,
    hint: HINT,
  });
}

const HINT = 'the same `tracelab study` command makes it again from its finished cells';

function damaged(where: string, what: string, expected: string, got: string): TracelabError {
  return new TracelabError({ code: 'RESULTS', kind: 'damaged_artifact', where, what, expected, got, hint: HINT });
}
