// What the benchmark found, as plain data: the content of --json, of the terminal table and of the HTML page.
import type { Load } from '../src/host/load.ts';
import type { Machine } from './machine.ts';
import type { PresetName } from './presets.ts';
import type { Timing } from './timing.ts';

/** What one thread of this machine can do at most on the active kernel path. */
export interface Peaks {
  /**
   * Multiply-adds in registers, 10^9 operations a second (a multiply-add is two); the best of several times in the run.
   */
  readonly fma_gflops: number;
  /** The same at the worst of these times: far below, and the machine itself changed its speed. */
  readonly fma_gflops_lowest: number;
  /** a = b + s c through memory, 10^9 bytes a second. */
  readonly gigabytes_per_second: number;
  /** Seconds of one pass each. */
  readonly fma: Timing;
  readonly triad: Timing;
}

/** One kernel at one shape. */
export interface KernelRow {
  /** For example `gemm NT`; the same name at every shape. */
  readonly kernel: string;
  readonly preset: PresetName | 'large';
  /** The call in the model, for example `gate and up`. */
  readonly what: string;
  readonly shape: string;
  /** Of one call. Bytes: every input read once, every output written once. */
  readonly flops: number;
  readonly bytes: number;
  readonly timing: Timing;
  readonly gflops: number;
  readonly gigabytes_per_second: number;
  /** gflops as a share of the multiply-add peak, 0..1. */
  readonly share_of_peak: number;
}

export interface TrainingRow {
  readonly preset: PresetName;
  readonly threads: number;
  readonly parameters: number;
  /** Of one step. */
  readonly tokens: number;
  readonly flops_per_token: number;
  /** Seconds of a step: forward, backward, clipping and update. */
  readonly timing: Timing;
  readonly tokens_per_second: number;
  readonly gflops: number;
  /** Of `threads` times the multiply-add peak of one thread, 0..1. */
  readonly share_of_peak: number;
  /** Of the parameters after the last step. */
  readonly parameters_sha256: string;
}

/** Several threads against one, on the same batches. */
export interface ScalingRow {
  readonly preset: PresetName;
  readonly threads: number;
  /** Times as many tokens a second as one thread. */
  readonly ratio: number;
}

export interface DecodeRow {
  readonly threads: number;
  readonly prompts: number;
  readonly prompt_tokens: number;
  readonly new_tokens: number;
  /** Seconds of the whole call, threads' start and prompts included. */
  readonly timing: Timing;
  /** New tokens over that time. */
  readonly tokens_per_second: number;
  /** New tokens after the first over the time that they add: without starting threads and reading prompts. */
  readonly decode_tokens_per_second: number;
}

/** Anything counted by the second on one thread. */
export interface RateRow {
  readonly name: 'validator' | 'generator';
  readonly what: string;
  readonly unit: string;
  /** Units of one call. */
  readonly count: number;
  readonly timing: Timing;
  readonly per_second: number;
}

export interface MemoryRow {
  readonly preset: PresetName;
  readonly threads: number;
  /** The plan of a training run. */
  readonly bytes: number;
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
}

export interface BenchResults {
  readonly format: 1;
  readonly version: string;
  /** UTC, ISO 8601. */
  readonly started: string;
  readonly seconds: number;
  /** Fewer and shorter rounds. */
  readonly quick: boolean;
  readonly machine: Machine;
  /** Before the first measurement. */
  readonly load: Load;
  readonly warnings: readonly string[];
  readonly peaks: Peaks;
  readonly kernels: readonly KernelRow[];
  readonly training: readonly TrainingRow[];
  readonly scaling: readonly ScalingRow[];
  readonly decode: readonly DecodeRow[];
  readonly rates: readonly RateRow[];
  readonly memory: { readonly peak_resident_bytes: number; readonly plans: readonly MemoryRow[] } | null;
}
