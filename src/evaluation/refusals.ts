// Rows that could not be read: how many, by reason, with the first of each. Plain data, so that threads can post it.
import type { ErrorDetails, TracelabError } from '../base/errors.ts';

export interface Refusal {
  /** Rows that were refused for this reason. */
  readonly count: number;
  /** Of the first of them. */
  readonly first: ErrorDetails;
}

/** In the order of their first rows. */
export class Refusals {
  private readonly reasons = new Map<string, { count: number; first: ErrorDetails }>();

  /** Counts an error under its code and reason, and keeps the first of each. */
  add({ details }: Pick<TracelabError, 'details'>, count = 1): void {
    const known = this.reasons.get(`${details.code} ${details.what}`);
    if (known) known.count += count;
    // A cause may be more than a port can carry.
    else this.reasons.set(`${details.code} ${details.what}`, { count, first: { ...details, cause: undefined } });
  }

  /** Adds those of a later part. */
  addAll(refusals: readonly Refusal[]): void {
    for (const { count, first } of refusals) this.add({ details: first }, count);
  }

  /** One entry for each reason, in the order of their first errors. */
  get all(): readonly Refusal[] {
    return [...this.reasons.values()];
  }

  /** Rows that were refused. */
  get count(): number {
    return this.all.reduce((sum, { count }) => sum + count, 0);
  }
}
