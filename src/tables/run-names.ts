// What tables and figures call a training run and a condition, and how they mark an undertrained one.
import type { RlStart } from '../analysis/judged-run.ts';
import { conditionLabel } from '../domain/conditions/condition.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { ConditionResult } from '../study/results.ts';

/** Behind what an undertrained model has a part in. */
export const UNDERTRAINED_MARK = '†';

export interface RunKey {
  readonly condition: Condition;
  readonly seed: number;
  /** Of reinforcement learning; default last, which has no word of its own. */
  readonly start?: RlStart;
}

export interface RunNames {
  readonly run: (run: RunKey) => string;
  /** All seeds of it. */
  readonly condition: (condition: Condition, start?: RlStart) => string;
  /** Whether the conditions are known: only then a key of their colours says something. */
  readonly known: boolean;
  /** For a caption: what the mark means; empty where no run has it. */
  readonly note: string;
}

/** `Correct traces`, or `Correct traces, early`. */
export function startLabel(condition: Condition, start: RlStart = 'last'): string {
  return start === 'early' ? `${conditionLabel(condition)}, early` : conditionLabel(condition);
}

export const RUN_NAMES: RunNames = {
  run: ({ condition, seed, start }) => `${startLabel(condition, start)}, seed ${seed}`,
  condition: startLabel,
  known: true,
  note: '',
};

/** @param undertrained these are marked, and the conditions that have one of them */
export function markedNames(undertrained: readonly RunKey[]): RunNames {
  if (undertrained.length === 0) return RUN_NAMES;
  const mark = (name: string, isMarked: (run: RunKey) => boolean): string =>
    undertrained.some(isMarked) ? `${name} ${UNDERTRAINED_MARK}` : name;
  return {
    run: (run) => mark(RUN_NAMES.run(run), ({ condition, seed }) => condition === run.condition && seed === run.seed),
    condition: (condition, start) => mark(RUN_NAMES.condition(condition, start), (run) => run.condition === condition),
    known: true,
    note: ` ${UNDERTRAINED_MARK}: undertrained, or a mean over seeds of which one is.`,
  };
}

/** Names of conditions and runs; undertrained ones are marked. */
export function studyNames({ conditions }: { readonly conditions: readonly ConditionResult[] }): RunNames {
  return markedNames(conditions.filter(({ training_verdict }) => training_verdict.undertrained));
}

/** Completions that came from elsewhere: nobody knows what their model was trained on. */
export function foreignNames(folder: string): RunNames {
  const name = `Completions of ${folder}`;
  return { run: () => name, condition: () => name, known: false, note: '' };
}
