// What a finding is, what it is decided from, and what a study may choose about it. The rules are rules.ts and the
// files beside it; findings.ts applies them.
import type { Interval } from '../base/statistics.ts';
import type { Condition } from '../domain/conditions/condition.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { RlRun } from './after-rl.ts';
import type { JudgedRow } from './comparison.ts';
import type { Effect, FindingRow } from './evidence.ts';
import type { LengthRun } from './lengths.ts';

export type FindingId = 'F1a' | 'F1b' | 'F2' | 'F3' | 'F4' | 'F5';
export type FindingVerdict = 'supported' | 'contradicted' | 'undecided' | 'undertrained';

export interface Finding {
  readonly id: FindingId;
  readonly statement: string;
  readonly verdict: FindingVerdict;
  readonly test: string;
  /** Mazes paired, or correlated (F5); for F1b valid plans looked at (all seeds together). */
  readonly n: number;
  readonly seeds: readonly number[];
  /** null when nothing was tested (undertrained, or a condition is missing). */
  readonly effect: Effect | null;
  /** 95 %, in the unit of the effect. */
  readonly interval: Interval | null;
  /** Of the decisive test in the observed direction. */
  readonly p: number | null;
  /** Holm over the findings that were tested. */
  readonly p_holm: number | null;
  readonly detail: string;
  readonly rows?: readonly FindingRow[];
}

/** One trained model's judged test completions. */
export interface JudgedRun {
  readonly condition: Condition;
  readonly seed: number;
  readonly undertrained: boolean;
  readonly rows: Readonly<Partial<Record<GeneratorName, readonly JudgedRow[]>>>;
}

export interface FindingOptions {
  readonly alpha?: number;
  /** The training distribution. */
  readonly in_distribution?: GeneratorName;
  /** What generalisation (F3, F5) rests on; the training distribution among them is left out. */
  readonly out_of_distribution?: readonly GeneratorName[];
  /** The domain's word: `mazes`. */
  readonly problems?: string;
  /** Models before and after reinforcement learning; without them there is no F4. */
  readonly rl?: readonly RlRun[];
  /**
   * Lengths of the completions of models trained on correct traces; without them there is no F5. Other conditions are
   * passed over.
   */
  readonly lengths?: readonly LengthRun[];
}

/** A finding that a study cannot have, and why. */
export interface FindingLeftOut {
  readonly id: FindingId;
  readonly statement: string;
  readonly reason: string;
}

/** The options with their defaults. */
export interface Setting extends Required<Omit<FindingOptions, 'rl' | 'lengths'>> {
  /**
   * Those of out_of_distribution that some run has completions of, which alone a claim can be about; all of them where
   * there are none.
   */
  readonly tested: readonly GeneratorName[];
}
