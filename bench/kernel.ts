// What every kernel's file gets, and how it hands in a row: check first, then time.
import type { Stage } from './stage.ts';
import type { KernelRow } from './results.ts';
import type { Preset } from './presets.ts';
import { type Effort, timeCalls } from './timing.ts';

export interface Bench {
  readonly stage: Stage;
  readonly presets: readonly Preset[];
  readonly effort: Effort;
}

export interface KernelCase extends Pick<KernelRow, 'kernel' | 'preset' | 'what' | 'shape' | 'flops' | 'bytes'> {
  readonly call: () => void;
}

/** A row before the peak is known, which is the best of the whole run. */
export type MeasuredKernel = Omit<KernelRow, 'share_of_peak'>;

/** Times a kernel whose result has been checked. */
export function timeKernel({ effort }: Bench, { call, ...row }: KernelCase): MeasuredKernel {
  const timing = timeCalls(call, effort);
  return {
    ...row,
    timing,
    gflops: row.flops / timing.fastest / 1e9,
    gigabytes_per_second: row.bytes / timing.fastest / 1e9,
  };
}

/** Operations of one e^x in the kernels: range reduction (6), a polynomial of degree 6 (13). */
export const EXP_FLOPS = 19;
