// A model's fixed parts in shared memory: the RoPE tables, and an instance of the core that knows its sizes. Weights:
// initial or given.
import type { CoreExports, DecodingExports } from '../core/exports.ts';
import type { Arena, CoreMemory } from '../core/memory.ts';
import { cosine, power, sine } from '../base/portable-math.ts';
import { STREAMS } from '../base/random.ts';
import type { ModelConfig } from './config.ts';
import { elementCount, type ModelLayout } from './layout.ts';

/** What every thread needs to configure its instance for the same model. Addresses in bytes. */
export interface PlacedModel {
  readonly model: ModelConfig;
  readonly vocabSize: number;
  /** Positions that the RoPE tables have. */
  readonly positions: number;
  /** f32 [positions, head size / 2]. */
  readonly cosines: number;
  readonly sines: number;
}

/**
 * Takes room for the RoPE tables.
 * @param positions that tokens may have; more than the context where training shifts positions
 */
export function placeModel(
  arena: Arena,
  model: ModelConfig,
  vocabSize: number,
  positions: number = model.context,
): PlacedModel {
  const bytes = 4 * positions * (model.d_model / model.n_head / 2);
  return { model, vocabSize, positions, cosines: arena.take(bytes), sines: arena.take(bytes) };
}

/** Fills the RoPE tables: angle = position * base^(-2i / head size), each value rounded once from f64. */
export function writeRopeTables(memory: CoreMemory, placed: PlacedModel): void {
  const { model, positions } = placed;
  const headSize = model.d_model / model.n_head;
  const half = headSize / 2;
  const cosines = new Float32Array(memory.buffer, placed.cosines, positions * half);
  const sines = new Float32Array(memory.buffer, placed.sines, positions * half);
  for (let i = 0; i < half; i++) {
    const frequency = power(model.rope_base, (-2 * i) / headSize);
    for (let position = 0; position < positions; position++) {
      cosines[position * half + i] = cosine(position * frequency);
      sines[position * half + i] = sine(position * frequency);
    }
  }
}

/** Passes the model's sizes and tables to an instance. */
export function configureModel(core: DecodingExports, placed: PlacedModel): void {
  const { model, vocabSize } = placed;
  core.configure_model(
    model.d_model,
    model.n_layer,
    model.n_head,
    model.n_kv_head,
    model.d_ff,
    vocabSize,
    model.rms_norm_eps,
    placed.cosines,
    placed.sines,
  );
}

/**
 * Initial weights: N(0, std) for matrices, std / sqrt(2 n_layer) for the two output projections of a layer, 1 for
 * norms, 0 for biases. Entry i of tensor t is a function of (seed, t, i).
 */
export function initialiseWeights(
  core: CoreExports,
  memory: WebAssembly.Memory,
  layout: ModelLayout,
  parameters: number,
  model: ModelConfig,
  seed: number,
  std: number,
): void {
  new Uint8Array(memory.buffer, parameters, layout.bytes).fill(0);
  for (const [index, place] of layout.tensors.entries()) {
    const address = parameters + place.offset;
    const count = elementCount(place);
    if (place.name.endsWith('norm.weight')) new Float32Array(memory.buffer, address, count).fill(1);
    else if (!place.name.endsWith('.bias')) {
      const isOutput = place.name.endsWith('o_proj.weight') || place.name.endsWith('down_proj.weight');
      core.fill_normal(
        address,
        count,
        seed,
        STREAMS.weights,
        index,
        isOutput ? std / Math.sqrt(2 * model.n_layer) : std,
      );
    }
  }
}
