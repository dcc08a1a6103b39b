// One training run of a study: a condition and a seed.
import type { Condition } from '../domain/conditions/condition.ts';

export interface Arm {
  readonly condition: Condition;
  readonly seed: number;
}

/** The part of a task's id that names its condition and seed. */
export function armLabel({ condition, seed }: Arm): string {
  return `${condition}-seed${seed}`;
}
