// How many sequences a thread decodes side by side.
import { expect, it } from 'vitest';
import { createMemory } from '../../src/core/memory.ts';
import { instantiateCore, loadCore } from '../../src/core/module.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { decodingSizes } from '../../src/model/generation-memory.ts';
import { planModelMemory } from '../../src/model/model-map.ts';

const model = (d_model: number, n_layer: number): ModelConfig => ({
  d_model,
  n_layer,
  n_head: 4,
  n_kv_head: 4,
  d_ff: 3 * d_model,
  context: 1024,
  rope_base: 10_000,
  rms_norm_eps: 1e-6,
});

function slotsOf(config: ModelConfig, prompts: number, threads: number, longest: number): number {
  const core = instantiateCore(loadCore(), createMemory(0));
  planModelMemory(core, config, 64);
  return decodingSizes(core, { threads, prompts, longest }).slots;
}

it('a slot more is opened for each MiB of weights, between 24 and 64', () => {
  expect(slotsOf(model(64, 4), 1000, 2, 200)).toBe(24);
  // 13 times 256^2 floats a layer in 12 layers, 39 MiB, and the embedding.
  expect(slotsOf(model(256, 12), 1000, 2, 200)).toBe(40);
  expect(slotsOf(model(512, 8), 1000, 2, 200)).toBe(64);
});

it('there are no more slots than prompts of a thread, and no more than the caches have room for', () => {
  expect(slotsOf(model(64, 4), 9, 2, 200)).toBe(5);
  // Keys and values of 4,096 positions: 8 * 2 * 512 * 4,096 floats = 128 MiB, of 1 GiB.
  expect(slotsOf(model(512, 8), 1000, 2, 4096)).toBe(3);
});
