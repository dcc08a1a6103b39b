// The tensors of a parameter block by name, both ways.
import type { CoreMemory } from '../core/memory.ts';
import { wrongTensor } from './checkpoint-weights.ts';
import { elementCount, type ModelLayout, type TensorPlace } from './layout.ts';
import type { NamedTensor, TensorFile } from './tensor-file.ts';

/** Tensors of a parameter block (a copy of its bytes), each named `prefix + Hugging Face name`. */
export function namedTensors(block: ArrayBuffer, layout: ModelLayout, prefix = ''): NamedTensor[] {
  return layout.tensors.map((place) => ({
    name: prefix + place.name,
    shape: place.shape,
    values: new Float32Array(block, place.offset, elementCount(place)),
  }));
}

/**
 * Copies tensors into a block of the shared memory.
 * @throws TracelabError CHECKPOINT_DAMAGED on a missing tensor or another shape
 */
export function loadTensors(
  file: TensorFile,
  layout: ModelLayout,
  memory: CoreMemory,
  block: number,
  where: string,
  prefix = '',
): void {
  const check = (place: TensorPlace): NamedTensor => {
    const tensor = file.tensors.get(prefix + place.name);
    if (tensor?.shape.join() === place.shape.join()) return tensor;
    throw wrongTensor(where, prefix + place.name, place.shape, tensor);
  };
  const tensors = layout.tensors.map(check);
  new Uint8Array(memory.buffer, block, layout.bytes).fill(0);
  for (const [i, place] of layout.tensors.entries())
    new Float32Array(memory.buffer, block + place.offset, elementCount(place)).set(tensors[i].values);
}
