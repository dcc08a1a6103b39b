// Where the fixed part of an open model is in its memory: RoPE tables, weights, and the matrices packed for decoding.
// Behind it each call lays out its own room.
//
//     0        ARENA_START                                       end
//     | unused | cosines | sines | parameters | packed matrices  | room of the call: queue, caches, workspaces
//
import type { DecodingExports } from '../core/exports.ts';
import { Arena } from '../core/memory.ts';
import type { ModelConfig } from './config.ts';
import { layoutOf, type ModelLayout } from './layout.ts';
import { configureModel, placeModel, type PlacedModel } from './place.ts';

/** Addresses in bytes. */
export interface ModelMemory {
  readonly placed: PlacedModel;
  readonly layout: ModelLayout;
  readonly parameters: number;
  /** The matrices again, packed for the register tile; written before the first generation. */
  readonly packed: number;
  /** First address behind it. */
  readonly end: number;
}

/**
 * Lays out the shared part.
 * @param core any instance; configured for the model by this call
 */
export function planModelMemory(core: DecodingExports, model: ModelConfig, vocabSize: number): ModelMemory {
  const arena = new Arena();
  const placed = placeModel(arena, model, vocabSize);
  configureModel(core, placed);
  const layout = layoutOf(core, model, vocabSize);
  const parameters = arena.take(layout.bytes);
  const packed = arena.take(core.packed_weights_bytes(1) >>> 0);
  return { placed, layout, parameters, packed, end: arena.end };
}
