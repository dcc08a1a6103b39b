// What a row of a reinforcement learning run's metrics.jsonl looks like when it is read again.
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import type { StepRow } from './step-row.ts';

const count = z.int().nonnegative();
const flags = z.strictObject({ paper: count, strict: count, exact: count });
const schema: z.ZodType<StepRow> = z.strictObject({
  step: z.int().positive(),
  reward: z.number(),
  completions: count,
  plan_valid: count,
  plan_optimal: count,
  format: count,
  trace_valid: flags,
  both_valid: flags,
  truncated: count,
  tokens: count,
  longest: count,
  groups: count,
  zero_spread: count,
  learnt: count,
  kept: count,
  entropy: z.number(),
  kl: z.number().nullable(),
  clipped: count,
  counted: count,
  furthest_ratio_first: z.number(),
  furthest_ratio: z.number(),
  loss: z.number(),
  grad_norm: z.number(),
  lr: z.number(),
  seconds: z.strictObject({
    total: z.number(),
    rollouts: z.number(),
    verdicts: z.number(),
    bookkeeping: z.number(),
    reference: z.number(),
    update: z.number(),
  }),
});

/** The row, or undefined for what is none. */
export function parseStepRow(value: unknown): StepRow | undefined {
  return schema.safeParse(value).data;
}

/**
 * A row of metrics.jsonl.
 * @throws TracelabError METRICS_ROW (damaged artefact)
 */
export function readStepRow(value: unknown, where: string): StepRow {
  const row = parseStepRow(value);
  if (row) return row;
  throw new TracelabError({
    code: 'METRICS_ROW',
    kind: 'damaged_artifact',
    where,
    what: 'not a row of metrics',
    expected: 'the numbers of a step of reinforcement learning',
    got: JSON.stringify(value).slice(0, 60),
    hint: 'delete the folder of this run and give the command again, to compute it again',
  });
}
