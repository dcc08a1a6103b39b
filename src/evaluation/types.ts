// What an evaluation writes: one row per completion, one summary per distribution. Counts always carry their n and
// interval.
import type { GeneratorName, Verdict } from '../domain/types.ts';
import type { Proportion } from '../base/statistics.ts';

/** One line of completions-<distribution>.jsonl, in the order of the test file. */
export interface CompletionRow {
  readonly id: string;
  /** Absent = maze. */
  readonly domain?: string;
  readonly generator: GeneratorName;
  readonly size: number;
  readonly prompt: string;
  readonly completion: string;
  /** The cap was reached before `end` or <eos>; false for completions from elsewhere, of which that is not known. */
  readonly truncated: boolean;
  /** Walls of this maze occur in the training set; false where there was none to look in. */
  readonly walls_seen: boolean;
  readonly verdict: Verdict;
}

/** Trace levels at which a proportion is given; `exact` is equality with the deterministic A* trace. */
export const TRACE_LEVELS = ['paper', 'strict', 'exact'] as const;
export type TraceLevel = (typeof TRACE_LEVELS)[number];

/** 2 x 2 counts: plan valid or not by trace valid or not. */
export interface Quadrants {
  readonly both_valid: number;
  readonly plan_only: number;
  readonly trace_only: number;
  readonly neither: number;
}

/** Summary of a set of completions that only needs their verdicts. */
export interface VerdictSummary {
  readonly n: number;
  readonly plan_valid: Proportion;
  readonly plan_optimal: Proportion;
  readonly format: Proportion;
  readonly trace_valid: Record<TraceLevel, Proportion>;
  /** Denominator = completions with a valid plan. */
  readonly trace_valid_given_plan: Record<TraceLevel, Proportion>;
  readonly quadrants: Record<'paper' | 'strict', Quadrants>;
  readonly first_errors: {
    readonly paper: Partial<Record<string, number>>;
    readonly strict: Partial<Record<string, number>>;
    readonly plan: Partial<Record<string, number>>;
  };
}

export interface DistributionSummary extends VerdictSummary {
  readonly distribution: GeneratorName;
  /** These two have n = 0 where they were not measured: completions from elsewhere, no training set. */
  readonly truncated: Proportion;
  readonly walls_seen: Proportion;
  /**
   * For a model trained on another search's traces: completions that hold a strict run of that search, of all and of
   * those with a valid plan.
   */
  readonly own_search_valid?: { readonly all: Proportion; readonly given_plan: Proportion };
  /** Words of the completions. */
  readonly completion_words: { readonly mean: number; readonly max: number };
}

/** What an evaluation, or a run of interventions, reports while it generates. */
export interface EvaluationProgress {
  readonly distribution: GeneratorName;
  /** Completions of this distribution. */
  readonly done: number;
  readonly total: number;
  /** New tokens of this distribution. */
  readonly tokens: number;
  readonly tokens_per_second: number;
  /** Of the whole call, over all its distributions, 0 to 1. */
  readonly share: number;
}

export interface EvaluationHooks {
  progress(progress: EvaluationProgress): void;
  /** Aborted: stop at once; what is finished is kept. */
  readonly signal?: AbortSignal;
}
