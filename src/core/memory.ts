// One shared wasm memory and a bump arena over it. The host owns every address; nothing inside the module allocates.
import { TracelabError } from '../base/errors.ts';

const PAGE = 65_536;
/** wasm32: 4 GiB a memory is the ceiling. */
export const MEMORY_LIMIT_BYTES = 4 * 1024 ** 3;
/** A memory as its reader sees it: shared by threads, or of one page. */
export interface CoreMemory {
  readonly buffer: ArrayBufferLike;
}

/** Address 0 stays unused, so that 0 can mean "none". */
export const ARENA_START = 1024;

/**
 * A shared memory of at least `bytes`, which does not grow.
 * @throws TracelabError MEMORY_LIMIT (refused input) or MEMORY (environment)
 */
export function createMemory(bytes: number): WebAssembly.Memory {
  const pages = pagesOf(bytes);
  return granted(bytes, () => new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
}

/**
 * A shared memory that growMemory can enlarge. Only addresses are reserved; pages cost nothing until they are written.
 */
export function createGrowingMemory(bytes: number): WebAssembly.Memory {
  const [initial, maximum] = [pagesOf(bytes), MEMORY_LIMIT_BYTES / PAGE];
  return granted(bytes, () => new WebAssembly.Memory({ initial, maximum, shared: true }));
}

/**
 * Enlarges a memory to at least `bytes`, where it is less. What it holds stays; views made before see the old part.
 * @throws TracelabError MEMORY_LIMIT (refused input) or MEMORY (environment)
 */
export function growMemory(memory: WebAssembly.Memory, bytes: number): void {
  const more = pagesOf(bytes) - memory.buffer.byteLength / PAGE;
  if (more > 0) granted(bytes, () => memory.grow(more));
}

/** Pages that hold `bytes` and one page more. */
function pagesOf(bytes: number): number {
  const pages = Math.ceil((bytes + PAGE) / PAGE);
  if (pages * PAGE <= MEMORY_LIMIT_BYTES) return pages;
  throw new TracelabError({
    code: 'MEMORY_LIMIT',
    kind: 'refused_input',
    where: 'memory plan',
    what: 'one wasm memory cannot hold this',
    expected: 'at most 4 GiB',
    got: `${(bytes / 1024 ** 3).toFixed(2)} GiB`,
    hint: 'a smaller model, context, thread count or number of accumulators',
  });
}

function granted<T>(bytes: number, ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    throw new TracelabError({
      code: 'MEMORY',
      kind: 'environment',
      where: 'memory',
      what: `the system refused ${(bytes / 1024 ** 2).toFixed(0)} MiB of shared memory`,
      expected: `${(bytes / 1024 ** 2).toFixed(0)} MiB of free memory`,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'use fewer threads or a smaller model, end other programs, or raise the limit of address space (ulimit -v)',
      cause,
    });
  }
}

/**
 * Hands out 64-aligned addresses, each region followed by at least 64 bytes of slack (kernels may touch two vectors
 * past a row).
 */
export class Arena {
  private cursor: number;

  constructor(start: number = ARENA_START) {
    this.cursor = Math.ceil(start / 64) * 64;
  }

  /** The address of a new region of this size. */
  take(bytes: number): number {
    const at = this.cursor;
    this.cursor = Math.ceil((at + bytes + 64) / 64) * 64;
    return at;
  }

  /** First free address. */
  get end(): number {
    return this.cursor;
  }

  /** Continues after a region that the module laid out itself. */
  skipTo(address: number): void {
    this.cursor = Math.ceil(address / 64) * 64;
  }
}
