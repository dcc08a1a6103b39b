// The core in a browser's page: one thread, a memory that is not shared, no Node. The page brings the modules' bytes.
import { TracelabError } from '../base/errors.ts';
import type { DecodingExports, KernelPath } from './exports.ts';
import type { CoreMemory } from './memory.ts';
import { checkKernels, roundsOnce } from './self-check.ts';

/** A compiled and checked module. */
export interface PageCore {
  readonly module: WebAssembly.Module;
  readonly kernel_path: KernelPath;
}

/** An instance over a memory of its own. */
export interface PageInstance {
  readonly core: DecodingExports;
  readonly memory: CoreMemory;
}

const PAGE = 65_536;
/** What the check of the kernels needs. */
const CHECK_BYTES = 4 << 20;
/** Order of set_tile: 4x8. A single token fills one row of a tile, so the smallest tile wastes least. */
const TILE = 4;

/**
 * The fused module where the engine rounds a product and its sum once, else the portable one.
 * @param modules bytes of build/page-fused.wasm and build/page-portable.wasm
 * @returns null where neither compiles and computes right, as in an engine without SIMD
 */
export async function loadPageCore(
  modules: Readonly<Record<KernelPath, Uint8Array<ArrayBuffer>>>,
): Promise<PageCore | null> {
  for (const kernel_path of ['fused', 'portable'] as const) {
    const core = await tryPath(modules[kernel_path], kernel_path);
    if (core !== null) return core;
  }
  return null;
}

async function tryPath(bytes: Uint8Array<ArrayBuffer>, kernel_path: KernelPath): Promise<PageCore | null> {
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(bytes);
  } catch {
    return null;
  }
  const { core, memory } = instantiatePageCore({ module, kernel_path }, CHECK_BYTES);
  if (kernel_path === 'fused' && !roundsOnce(core, memory)) return null;
  return checkKernels(core, memory) === null ? { module, kernel_path } : null;
}

/**
 * An instance with a memory of at least `bytes`.
 * @throws TracelabError MEMORY where the browser refuses that memory
 */
export function instantiatePageCore({ module }: PageCore, bytes: number): PageInstance {
  let memory: WebAssembly.Memory;
  try {
    memory = new WebAssembly.Memory({ initial: Math.ceil((bytes + PAGE) / PAGE) });
  } catch (cause) {
    throw new TracelabError({
      code: 'MEMORY',
      kind: 'environment',
      where: 'memory',
      what: `the browser refused ${(bytes / 1024 ** 2).toFixed(0)} MiB of memory`,
      expected: `${(bytes / 1024 ** 2).toFixed(0)} MiB of free memory`,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'close other pages',
      cause,
    });
  }
  const core = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as DecodingExports;
  core.set_tile(TILE);
  return { core, memory };
}
