// Where kernels are measured: one memory, one instance, and regions with reproducible numbers; the same memory serves
// all kernels in turn.
import type { CoreExports } from '../src/core/exports.ts';
import { Arena, createMemory } from '../src/core/memory.ts';
import { type CoreHandle, instantiateCore } from '../src/core/module.ts';

export class Stage {
  readonly core: CoreExports;
  readonly memory: WebAssembly.Memory;
  private readonly all: Float32Array;
  private arena = new Arena();

  /** @param bytes of the memory; pages that nothing touches cost nothing */
  constructor(core: CoreHandle, bytes: number) {
    this.memory = createMemory(bytes);
    this.core = instantiateCore(core, this.memory);
    this.all = new Float32Array(this.memory.buffer);
  }

  /** Forgets all regions. */
  clear(): void {
    this.arena = new Arena();
  }

  /**
   * Room for `length` floats, NaN until a kernel writes them: what an earlier call left must not pass for a result.
   * @returns its byte address
   */
  floats(length: number): number {
    const at = this.bytes(4 * length);
    this.view(at, length).fill(NaN);
    return at;
  }

  bytes(length: number): number {
    return this.arena.take(length >>> 0);
  }

  /**
   * Floats uniform in [-1, 1), the same ones for the same `key`: a linear congruential generator (Numerical Recipes),
   * since nothing rests on its quality.
   */
  random(length: number, key: number): number {
    const at = this.bytes(4 * length);
    let state = (key * 2_654_435_761) >>> 0;
    for (let i = at / 4; i < at / 4 + length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      this.all[i] = state / 2 ** 31 - 1;
    }
    return at;
  }

  integers(values: ArrayLike<number>): number {
    const at = this.bytes(4 * values.length);
    new Int32Array(this.memory.buffer, at, values.length).set(values);
    return at;
  }

  /** The floats at an address, as they are now and as they become. */
  view(at: number, length: number): Float32Array {
    return this.all.subarray(at / 4, at / 4 + length);
  }

  /** A copy of the floats at an address. */
  read(at: number, length: number): Float32Array {
    return this.view(at, length).slice();
  }
}
