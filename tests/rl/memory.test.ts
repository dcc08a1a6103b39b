// The memory plan of reinforcement learning: its true size, beyond 4 GiB too, where the module's own addresses wrap.
import { expect, it } from 'vitest';
import { createMemory } from '../../src/core/memory.ts';
import { planRl } from '../../src/rl/memory.ts';

const SIZES = {
  model: { d_model: 96, n_layer: 4, n_head: 3, n_kv_head: 3, d_ff: 256, context: 8192, rope_base: 10_000, rms_norm_eps: 1e-6 },
  vocab: 120, size: 30, completions: 64, longestPrompt: 900, cap: 7000, accumulators: 8, threads: 2, withReference: true,
};

it('grows with the completions of a step, part by part, on both sides of 4 GiB', () => {
  const [small, large] = [64, 16_384].map((completions) => planRl({ ...SIZES, completions }));
  for (const { bytes, parts } of [small, large]) {
    for (const part of parts) expect(part.bytes, part.name).toBeGreaterThan(0);
    const sum = parts.reduce((total, part) => total + part.bytes, 0);
    expect(bytes).toBeGreaterThanOrEqual(sum);
    expect(bytes).toBeLessThan(sum + (1 << 16));
  }
  expect(small.bytes).toBeLessThan(4 * 2 ** 30);
  expect(large.bytes).toBeGreaterThan(4 * 2 ** 30);
  expect(() => createMemory(large.bytes)).toThrow('error[MEMORY_LIMIT]');
});
