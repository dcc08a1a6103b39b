// What a study tells while it runs; the terminal and `--json` print nothing else.
import type { TrainProgress } from '../training/config.ts';
import type { EvaluationHooks } from '../evaluation/types.ts';
import type { LengthHooks } from '../analysis/read-lengths.ts';
import type { RlProgress } from '../rl/rl.ts';
import type { StudyPlan } from './plan.ts';

/** Place of a cell in its study: `index` counts from 1. */
export interface CellPlace {
  readonly label: string;
  readonly index: number;
  readonly of: number;
}

export type StudyEvent =
  | { readonly event: 'measuring' }
  | { readonly event: 'plan'; readonly plan: StudyPlan }
  | { readonly event: 'cell_started'; readonly cell: CellPlace }
  | { readonly event: 'training'; readonly cell: CellPlace; readonly progress: TrainProgress }
  | {
      readonly event: 'evaluating';
      readonly cell: CellPlace;
      readonly progress: Parameters<EvaluationHooks['progress']>[0];
    }
  | { readonly event: 'scoring'; readonly cell: CellPlace; readonly progress: Parameters<LengthHooks['progress']>[0] }
  | { readonly event: 'learning'; readonly cell: CellPlace; readonly progress: RlProgress }
  | { readonly event: 'warning'; readonly cell: CellPlace; readonly text: string }
  | { readonly event: 'cell_finished'; readonly cell: CellPlace; readonly seconds: number; readonly reused: boolean }
  | { readonly event: 'stopped'; readonly cell: CellPlace }
  | { readonly event: 'finished'; readonly result: string; readonly report: string; readonly seconds: number };

export interface StudyHooks {
  readonly emit: (event: StudyEvent) => void;
  /** Aborted: stop at the next safe point, so that the same study can go on later. */
  readonly signal?: AbortSignal;
}
