// A small checkpoint folder with known weights, for tests that write, read and generate.
import { instantiateCore, loadCore } from '../../src/core/module.ts';
import type { CoreExports } from '../../src/core/exports.ts';
import { createMemory } from '../../src/core/memory.ts';
import { createVocabulary } from '../../src/domain/maze/vocabulary.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../src/model/checkpoint.ts';
import { namedTensors } from '../../src/model/named-tensors.ts';
import type { ModelConfig } from '../../src/model/config.ts';
import { elementCount, layoutOf, type ModelLayout } from '../../src/model/layout.ts';
import { configureModel } from '../../src/model/place.ts';
import { randomFloats } from '../core/room.ts';

export const SIZE = 4;
export const MODEL: ModelConfig = {
  d_model: 24,
  n_layer: 2,
  n_head: 4,
  n_kv_head: 2,
  d_ff: 40,
  context: 160,
  rope_base: 10_000,
  rms_norm_eps: 1e-6,
};
export const RECIPE = { section: 'train', settings: { lr: 1e-3 }, data_sha256: 'da'.repeat(32) } as const;
export const ORIGIN = { domain: 'maze', size: SIZE, condition: 'correct', seed: 3, step: 17, tokens: 12_345 };

/** A parameter block, its layout, and an instance that knows the model; `scale`: how sharp the model's choices are. */
export function parameterBlock(scale: number): { block: ArrayBuffer; layout: ModelLayout; core: CoreExports } {
  const vocabSize = createVocabulary(SIZE).length;
  const core = instantiateCore(loadCore(), createMemory(1 << 16));
  configureModel(core, { model: MODEL, vocabSize, positions: 0, cosines: 0, sines: 0 });
  const layout = layoutOf(core, MODEL, vocabSize);
  const block = new ArrayBuffer(layout.bytes);
  for (const [i, place] of layout.tensors.entries()) {
    const values = randomFloats(elementCount(place), 5000 + i);
    new Float32Array(block, place.offset, values.length).set(
      values.map((x) => (place.name.endsWith('norm.weight') ? 1 + 0.3 * x : scale * x)),
    );
  }
  return { block, layout, core };
}

/** Writes the folder and reads it back. */
export async function writeSmallCheckpoint(directory: string, scale = 0.5): Promise<Checkpoint> {
  const { block, layout } = parameterBlock(scale);
  await writeCheckpoint(directory, namedTensors(block, layout), MODEL, createVocabulary(SIZE), ORIGIN, RECIPE);
  return readCheckpoint(directory);
}
