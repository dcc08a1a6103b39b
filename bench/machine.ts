// On what the numbers were measured: CPU, engine, kernel path, tile, and why this path.
import type { Core } from '../src/core/module.ts';
import type { TileName } from '../src/core/tile.ts';
import { processorName, usableCores } from '../src/host/machine.ts';

export interface Machine {
  readonly cpu: string;
  /** That this process may use. */
  readonly cores: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  readonly kernel_path: string;
  /** Pairs of 128-bit operations run as one of 256 bits. */
  readonly revectorized: boolean;
  /** Register tile of the matrix products, rows x columns. */
  readonly tile: TileName;
  readonly why: string;
  readonly module_sha256: string;
}

export function describeMachine({ kernel_path, revectorized, tile, why, module_sha256 }: Core): Machine {
  return {
    cpu: processorName(),
    cores: usableCores().count,
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    kernel_path,
    revectorized,
    tile,
    why,
    module_sha256,
  };
}
