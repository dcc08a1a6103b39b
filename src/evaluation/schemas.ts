// What evaluations leave, as it is read again: judged completions, forced completions, and counts of verdicts. Keys
// that a newer version added are kept.
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import { issueText } from '../base/schema-issue.ts';
import type { ForcedRow } from './intervention-summary.ts';
import type { CompletionRow } from './types.ts';

const count = z.int().nonnegative();
const proportion = z.looseObject({ count, n: count, low: z.number(), high: z.number() });

const traceVerdict = z.looseObject({
  valid: z.boolean(),
  rule: z.string().optional(),
  record: count.optional(),
});
const verdict = z.looseObject({
  format: z.boolean(),
  records: count,
  paper: traceVerdict,
  strict: traceVerdict,
  exact: z.boolean(),
  plan: z.looseObject({ valid: z.boolean(), error: z.string().optional(), optimal: z.boolean() }),
});

/** One line of completions-<distribution>.jsonl. */
export const completionRowSchema = z.looseObject({
  id: z.string(),
  domain: z.string().optional(),
  generator: z.string(),
  size: z.int().positive(),
  prompt: z.string(),
  completion: z.string(),
  truncated: z.boolean(),
  walls_seen: z.boolean(),
  verdict,
});

const forcedRowSchema = z.union([
  z.looseObject({ id: z.string(), left_out: z.enum(['no_room', 'not_applicable']) }),
  z.looseObject({ id: z.string(), forced: z.string(), completion: z.string(), truncated: z.boolean(), verdict }),
]);

const levels = z.looseObject({ paper: proportion, strict: proportion, exact: proportion });
const quadrants = z.looseObject({ both_valid: count, plan_only: count, trace_only: count, neither: count });
const errors = z.record(z.string(), count);

/** Counts of the verdicts on one distribution. */
export const distributionSummarySchema = z.looseObject({
  distribution: z.string(),
  n: count,
  plan_valid: proportion,
  plan_optimal: proportion,
  format: proportion,
  trace_valid: levels,
  trace_valid_given_plan: levels,
  quadrants: z.looseObject({ paper: quadrants, strict: quadrants }),
  first_errors: z.looseObject({ paper: errors, strict: errors, plan: errors }),
  truncated: proportion,
  walls_seen: proportion,
  own_search_valid: z.looseObject({ all: proportion, given_plan: proportion }).optional(),
  completion_words: z.looseObject({ mean: z.number(), max: z.number() }),
});

/** @throws TracelabError COMPLETION_ROW (damaged artefact) */
export function parseCompletionRow(value: unknown, where: string): CompletionRow {
  // What the schema leaves open, names of generators and of rules, the domain of the row knows.
  return parseRow(completionRowSchema, value, where);
}

/** @throws TracelabError COMPLETION_ROW (damaged artefact) */
export function parseForcedRow(value: unknown, where: string): ForcedRow {
  return parseRow(forcedRowSchema, value, where);
}

function parseRow<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new TracelabError({
    code: 'COMPLETION_ROW',
    kind: 'damaged_artifact',
    where,
    what: 'not a judged completion',
    expected: 'a row that `tracelab evaluate` or `tracelab study` wrote',
    got: issueText(error, 'the row'),
    hint: 'put the file back as it was written, or evaluate again into another folder',
  });
}
