// The result of a study as one plain value, `results.json`: all that the report and the terminal table need, nothing
// computed there.
import type { Condition } from '../domain/conditions/condition.ts';
import type { CompletionRow, DistributionSummary } from '../evaluation/types.ts';
import type { RlStart } from '../analysis/judged-run.ts';
import type { Finding, FindingLeftOut, TrainingVerdict } from '../analysis/findings.ts';
import type { LengthAnalysis, LengthRun } from '../analysis/lengths.ts';
import type { DoseResponse } from '../analysis/dose-response.ts';
import type { PhaseDifference } from '../analysis/phase.ts';
import type { DistributionInformation } from '../evaluation/information-summary.ts';
import type { DistributionInterventions } from '../evaluation/intervention-summary.ts';
import type { Proportion } from '../base/statistics.ts';
import type { SampledGroups } from '../rl/observe.ts';
import type { DevPoint } from '../tasks/curve.ts';
import type { CurvePoint } from '../tasks/training-curve.ts';
import type { StudyConfig } from './config.ts';

export type { CurvePoint, DevPoint };

/** A point of the learning curve, with the invalid traces among its valid plans. */
export interface DevResult extends DevPoint {
  /** Of the valid plans, those with an invalid trace. */
  readonly invalid_traces: { readonly strict: Proportion; readonly paper: Proportion };
}

export interface ConditionResult {
  readonly condition: Condition;
  readonly seed: number;
  /** Folder of the training run, in the store of cells next to the study's folder. */
  readonly cell: string;
  /** Folder of its test completions, in the same store. */
  readonly test_cell: string;
  readonly parameters: number;
  readonly steps: number;
  readonly tokens: number;
  readonly train_seconds: number;
  readonly evaluate_seconds: number;
  /** Thinned to at most about 400 points, each the mean of its window. */
  readonly curve: readonly CurvePoint[];
  readonly dev: readonly DevResult[];
  readonly training_verdict: TrainingVerdict;
  readonly evaluation: readonly DistributionSummary[];
  /** SHA-256 of the final weights file. */
  readonly weights_sha256: string;
}

/** Sampled completions of training prompts around one step of reinforcement learning, means over a window of steps. */
export interface RlStepPoint {
  /** Last step of the window. */
  readonly step: number;
  readonly reward: number;
  /** Share of groups whose rewards were all equal. */
  readonly zero_spread: number;
  readonly truncated: number;
  /** Nats per drawn token. */
  readonly entropy: number;
  /** Against the start, nats per token; null where it was not measured. */
  readonly kl: number | null;
  /** Share of tokens whose ratio was clipped. */
  readonly clipped: number;
  /** Drawn tokens of a completion. */
  readonly completion_tokens: number;
}

/** One model before, during and after reinforcement learning. */
export interface RlResult {
  /** What the starting model was trained on. */
  readonly condition: Condition;
  readonly seed: number;
  readonly start: RlStart;
  /** Of an early start: the step of the training, and the strictly valid traces on dev that it was chosen by. */
  readonly start_step?: number;
  readonly start_trace_valid_strict?: Proportion;
  readonly steps: number;
  readonly seconds: number;
  readonly evaluate_seconds: number;
  readonly warnings: readonly string[];
  readonly sampled: readonly RlStepPoint[];
  /**
   * Greedy, on the first test problems of each distribution, and sampled groups of some of them; step 0 is the start.
   * Without groups where none were wanted.
   */
  readonly curve: readonly {
    readonly step: number;
    readonly evaluation: readonly DistributionSummary[];
    readonly sampled?: readonly SampledGroups[];
  }[];
  /** Greedy, on all test problems. */
  readonly before: readonly DistributionSummary[];
  readonly after: readonly DistributionSummary[];
  readonly weights_sha256: string;
}

/** Words of the prompts of a test set. */
export interface PromptLengths {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Prompts as long as some prompt of the training set. */
  readonly seen: Proportion;
}

export interface LengthResult {
  readonly analysis: LengthAnalysis;
  /** The first mazes of each distribution, for scatter plots. */
  readonly shown: readonly LengthRun[];
}

export interface InterventionResult {
  readonly condition: Condition;
  readonly seed: number;
  /** Whose traces `other` forces. */
  readonly other: Condition | null;
  readonly distributions: readonly DistributionInterventions[];
}

/** How much the first events of traces lower a model's loss on the reference plan. */
export interface InformationResult {
  readonly condition: Condition;
  readonly seed: number;
  readonly distributions: readonly DistributionInformation[];
}

/** One trained model of a phase diagram. */
export interface PhaseRunResult {
  readonly size: number;
  /** Transformer blocks. */
  readonly layers: number;
  readonly tokens: number;
  readonly condition: Condition;
  readonly seed: number;
  readonly steps: number;
  readonly train_seconds: number;
  readonly training_verdict: TrainingVerdict;
  /** Test problems of this size, in distribution. */
  readonly evaluation: DistributionSummary;
}

export interface PhaseResult {
  readonly runs: readonly PhaseRunResult[];
  readonly differences: readonly PhaseDifference[];
}

/** A completion chosen by rule (first in file order that fits), for the report's pictures. */
export interface Sample {
  readonly condition: Condition;
  readonly seed: number;
  readonly kind: 'plan and trace valid' | 'plan valid, trace invalid' | 'plan invalid';
  readonly row: CompletionRow;
}

/** Raised when a field is added, goes, or counts something else. Older files are made again from their cells. */
export const RESULTS_FORMAT = 6;

export interface StudyResults {
  readonly format: typeof RESULTS_FORMAT;
  readonly study: string;
  readonly version: string;
  readonly config: StudyConfig;
  readonly config_hash: string;
  /** SHA-256 over all cells' results: the line `result <sha256>`. */
  readonly result: string;
  readonly finished: string;
  readonly seconds: number;
  readonly hardware: {
    readonly cpu: string;
    readonly cores: number;
    readonly memory_gib: number;
    readonly node: string;
    readonly kernel_path: string;
    readonly threads: number;
  };
  readonly dataset: {
    readonly cell: string;
    readonly train: number;
    readonly dev: number;
    readonly test: Readonly<Record<string, number>>;
    readonly train_tokens: number;
    /** By test distribution. */
    readonly prompts: Readonly<Record<string, PromptLengths>>;
  };
  readonly conditions: readonly ConditionResult[];
  /** Version of the rules that decided the findings. */
  readonly rules: number;
  readonly findings: readonly Finding[];
  /** Findings that this study cannot have, and why. */
  readonly left_out: readonly FindingLeftOut[];
  /** Of conditions that were trained at three rates or more; absent without one. */
  readonly dose_response?: readonly DoseResponse[];
  readonly rl?: readonly RlResult[];
  readonly lengths?: LengthResult;
  readonly interventions?: readonly InterventionResult[];
  readonly information?: readonly InformationResult[];
  readonly phase?: PhaseResult;
  readonly samples: readonly Sample[];
}
