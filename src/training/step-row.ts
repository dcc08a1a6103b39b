// One line of a training run's metrics.jsonl. Losses are means over counted targets, before the step's update.
import { z } from 'zod';

export interface StepRow {
  /** Updates done, this one included. */
  readonly step: number;
  readonly tokens: number;
  readonly loss: number;
  readonly trace_loss: number | null;
  readonly plan_loss: number;
  readonly lr: number;
  readonly grad_norm: number;
  /** Wall time of this step. */
  readonly seconds: number;
}

const schema: z.ZodType<StepRow> = z.strictObject({
  step: z.int().positive(),
  tokens: z.int().positive(),
  loss: z.number(),
  trace_loss: z.number().nullable(),
  plan_loss: z.number(),
  lr: z.number(),
  grad_norm: z.number(),
  seconds: z.number(),
});

/** The row, or undefined for what is none. */
export function parseStepRow(value: unknown): StepRow | undefined {
  return schema.safeParse(value).data;
}
