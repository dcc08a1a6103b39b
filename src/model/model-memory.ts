// The part of an open model's memory that all its calls share: RoPE tables, weights, and the matrices packed for
// decoding. Behind it each call lays out its own room, over what the call before left there.
import type { CoreExports } from '../core/exports.ts';
import { Arena, createGrowingMemory, createMemory } from '../core/memory.ts';
import { type CoreHandle, instantiateCore, loadCore } from '../core/module.ts';
import type { ThreadPool } from '../core/thread-pool.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ModelConfig } from './config.ts';
import { type GenerationSizes, planGenerationRoom } from './generation-memory.ts';
import { type ModelMemory, planModelMemory } from './model-map.ts';
import { loadTensors } from './named-tensors.ts';
import { configureModel, writeRopeTables } from './place.ts';
import { planScoreRoom } from './score-memory.ts';

/** An open model as its calls see it. */
export interface ModelRoom {
  readonly checkpoint: Omit<Checkpoint, 'weights'>;
  readonly core: CoreHandle;
  /** Grows with the calls. */
  readonly memory: WebAssembly.Memory;
  readonly map: ModelMemory;
  /** Of the main thread, over `memory`, configured for the model. */
  readonly instance: CoreExports;
  readonly pool: ThreadPool;
}

/**
 * Puts weights and tables into a memory of their own.
 * @param where the weights come from, for errors
 * @throws TracelabError CHECKPOINT_DAMAGED, MEMORY_LIMIT, MEMORY
 */
export function openRoom({ weights, ...checkpoint }: Checkpoint, pool: ThreadPool, where: string): ModelRoom {
  const { model, vocabulary } = checkpoint;
  const { module, tile } = loadCore();
  const core = { module, tile };
  const map = planModelMemory(instantiateCore(core, createMemory(1 << 16)), model, vocabulary.length);
  const memory = createGrowingMemory(map.end);
  writeRopeTables(memory, map.placed);
  loadTensors(weights, map.layout, memory, map.parameters, where);
  const instance = instantiateCore(core, memory);
  configureModel(instance, map.placed);
  return { checkpoint, core, memory, map, instance, pool };
}

/** Packs the matrices for decoding. */
export function packWeights({ instance, map }: ModelRoom): void {
  instance.pack_weights(map.parameters, map.packed);
}

/**
 * Bytes of the memory of a model that generates, with nothing allocated.
 * @param model its sizes
 * @param vocabSize words of its vocabulary
 */
export function generationBytes(model: ModelConfig, vocabSize: number, sizes: GenerationSizes): number {
  const core = instantiateCore(loadCore(), createMemory(1 << 16));
  const arena = new Arena();
  arena.skipTo(planModelMemory(core, model, vocabSize).end);
  return planGenerationRoom(core, arena, sizes).bytes;
}

/** The same of a model that scores `examples` sequences of at most `longest` tokens. */
export function scoringBytes(
  model: ModelConfig,
  vocabSize: number,
  { threads, examples, longest }: { readonly threads: number; readonly examples: number; readonly longest: number },
): number {
  const core = instantiateCore(loadCore(), createMemory(1 << 16));
  const arena = new Arena();
  arena.skipTo(planModelMemory(core, model, vocabSize).end);
  return planScoreRoom(core, arena, threads, examples, longest).bytes;
}
