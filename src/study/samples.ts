// Completions for the report's pictures, chosen by rule and never by hand: the first in file order of each kind.
import { hasTraces } from '../domain/conditions/condition.ts';
import type { CompletionRow } from '../evaluation/types.ts';
import type { Arm } from '../tasks/arm.ts';
import type { Sample } from './results.ts';

/**
 * The kind of picture that a completion can serve for; trace validity at strict level. Null: a solution-only
 * completion, which has no trace, with a valid plan.
 */
function sampleKind({ condition }: Arm, { verdict }: CompletionRow): Sample['kind'] | null {
  if (!verdict.plan.valid) return 'plan invalid';
  if (verdict.strict.valid) return 'plan and trace valid';
  return !hasTraces(condition) && verdict.records === 0 ? null : 'plan valid, trace invalid';
}

/** Takes the completions of one arm on one distribution in file order and keeps the first of each kind. */
export class SampleChooser {
  private readonly arm: Arm;
  private readonly chosen = new Map<Sample['kind'], Sample>();

  constructor(arm: Arm) {
    this.arm = arm;
  }

  /** Keeps the row if it is the first of its kind. */
  offer(row: CompletionRow): void {
    const kind = sampleKind(this.arm, row);
    if (kind !== null && !this.chosen.has(kind))
      this.chosen.set(kind, { condition: this.arm.condition, seed: this.arm.seed, kind, row });
  }

  /** The kept rows, at most one of each kind. */
  samples(): Sample[] {
    return [...this.chosen.values()];
  }
}
