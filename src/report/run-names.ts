// What tables and figures call a training run and a condition.
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';

export interface RunKey {
  readonly condition: Condition;
  readonly seed: number;
}

export interface RunNames {
  readonly run: (run: RunKey) => string;
  /** All seeds of it. */
  readonly condition: (condition: Condition) => string;
  /** Whether the conditions are known: only then a key of their colours says something. */
  readonly known: boolean;
}

export const RUN_NAMES: RunNames = { run: ({ condition, seed }) => `${conditionLabel(condition)}, seed ${seed}`, condition: conditionLabel, known: true };

/** Completions that came from elsewhere: nobody knows what their model was trained on. */
export function foreignNames(folder: string): RunNames {
  const name = `Completions of ${folder}`;
  return { run: () => name, condition: () => name, known: false };
}
