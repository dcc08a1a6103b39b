// What every kernel's file gets, and how it hands in a row: check first, then time, then relate to the peaks.
import type { Stage } from './stage.ts';
import type { KernelRow, Peaks } from './results.ts';
import type { Preset } from './presets.ts';
import { type Effort, timeCalls } from './timing.ts';

export interface Bench {
  readonly stage: Stage;
  readonly presets: readonly Preset[];
  readonly peaks: Peaks;
  readonly effort: Effort;
}

export interface KernelCase extends Pick<KernelRow, 'kernel' | 'preset' | 'what' | 'shape' | 'flops' | 'bytes'> {
  readonly call: () => void;
}

/** Times a kernel whose result has been checked. */
export function timeKernel({ peaks, effort }: Pick<Bench, 'peaks' | 'effort'>, { call, ...row }: KernelCase): KernelRow {
  const timing = timeCalls(call, effort);
  const gflops = row.flops / timing.median / 1e9;
  return { ...row, timing, gflops, gigabytes_per_second: row.bytes / timing.median / 1e9, share_of_peak: gflops / peaks.fma_gflops };
}

/** Operations of one e^x in the kernels: range reduction (6), a polynomial of degree 6 (13). */
export const EXP_FLOPS = 19;
