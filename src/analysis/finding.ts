// What a finding is, what it is decided from, and what a study may choose about it. The rules are those of version 2
// in docs/specification.md, section 8; findings.ts applies them.
import type { Interval } from '../base/statistics.ts';
import type { GeneratorName } from '../domain/types.ts';
import type { Effect, Evidence, FindingRow } from './evidence.ts';
import type { RlRun, RunState } from './judged-run.ts';
import type { LengthRun } from './lengths.ts';

/** Of the rules, as docs/specification.md dates them. */
export const RULES_VERSION = 2;

/** With fewer, no finding is supported or contradicted. */
export const LEAST_SEEDS = 3;

/** The family that Holm adjusts, tested or not. */
export const FINDING_IDS = ['F1a', 'F1b', 'F2', 'F3', 'F4', 'F5'] as const;
export type FindingId = (typeof FINDING_IDS)[number];
/** `observed`: too few seeds to decide, whatever was observed. */
export type FindingVerdict = 'supported' | 'contradicted' | 'undecided' | 'undertrained' | 'observed';

export interface Finding {
  readonly id: FindingId;
  readonly statement: string;
  readonly verdict: FindingVerdict;
  readonly test: string;
  /** Mazes paired, or correlated (F5); for F1b valid plans looked at (all seeds together). */
  readonly n: number;
  readonly seeds: readonly number[];
  /** With fewer than three seeds: the seeds whose estimates are as the claim says; else null. */
  readonly observed_in: readonly number[] | null;
  /** null when nothing was tested (undertrained, or a condition is missing). */
  readonly effect: Effect | null;
  /** 95 %, in the unit of the effect. */
  readonly interval: Interval | null;
  /** Of the decisive test in the observed direction. */
  readonly p: number | null;
  /** Holm over the six findings; one that was not tested counts with p = 1. */
  readonly p_holm: number | null;
  readonly detail: string;
  /** Models of the finding whose valid plans on dev rose by more than a point over the last quarter of training. */
  readonly still_improving: readonly string[];
  readonly rows?: readonly FindingRow[];
}

/** A far distribution, and the one that draws its problems with prompts as long as in training. */
export interface Matched {
  readonly far: GeneratorName;
  readonly matched: GeneratorName;
}

export interface FindingOptions {
  readonly alpha?: number;
  /** The training distribution. */
  readonly in_distribution?: GeneratorName;
  /** What generalisation (F3, F5) rests on; the training distribution among them is left out. */
  readonly out_of_distribution?: readonly GeneratorName[];
  /** null where the domain has none. */
  readonly matched?: Matched | null;
  /** The domain's word: `mazes`. */
  readonly problems?: string;
  /** The domain's word: `A*`. */
  readonly search?: string;
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

/** A finding before its evidence is weighed: what it claims, of which models, and how it is tested. */
export interface Claim {
  readonly id: FindingId;
  readonly statement: string;
  /** Every run that the claim is about. */
  readonly used: readonly RunState[];
  /** Ascending. */
  readonly seeds: readonly number[];
  /** How it is tested with as many seeds as there are. */
  readonly test: string;
  /** Mazes that it would be about, where there is no evidence. */
  readonly mazes: number;
  /** Evidence of some of its seeds; in words why there is none. */
  readonly weigh: (seeds: readonly number[]) => Evidence | string;
}
