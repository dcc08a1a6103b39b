// What bench/lanes.ts asks a child process, and what that answers.
import type { PresetName } from './groups.ts';
import type { KernelGroup } from './kernels.ts';
import type { LaneRow } from './results.ts';

export interface LaneRequest {
  readonly what: 'peak' | 'kernels' | 'proof' | 'step' | 'decode';
  readonly preset: PresetName;
  /** With `kernels` alone. */
  readonly group?: KernelGroup;
}

export interface LaneAnswer {
  readonly rows: readonly (Pick<LaneRow, 'kernel' | 'what' | 'shape' | 'unit'> & { readonly rate: number })[];
  /** Of the bits that both paths must share; null where speed alone was asked for. */
  readonly sha256: string | null;
  readonly revectorized: boolean;
  /** Why the child has its kernel path. */
  readonly why: string;
  /** Processor time that the child has used. */
  readonly seconds: number;
}
