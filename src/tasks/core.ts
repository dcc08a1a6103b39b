// What a study says of the compiled core that its numbers come from.
import { loadCore } from '../core/module.ts';

export interface CoreDescription {
  /** Which arithmetic; decides bits. */
  readonly kernel_path: 'fused' | 'portable';
  /** Pairs of 128-bit operations run as one; changes no bit. */
  readonly revectorized: boolean;
  /** Why this path, in words. */
  readonly why: string;
  readonly module_sha256: string;
}

/** Compiles and checks the core, once a process. */
export function describeCore(): CoreDescription {
  const { kernel_path, revectorized, why, module_sha256 } = loadCore();
  return { kernel_path, revectorized, why, module_sha256 };
}
