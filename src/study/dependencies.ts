// What a study calls to do its work, as one value: the real functions, or fakes in the tests of what a study does with
// them.
import type { Clock } from '../base/clock.ts';
import type { DataConfig, DatasetManifest } from '../data/dataset.ts';
import type { LengthHooks, LengthInput } from '../analysis/read-lengths.ts';
import type { LengthRun } from '../analysis/lengths.ts';
import type { InterveneOptions, InterveneSummary } from '../evaluation/intervene.ts';
import type { EvaluateOptions, EvaluateSummary } from '../evaluation/evaluate.ts';
import type { DecodeSpeedRequest } from '../evaluation/speed.ts';
import type { EvaluationHooks } from '../evaluation/types.ts';
import type { ModelConfig } from '../model/config.ts';
import type { ObserveHooks, ObserveOptions, SampledGroups } from '../rl/observe.ts';
import type { RlHooks, RlOptions, RlSummary } from '../rl/rl.ts';
import type { TrainingSpeedRequest } from '../training/speed.ts';
import type { TrainHooks, TrainOptions, TrainSummary } from '../training/train.ts';

export interface CoreDescription {
  /** Which arithmetic; decides bits. */
  readonly kernel_path: 'fused' | 'portable';
  /** Pairs of 128-bit operations run as one; changes no bit. */
  readonly revectorized: boolean;
  /** Why this path, in words. */
  readonly why: string;
  readonly module_sha256: string;
}

export interface MemoryPlan {
  readonly bytes: number;
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
}

export interface MemoryRequest {
  readonly model: ModelConfig;
  /** Words of the vocabulary. */
  readonly vocab: number;
  readonly batch_tokens: number;
  readonly accumulators: number;
  readonly threads: number;
  /** Tokens of the longest sequence. */
  readonly longest: number;
}

export interface RlMemoryRequest extends Omit<MemoryRequest, 'batch_tokens' | 'longest'> {
  /** Cells per side. */
  readonly size: number;
  /** Groups that a step learns from, the most that it samples, completions of each, and most tokens of one. */
  readonly groups: number;
  readonly sampledGroups: number;
  readonly group: number;
  readonly cap: number;
  readonly longestPrompt: number;
  /** Whether a KL is ever wanted. */
  readonly withReference: boolean;
}

export interface RlMemoryPlan extends MemoryPlan {
  /** Of the completions of a step, in arrays beside the memory. */
  readonly rolloutBytes: number;
}

export interface StudyDependencies {
  readonly writeDataset: (directory: string, config: DataConfig) => Promise<DatasetManifest>;
  readonly train: (options: TrainOptions, hooks: TrainHooks) => Promise<TrainSummary>;
  /** Deletes what only a resume needs, of training or of reinforcement learning. */
  readonly dropState: (runDir: string) => Promise<void>;
  readonly evaluate: (options: EvaluateOptions, hooks: EvaluationHooks) => Promise<EvaluateSummary>;
  /** Null when the signal stopped it. */
  readonly readLengths: (input: LengthInput, threads: number, hooks: LengthHooks) => Promise<LengthRun | null>;
  readonly rl: (options: RlOptions, hooks: RlHooks) => Promise<RlSummary>;
  /** Null when the signal stopped it. */
  readonly observe: (options: ObserveOptions, hooks: ObserveHooks) => Promise<SampledGroups[] | null>;
  readonly intervene: (options: InterveneOptions, hooks: EvaluationHooks) => Promise<InterveneSummary>;
  /** Compiles and checks the core, once a process. */
  readonly loadCore: () => CoreDescription;
  readonly planMemory: (request: MemoryRequest) => MemoryPlan;
  readonly planRl: (request: RlMemoryRequest) => RlMemoryPlan;
  /** Tokens per second of forward, backward and update. */
  readonly measureTrainingSpeed: (request: TrainingSpeedRequest) => Promise<number>;
  /** Generated tokens per second, prompts included in the time. */
  readonly measureDecodeSpeed: (request: DecodeSpeedRequest) => Promise<number>;
  readonly clock: Clock;
}
