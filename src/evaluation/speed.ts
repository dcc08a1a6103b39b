// How fast this machine generates: real generation threads with random weights on made-up prompts.
import { createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { createVocabulary } from '../domain/vocabulary.ts';
import { namedTensors } from '../model/checkpoint.ts';
import type { ModelConfig } from '../model/config.ts';
import { generate } from '../model/generate.ts';
import { layoutOf } from '../model/layout.ts';
import { configureModel, initialiseWeights, placeModel } from '../model/place.ts';
import { Arena } from '../core/memory.ts';

export interface DecodeSpeedRequest {
  readonly model: ModelConfig;
  /** Cells per side. */
  readonly size: number;
  readonly threads: number;
  /** Tokens of a typical prompt with <bos>, and of a completion. */
  readonly prompt: number;
  readonly completion: number;
  /** Prompts to complete. */
  readonly prompts: number;
}

/** New tokens per second, prompts included in the time. */
export async function measureDecodeSpeed({ model, size, threads, prompt, completion, prompts }: DecodeSpeedRequest): Promise<number> {
  const vocabulary = createVocabulary(size);
  const core = loadCore();
  const arena = new Arena();
  const planner = instantiateCore(core, createMemory(0));
  const placed = placeModel(arena, model, vocabulary.length);
  configureModel(planner, placed);
  const layout = layoutOf(planner, model, vocabulary.length);
  const memory = createMemory(arena.end + layout.bytes);
  initialiseWeights(instantiateCore(core, memory), memory, layout, arena.end, model, 0, 0.02);
  const block = Uint8Array.from(new Uint8Array(memory.buffer, arena.end, layout.bytes)).buffer;
  const weights = { tensors: new Map(namedTensors(block, layout).map((tensor) => [tensor.name, tensor])), metadata: {} };
  const checkpoint = { model, vocabulary, origin: { size, condition: 'none', seed: 0, step: 0, tokens: 0 }, weights };
  const words = Array.from({ length: prompt - 1 }, (_, i) => vocabulary.words[i % vocabulary.length]).map((word) => (word.startsWith('<') ? 'query' : word));
  const started = performance.now();
  const completions = await generate({ checkpoint, prompts: Array.from({ length: prompts }, () => words.join(' ')), maxNewTokens: completion, temperature: 0, seed: 0, threads }, () => undefined);
  const tokens = (completions ?? []).reduce((sum, { tokens: count }) => sum + count, 0);
  return tokens / ((performance.now() - started) / 1000);
}
