// What a study reports while it runs; the terminal and `--json` print nothing else.
import type { TaskEvent } from '../work/executor.ts';
import type { Planned } from './plan.ts';

export type StudyEvent =
  | { readonly event: 'measuring' }
  | { readonly event: 'planned'; readonly planned: Planned; readonly finished: readonly string[] }
  | TaskEvent
  | { readonly event: 'result'; readonly result: string; readonly report: string; readonly seconds: number };

export interface StudyHooks {
  readonly emit: (event: StudyEvent) => void;
  /** Aborted: stop at the next safe point, so that the same study can resume later. */
  readonly signal: AbortSignal;
}
