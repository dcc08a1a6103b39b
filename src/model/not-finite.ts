// An update with numbers that are NaN or infinite: what is not finite, its row of metrics.jsonl, and the error of a run
// that stops there. parallel-update.ts decides; this file only describes.
import { z } from 'zod';
import { TracelabError } from '../base/errors.ts';
import type { ThreadTask } from '../core/threads.ts';

/** What is not finite in an update, for people. */
export interface NotFinite {
  /** `gradient`, `parameter`, `first moment` or `second moment` of a tensor; or a number of the step: `loss`. */
  readonly quantity: string;
  /** Hugging Face name of the first such tensor in the order of the weights; null for a number of the step. */
  readonly tensor: string | null;
  /** Values of the tensor that are NaN or infinite. */
  readonly count: number;
  /** Values of the tensor. */
  readonly size: number;
}

/** The row of a step with an update that was not applied. */
export interface NotFiniteRow {
  /** Steps done, this one included. */
  readonly step: number;
  /** Training: tokens consumed so far. Reinforcement learning: tokens drawn in the step. */
  readonly tokens: number;
  readonly lr: number;
  /** Whether the run went on without the update. */
  readonly update: 'skipped' | 'stopped';
  /** Updates of the step that were applied before: inner epochs of reinforcement learning. */
  readonly applied: number;
  readonly not_finite: NotFinite;
  /** Ids of the batch's examples, in the order in which they were drawn. */
  readonly examples: readonly string[];
}

const count = z.int().nonnegative();
const schema: z.ZodType<NotFiniteRow> = z.strictObject({
  step: z.int().positive(),
  tokens: count,
  lr: z.number(),
  update: z.enum(['skipped', 'stopped']),
  applied: count,
  not_finite: z.strictObject({ quantity: z.string(), tensor: z.string().nullable(), count, size: count }),
  examples: z.array(z.string()),
});

/** The row, or undefined for what is none. */
export function parseNotFiniteRow(value: unknown): NotFiniteRow | undefined {
  return schema.safeParse(value).data;
}

/** A parser of rows that also knows the rows of updates that were not applied. */
export function orNotFinite<Row>(
  parse: (value: unknown) => Row | undefined,
): (value: unknown) => Row | NotFiniteRow | undefined {
  return (value) => parseNotFiniteRow(value) ?? parse(value);
}

/** Whether a row of metrics is one of a step without update, because a number was not finite. */
export function isNotFinite<Row extends object>(row: Row | NotFiniteRow): row is NotFiniteRow {
  return 'not_finite' in row;
}

/** Steps whose update was skipped. */
export function countSkipped(rows: readonly object[]): number {
  return rows.filter((row) => isNotFinite(row)).length;
}

/** A number of a step; null when it is finite. */
export function numberNotFinite(quantity: string, value: number): NotFinite | null {
  return Number.isFinite(value) ? null : { quantity, tensor: null, count: 1, size: 1 };
}

/**
 * The first tensor with values that are not finite; null when all are finite.
 * @param tensors in the order of the weights
 */
export function tensorNotFinite(
  quantity: string,
  tensors: Iterable<{ readonly name: string; readonly values: Float32Array }>,
): NotFinite | null {
  for (const { name, values } of tensors) {
    let bad = 0;
    for (const value of values) bad += Number(!Number.isFinite(value));
    if (bad > 0) return { quantity, tensor: name, count: bad, size: values.length };
  }
  return null;
}

/** One clause: `12 of 64 values of the gradient of model.norm.weight are not finite`. */
export function notFiniteText({ quantity, tensor, count: bad, size }: NotFinite): string {
  return tensor === null
    ? `the ${quantity} is not finite`
    : `${bad} of ${size} values of the ${quantity} of ${tensor} are not finite`;
}

/** An update that was not applied, as the leading thread knows it; the examples are indices. */
export interface Refusal {
  readonly row: Omit<NotFiniteRow, 'examples' | 'update'>;
  readonly examples: Iterable<number>;
}

/** What is said of a run that stops. */
interface Divergence {
  /** What is being learnt. */
  readonly what: string;
  readonly expected: string;
  readonly got: string;
  /** How the run would continue without the update. */
  readonly setting: string;
}

/** From the leading thread to the main thread. */
export interface NotFiniteMessage {
  readonly kind: 'not-finite';
  readonly row: Omit<NotFiniteRow, 'examples'>;
  readonly examples: readonly number[];
}

/** How many steps may still be skipped. */
export class SkipBudget {
  private left: number;

  /**
   * @param most of the whole run
   * @param skipped so far
   */
  constructor(most: number | undefined, skipped: number) {
    this.left = (most ?? 0) - skipped;
  }

  /**
   * Posts the row of an update that was not applied.
   * @param port to the main thread
   * @param beforeStop called first if the run stops here
   * @throws TracelabError TRAINING_DIVERGED (refused input) with nothing left of the budget
   */
  spend(
    port: ThreadTask<unknown>['port'],
    { row, examples }: Refusal,
    beforeStop: () => void,
    { what, expected, got, setting }: Divergence,
  ): void {
    const isSkipped = this.left > 0;
    this.left -= 1;
    if (!isSkipped) beforeStop();
    const update = isSkipped ? 'skipped' : 'stopped';
    const message: NotFiniteMessage = { kind: 'not-finite', row: { ...row, update }, examples: [...examples] };
    port.postMessage(message);
    if (isSkipped) return;
    throw new TracelabError({
      code: 'TRAINING_DIVERGED',
      kind: 'refused_input',
      where: `step ${row.step}`,
      what: `${what} diverged: ${notFiniteText(row.not_finite)}`,
      expected,
      got,
      hint: `a lower lr; ${setting} skips such updates; the last row of metrics.jsonl has the examples`,
    });
  }
}

/**
 * The settings that decide the bits of a finished run. The budget is none of them: it only decides whether a run is
 * finished.
 */
export function withoutBudget<Settings extends { readonly max_skipped_steps?: number | undefined }>(
  settings: Settings,
): Settings {
  return { ...settings, max_skipped_steps: undefined };
}
