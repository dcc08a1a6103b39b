// sweep.json as a file: written with its own hash, read by its schema, and compared with the sweep that it is in.
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { TracelabError } from '../../base/errors.ts';
import { readJson } from '../../base/files.ts';
import { brokenSeal } from '../../base/sealed.ts';
import { issueText } from '../../base/schema-issue.ts';
import { distributionSummarySchema } from '../../evaluation/schemas.ts';
import { readIfThere } from '../../work/cell-record.ts';
import { parseStudyCells, STUDY_CELLS_FILE } from '../../work/study-cells.ts';
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

const HINT = 'run the sweep again without --only: finished trials are reused';

/**
 * Reads the results of a sweep, and compares them with the sweep that they are in.
 * @throws TracelabError FILE_MISSING; JSON_SYNTAX, SWEEP_FILE, and SWEEP_OTHER for those of another sweep (damaged
 * artefacts)
 */
export async function readSweepResults(file: string): Promise<SweepResults> {
  const value = await readJson(file).catch((error: unknown) => {
    if (error instanceof TracelabError && error.code === 'JSON_SYNTAX')
      throw new TracelabError({ ...error.details, hint: HINT });
    throw error;
  });
  const parsed = schema.safeParse(value);
  const broken = parsed.success ? brokenSeal(value as object) : null;
  if (!parsed.success || broken !== null)
    throw new TracelabError({
      code: 'SWEEP_FILE',
      kind: 'damaged_artifact',
      where: file,
      what: 'damaged results of a sweep',
      expected: broken?.expected ?? 'the results that a sweep writes',
      got: broken?.got ?? (parsed.error === undefined ? 'another content' : issueText(parsed.error)),
      hint: HINT,
    });
  const results = value as SweepResults;
  const list = join(dirname(file), STUDY_CELLS_FILE);
  const named = await readIfThere(list);
  if (named === undefined) return results;
  const { study, config_hash } = parseStudyCells(named, null, list);
  if (study === results.config.sweep && config_hash === results.config_hash) return results;
  throw new TracelabError({
    code: 'SWEEP_OTHER',
    kind: 'damaged_artifact',
    where: file,
    what: 'are the results of another sweep or configuration',
    expected: `${study}, configuration ${config_hash.slice(0, 12)}`,
    got: `${results.config.sweep}, configuration ${results.config_hash.slice(0, 12)}`,
    hint: HINT,
  });
}
