// What a study calls to do its work, as one value: the real functions, or fakes in the tests of what a study does with them.
import type { Clock } from '../base/clock.ts';
import type { DataConfig, DatasetManifest } from '../data/dataset.ts';
import type { Condition, GeneratorName } from '../domain/types.ts';
import type { DistributionSummary } from '../evaluation/types.ts';
import type { ModelConfig } from '../model/config.ts';
import type { TrainConfig, TrainProgress } from '../training/config.ts';

export interface TrainOptions {
  /** Folder of metrics.jsonl and checkpoints/step-N/. */
  readonly runDir: string;
  readonly model: ModelConfig;
  readonly train: TrainConfig;
  readonly condition: Condition;
  readonly seed: number;
  readonly trainFile: string;
  readonly threads: number;
}

/** Its folder is checkpoints/step-<step> of the run. */
export interface KeptCheckpoint {
  readonly step: number;
  readonly tokens: number;
}

export interface TrainSummary {
  /** False: stopped by the signal; the same call goes on. */
  readonly finished: boolean;
  readonly steps: number;
  readonly tokens: number;
  /** Over all pieces of the run. */
  readonly seconds: number;
  readonly parameters: number;
  readonly checkpoints: readonly KeptCheckpoint[];
}

export interface EvaluateOptions {
  /** Folder of a checkpoint. */
  readonly checkpoint: string;
  readonly tests: readonly { readonly distribution: GeneratorName; readonly file: string }[];
  /** To tell which walls were seen in training; null: none were. */
  readonly trainFile: string | null;
  readonly outDir: string;
  readonly threads: number;
  readonly temperature: number;
  readonly seed: number;
  /** Only the first so many mazes of each file. */
  readonly limit?: number;
}

export interface EvaluateProgress {
  readonly distribution: GeneratorName;
  readonly done: number;
  readonly total: number;
  readonly tokens: number;
  readonly tokens_per_second: number;
}

export interface EvaluateSummary {
  readonly finished: boolean;
  readonly seconds: number;
  readonly summaries: readonly DistributionSummary[];
}

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

export interface StudyDependencies {
  readonly writeDataset: (directory: string, config: DataConfig) => Promise<DatasetManifest>;
  readonly train: (options: TrainOptions, hooks: { readonly progress: (p: TrainProgress) => void; readonly signal?: AbortSignal }) => Promise<TrainSummary>;
  /** Deletes what only a resume of a training run needs. */
  readonly dropState: (runDir: string) => Promise<void>;
  readonly evaluate: (options: EvaluateOptions, hooks: { readonly progress: (p: EvaluateProgress) => void; readonly signal?: AbortSignal }) => Promise<EvaluateSummary>;
  /** Compiles and checks the core, once a process. */
  readonly loadCore: () => CoreDescription;
  readonly planMemory: (request: MemoryRequest) => MemoryPlan;
  /** Tokens per second of forward, backward and update. */
  readonly measureTrainingSpeed: (model: ModelConfig, vocabSize: number, threads: number) => Promise<number>;
  /** Generated tokens per second of a full batch of decode slots. */
  readonly measureDecodeSpeed: (model: ModelConfig, vocabSize: number, threads: number) => Promise<number>;
  readonly clock: Clock;
}
