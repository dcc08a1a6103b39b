// OpenBLAS is only set to use kernels that the CPU can run.
import { expect, it } from 'vitest';
import { openblasCores } from '../../bench/peers/openblas-cores.ts';

it.each([
  ['', ['its choice']],
  ['flags : sse2 avx avx2 fma', ['its choice', 'Haswell']],
  ['flags : avx2 avx512f avx512bw', ['its choice', 'Haswell', 'SkylakeX']],
])('%j', (flags, names) => {
  expect(openblasCores(flags).map(({ name }) => name)).toEqual(names);
  for (const { name, environment } of openblasCores(flags))
    expect(environment.OPENBLAS_CORETYPE).toBe(name === 'its choice' ? undefined : name);
});
