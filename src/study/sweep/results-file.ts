// sweep.json as a file: written with its own hash, read by its schema.
import { z } from 'zod';
import { TracelabError } from '../../base/errors.ts';
import { readJson } from '../../base/files.ts';
import { brokenSeal } from '../../base/sealed.ts';
import { issueText } from '../../base/schema-issue.ts';
import { distributionSummarySchema } from '../../evaluation/schemas.ts';
import { METRIC_NAMES } from './metric.ts';
import { SWEEP_FORMAT } from './results.ts';
import type { SweepResults } from './results.ts';

const settings = z.record(z.string(), z.json());
const count = z.int().nonnegative();

/** What tables read by name; the hash says whether the rest is whole. */
const schema = z.looseObject({
  format: z.literal(SWEEP_FORMAT),
  version: z.string(),
  config: z.looseObject({
    sweep: z.string(),
    study: z.string(),
    set: settings,
    parameters: z.record(z.string(), z.looseObject({})),
    metric: z.looseObject({
      name: z.enum(METRIC_NAMES as [string, ...string[]]),
      goal: z.enum(['maximize', 'minimize']),
    }),
  }),
  config_hash: z.string(),
  in_distribution: z.string(),
  trials: z.array(
    z.looseObject({
      trial: z.string(),
      settings,
      config_hash: z.string(),
      state: z.enum(['finished', 'failed', 'eliminated', 'missing']),
      failures: z.array(z.string()),
      runs: z.array(
        z.looseObject({
          stage: z.enum(['trained', 'rl']),
          condition: z.string(),
          seed: count,
          steps: count,
          tokens: count,
          undertrained: z.boolean(),
          evaluation: z.array(distributionSummarySchema),
        }),
      ),
      rungs: z
        .array(
          z.looseObject({
            rung: count,
            tokens: count,
            score: z.number().nullable(),
            runs: z.array(
              z.looseObject({
                condition: z.string(),
                seed: count,
                steps: count,
                tokens: count,
                dev: distributionSummarySchema,
              }),
            ),
          }),
        )
        .optional(),
    }),
  ),
});

/**
 * Reads the results of a sweep.
 * @throws TracelabError FILE_MISSING, SWEEP_FILE (damaged artefact)
 */
export async function readSweepResults(file: string): Promise<SweepResults> {
  const value = await readJson(file);
  const parsed = schema.safeParse(value);
  const broken = parsed.success ? brokenSeal(value as object) : null;
  if (parsed.success && broken === null) return value as SweepResults;
  throw new TracelabError({
    code: 'SWEEP_FILE',
    kind: 'damaged_artifact',
    where: file,
    what: 'damaged results of a sweep',
    expected: broken?.expected ?? 'the results that a sweep writes',
    got: broken?.got ?? (parsed.error === undefined ? 'another content' : issueText(parsed.error)),
    hint: 'run the sweep again: finished trials are reused',
  });
}
