// Initial weights of any model without a run: for measuring how fast this machine trains and generates, where what is
// learnt does not matter.
import { Arena, createMemory } from '../core/memory.ts';
import { instantiateCore, loadCore } from '../core/module.ts';
import { namedTensors } from './named-tensors.ts';
import type { ModelConfig } from './config.ts';
import { layoutOf } from './layout.ts';
import { configureModel, initialiseWeights, placeModel } from './place.ts';
import type { NamedTensor } from './tensor-file.ts';

/**
 * The tensors that training with seed 0 starts from, by name.
 * @param std standard deviation of the matrices
 */
export function madeUpWeights(model: ModelConfig, vocabSize: number, std: number): Map<string, NamedTensor> {
  const core = loadCore();
  const arena = new Arena();
  const planner = instantiateCore(core, createMemory(0));
  configureModel(planner, placeModel(arena, model, vocabSize));
  const layout = layoutOf(planner, model, vocabSize);
  const memory = createMemory(arena.end + layout.bytes);
  initialiseWeights(instantiateCore(core, memory), memory, layout, arena.end, model, 0, std);
  const block = Uint8Array.from(new Uint8Array(memory.buffer, arena.end, layout.bytes)).buffer;
  return new Map(namedTensors(block, layout).map((tensor) => [tensor.name, tensor]));
}
