// The memory plan of reinforcement learning: its true size, beyond 4 GiB too, where the module's own addresses wrap,
// and its refusal.
import { expect, it } from 'vitest';
import { createMemory } from '../../src/core/memory.ts';
import { checkRlMemory, planRl } from '../../src/rl/memory.ts';

const SIZES = {
  model: {
    d_model: 96,
    n_layer: 4,
    n_head: 3,
    n_kv_head: 3,
    d_ff: 256,
    context: 8192,
    rope_base: 10_000,
    rms_norm_eps: 1e-6,
  },
  vocab: 120,
  size: 30,
  groups: 8,
  sampledGroups: 8,
  group: 8,
  longestPrompt: 900,
  cap: 7000,
  accumulators: 8,
  threads: 2,
  withReference: true,
};

it('grows with the completions of a step, part by part, on both sides of 4 GiB', () => {
  const [small, large] = [8, 2048].map((groups) => planRl({ ...SIZES, groups }));
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

it('refuses a memory, and completions beside it, that are too large, with what to lower', () => {
  expect(() => {
    checkRlMemory(planRl(SIZES), 'less');
  }).not.toThrow();
  expect(() => {
    checkRlMemory(planRl({ ...SIZES, groups: 2048 }), 'fewer prompts');
  }).toThrow(
    /^error\[MEMORY_LIMIT\] memory plan: one wasm memory cannot hold this; expected at most 4\.00 GiB, got [\d.]+ GiB \(batch [\d.]+ GiB, .*\) \(hint: fewer prompts\)$/,
  );
  // 65,536 prompts drawn in the place of others, 8 completions of 7,000 tokens each, 10 bytes a token.
  expect(() => {
    checkRlMemory(planRl({ ...SIZES, sampledGroups: 8 + 65_536 }), 'fewer resampled prompts');
  }).toThrow(
    /^error\[MEMORY_LIMIT\] memory plan: the completions of a step are too many tokens; expected at most 4\.00 GiB, got 34\.19 GiB \(hint: fewer resampled prompts\)$/,
  );
});
