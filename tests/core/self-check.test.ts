// The check that keeps a broken engine from giving a result: right kernels pass with every tile, and a wrong number
// anywhere is reported, at once or after the engine has optimised the code.
import { describe, expect, it } from 'vitest';
import type { CoreExports } from '../../src/core/exports.ts';
import { createMemory } from '../../src/core/memory.ts';
import { type CoreHandle, instantiateCore, loadCore } from '../../src/core/module.ts';
import { checkKernels, roundsOnce } from '../../src/core/self-check.ts';
import { TILES } from '../../src/core/tile.ts';
import { compileCore } from './paths.ts';

type Gemm = CoreExports['gemm'];

function instance(handle: CoreHandle): { readonly exports: CoreExports; readonly memory: WebAssembly.Memory } {
  const memory = createMemory(4 << 20);
  return { exports: instantiateCore(handle, memory), memory };
}

describe.each(['fused', 'portable'] as const)('self-check, %s', (path) => {
  it.each(TILES)('passes right kernels with tile %s', (tile) => {
    const { exports, memory } = instance({ module: compileCore(path), tile });
    expect(checkKernels(exports, memory)).toBeNull();
  });

  it('knows how often a product and its sum are rounded', () => {
    const { exports, memory } = instance({ module: compileCore(path), tile: '4x8' });
    expect(roundsOnce(exports, memory)).toBe(path === 'fused');
  });
});

describe('self-check of broken kernels', () => {
  const core = (): ReturnType<typeof instance> => instance(loadCore());

  /**
   * The core with its matrix product followed by `spoil`, which gets the call's number, the shape and where C is.
   */
  function check(
    spoil: (call: number, shape: readonly [M: number, N: number, K: number], c: number, floats: Float32Array) => void,
  ): string | null {
    const { exports, memory } = core();
    const floats = new Float32Array(memory.buffer);
    let calls = 0;
    const gemm: Gemm = (...args) => {
      exports.gemm(...args);
      const [, , M, N, K, , , , , c] = args;
      spoil(calls++, [M, N, K], c, floats);
    };
    return checkKernels({ ...exports, gemm }, memory);
  }

  it('names the entry when one lane is wrong', () => {
    expect(
      check((_, [M, N], c, floats) => {
        floats[c / 4 + M * N - 1] += 0.01;
      }),
    ).toMatch(/^matrix product 13x35x7, entry 12,34: expected .*, got /);
  });

  it('finds a wrong entry where only wide products are wrong', () => {
    expect(
      check((_, [, N], c, floats) => {
        if (N >= 128) floats[c / 4 + 3] *= 1.001;
      }),
    ).toMatch(/^matrix product 11x145x21, entry 0,3: /);
  });

  it('finds a NaN', () => {
    expect(
      check((_, [, , K], c, floats) => {
        if (K > 256) floats[c / 4] = NaN;
      }),
    ).toMatch(/^matrix product 7x17x600, entry 0,0: .*got NaN$/);
  });

  it('finds what only optimised code gets wrong', () => {
    expect(
      check((call, _, c, floats) => {
        if (call > 100) floats[c / 4 + 1] = 0.5;
      }),
    ).toMatch(/^matrix product 13x35x7, entry 0,1: /);
  });

  it('finds a wrong softmax', () => {
    const { exports, memory } = core();
    const exp_row: CoreExports['exp_row'] = (...args) => exports.exp_row(...args) * 1.00001;
    expect(checkKernels({ ...exports, exp_row }, memory)).toMatch(/^softmax entry /);
  });
});
