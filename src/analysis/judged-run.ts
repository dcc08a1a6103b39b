// What findings are decided from: trained models with their judged completions.
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { JudgedRow } from './comparison.ts';

/** A trained model, as far as every finding needs to know it. */
export interface RunState {
  readonly condition: Condition;
  readonly seed: number;
  /** Still on its plateau. */
  readonly undertrained: boolean;
  /** Valid plans on dev still rose when the training ended (see lastQuarterRise); absent where nobody has measured. */
  readonly improving?: boolean;
}

/** Judged completions of the first dev problems at a kept checkpoint. */
export interface DevRows {
  readonly step: number;
  /** Trained on until then. */
  readonly tokens: number;
  readonly rows: readonly JudgedRow[];
}

/** One trained model's judged completions. */
export interface JudgedRun extends RunState {
  /** Trained on, prompt and completion. */
  readonly tokens: number;
  /** Of the test problems. */
  readonly rows: Readonly<Partial<Record<GeneratorName, readonly JudgedRow[]>>>;
  /** In distribution, ascending steps; the last one is the end of the training. */
  readonly dev: readonly DevRows[];
  /**
   * Tokens after which the run had seen each training problem as often as the run of `correct` of its seed has at its
   * end; absent where nobody has counted.
   */
  readonly equal_epochs_tokens?: number;
}

/** Which checkpoint of a training reinforcement learning starts from: see earlyStep in src/tasks/rl-start.ts. */
export type RlStart = 'last' | 'early';

/** One model before and after reinforcement learning, judged on the same mazes. */
export interface RlRun extends RunState {
  readonly start: RlStart;
  readonly before: Readonly<Partial<Record<GeneratorName, readonly JudgedRow[]>>>;
  readonly after: Readonly<Partial<Record<GeneratorName, readonly JudgedRow[]>>>;
}
