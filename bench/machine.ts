// On what the numbers were measured: CPU, caches, engine, kernel path, tile, and why this path.
import type { Core } from '../src/core/module.ts';
import { processorName, usableCores } from '../src/host/machine.ts';
import { processorFacts } from '../src/host/processor.ts';
import type { Machine } from './results.ts';

/** The machine and engine of this process, with the core that it loaded. */
export function describeMachine({ kernel_path, revectorized, tile, why, module_sha256 }: Core): Machine {
  return {
    cpu: processorName(),
    cores: usableCores().count,
    ...processorFacts(),
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
